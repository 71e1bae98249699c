-- Put before append.lua and settle.lua: puts entries into the log, each message once per window.

local DIGEST_CHARS = 14
local BUCKETS_BACK = 4

-- Which of the digests were seen less than `windowMs` ago. The bucket after this one is looked at too: another machine's clock may be ahead.
local function seenOf(digests, at)
  local seen = {}
  for bucket = at.bucket - BUCKETS_BACK, at.bucket + 1 do
    local key = p .. 'seen|' .. string.format('%.0f', bucket)
    if redis.call('EXISTS', key) == 1 then
      for first = 1, #digests, ARGS_MAX do
        local last = math.min(first + ARGS_MAX - 1, #digests)
        local offsets = redis.call('HMGET', key, unpack(digests, first, last))
        for index = 1, #offsets do
          local offset = offsets[index]
          if offset and bucket * at.width + tonumber(offset, 36) > at.now - at.windowMs then seen[digests[first + index - 1]] = true end
        end
      end
    end
  end
  return seen
end

local function digestsOf(entry)
  local digests = {}
  for start = 1, #entry.digests, DIGEST_CHARS do digests[#digests + 1] = string.sub(entry.digests, start, start + DIGEST_CHARS - 1) end
  return digests
end

-- entries: { source, kind, digests, packed }; at: { now, bucket, offset, width, windowMs }; bytesMax may be absent.
-- Returns, one per entry, { number, left out }: number 0 when nothing of it is new, -1 when the log is full.
local function logEntries(entries, at, bytesMax)
  local all = {}
  for _, entry in ipairs(entries) do
    entry.ids = digestsOf(entry)
    for _, digest in ipairs(entry.ids) do all[#all + 1] = digest end
  end
  local seen = seenOf(all, at)
  local state = redis.call('HMGET', p .. 'state', 'bytes', 'waiting')
  local bytes = tonumber(state[1] or '0')
  -- The first write: when memory is full it is refused here, and nothing has been written.
  local number = redis.call('HINCRBY', p .. 'state', 'seq', #entries) - #entries
  local fresh, accepted, answers, added = {}, {}, {}, 0
  for index, entry in ipairs(entries) do
    if bytesMax and bytes + added + #entry.packed > bytesMax then
      answers[index] = { -1, '' }
    else
      local leftOut, count = {}, 0
      for place, digest in ipairs(entry.ids) do
        if seen[digest] then
          leftOut[#leftOut + 1] = place - 1
        else
          seen[digest] = true
          count = count + 1
          fresh[#fresh + 1] = digest
          fresh[#fresh + 1] = at.offset
        end
      end
      local left = table.concat(leftOut, ',')
      if count == 0 then
        answers[index] = { 0, left }
      else
        local id = string.format('%.0f', number + index)
        redis.call('XADD', p .. 'log', id .. '-0', 'n', count, 'x', left, 'e', entry.packed)
        answers[index] = { number + index, left }
        added = added + #entry.packed
        if entry.kind == 'events' then accepted[entry.source] = (accepted[entry.source] or 0) + count end
      end
    end
  end
  if #fresh > 0 then
    local key = p .. 'seen|' .. string.format('%.0f', at.bucket)
    callInPieces(fresh, 'HSET', key)
    redis.call('PEXPIRE', key, string.format('%.0f', at.windowMs + 2 * at.width))
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
