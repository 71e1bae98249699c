-- Turns records back into jobs that are due now, one for each kind, some at a time; the ledger follows.
-- KEYS[1]  the partition
-- ARGV[1]  now (ms)
-- ARGV[2]  outcome
-- ARGV[3]  source id
-- ARGV[4]  destination id
-- ARGV[5]  oldest time (ms) or -inf
-- ARGV[6]  newest time (ms), exclusive, as (<time>, or +inf
-- ARGV[7]  highest number there was when this began, empty for the one there is now: what was recorded since is left alone
-- ARGV[8]  most records of this step
-- ARGV[9]  records of the range that earlier steps left where they are
-- ARGV[10..] message ids; all when there are none
-- Returns  { records revived, 1 when there may be more, that highest number, { <source>|<queue>, events parked now, .. }, records left where they are }
local now, outcome = tonumber(ARGV[1]), ARGV[2]
local connection = outcome .. '|' .. ARGV[3] .. '|' .. ARGV[4]
local key = p .. 'rows|' .. connection
local highest = tonumber(ARGV[7] ~= '' and ARGV[7] or redis.call('HGET', p .. 'state', 'seq') or '0')
local changes = {}

local ofSource = string.sub(ARGV[4], 1, 7) == 'source:'
local jobs, kinds = {}, {}
local revived, left = 0, 0

local function jobOf(kind, record, detail)
  local job = jobs[kind]
  if not job then
    local head = { q = ARGV[4], s = ARGV[3], k = kind, ids = {}, l = {}, at = now, f = now, due = now, t = 0, x = 0, c = record.c, m = record.m }
    job = { head = head, detail = detail, texts = {} }
    jobs[kind] = job
    kinds[#kinds + 1] = kind
  end
  return job
end

-- Takes a record out and puts its event into the job of its kind; why that waits is what became of its first. A record that does not say its
-- kind is an old one: an insert function that runs twice does less harm than one that was to remove something and never ran.
local function revive(id)
  local packed = redis.call('HGET', p .. 'records', id)
  if not packed then return end
  local line = string.find(packed, '\n', 1, true)
  local second = string.find(packed, '\n', line + 1, true)
  local record = cjson.decode(string.sub(packed, 1, line - 1))
  local kind = record.k or 'untransformed'
  if ofSource and kind ~= 'webhook' then
    left = left + 1
    return
  end
  redis.call('ZREM', key, id)
  redis.call('HDEL', p .. 'records', id)
  redis.call('ZREM', p .. 'messages', unpack(messageMembers(record, 'r', id)))
  local job = jobOf(kind, record, string.sub(packed, line + 1, second - 1))
  job.head.ids[#job.head.ids + 1] = record.ids[1]
  job.head.l[#job.head.l + 1] = record.l[1]
  job.texts[#job.texts + 1] = string.sub(packed, second + 1)
  revived = revived + 1
end

local function idsInRange()
  return redis.call('ZRANGEBYSCORE', key, ARGV[5], ARGV[6], 'LIMIT', ARGV[9], ARGV[8])
end

-- Those of the named messages that are in this connection and range.
local function idsOfMessages()
  local ids = {}
  local newest = string.gsub(ARGV[6], '^%(', '')
  for index = 10, #ARGV do
    for _, member in ipairs(redis.call('ZRANGEBYLEX', p .. 'messages', '[' .. ARGV[index] .. '\31r', '(' .. ARGV[index] .. '\31s')) do
      local id = string.match(member, '%d+$')
      local time = tonumber(redis.call('ZSCORE', key, id) or '')
      if time and (ARGV[5] == '-inf' or time >= tonumber(ARGV[5])) and (newest == '+inf' or time < tonumber(newest)) then ids[#ids + 1] = id end
    end
  end
  return ids
end

local named = #ARGV >= 10
local ids = named and idsOfMessages() or idsInRange()
for _, id in ipairs(ids) do
  if tonumber(id) <= highest then revive(id) end
end
if revived > 0 then redis.call('HINCRBY', p .. 'ledger', connection, -revived) end
for _, kind in ipairs(kinds) do
  local job = jobs[kind]
  local number = redis.call('HINCRBY', p .. 'state', 'seq', 1)
  addJob(padded(number), job.head, cjson.encode(job.head) .. '\n' .. job.detail .. '\n' .. table.concat(job.texts), { place = now }, changes)
end
return { revived, (not named and #ids == tonumber(ARGV[8]) and revived + left > 0) and 1 or 0, highest, flatChanges(changes), left }
