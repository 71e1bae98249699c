-- Makes waiting jobs of a queue due earlier, some at a time.
-- KEYS[1]  the partition
-- ARGV[1]  queue
-- ARGV[2]  when they are due now (ms)
-- ARGV[3]  most jobs of this step
-- Returns  how many it moved; fewer than ARGV[3] means that it was the last step
local key = p .. 'due|' .. ARGV[1]
local ids = redis.call('ZRANGEBYSCORE', key, '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])
local members = {}
for _, id in ipairs(ids) do
  members[#members + 1] = ARGV[2]
  members[#members + 1] = id
end
callInPieces(members, 'ZADD', key)
return #ids
