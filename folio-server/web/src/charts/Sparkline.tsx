import { useMemo } from 'react';
import type { CurvePoint } from '../api/types';
import { toPlot } from '../format/decimal';
import { withGaps } from './gaps';
import styles from './Sparkline.module.css';

const WIDTH = 120;
const HEIGHT = 36;
const EDGE = 2;

interface Props {
  points: readonly CurvePoint[];
  /** How many points were asked for. */
  asked: number;
}

/** How a value went, without numbers: those stand beside it. What lacks a price is dashed. */
export function Sparkline({ points, asked }: Props) {
  const { full, partial } = useMemo(() => pathsOf(points, asked), [points, asked]);
  return (
    <svg
      className={styles['line']}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={full} />
      <path d={partial} className={styles['partial']} />
    </svg>
  );
}

function pathsOf(points: readonly CurvePoint[], asked: number) {
  const plot = withGaps(
    points.map(point => ({
      x: Date.parse(point.as_of),
      y: point.value === null ? null : toPlot(point.value),
      isPartial: point.status !== 'complete',
    })),
    asked,
  );
  const values = plot.flatMap(point => (point.y === null ? [] : [point.y]));
  const [start, end] = [plot[0]?.x ?? 0, plot.at(-1)?.x ?? 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: number) => ((at - start) / (end - start || 1)) * WIDTH;
  const y = (at: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((at - low) / (high - low)) * (HEIGHT - 2 * EDGE);
  const paths = { full: '', partial: '' };
  let from: string | null = null;
  let last: keyof typeof paths | null = null;
  for (const point of plot) {
    const to: string | null = point.y === null ? null : `${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`;
    if (from !== null && to !== null) {
      const kind = 'isPartial' in point && point.isPartial ? 'partial' : 'full';
      paths[kind] += kind === last ? `L${to}` : `M${from}L${to}`;
      last = kind;
    } else {
      last = null;
    }
    from = to;
  }
  return paths;
}
