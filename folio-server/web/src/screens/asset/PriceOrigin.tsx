import type { Quote } from '../../api/types';
import { Notes } from '../../design/Notes';
import { formatMoneyShort, formatQuantity } from '../../format/money';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';

/** Where the price is from, how old it is, and what was done to it. */
export function PriceOrigin({ asset, quote }: { asset: string; quote: Quote }) {
  const { instant, age } = useTimes();
  const { fx } = quote;
  const parts = [
    asset === `currency:${quote.currency}` ? text.asset.inItself : text.asset.source(quote.source),
    text.asset.asOf(instant(quote.as_of)),
    text.asset.age(age(quote.as_of)),
    quote.market_cap === null
      ? null
      : `${text.asset.marketCap} ${formatMoneyShort(quote.market_cap, quote.currency)}`,
  ];
  const notes = [
    quote.freshness === 'stale' && `${text.asset.stale} ${text.asset.refreshHint}`,
    fx !== null && text.asset.convertedAt(formatQuantity(fx.rate), fx.from, fx.to, fx.source),
  ].filter(note => note !== false);
  return (
    <>
      <p className="quiet">{parts.filter(Boolean).join(' · ')}</p>
      <Notes label={text.coverage.title} notes={notes} />
    </>
  );
}
