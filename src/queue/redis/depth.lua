-- What `depth` shows of a partition.
-- KEYS[1]  the partition
-- Returns  { entries in the log, bytes in the log, { <source>|<queue>, events parked, .. } }
local entries, bytes = logSize()
return { entries, bytes, redis.call('HGETALL', p .. 'parked') }
