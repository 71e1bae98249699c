-- Put before append.lua and settle.lua: puts entries into the log, each message once per window.

local DIGEST_CHARS = 14
local BUCKETS_BACK = 2

local function bucketKey(bucket)
  return p .. 'seen|' .. string.format('%.0f', bucket)
end

-- Which of the digests were seen less than `windowMs` ago. The bucket after this one is looked at too: another machine's clock may be ahead.
local function seenOf(digests, count, at)
  local seen = {}
  for bucket = at.bucket - BUCKETS_BACK, at.bucket + 1 do
    local key = bucketKey(bucket)
    if redis.call('EXISTS', key) == 1 then
      for first = 1, count, ARGS_MAX do
        local offsets = redis.call('HMGET', key, unpack(digests, first, math.min(first + ARGS_MAX - 1, count)))
        for index = 1, #offsets do
          local offset = offsets[index]
          if offset and bucket * at.width + tonumber(offset, 36) > at.now - at.windowMs then seen[digests[first + index - 1]] = true end
        end
      end
    end
  end
  return seen
end

-- Cuts what the entries bring into one list; each entry gets to know its part of it. Counters, because # searches.
local function digestsOf(entries)
  local digests, count = {}, 0
  for _, entry in ipairs(entries) do
    local text = entry.digests
    entry.first = count + 1
    for start = 1, #text, DIGEST_CHARS do
      count = count + 1
      digests[count] = string.sub(text, start, start + DIGEST_CHARS - 1)
    end
    entry.last = count
  end
  return digests, count
end

-- Remembers the digests of `fresh` (with their times). A bucket that is over is unlinked: left to expire, its many fields would be freed at once.
local function remember(fresh, at)
  local key = bucketKey(at.bucket)
  local isNew = redis.call('EXISTS', key) == 0
  callInPieces(fresh, 'HSET', key)
  if not isNew then return end
  redis.call('PEXPIRE', key, string.format('%.0f', 3 * at.windowMs + 2 * at.width))
  redis.call('UNLINK', bucketKey(at.bucket - BUCKETS_BACK - 1), bucketKey(at.bucket - BUCKETS_BACK - 2))
end

-- Makes sure that the entry's body is there to stay, and returns its bytes; nil when it is not.
local function keepBody(entry, number)
  if entry.packed then
    entry.token = 'derived-' .. string.format('%.0f', number)
    redis.call('SET', bodyKey(entry.token), entry.packed)
    return #entry.packed
  end
  if redis.call('PERSIST', bodyKey(entry.token)) == 0 then return nil end
  return redis.call('STRLEN', bodyKey(entry.token))
end

-- entries: { source, kind, digests, and token of a body that was written before, or packed }; at: { now, bucket, offset, width, windowMs };
-- bytesMax may be absent.
-- Returns, one per entry, { number, left out }: number 0 when nothing of it is new, -1 when the log is full, -2 when its body is missing.
local function logEntries(entries, at, bytesMax)
  local digests, total = digestsOf(entries)
  local seen = seenOf(digests, total, at)
  local state = redis.call('HMGET', p .. 'state', 'bytes', 'waiting')
  local bytes = tonumber(state[1] or '0')
  -- The first write: when memory is full it is refused here, and nothing has been written.
  local number = redis.call('HINCRBY', p .. 'state', 'seq', #entries) - #entries
  local fresh, freshCount, accepted, answers, added = {}, 0, {}, {}, 0
  local offset = at.offset
  for index, entry in ipairs(entries) do
    local size = keepBody(entry, number + index)
    if not size then
      answers[index] = { -2, '' }
    elseif bytesMax and bytes + added + size > bytesMax then
      redis.call('UNLINK', bodyKey(entry.token))
      answers[index] = { -1, '' }
    else
      local leftOut, before = {}, freshCount
      for place = entry.first, entry.last do
        local digest = digests[place]
        if seen[digest] then
          leftOut[#leftOut + 1] = place - entry.first
        else
          seen[digest] = true
          fresh[freshCount + 1] = digest
          fresh[freshCount + 2] = offset
          freshCount = freshCount + 2
        end
      end
      local count = (freshCount - before) / 2
      local left = table.concat(leftOut, ',')
      if count == 0 then
        redis.call('UNLINK', bodyKey(entry.token))
        answers[index] = { 0, left }
      else
        redis.call('XADD', p .. 'log', string.format('%.0f-0', number + index), 'n', count, 'x', left, 'z', size, 't', entry.token)
        answers[index] = { number + index, left }
        added = added + size
        if entry.kind == 'events' then accepted[entry.source] = (accepted[entry.source] or 0) + count end
      end
    end
  end
  if freshCount > 0 then
    remember(fresh, at)
    redis.call('HINCRBY', p .. 'state', 'bytes', added)
    for source, count in pairs(accepted) do redis.call('HINCRBY', p .. 'ledger', 'accepted|' .. source, count) end
    ringBell(state[2])
  end
  return answers
end

-- { now, bucket, offset, width, windowMs } from five arguments.
local function timeOf(first)
  return {
    now = tonumber(ARGV[first]), bucket = tonumber(ARGV[first + 1]), offset = ARGV[first + 2],
    width = tonumber(ARGV[first + 3]), windowMs = tonumber(ARGV[first + 4]),
  }
end
