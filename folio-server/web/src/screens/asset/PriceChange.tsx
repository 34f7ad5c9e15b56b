import { partsOf, usePriceHistory } from '../../api/prices';
import type { Quote } from '../../api/types';
import { Change } from '../../design/Change';
import { useNow } from '../../format/use-times';
import { text } from '../../text';
import styles from './AssetScreen.module.css';
import { changeOver } from './change';
import type { PriceRange } from './ranges';

interface Props {
  asset: string;
  quote: Quote;
  range: PriceRange;
}

/** How the price moved over the range, in words; where that is not known, that it is not. */
export function PriceChange({ asset, quote, range }: Props) {
  const history = usePriceHistory(asset, quote.currency, range);
  const now = useNow();
  // Of a day the source knows more than its points tell: a share's change is since the close before.
  const stated = range === '1d' ? quote.change_24h_percent : null;
  const percent = stated ?? changeOver(history.data, quote, range, partsOf(asset).class === 'crypto', now);
  const span = text.asset.spans[range];
  if (percent === null) {
    return history.isPending ? null : <p className="quiet">{text.asset.changeUnknown(span)}</p>;
  }
  return (
    <p className={styles['change']}>
      <Change percent={percent} /> <span className="quiet">{span}</span>
    </p>
  );
}
