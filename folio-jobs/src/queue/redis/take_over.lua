-- KEYS: workers, held, waiting, done, known; ARGV: worker, its sign of life that was seen, most starts, most items.
-- Item by item: a command with thousands of arguments is more than Lua's stack holds.
local workers, held, waiting, done, known = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if redis.call('ZSCORE', workers, ARGV[1]) ~= ARGV[2] then
  return 0
end
for _ = 1, tonumber(ARGV[4]) do
  local item = redis.call('SPOP', held)
  if not item then
    redis.call('ZREM', workers, ARGV[1])
    return 0
  end
  if redis.call('HINCRBY', known, item, 1) < tonumber(ARGV[3]) then
    redis.call('LPUSH', waiting, item)
  else
    local time = redis.call('TIME')
    redis.call('ZADD', done, time[1] * 1000 + math.floor(time[2] / 1000), item)
  end
end
return 1
