-- The calls to one source within the last span of time, by this server's clock.
-- KEYS[1]  where they are kept: "GATE SAID;AT:COUNT;AT:COUNT", oldest first. Until GATE, by this clock, the vendor
--          wants no call; SAID is the same instant as it was said.
-- ARGV     1 what to do: take, look or back   2 the span in ms   3 calls in a span   4 calls for this caller
--          5 how many calls                   6 how long the source is closed as this process knows, in ms
--          7 the instant that was said for it 8 how old the last unknown call may be if nothing is kept; -1: say so
--          9, 10, 11, 12 … age in ms and number of calls that were made while this server was out of reach
-- Answers  granted (1, 0, or -1 where nothing is kept), ms until the calls are free, calls in the window,
--          ms until the source opens, the instant that was said.
local op, span, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local allowed, cost = tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local grain = math.max(1, math.floor(span / 60))
-- The vendor counts a call when it arrives, one later than the other: each counts a sixtieth longer than the span.
local counts = span + grain

local kept = redis.call('GET', KEYS[1])
local gate, said, calls, changed = 0, 0, {}, false
if kept then
  gate, said = string.match(kept, '^(%d+) (%d+)')
  gate, said = tonumber(gate), tonumber(said)
  for at, count in string.gmatch(kept, '(%d+):(%d+)') do
    -- What is later was noted before this server's clock was set back.
    calls[#calls + 1] = { math.min(tonumber(at), now), tonumber(count) }
  end
else
  local age = tonumber(ARGV[8])
  if age < 0 then
    return { -1, 0, 0, 0, 0 }
  end
  changed = true
  calls[1] = { now - age, limit }
end

for index = 9, #ARGV, 2 do
  calls[#calls + 1] = { now - tonumber(ARGV[index]), tonumber(ARGV[index + 1]) }
  changed = true
end
table.sort(calls, function(a, b) return a[1] < b[1] end)

local window, used = {}, 0
for _, call in ipairs(calls) do
  if call[1] > now - counts then
    window[#window + 1] = call
    used = used + call[2]
  end
end

local closed = tonumber(ARGV[6])
if closed > 0 and now + closed > gate then
  gate, said, changed = now + closed, tonumber(ARGV[7]), true
end

local wait = 0
if op == 'back' then
  local rest = cost
  while rest > 0 and #window > 0 do
    local last = window[#window]
    local less = math.min(rest, last[2])
    last[2], rest, used = last[2] - less, rest - less, used - less
    if last[2] == 0 then
      window[#window] = nil
    end
  end
  changed = true
else
  local excess = used + cost - allowed
  for _, call in ipairs(window) do
    if excess > 0 then
      excess = excess - call[2]
      wait = call[1] + counts - now
    end
  end
end

local granted = 0
if op == 'take' and wait == 0 and gate <= now then
  granted, changed = 1, true
  local last = window[#window]
  -- Those of one sixtieth of the span are one entry at the time of the last of them: a call may count a little
  -- too long, never too short, and what is kept does not grow with the limit.
  if last and math.floor(last[1] / grain) == math.floor(now / grain) then
    last[1], last[2] = now, last[2] + cost
  else
    window[#window + 1] = { now, cost }
  end
  used = used + cost
end

if changed then
  local parts = { string.format('%.0f %.0f', gate, said) }
  for _, call in ipairs(window) do
    parts[#parts + 1] = string.format('%.0f:%.0f', call[1], call[2])
  end
  local ttl = math.max(10 * span, gate - now + span)
  redis.call('SET', KEYS[1], table.concat(parts, ';'), 'PX', string.format('%.0f', ttl))
end
return { granted, wait, used, math.max(0, gate - now), said }
