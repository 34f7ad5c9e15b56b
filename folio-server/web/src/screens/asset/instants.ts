import type { PriceHistory, Quote } from '../../api/types';
import type { Instant } from '../../charts/curve/plot';

/** What the curve of a price goes through: past prices, and the quote that stands above it. */
export function instantsOf(history: PriceHistory | undefined, quote: Quote | undefined): Instant[] {
  if (history === undefined) return [];
  const bare = { cost: null, valueWithCost: null, isPartial: false };
  const instants: Instant[] = history.points.map(point => ({
    ...bare,
    at: point.time,
    value: point.price,
    // A close is of its day; what has not ended yet is of its instant.
    isDay: history.resolution === 'daily' && !point.provisional,
    origin: 'snapshot',
  }));
  if (
    quote !== undefined &&
    quote.currency === history.currency &&
    Date.parse(quote.as_of) > Date.parse(instants.at(-1)?.at ?? '1970-01-01')
  ) {
    instants.push({ ...bare, at: quote.as_of, value: quote.price, isDay: false, origin: 'live' });
  }
  return instants;
}
