-- All counters of a partition at one moment.
-- KEYS[1]  the partition
-- Returns  { { <counter>, events, .. }, { <source>|<queue>, events parked, .. } }
return { redis.call('HGETALL', p .. 'ledger'), redis.call('HGETALL', p .. 'parked') }
