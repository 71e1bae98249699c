-- Put before every script: names and counters of one partition.
-- KEYS[1]  the partition, such as sluice:{p3}. Every key that a script touches is this one, a colon and a name, so that all are in one slot:
--   log             stream of entries, ids n-0: fields n (events), x (indexes left out, by comma), z (bytes), t (token)
--   body:<token>    packed entry. Written and read by plain commands: Lua hashes every byte of every string that it is given
--   state           hash: seq (last number given out), bytes (of the packed entries in the log), waiting (1 when somebody found the log empty)
--   leases          sorted set: number of a claimed entry by the end of its lease
--   seen|<bucket>   hash: digests of message ids, with the time within the bucket as base 36
--   ledger          hash: accepted|<source>, settled|<source>, <outcome>|<source>|<destination>
--   parked          hash: <source>|<queue> to events parked
--   jobs            hash: padded number to packed job
--   due|<queue>     sorted set: waiting jobs by the time they are due
--   jobleases       sorted set: claimed jobs by the end of their lease
--   records         hash: padded number to packed record
--   rows|<outcome>|<source>|<destination>   sorted set: records, or jobs for outcome pending, by their time and a fraction for their order
--   messages        sorted set, all scores 0: <message id> \31 <r or j> <padded number>
--   applied|<owner> hash: settlements of one process whose answer it has not confirmed yet
--   beats, lives, names   in partition 0: numbers of living processes by their last sign of life, to the id of that life, and by name
-- A score that is the end of a lease has the claiming process' number as its fraction, so that it also proves whose claim it is.
local p = KEYS[1] .. ':'
local GROUP = 'workers'
local BELL = 'sluice:bell'
-- Arguments of one call that Lua's stack takes for sure.
local ARGS_MAX = 4000

-- Everything up to and including `now`, for scores that carry a fraction.
local function upTo(now)
  return string.format('(%.0f', tonumber(now) + 1)
end

local function padded(number)
  return string.format('%012.0f', number)
end

-- Calls `command` with `args` appended, in pieces of an even number of them.
local function callInPieces(args, ...)
  local total = #args
  for first = 1, total, ARGS_MAX do
    local piece = { ... }
    local length = #piece
    for index = first, math.min(first + ARGS_MAX - 1, total) do
      length = length + 1
      piece[length] = args[index]
    end
    redis.call(unpack(piece, 1, length))
  end
end

-- Wakes whoever waits for this partition.
local function ringBell(waiting)
  if waiting == '1' then
    redis.call('HDEL', p .. 'state', 'waiting')
    redis.call('PUBLISH', BELL, KEYS[1])
  end
end

local function bodyKey(token)
  return p .. 'body:' .. token
end

-- What `depth` needs of the log.
local function logSize()
  return redis.call('XLEN', p .. 'log'), tonumber(redis.call('HGET', p .. 'state', 'bytes') or '0')
end
