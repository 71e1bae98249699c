-- Ends claims and records what became of their events: each settlement of the group all or nothing, each at most once.
-- KEYS[1]      the partition
-- ARGV[1..5]   now (ms), dedup bucket of now, time within it (base 36), width of a bucket (ms), dedup window (ms)
-- ARGV[6]      name of the process that settles
-- ARGV[7]      JSON: tokens of its settlements whose answers have arrived
-- ARGV[8..10]  most records kept per connection: filtered, other, delivered batches
-- ARGV[11..]   for each settlement: JSON about it, then the packed bodies it counts (in the order d, r, p, a)
--   t  token; n  number of bodies; only  "check" to look whether the claims are held, and write nothing
--   e  numbers of entries, l  the ends of their leases, k  the tokens of their bodies, b  their bytes, c  { { source, events } } that leave the log
--   u  numbers of entries that it has not claimed
--   j  { { padded number, end of lease } }
--   d  { { source, destination, events, time } }
--   r  { { outcome, source, destination, time, message id } }
--   p  { { end of the lease of a job that is parked as claimed, else 0, time } }
--   every time with a fraction that orders the rows of that time
--   a  { { source, kind, digests } }: entries to append
-- Returns      { entries in the log, bytes in the log, { <source>|<queue>, events parked now, .. },
--              for each settlement JSON: [] when a claim was lost, else [numbers of the jobs parked] wrapped in an array }
local at = timeOf(1)
local appliedKey = p .. 'applied|' .. ARGV[6]
local RECORDS_MAX = { filtered = tonumber(ARGV[8]), discarded = tonumber(ARGV[9]), buried = tonumber(ARGV[9]), delivered = tonumber(ARGV[10]) }
local LOST = '[]'
local REMEMBERED_MS = 3600000
local changes = {}

local function holdsEntries(settlement)
  if #settlement.e == 0 then return true end
  for index, lease in ipairs(redis.call('ZMSCORE', p .. 'leases', unpack(settlement.e))) do
    -- 0: given up for its owner, and not taken by anybody since.
    if not lease or (tonumber(lease) ~= settlement.l[index] and tonumber(lease) ~= 0) then return false end
  end
  return true
end

-- Entries that this process has not claimed: they may be settled while nobody has. Adds to e, b and c what the log says about them.
local function findUnclaimed(settlement)
  local found = {}
  for index, id in ipairs(settlement.u) do
    local lease = redis.call('ZSCORE', p .. 'leases', id)
    local entry = redis.call('XRANGE', p .. 'log', id .. '-0', id .. '-0')[1]
    if not entry or (lease and tonumber(lease) ~= 0) then return false end
    found[index] = entry
  end
  if settlement.only then return true end
  for index, entry in ipairs(found) do
    local fields = entry[2]
    local head = headOf(redis.call('GET', bodyKey(fields[8])))
    settlement.e[#settlement.e + 1] = settlement.u[index]
    settlement.k[#settlement.k + 1] = fields[8]
    settlement.b = settlement.b + tonumber(fields[6])
    if head.k == 'events' then settlement.c[#settlement.c + 1] = { head.s, tonumber(fields[2]) } end
  end
  return true
end

-- The heads of the jobs, or nil when one is gone or somebody else has it.
local function heldJobs(settlement)
  local heads = {}
  for index, job in ipairs(settlement.j) do
    local lease = redis.call('ZSCORE', p .. 'jobleases', job[1])
    local packed = redis.call('HGET', p .. 'jobs', job[1])
    if not packed or (lease and tonumber(lease) ~= job[2]) then return nil end
    heads[index] = headOf(packed)
  end
  return heads
end

local function countSettled(source, events)
  if events ~= 0 then redis.call('HINCRBY', p .. 'ledger', 'settled|' .. source, events) end
end

local function isHeldBack(head)
  return head.k == 'events' and string.sub(head.q, 1, 7) == 'source:'
end

local function trim(key, outcome)
  local excess = redis.call('ZCARD', key) - RECORDS_MAX[outcome]
  if excess <= 0 then return end
  local ids = redis.call('ZRANGE', key, 0, math.min(excess, ARGS_MAX) - 1)
  if outcome ~= 'delivered' then
    for index, packed in ipairs(redis.call('HMGET', p .. 'records', unpack(ids))) do
      if packed then redis.call('ZREM', p .. 'messages', unpack(messageMembers(headOf(packed), 'r', ids[index]))) end
    end
  end
  redis.call('HDEL', p .. 'records', unpack(ids))
  redis.call('ZREMRANGEBYRANK', key, 0, #ids - 1)
end

local function addRecords(settlement, body, number)
  local records, messages, rows, touched = {}, {}, {}, {}
  local function add(outcome, source, destination, time)
    local id = padded(number)
    number = number + 1
    records[#records + 1] = id
    records[#records + 1] = body()
    local connection = outcome .. '|' .. source .. '|' .. destination
    local row = rows[connection]
    if not row then
      row = { events = 0, members = {}, outcome = outcome }
      rows[connection] = row
      touched[#touched + 1] = connection
    end
    row.members[#row.members + 1] = time
    row.members[#row.members + 1] = id
    return row, id
  end
  for _, batch in ipairs(settlement.d) do
    local row = add('delivered', batch[1], batch[2], batch[4])
    row.events = row.events + batch[3]
  end
  for _, record in ipairs(settlement.r) do
    local row, id = add(record[1], record[2], record[3], record[4])
    row.events = row.events + 1
    messages[#messages + 1] = 0
    messages[#messages + 1] = record[5] .. '\31r' .. id
  end
  callInPieces(records, 'HSET', p .. 'records')
  callInPieces(messages, 'ZADD', p .. 'messages')
  for _, connection in ipairs(touched) do
    local row = rows[connection]
    redis.call('HINCRBY', p .. 'ledger', connection, row.events)
    callInPieces(row.members, 'ZADD', p .. 'rows|' .. connection)
    trim(p .. 'rows|' .. connection, row.outcome)
  end
  return number
end

local function parkJobs(settlement, body, number)
  local parked = {}
  for index, park in ipairs(settlement.p) do
    local packed = body()
    local head = headOf(packed)
    addJob(padded(number), head, packed, { place = park[2], lease = park[1] ~= 0 and park[1] or nil }, changes)
    if isHeldBack(head) then countSettled(head.s, -#head.ids) end
    parked[index] = number
    number = number + 1
  end
  return parked
end

local function apply(settlement, heads, body)
  -- Freeing comes first: it is not refused when memory is full, and what follows in the same script is not either.
  if #settlement.e > 0 then
    local ids = {}
    local bodies = {}
    for index, id in ipairs(settlement.e) do
      ids[index] = id .. '-0'
      bodies[index] = bodyKey(settlement.k[index])
    end
    redis.call('XACK', p .. 'log', GROUP, unpack(ids))
    redis.call('XDEL', p .. 'log', unpack(ids))
    redis.call('ZREM', p .. 'leases', unpack(settlement.e))
    redis.call('UNLINK', unpack(bodies))
    redis.call('HINCRBY', p .. 'state', 'bytes', -settlement.b)
  end
  for index, job in ipairs(settlement.j) do
    removeJob(job[1], heads[index], changes)
    if isHeldBack(heads[index]) then countSettled(heads[index].s, #heads[index].ids) end
  end
  for _, left in ipairs(settlement.c) do countSettled(left[1], left[2]) end
  local parked = {}
  local numbers = #settlement.d + #settlement.r + #settlement.p
  if numbers > 0 then
    local number = redis.call('HINCRBY', p .. 'state', 'seq', numbers) - numbers + 1
    parked = parkJobs(settlement, body, addRecords(settlement, body, number))
  end
  if #settlement.a > 0 then
    local entries = {}
    for index, entry in ipairs(settlement.a) do entries[index] = { source = entry[1], kind = entry[2], digests = entry[3], packed = body() } end
    logEntries(entries, at)
  end
  return #parked == 0 and '[[]]' or cjson.encode({ parked })
end

local function settle(settlement, body)
  local applied = redis.call('HGET', appliedKey, settlement.t)
  if applied then return applied end
  local heads = holdsEntries(settlement) and findUnclaimed(settlement) and heldJobs(settlement)
  if not heads then return LOST end
  if settlement.only then return '[[]]' end
  local answer = apply(settlement, heads, body)
  redis.call('HSET', appliedKey, settlement.t, answer)
  return answer
end

local answers = {}
local index = 11
while index <= #ARGV do
  local settlement = cjson.decode(ARGV[index])
  local used = index
  answers[#answers + 1] = settle(settlement, function()
    used = used + 1
    return ARGV[used]
  end)
  index = index + settlement.n + 1
end
local forgotten = cjson.decode(ARGV[7])
if #forgotten > 0 then callInPieces(forgotten, 'HDEL', appliedKey) end
redis.call('PEXPIRE', appliedKey, REMEMBERED_MS)
local entries, bytes = logSize()
local reply = { entries, bytes, flatChanges(changes) }
for _, answer in ipairs(answers) do reply[#reply + 1] = answer end
return reply
