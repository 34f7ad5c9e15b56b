import type { CurvePoint, Decimal } from '../../api/types';
import { isAlone, withGaps, type PlotPoint } from '../gaps';
import { toPlot } from '../../format/decimal';

/** An instant of the curve; `live` is the value now, which is not stored. */
export interface Instant {
  at: string;
  value: Decimal | null;
  cost: Decimal | null;
  valueWithCost: Decimal | null;
  isPartial: boolean;
  /** A day in UTC, without a time. */
  isDay: boolean;
  origin: CurvePoint['origin'] | 'live';
}

/** A point of the plot; one that fills a gap belongs to no instant. */
export interface CurvePlotPoint extends PlotPoint {
  cost: number | null;
  instant: Instant | null;
  isAlone: boolean;
}

/** The instants as a plot has them: with holes where nothing is known. */
export function plotOf(instants: readonly Instant[], asked: number | null): CurvePlotPoint[] {
  const bare = instants.map(instant => ({
    x: Date.parse(instant.at),
    y: instant.value === null ? null : toPlot(instant.value),
    cost: instant.cost === null ? null : toPlot(instant.cost),
    instant,
  }));
  const full = asked === null ? bare : withGaps(bare, asked);
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
