-- Everything that is kept in full about one message.
-- KEYS[1]  the partition
-- ARGV[1]  message id
-- ARGV[2]  most rows
-- Returns  { r or j, padded number, packed record or job, due (ms) or '', .. }
local found = {}
local members = redis.call('ZRANGEBYLEX', p .. 'messages', '[' .. ARGV[1] .. '\31', '(' .. ARGV[1] .. '\32', 'LIMIT', 0, ARGV[2])
for _, member in ipairs(members) do
  local tag, id = string.match(member, '([rj])(%d+)$')
  local packed = redis.call('HGET', p .. (tag == 'r' and 'records' or 'jobs'), id)
  if packed then
    local due = ''
    if tag == 'j' then
      local head = headOf(packed)
      due = redis.call('ZSCORE', p .. 'due|' .. head.q, id) or string.format('%.0f', head.due)
    end
    for _, value in ipairs({ tag, id, packed, due }) do found[#found + 1] = value end
  end
end
return found
