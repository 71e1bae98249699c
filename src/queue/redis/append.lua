-- Appends a group of entries, each with dedup, in one step.
-- KEYS[1]     the partition
-- ARGV[1..5]  now (ms), dedup bucket of now, time within it (base 36), width of a bucket (ms), dedup window (ms)
-- ARGV[6]     bytes that the log of this partition may hold
-- ARGV[7..]   for each entry: source id, kind, digests of its message ids (14 characters each), token of its body
-- Returns     { entries in the log, bytes in the log, then for each entry its number (0 nothing new, -1 full, -2 no body), indexes left out by comma }
local entries = {}
for index = 7, #ARGV, 4 do
  entries[#entries + 1] = { source = ARGV[index], kind = ARGV[index + 1], digests = ARGV[index + 2], token = ARGV[index + 3] }
end
local answers = logEntries(entries, timeOf(1), tonumber(ARGV[6]))
local reply = { logSize() }
for _, answer in ipairs(answers) do
  reply[#reply + 1] = answer[1]
  reply[#reply + 1] = answer[2]
end
return reply
