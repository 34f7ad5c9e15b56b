import type { CurvePoint, Valuation } from '../../../api/types';
import type { Instant } from '../../../charts/curve/plot';

/** What the curve of a portfolio goes through: what is stored or was worked out, and the value now. */
export function instantsOf(points: readonly CurvePoint[], now: Valuation | undefined): Instant[] {
  const instants: Instant[] = points.map(point => ({
    at: point.as_of,
    value: point.value,
    cost: point.cost,
    valueWithCost: point.value_with_cost,
    isPartial: point.status !== 'complete',
    isDay: point.origin === 'reconstructed',
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
      isDay: false,
      origin: 'live',
    });
  }
  return instants;
}
