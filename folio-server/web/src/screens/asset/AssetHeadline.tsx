import type { UseQueryResult } from '@tanstack/react-query';
import { partsOf, type PriceAnswer } from '../../api/prices';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { formatPrice } from '../../format/money';
import { SourceNotes } from '../../shell/SourceNotes';
import { text } from '../../text';
import styles from './AssetScreen.module.css';
import { PriceChange } from './PriceChange';
import { PriceOrigin } from './PriceOrigin';
import type { PriceRange } from './ranges';
import { WhyUnpriced } from './WhyUnpriced';

interface Props {
  asset: string;
  quote: UseQueryResult<PriceAnswer>;
  range: PriceRange;
}

/** The price, who said it and when; where there is none, why. */
export function AssetHeadline({ asset, quote, range }: Props) {
  const data = quote.data?.quote ?? null;
  const unpriced = quote.data?.unpriced ?? null;
  if (quote.data === undefined && quote.error !== null) {
    return (
      <div className="column">
        <ErrorState
          title={text.errors.load(text.asset.what)}
          error={quote.error}
          onRetry={() => void quote.refetch()}
        />
      </div>
    );
  }
  return (
    <section
      className={`column ${styles['headline'] ?? ''}`}
      aria-label={text.asset.price}
      aria-busy={quote.data === undefined}
    >
      <p className={`number ${styles['total'] ?? ''}`}>
        {data !== null ? (
          formatPrice(data.price, data.currency)
        ) : unpriced !== null ? (
          text.asset.noPrice
        ) : (
          <Skeleton width="5.5em" height="0.85em" />
        )}
      </p>
      {quote.data === undefined && <Skeleton width="14rem" />}
      {unpriced !== null && <WhyUnpriced unpriced={unpriced} />}
      {data !== null && (
        <>
          <PriceChange asset={asset} quote={data} range={range} />
          <PriceOrigin asset={asset} quote={data} />
        </>
      )}
      <SourceNotes classes={new Set([partsOf(asset).class])} />
    </section>
  );
}
