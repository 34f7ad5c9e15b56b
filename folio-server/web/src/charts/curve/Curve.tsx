import { lazy, Suspense, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Decimal } from '../../api/types';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './Curve.module.css';
import { CurveLegend } from './CurveLegend';
import { nearest, plotOf, type Instant } from './plot';
import { ReadOut, readOutText } from './ReadOut';
import { scaleOf } from './scale';

const CurveCanvas = lazy(() => import('./CurveCanvas'));

interface Props {
  /** In ascending order. */
  instants: readonly Instant[];
  /** How many points were asked for; null where what is missing between two is no gap, as a weekend is none. */
  asked: number | null;
  /** How a value is written. */
  write: (value: Decimal) => string;
  /** For those who listen. */
  label: string;
  /** The curve of another range is on its way. */
  isOld: boolean;
}

/** How the value went, from edge to edge. The pointer and the arrow keys read it out. */
export function Curve({ instants, asked, write, label, isOld }: Props) {
  const times = useTimes();
  const area = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const points = useMemo(() => plotOf(instants, asked), [instants, asked]);
  const scale = useMemo(() => scaleOf(points), [points]);
  const known = points.flatMap((point, index) => (point.instant === null ? [] : [index]));
  const place = chosen === null ? undefined : points[Math.min(chosen, points.length - 1)];
  const lastKnown = known.at(-1) ?? 0;

  const follow = (event: PointerEvent) => {
    const box = area.current?.getBoundingClientRect();
    if (box === undefined) return;
    const share = (event.clientX - box.left) / (box.width || 1);
    const index = nearest(points, scale.start + share * (scale.end - scale.start));
    setChosen(index === -1 ? null : index);
  };
  const step = (event: KeyboardEvent) => {
    const at = known.indexOf(chosen ?? lastKnown);
    const far = Math.max(1, Math.round(known.length / 12));
    const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -far, PageUp: far };
    const target =
      event.key === 'Home' ? 0 : event.key === 'End' ? known.length - 1 : at + (by[event.key] ?? Number.NaN);
    if (event.key === 'Escape') setChosen(null);
    if (Number.isNaN(target)) return;
    event.preventDefault();
    setChosen(known[Math.max(0, Math.min(target, known.length - 1))] ?? null);
  };
  const spoken = points[chosen ?? lastKnown]?.instant ?? null;
  return (
    <figure className={styles['figure']}>
      <div
        ref={area}
        className={styles['area']}
        data-old={isOld || undefined}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, known.length - 1)}
        aria-valuenow={Math.max(0, known.indexOf(chosen ?? lastKnown))}
        aria-valuetext={spoken === null ? text.curve.empty : readOutText(spoken, write, times.instant)}
        onPointerMove={follow}
        onPointerDown={follow}
        onPointerLeave={() => setChosen(null)}
        onKeyDown={step}
        onBlur={() => setChosen(null)}
      >
        <Suspense fallback={null}>
          <CurveCanvas points={points} scale={scale} />
        </Suspense>
        {place?.instant && (
          <ReadOut
            instant={place.instant}
            write={write}
            left={(place.x - scale.start) / (scale.end - scale.start)}
            top={place.y === null ? null : 1 - (place.y - scale.low) / (scale.high - scale.low)}
          />
        )}
      </div>
      <CurveLegend points={points} scale={scale} />
    </figure>
  );
}
