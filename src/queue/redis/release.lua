-- Gives the claims of a process back at once, when it stops or is found dead; some at a time.
-- KEYS[1]  the partition
-- ARGV[1]  number of the process, the fraction of its leases in 1024ths
-- ARGV[2]  most claims to look at
-- ARGV[3]  rank to go on from
-- Returns  the rank to go on from, -1 when it is done
local mine, first, most = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[2])

local function idsOf(key)
  local ids = {}
  local claims = redis.call('ZRANGE', key, first, first + most - 1, 'WITHSCORES')
  for index = 1, #claims, 2 do
    local lease = tonumber(claims[index + 1])
    if (lease - math.floor(lease)) * 1024 == mine and lease > 0 then ids[#ids + 1] = claims[index] end
  end
  return ids, #claims
end

local entries, seen = idsOf(p .. 'leases')
for _, id in ipairs(entries) do redis.call('ZADD', p .. 'leases', 0, id) end
local jobs, seenJobs = idsOf(p .. 'jobleases')
for _, id in ipairs(jobs) do requeueJob(id) end
if #entries > 0 then ringBell('1') end
if seen == 0 and seenJobs == 0 then return -1 end
return first + most - math.max(#entries, #jobs)
