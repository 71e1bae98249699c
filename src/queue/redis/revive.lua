-- Turns records back into one job that is due now, some at a time; the ledger follows.
-- KEYS[1]  the partition
-- ARGV[1]  now (ms)
-- ARGV[2]  outcome
-- ARGV[3]  source id
-- ARGV[4]  destination id
-- ARGV[5]  oldest time (ms) or -inf
-- ARGV[6]  newest time (ms), exclusive, as (<time>, or +inf
-- ARGV[7]  highest number there was when this began, empty for the one there is now: what was recorded since is left alone
-- ARGV[8]  most records of this step
-- ARGV[9..] message ids; all when there are none
-- Returns  { records revived, 1 when there may be more, that highest number, { <source>|<queue>, events parked now, .. } }
local now, outcome = tonumber(ARGV[1]), ARGV[2]
local connection = outcome .. '|' .. ARGV[3] .. '|' .. ARGV[4]
local key = p .. 'rows|' .. connection
local highest = tonumber(ARGV[7] ~= '' and ARGV[7] or redis.call('HGET', p .. 'state', 'seq') or '0')
local changes = {}

local head = { q = ARGV[4], s = ARGV[3], k = 'events', ids = {}, l = {}, at = now, f = now, due = now, t = 0, x = 0 }
local detail, texts = '', {}

-- Takes a record out and puts its event into the job; why it waits is what became of the first.
local function revive(id)
  local packed = redis.call('HGET', p .. 'records', id)
  if not packed then return end
  local line = string.find(packed, '\n', 1, true)
  local second = string.find(packed, '\n', line + 1, true)
  local record = cjson.decode(string.sub(packed, 1, line - 1))
  redis.call('ZREM', key, id)
  redis.call('HDEL', p .. 'records', id)
  redis.call('ZREM', p .. 'messages', unpack(messageMembers(record, 'r', id)))
  if #texts == 0 then
    head.c, head.m = record.c, record.m
    detail = string.sub(packed, line + 1, second - 1)
  end
  head.ids[#head.ids + 1] = record.ids[1]
  head.l[#head.l + 1] = record.l[1]
  texts[#texts + 1] = string.sub(packed, second + 1)
end

local function idsInRange()
  return redis.call('ZRANGEBYSCORE', key, ARGV[5], ARGV[6], 'LIMIT', 0, ARGV[8])
end

-- Those of the named messages that are in this connection and range.
local function idsOfMessages()
  local ids = {}
  local newest = string.gsub(ARGV[6], '^%(', '')
  for index = 9, #ARGV do
    for _, member in ipairs(redis.call('ZRANGEBYLEX', p .. 'messages', '[' .. ARGV[index] .. '\31r', '(' .. ARGV[index] .. '\31s')) do
      local id = string.match(member, '%d+$')
      local time = tonumber(redis.call('ZSCORE', key, id) or '')
      if time and (ARGV[5] == '-inf' or time >= tonumber(ARGV[5])) and (newest == '+inf' or time < tonumber(newest)) then ids[#ids + 1] = id end
    end
  end
  return ids
end

local named = #ARGV >= 9
local ids = named and idsOfMessages() or idsInRange()
for _, id in ipairs(ids) do
  if tonumber(id) <= highest then revive(id) end
end
if #texts > 0 then
  redis.call('HINCRBY', p .. 'ledger', connection, -#texts)
  local number = redis.call('HINCRBY', p .. 'state', 'seq', 1)
  addJob(padded(number), head, cjson.encode(head) .. '\n' .. detail .. '\n' .. table.concat(texts), { place = now }, changes)
end
return { #texts, (not named and #ids == tonumber(ARGV[8]) and #texts > 0) and 1 or 0, highest, flatChanges(changes) }
