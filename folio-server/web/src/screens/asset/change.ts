import { PRICE_RANGES, type PriceRange } from '../../api/prices';
import type { Decimal, PriceHistory, Quote } from '../../api/types';
import { percentChange } from '../../format/decimal';

const DAY = 86_400_000;
/** How much later than the span the past may begin: markets rest over long weekends, coins never. */
const REST = { always: 1.5 * DAY, market: 5 * DAY };

/**
 * By how much the price changed over a span, in percent; null where the past does not reach back that far: the
 * change since yesterday is not the change of a year.
 */
export function changeOver(
  history: PriceHistory | undefined,
  quote: Quote,
  range: PriceRange,
  restsNever: boolean,
  now: number,
): Decimal | null {
  const first = history?.points[0];
  if (first === undefined || history?.currency !== quote.currency) return null;
  const start = now - PRICE_RANGES[range] * DAY;
  if (Date.parse(first.time) > start + (restsNever ? REST.always : REST.market)) return null;
  return percentChange(first.price, quote.price);
}
