// Where a curve must not be drawn through: instants without a value, and spans without an instant.

/** An instant of a curve for the plot; null is a gap. */
export interface PlotPoint {
  x: number;
  y: number | null;
}

/** So many neighbours tell what a usual distance is. */
const NEIGHBOURS = 3;
/** A distance this much longer than the longest nearby is a hole. */
const FACTOR = 1.75;
/** The server keeps the lowest and the highest of equal parts of time; what it leaves out is no hole. */
const PARTS = 8;

/** Puts a point without a value into each hole of a series in ascending order, so that no line crosses it. */
export function withGaps<T extends PlotPoint>(points: readonly T[], asked: number): (T | PlotPoint)[] {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return [];
  const thinned = points.length < asked / 4 ? 0 : ((last.x - first.x) / asked) * PARTS;
  const steps = points.slice(1).map((point, index) => point.x - (points[index]?.x ?? point.x));
  const result: (T | PlotPoint)[] = [];
  points.forEach((point, index) => {
    const step = steps[index - 1];
    if (step !== undefined) {
      const before = steps.slice(Math.max(0, index - 1 - NEIGHBOURS), index - 1);
      const after = steps.slice(index, index + NEIGHBOURS);
      const usual = Math.max(0, ...before, ...after);
      // Of two steps nobody can say which one is usual.
      if (before.length + after.length > 1 && usual > 0 && step > Math.max(usual * FACTOR, thinned)) {
        result.push({ x: point.x - step / 2, y: null });
      }
    }
    result.push(point);
  });
  return result;
}

/** Whether each point stands alone: no line reaches it, so that it needs a dot to be seen. */
export function isAlone(points: readonly PlotPoint[], index: number): boolean {
  const has = (at: number) => points[at]?.y !== undefined && points[at].y !== null;
  return has(index) && !has(index - 1) && !has(index + 1);
}
