-- KEYS: known, waiting; ARGV: deliveries.
for _, item in ipairs(ARGV) do
  if redis.call('HSETNX', KEYS[1], item, 0) == 1 then
    redis.call('RPUSH', KEYS[2], item)
  end
end
