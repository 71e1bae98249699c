-- Looks through delivered batches of one connection for a message, some at a time.
-- KEYS[1]  the partition
-- ARGV[1]  <source>|<destination>
-- ARGV[2]  message id as JSON text, with its quotes
-- ARGV[3]  rank to start from, newest is 0
-- ARGV[4]  most batches of this step
-- Returns  { batches looked at, padded number, packed batch, .. }
local first = tonumber(ARGV[3])
local ids = redis.call('ZREVRANGE', p .. 'rows|delivered|' .. ARGV[1], first, first + tonumber(ARGV[4]) - 1)
local reply = { #ids }
if #ids == 0 then return reply end
for index, packed in ipairs(redis.call('HMGET', p .. 'records', unpack(ids))) do
  if packed and string.find(packed, ARGV[2], 1, true) then
    reply[#reply + 1] = ids[index]
    reply[#reply + 1] = packed
  end
end
return reply
