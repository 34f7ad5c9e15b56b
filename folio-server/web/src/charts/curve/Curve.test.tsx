import { screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import type { CurvePoint } from '../../api/types';
import { zone } from '../../preferences/zone';
import { renderApp } from '../../test/render';
import { formatMoney } from '../../format/money';
import { instantsOf } from '../../screens/portfolio/curve/instants';
import { Curve } from './Curve';

vi.mock('./CurveCanvas', () => ({ default: () => null }));

const point = (at: string, part: Partial<CurvePoint>): CurvePoint => ({
  as_of: at,
  value: '100',
  value_with_cost: '100',
  cost: '80',
  status: 'complete',
  origin: 'snapshot',
  ...part,
});

const points = [
  point('2026-11-01T23:59:59.999Z', { origin: 'reconstructed' }),
  point('2026-11-02T09:00:00Z', { value: null, value_with_cost: null, cost: null, status: 'unavailable' }),
  point('2026-11-03T09:00:00Z', { status: 'partial' }),
  point('2026-11-04T09:00:00Z', { value: '120', value_with_cost: '120' }),
];

const curveOf = (of: CurvePoint[]) => (
  <Curve
    instants={instantsOf(of, undefined)}
    asked={500}
    write={value => formatMoney(value, 'USD')}
    label="Value"
    isOld={false}
  />
);

it('is read out by the arrow keys, with what is not known and how the rest is', async () => {
  zone.set('utc');
  const { user } = renderApp(curveOf(points));
  const curve = await screen.findByRole('slider');
  curve.focus();
  expect(curve).toHaveAttribute(
    'aria-valuetext',
    expect.stringMatching(/^Nov 4, .*\$120\.00, cost \$80\.00, \+50\.00%$/),
  );
  await user.keyboard('{ArrowLeft}');
  expect(curve.getAttribute('aria-valuetext')).toMatch(
    /\$100\.00, cost \$80\.00, \+25\.00%, some prices missing$/,
  );
  await user.keyboard('{ArrowLeft}');
  expect(curve.getAttribute('aria-valuetext')).toMatch(/^Nov 2, 09:00 AM UTC, No value known$/);
  await user.keyboard('{Home}{ArrowLeft}');
  expect(curve.getAttribute('aria-valuetext')).toBe(
    'Nov 1, 2026, $100.00, cost $80.00, +25.00%, worked out from closing prices',
  );
});

it('explains only the strokes that are in it', async () => {
  const plain = points.slice(3).concat(point('2026-11-05T09:00:00Z', {}));
  const first = renderApp(curveOf(plain));
  expect(await screen.findByText(/^Cost/)).toBeVisible();
  expect(screen.queryByText('Some prices missing')).toBeNull();
  first.unmount();
  renderApp(curveOf(points));
  expect(await screen.findByText('Some prices missing')).toBeVisible();
  expect(screen.getByText('Worked out from closing prices')).toBeVisible();
  expect(screen.getByText('Nothing known')).toBeVisible();
});
