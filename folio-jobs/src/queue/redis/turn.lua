-- KEYS: workers, held, waiting, done, known.
-- ARGV: worker, places (-1: it ends), number of finished, the finished, the kept.
local workers, held, waiting, done, known = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local places, finished = tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if places < 0 then
  redis.call('ZREM', workers, ARGV[1])
else
  redis.call('ZADD', workers, now, ARGV[1])
end

-- What somebody else has taken over is his to finish.
for i = 4, 3 + finished do
  if redis.call('SREM', held, ARGV[i]) == 1 then
    redis.call('ZADD', done, now, ARGV[i])
  end
end

local kept = {}
for i = 4 + finished, #ARGV do
  local item = ARGV[i]
  kept[item] = true
  -- A server that lost its last second may have it in the list again.
  if redis.call('SISMEMBER', held, item) == 0 and redis.call('LREM', waiting, 1, item) > 0 then
    redis.call('SADD', held, item)
  end
end

-- What the worker holds and does not know of was in an answer that it never got.
for _, item in ipairs(redis.call('SMEMBERS', held)) do
  if not kept[item] then
    redis.call('SREM', held, item)
    redis.call('LPUSH', waiting, item)
  end
end

local items = {}
while #items < places do
  local item = redis.call('LPOP', waiting)
  if not item then
    break
  end
  redis.call('SADD', held, item)
  redis.call('HSETNX', known, item, 0)
  items[#items + 1] = item
end
return items
