import { Link, useParams } from 'wouter';
import { useAsset } from '../../api/assets';
import { useQuote } from '../../api/prices';
import { Icon } from '../../design/Icon';
import { assetName } from '../../format/asset';
import { oneOf, preference, usePreference } from '../../preferences/preference';
import { PageTitle } from '../../shell/PageTitle';
import { text } from '../../text';
import { AssetHeadline } from './AssetHeadline';
import styles from './AssetScreen.module.css';
import { HeldBack } from './HeldBack';
import { Holders } from './Holders';
import { ManualPrice } from './ManualPrice';
import { PriceCurve } from './PriceCurve';
import { RANGES, type PriceRange } from './ranges';

const rangePreference = preference<PriceRange>('price-range', '30d', oneOf(RANGES));

/** What an asset costs, how that went, and how much of it is held. */
export default function AssetScreen() {
  const params = useParams<{ class: string; symbol: string }>();
  const asset = `${decoded(params.class)}:${decoded(params.symbol)}`;
  const info = useAsset(asset);
  const quote = useQuote(asset);
  const [range, setRange] = usePreference(rangePreference);
  const name = assetName(asset, info.data);
  const assetClass = decoded(params.class);
  const second = [
    info.data?.ticker === name ? null : info.data?.ticker,
    text.classes[assetClass] ?? assetClass,
    info.data?.exchange,
  ];
  return (
    <div className={styles['page']}>
      <header className={`column ${styles['head'] ?? ''}`}>
        <Link href="/" className={styles['back'] ?? ''} aria-label={text.portfolio.back}>
          <Icon name="back" />
        </Link>
        <PageTitle key={asset} title={name} small />
        <p className="quiet">{second.filter(Boolean).join(' · ')}</p>
      </header>
      <AssetHeadline asset={asset} quote={quote} range={range} />
      {(quote.data === undefined ? quote.error === null : quote.data.quote !== null) && (
        <PriceCurve asset={asset} quote={quote.data?.quote ?? undefined} range={range} onRange={setRange} />
      )}
      <div className={`column ${styles['parts'] ?? ''}`}>
        <HeldBack asset={asset} name={name} />
        <Holders asset={asset} />
        {assetClass !== 'currency' && (
          <ManualPrice
            asset={asset}
            name={name}
            currency={info.data?.currency ?? quote.data?.quote?.currency ?? 'USD'}
            used={quote.data?.quote?.source === 'manual'}
          />
        )}
      </div>
    </div>
  );
}

/** A part of the address. The router leaves signs such as `=` encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
