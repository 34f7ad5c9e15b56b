export const RANGES = ['24h', '7d', '30d', '1y', 'all'] as const;
/** A span that ends now; the words of the server's `changes`, and all there is. */
export type Range = (typeof RANGES)[number];

const HOUR = 3_600_000;
const SPANS = { '24h': 24 * HOUR, '7d': 7 * 24 * HOUR, '30d': 30 * 24 * HOUR, '1y': 365 * 24 * HOUR };

/** Where a range begins, in milliseconds; null is at the beginning of everything. */
export function startOf(range: Range, now: number): number | null {
  return range === 'all' ? null : now - SPANS[range];
}
