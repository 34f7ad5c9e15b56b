import type { CurvePlotPoint } from './plot';

/** Room above and below the curve, as a share of its height. */
const ROOM = 0.1;
/** A cost farther away than this many heights of the curve would press it flat. */
const FAR = 1.5;

/** Where the cost is, if it is not in the picture. */
export type CostPlace = 'inside' | 'above' | 'below' | 'unknown';

export interface Scale {
  low: number;
  high: number;
  start: number;
  end: number;
  cost: CostPlace;
}

/** The axes of a plot: from the first instant to the last, around the values, and the costs if they are near. */
export function scaleOf(points: readonly CurvePlotPoint[]): Scale {
  const values = extent(points.map(point => point.y));
  const costs = extent(points.map(point => point.cost));
  let [low, high] = values ?? [0, 1];
  const height = high - low || Math.abs(high) || 1;
  let cost: CostPlace = 'unknown';
  if (costs !== null) {
    cost = costs[0] > high + FAR * height ? 'above' : costs[1] < low - FAR * height ? 'below' : 'inside';
    if (cost === 'inside') {
      low = Math.max(Math.min(low, costs[0]), low - FAR * height);
      high = Math.min(Math.max(high, costs[1]), high + FAR * height);
    }
  }
  const room = (high - low || height) * ROOM;
  const start = points[0]?.x ?? 0;
  return { low: low - room, high: high + room, start, end: Math.max(points.at(-1)?.x ?? 1, start + 1), cost };
}

function extent(numbers: readonly (number | null)[]): [number, number] | null {
  let found: [number, number] | null = null;
  for (const number of numbers) {
    if (number === null) continue;
    found = found === null ? [number, number] : [Math.min(found[0], number), Math.max(found[1], number)];
  }
  return found;
}
