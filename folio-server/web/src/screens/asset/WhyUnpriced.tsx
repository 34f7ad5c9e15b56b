import { useState } from 'react';
import { partsOf } from '../../api/prices';
import type { Unpriced } from '../../api/types';
import { Button } from '../../design/Button';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import { KeyDialog } from '../portfolio/edit/KeyDialog';
import styles from './AssetScreen.module.css';

/** What a key for the source would mend. */
const BY_KEY = ['not_configured', 'rate_limited', 'pending'];

/** Why there is no price, and when folio asks again. Prices by hand are stated further below. */
export function WhyUnpriced({ unpriced }: { unpriced: Unpriced }) {
  const { clock, now } = useTimes();
  const [showsKey, setShowsKey] = useState(false);
  const { reason, retry_at: next } = unpriced;
  const assetClass = partsOf(unpriced.asset).class;
  const isAhead = next !== null && Date.parse(next) > now;
  if (assetClass === 'custom') return <p className="quiet">{text.asset.manual.noneCustom}</p>;
  return (
    <>
      <p title={unpriced.detail}>
        <span className={styles['notice']}>{text.reasons.long[reason] ?? text.reasons.other(reason)}</span>
        {isAhead && <span className="quiet"> {text.reasons.retry(clock(next))}</span>}
      </p>
      {BY_KEY.includes(reason) && (
        <p>
          <Button look="link" onClick={() => setShowsKey(true)}>
            {text.reasons.remedies.key}
          </Button>
        </p>
      )}
      {showsKey && <KeyDialog assetClass={assetClass} onClose={() => setShowsKey(false)} />}
    </>
  );
}
