-- A page of rows, newest first, from several connections.
-- KEYS[1]  the partition
-- ARGV[1]  most rows
-- ARGV[2]  oldest time (ms) or -inf
-- ARGV[3]  newest time (ms, with fraction) or +inf, where the page starts
-- ARGV[4]  padded number: rows at exactly that time with a higher one are behind us; empty for none
-- ARGV[5..] connections: <outcome>|<source>|<destination>
-- Returns  { <connection's index from 0>, padded number, time with fraction, packed record or job, due (ms) or '', .. }
local most = tonumber(ARGV[1])
local rows = {}

local function read(index)
  local key = p .. 'rows|' .. ARGV[index]
  local wanted, offset = most, 0
  while wanted > 0 do
    local page = redis.call('ZREVRANGEBYSCORE', key, ARGV[3], ARGV[2], 'WITHSCORES', 'LIMIT', offset, most)
    for place = 1, #page, 2 do
      local time = tonumber(page[place + 1])
      if ARGV[4] == '' or time < tonumber(ARGV[3]) or page[place] <= ARGV[4] then
        rows[#rows + 1] = { index - 5, page[place], time }
        wanted = wanted - 1
      end
    end
    if #page < 2 * most then return end
    offset = offset + most
  end
end

for index = 5, #ARGV do read(index) end
table.sort(rows, function(one, other)
  if one[3] ~= other[3] then return one[3] > other[3] end
  return one[2] > other[2]
end)
local reply = {}
for place = 1, math.min(most, #rows) do
  local index, id = rows[place][1], rows[place][2]
  local outcome, queue = string.match(ARGV[index + 5], '^([^|]+)|[^|]+|(.+)$')
  local pending = outcome == 'pending'
  local packed = redis.call('HGET', p .. (pending and 'jobs' or 'records'), id)
  if packed then
    local due = pending and (redis.call('ZSCORE', p .. 'due|' .. queue, id) or headOf(packed).due) or ''
    for _, value in ipairs({ index, id, string.format('%.17g', rows[place][3]), packed, type(due) == 'number' and string.format('%.0f', due) or due }) do
      reply[#reply + 1] = value
    end
  end
end
return reply
