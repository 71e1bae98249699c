-- Put before the scripts that move jobs. A packed job or record is a line of JSON about it, a line with its detail (may be empty), then its texts.

local function headOf(packed)
  return cjson.decode(string.sub(packed, 1, string.find(packed, '\n', 1, true) - 1))
end

-- Moves the number of parked events; `changes` gathers what each counter is then. A counter stays at 0: the connection has had events.
local function countParked(head, events, changes)
  local field = head.s .. '|' .. head.q
  local count = redis.call('HINCRBY', p .. 'parked', field, events)
  changes[field] = count
end

local function messageMembers(head, tag, id)
  local members = {}
  for _, messageId in ipairs(head.ids) do members[#members + 1] = messageId .. '\31' .. tag .. id end
  return members
end

-- `place`: its time, with a fraction that orders it among the rows of that time; `lease`: the end of a lease, for a job that is parked as claimed.
local function addJob(id, head, packed, at, changes)
  redis.call('HSET', p .. 'jobs', id, packed)
  redis.call('ZADD', p .. 'rows|pending|' .. head.s .. '|' .. head.q, at.place, id)
  local members = {}
  for _, member in ipairs(messageMembers(head, 'j', id)) do
    members[#members + 1] = 0
    members[#members + 1] = member
  end
  callInPieces(members, 'ZADD', p .. 'messages')
  if at.lease then
    redis.call('ZADD', p .. 'jobleases', at.lease, id)
  else
    redis.call('ZADD', p .. 'due|' .. head.q, head.due, id)
  end
  countParked(head, #head.ids, changes)
end

-- Frees memory before it takes any, so it works while memory is full.
local function removeJob(id, head, changes)
  redis.call('ZREM', p .. 'jobleases', id)
  redis.call('ZREM', p .. 'due|' .. head.q, id)
  redis.call('HDEL', p .. 'jobs', id)
  redis.call('ZREM', p .. 'rows|pending|' .. head.s .. '|' .. head.q, id)
  callInPieces(messageMembers(head, 'j', id), 'ZREM', p .. 'messages')
  countParked(head, -#head.ids, changes)
end

-- Gives a claimed job back: it is due as before.
local function requeueJob(id)
  redis.call('ZREM', p .. 'jobleases', id)
  local packed = redis.call('HGET', p .. 'jobs', id)
  if not packed then return end
  local head = headOf(packed)
  redis.call('ZADD', p .. 'due|' .. head.q, head.due, id)
end

local function flatChanges(changes)
  local flat = {}
  for field, count in pairs(changes) do
    flat[#flat + 1] = field
    flat[#flat + 1] = count
  end
  return flat
end
