import { render } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { CurvePoint } from '../api/types';
import { Sparkline } from './Sparkline';

const day = (at: number, value: string | null, status: CurvePoint['status'] = 'complete'): CurvePoint => ({
  as_of: `2026-11-0${at}T00:00:00Z`,
  value,
  cost: null,
  value_with_cost: null,
  status,
  origin: 'snapshot',
});
const drawn = (points: CurvePoint[]) => {
  const { container } = render(<Sparkline points={points} asked={4} />);
  return [...container.querySelectorAll('path')].map(path => path.getAttribute('d'));
};

it('dashes what lacks a price, and goes on where it was', () => {
  const points = [day(1, '10'), day(2, '20'), day(3, '15', 'partial'), day(4, '30', 'partial')];
  expect(drawn(points)).toEqual(['M0.0 34.0L40.0 18.0', 'M40.0 18.0L80.0 26.0L120.0 2.0']);
});

it('draws no line through what has no value', () => {
  const points = [day(1, '10'), day(2, '20'), day(3, null), day(4, '30'), day(5, '20')];
  expect(drawn(points)).toEqual(['M0.0 34.0L30.0 18.0M90.0 2.0L120.0 18.0', '']);
});
