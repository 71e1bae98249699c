-- Looks for jobs whose time has come, and frees those whose lease has run out.
-- KEYS[1]  the partition
-- ARGV[1]  now (ms)
-- ARGV[2]  most jobs wanted
-- ARGV[3..] queues
-- Returns  { index of the queue (from 0), padded number, due (ms), .. }, longest due first within each queue
for _, id in ipairs(redis.call('ZRANGEBYSCORE', p .. 'jobleases', '-inf', upTo(ARGV[1]), 'LIMIT', 0, 100)) do requeueJob(id) end
local found = {}
for index = 3, #ARGV do
  local due = redis.call('ZRANGEBYSCORE', p .. 'due|' .. ARGV[index], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
  for place = 1, #due, 2 do
    found[#found + 1] = index - 3
    found[#found + 1] = due[place]
    found[#found + 1] = due[place + 1]
  end
end
return found
