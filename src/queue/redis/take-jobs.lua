-- Claims jobs that are still waiting.
-- KEYS[1]  the partition
-- ARGV[1]  end of the lease (ms, with the owner's fraction)
-- ARGV[2..] for each job: queue, padded number
-- Returns  { padded number, due (ms), packed job, .. } of those that were had
local taken = {}
for index = 2, #ARGV, 2 do
  local queue, id = p .. 'due|' .. ARGV[index], ARGV[index + 1]
  local due = redis.call('ZSCORE', queue, id)
  local packed = due and redis.call('HGET', p .. 'jobs', id)
  if packed then
    redis.call('ZREM', queue, id)
    redis.call('ZADD', p .. 'jobleases', ARGV[1], id)
    -- It was hastened: should its lease run out, it is due as it was now.
    if not string.find(packed, '"due":' .. due .. ',', 1, true) then
      local head = headOf(packed)
      head.due = tonumber(due)
      packed = cjson.encode(head) .. string.sub(packed, string.find(packed, '\n', 1, true), -1)
      redis.call('HSET', p .. 'jobs', id, packed)
    end
    taken[#taken + 1] = id
    taken[#taken + 1] = due
    taken[#taken + 1] = packed
  end
end
return taken
