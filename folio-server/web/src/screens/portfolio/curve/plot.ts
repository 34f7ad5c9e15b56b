import type { CurvePoint, Decimal, Valuation } from '../../../api/types';
import { isAlone, withGaps, type PlotPoint } from '../../../charts/gaps';
import { toPlot } from '../../../format/decimal';

/** An instant of the curve; `live` is the value now, which is not stored. */
export interface Instant {
  at: string;
  value: Decimal | null;
  cost: Decimal | null;
  valueWithCost: Decimal | null;
  isPartial: boolean;
  origin: CurvePoint['origin'] | 'live';
}

/** A point of the plot; one that fills a gap belongs to no instant. */
export interface CurvePlotPoint extends PlotPoint {
  cost: number | null;
  instant: Instant | null;
  isAlone: boolean;
}

export function instantsOf(points: readonly CurvePoint[], now: Valuation | undefined): Instant[] {
  const instants: Instant[] = points.map(point => ({
    at: point.as_of,
    value: point.value,
    cost: point.cost,
    valueWithCost: point.value_with_cost,
    isPartial: point.status !== 'complete',
    origin: point.origin,
  }));
  // The curve ends at the total that stands above it.
  if (now !== undefined && now.total_value !== null && now.as_of > (instants.at(-1)?.at ?? '')) {
    instants.push({
      at: now.as_of,
      value: now.total_value,
      cost: now.total_cost,
      valueWithCost: now.value_with_cost,
      isPartial: now.status !== 'complete',
      origin: 'live',
    });
  }
  return instants;
}

/** The instants as a plot has them: with holes where nothing is known. */
export function plotOf(instants: readonly Instant[], asked: number): CurvePlotPoint[] {
  const bare = instants.map(instant => ({
    x: Date.parse(instant.at),
    y: instant.value === null ? null : toPlot(instant.value),
    cost: instant.cost === null ? null : toPlot(instant.cost),
    instant,
  }));
  const full = withGaps(bare, asked);
  return full.map((point, index) => ({
    cost: null,
    instant: null,
    ...point,
    isAlone: isAlone(full, index),
  }));
}

/** The instant nearest to a place on the axis, of those in ascending order. */
export function nearest(points: readonly CurvePlotPoint[], x: number): number {
  let best = -1;
  points.forEach((point, index) => {
    if (point.instant === null) return;
    const known = points[best];
    if (known === undefined || Math.abs(point.x - x) < Math.abs(known.x - x)) best = index;
  });
  return best;
}
