import type { CurvePlotPoint } from './plot';

/** Room above and below the curve, as a share of its height. */
const ROOM = 0.08;

export interface Scale {
  low: number;
  high: number;
  start: number;
  end: number;
}

/** The axes of a plot: from the first instant to the last, around values and costs. */
export function scaleOf(points: readonly CurvePlotPoint[]): Scale {
  let low = Infinity;
  let high = -Infinity;
  for (const { y, cost } of points) {
    for (const value of [y, cost]) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) [low, high] = [0, 1];
  const room = (high - low || Math.abs(high) || 1) * ROOM;
  const start = points[0]?.x ?? 0;
  return { low: low - room, high: high + room, start, end: Math.max(points.at(-1)?.x ?? 1, start + 1) };
}
