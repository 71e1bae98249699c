-- Gives claims back at once, when the process that holds them stops.
-- KEYS[1]  the partition
-- ARGV[1]  now (ms)
-- ARGV[2]  fraction of the leases of this process, as a number from 0 to 1023 (of 1024)
-- ARGV[3]  name of its consumer
-- ARGV[4]  most claims to look at
-- ARGV[5]  rank to go on from
-- Returns  the rank to go on from, -1 when it is done
local mine, first, most = tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[4])

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
for _, id in ipairs(jobs) do requeueJob(id, tonumber(ARGV[1])) end
if #entries > 0 then ringBell('1') end
if seen == 0 and seenJobs == 0 then return -1 end
return first + most - math.max(#entries, #jobs)
