import {
  Chart,
  type ChartConfiguration,
  LineController,
  LinearScale,
  LineElement,
  PointElement,
} from 'chart.js';
import { useEffect, useRef } from 'react';
import { usePreference } from '../../preferences/preference';
import { theme as themePreference } from '../../preferences/theme';
import { useMedia } from '../../design/use-media';
import styles from './Curve.module.css';
import type { CurvePlotPoint } from './plot';
import type { Scale } from './scale';

Chart.register(LineController, LineElement, PointElement, LinearScale);

type CurveChart = Chart<'line', CurvePlotPoint[]>;

interface Props {
  points: readonly CurvePlotPoint[];
  scale: Scale;
}

/**
 * The lines of the curve, and nothing else: no axis, no grid. Loaded with the first curve.
 *
 * What is stored is drawn full, what was worked out from closes thin, what lacks a price dashed.
 */
export default function CurveCanvas({ points, scale }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<CurveChart | null>(null);
  const [theme] = usePreference(themePreference);
  const isDark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const made = new Chart<'line', CurvePlotPoint[]>(element, emptyChart());
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    if (chart.current !== null) draw(chart.current, points, scale);
  }, [points, scale, theme, isDark]);
  return <canvas ref={canvas} className={styles['canvas']} aria-hidden="true" />;
}

function emptyChart(): ChartConfiguration<'line', CurvePlotPoint[]> {
  return {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      // The page listens itself, for the pointer and the keys alike.
      events: [],
      spanGaps: false,
      layout: { padding: 0 },
      scales: { x: { type: 'linear', display: false }, y: { type: 'linear', display: false } },
    },
  };
}

/** Puts other lines into the chart that is there, which takes a fraction of making a new one. */
function draw(chart: CurveChart, points: readonly CurvePlotPoint[], scale: Scale): void {
  // The theme's colours are read from the style sheet, so that there is one place for them.
  const style = getComputedStyle(document.documentElement);
  const accent = style.getPropertyValue('--accent').trim();
  const quiet = style.getPropertyValue('--quiet').trim();
  const instantAt = (index: number) => points[index]?.instant;
  chart.data.datasets = [
    {
      data: [...points],
      parsing: { xAxisKey: 'x', yAxisKey: 'y' },
      borderColor: accent,
      borderWidth: 2,
      borderJoinStyle: 'round',
      pointBackgroundColor: accent,
      pointBorderWidth: 0,
      pointRadius: points.map(point => (point.isAlone ? 2 : 0)),
      segment: {
        borderWidth: context => (instantAt(context.p1DataIndex)?.origin === 'reconstructed' ? 1 : 2),
        borderDash: context => (instantAt(context.p1DataIndex)?.isPartial === true ? [5, 4] : []),
      },
    },
    {
      data: [...points],
      parsing: { xAxisKey: 'x', yAxisKey: 'cost' },
      borderColor: quiet,
      borderWidth: 1,
      pointRadius: 0,
      // A cost stays until the next purchase.
      stepped: 'before',
    },
  ];
  chart.options.scales = {
    x: { type: 'linear', display: false, min: scale.start, max: scale.end },
    y: { type: 'linear', display: false, min: scale.low, max: scale.high },
  };
  chart.update('none');
}
