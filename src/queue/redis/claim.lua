-- Claims entries, those whose lease has run out first, until enough events are there.
-- KEYS[1]  the partition
-- ARGV[1]  now (ms)
-- ARGV[2]  end of the lease (ms, with the owner's fraction)
-- ARGV[3]  events wanted
-- ARGV[4]  name of the consumer
-- ARGV[5]  most entries to answer
-- ARGV[6]  most bytes to answer, but for the first entry
-- Returns  { 1 when the log may hold more now, entries in the log, bytes in the log,
--            then for each entry its number, bytes, indexes left out by comma, token of its body }
local wanted, entriesMax, bytesMax = tonumber(ARGV[3]), tonumber(ARGV[5]), tonumber(ARGV[6])
local found, leased, events, bytes = {}, {}, 0, 0

local function isEnough()
  return events >= wanted or #leased >= 2 * entriesMax or bytes >= bytesMax
end

local function take(entry)
  local fields = entry[2]
  local id = string.match(entry[1], '^%d+')
  events = events + tonumber(fields[2])
  bytes = bytes + tonumber(fields[6])
  leased[#leased + 1] = ARGV[2]
  leased[#leased + 1] = id
  for _, value in ipairs({ id, fields[6], fields[4], fields[8] }) do found[#found + 1] = value end
end

local function readNext()
  local read = redis.pcall('XREADGROUP', 'GROUP', GROUP, ARGV[4], 'COUNT', 1, 'STREAMS', p .. 'log', '>')
  if read and read.err then
    if not string.find(read.err, 'NOGROUP', 1, true) then error(read) end
    redis.call('XGROUP', 'CREATE', p .. 'log', GROUP, '0', 'MKSTREAM')
    return readNext()
  end
  return read and read[1][2][1]
end

local lapsed = redis.call('ZRANGEBYSCORE', p .. 'leases', '-inf', upTo(ARGV[1]), 'LIMIT', 0, entriesMax)
table.sort(lapsed, function(one, other) return tonumber(one) < tonumber(other) end)
for _, id in ipairs(lapsed) do
  if isEnough() then break end
  local entry = redis.call('XRANGE', p .. 'log', id .. '-0', id .. '-0')[1]
  if entry then
    redis.call('XCLAIM', p .. 'log', GROUP, ARGV[4], 0, entry[1], 'JUSTID')
    take(entry)
  else
    redis.call('ZREM', p .. 'leases', id)
  end
end
local more = 1
while not isEnough() do
  local entry = readNext()
  if not entry then
    more = 0
    -- With full memory this is refused; then the claim finds the next entry when its wait is over.
    if not redis.call('HGET', p .. 'state', 'waiting') then redis.pcall('HSET', p .. 'state', 'waiting', '1') end
    break
  end
  take(entry)
end
if #leased > 0 then callInPieces(leased, 'ZADD', p .. 'leases') end
local entries, held = logSize()
local reply = { more, entries, held }
for _, value in ipairs(found) do reply[#reply + 1] = value end
return reply
