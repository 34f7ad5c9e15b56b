import { expect, it } from 'vitest';
import type { CurvePoint } from '../../api/types';
import { aValuation } from '../../test/samples';
import { instantsOf } from '../../screens/portfolio/curve/instants';
import { nearest, plotOf } from './plot';
import { scaleOf } from './scale';

const point = (day: number, value: string | null, part: Partial<CurvePoint> = {}): CurvePoint => ({
  as_of: `2026-11-0${day}T09:00:00Z`,
  value,
  value_with_cost: value,
  cost: '90',
  status: value === null ? 'unavailable' : 'complete',
  origin: 'snapshot',
  ...part,
});

it('ends at the value now and never draws a value that is not known', () => {
  const instants = instantsOf(
    [point(1, '100'), point(2, null), point(3, '110', { status: 'partial' })],
    aValuation([]),
  );
  const plot = plotOf(instants, 500);
  expect(plot.map(each => each.y)).toEqual([100, null, 110, null, 200]);
  expect(plot.map(each => each.instant?.isPartial)).toEqual([false, true, true, undefined, false]);
  expect(instants.at(-1)?.origin).toBe('live');
});

it('has no value now where there is no total', () => {
  expect(instantsOf([point(1, '100')], aValuation([], { total_value: null }))).toHaveLength(1);
});

it('finds the nearest instant, one without a value too', () => {
  const plot = plotOf(instantsOf([point(1, '100'), point(2, null), point(3, '110')], undefined), 500);
  expect(nearest(plot, Date.parse('2026-11-02T10:00:00Z'))).toBe(1);
  expect(nearest(plot, 0)).toBe(0);
  expect(nearest([], 0)).toBe(-1);
});

it('leaves a cost that is far away out of the picture, and says where it is', () => {
  const plot = (cost: string) =>
    plotOf(instantsOf([point(1, '100', { cost }), point(2, '101', { cost })], undefined), 500);
  expect(scaleOf(plot('50')).cost).toBe('below');
  expect(scaleOf(plot('50')).low).toBeGreaterThan(99);
  expect(scaleOf(plot('150')).cost).toBe('above');
  expect(scaleOf(plot('99.5'))).toMatchObject({ cost: 'inside' });
});
