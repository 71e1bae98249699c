-- Keeps the list of living processes, by this server's clock.
-- KEYS[1]  partition 0
-- ARGV[1]  join, beat or leave
-- ARGV[2]  id of the life that joins or beats; for leave empty
-- ARGV[3]  join: name that outlives the process, or empty; else a process' number
-- ARGV[4]  beat: silence after which a process counts as dead (ms); 0 judges nobody
-- Returns  join: { number given, number that the name had before, or -1 }; beat: { 1, or 0 when it was given up for dead, numbers of the dead .. }; leave: {}
local NUMBERS = 1024
local beats, lives, names = p .. 'beats', p .. 'lives', p .. 'names'
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

if ARGV[1] == 'leave' then
  redis.call('ZREM', beats, ARGV[3])
  redis.call('HDEL', lives, ARGV[3])
  return {}
end
if ARGV[1] == 'beat' then
  -- Its number may meanwhile be another's.
  local alive = redis.call('HGET', lives, ARGV[3]) == ARGV[2]
  if alive then redis.call('ZADD', beats, now, ARGV[3]) end
  local reply = { alive and 1 or 0 }
  if tonumber(ARGV[4]) > 0 then
    for _, number in ipairs(redis.call('ZRANGEBYSCORE', beats, '-inf', now - tonumber(ARGV[4]))) do reply[#reply + 1] = tonumber(number) end
  end
  return reply
end
local before = ARGV[3] ~= '' and redis.call('HGET', names, ARGV[3]) or '-1'
-- A number that is not listed any more has no claims: whoever took it off has given them back.
if not redis.call('ZSCORE', beats, before) then before = '-1' end
for number = 0, NUMBERS - 1 do
  if not redis.call('ZSCORE', beats, number) then
    redis.call('ZADD', beats, now, number)
    redis.call('HSET', lives, number, ARGV[2])
    if ARGV[3] ~= '' then redis.call('HSET', names, ARGV[3], number) end
    return { number, tonumber(before) }
  end
end
return redis.error_reply('ERR more than 1024 processes share this store')
