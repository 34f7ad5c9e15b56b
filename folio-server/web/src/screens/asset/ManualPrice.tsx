import { lazy, Suspense, useState } from 'react';
import { partsOf } from '../../api/prices';
import { Button } from '../../design/Button';
import { text } from '../../text';
import styles from './AssetScreen.module.css';
import { StatedPrice } from './StatedPrice';

const PriceDialog = lazy(() => import('../portfolio/edit/PriceDialog'));

interface Props {
  asset: string;
  name: string;
  /** Proposed for a price that is stated. */
  currency: string;
  /** Whether the price above is this one. */
  used: boolean;
}

/**
 * What the owner says that it is worth. Where a source has the price, few have stated one, and it is asked for when
 * somebody wants to know.
 */
export function ManualPrice({ asset, name, currency, used }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const [isStating, setIsStating] = useState(false);
  const words = text.asset.manual;
  const isCustom = partsOf(asset).class === 'custom';
  return (
    <section className={styles['section']} aria-labelledby="manual-title">
      <h2 id="manual-title" className={styles['title']}>
        {words.title}
      </h2>
      {used || isOpen ? (
        <StatedPrice asset={asset} used={used} onState={() => setIsStating(true)} />
      ) : isCustom ? (
        <>
          <p className="quiet">{words.noneCustom}</p>
          <div className={styles['buttons']}>
            <Button look="primary" onClick={() => setIsStating(true)}>
              {words.state}
            </Button>
          </div>
        </>
      ) : (
        <p className="quiet">
          {words.counts}{' '}
          <Button look="link" onClick={() => setIsOpen(true)}>
            {words.show}
          </Button>
        </p>
      )}
      {isStating && (
        <Suspense fallback={null}>
          <PriceDialog asset={asset} name={name} currency={currency} onClose={() => setIsStating(false)} />
        </Suspense>
      )}
    </section>
  );
}
