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

/** How a value went, without numbers: those stand beside it. */
export function Sparkline({ points, asked }: Props) {
  const path = useMemo(() => pathOf(points, asked), [points, asked]);
  return (
    <svg
      className={styles['line']}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path
        d={path}
        fill="none"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}

function pathOf(points: readonly CurvePoint[], asked: number): string {
  const plot = withGaps(
    points.map(point => ({
      x: Date.parse(point.as_of),
      y: point.value === null ? null : toPlot(point.value),
    })),
    asked,
  );
  const values = plot.flatMap(point => (point.y === null ? [] : [point.y]));
  const [start, end] = [plot[0]?.x ?? 0, plot.at(-1)?.x ?? 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: number) => ((at - start) / (end - start || 1)) * WIDTH;
  const y = (at: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((at - low) / (high - low)) * (HEIGHT - 2 * EDGE);
  let isDrawing = false;
  let path = '';
  for (const point of plot) {
    if (point.y !== null) path += `${isDrawing ? 'L' : 'M'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`;
    isDrawing = point.y !== null;
  }
  return path;
}
