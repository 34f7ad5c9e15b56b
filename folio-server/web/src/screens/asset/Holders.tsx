import { ErrorState } from '../../design/ErrorState';
import { Notes } from '../../design/Notes';
import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import styles from './AssetScreen.module.css';
import { HoldersTable } from './HoldersTable';
import { useHolders } from './use-holders';

/** Which portfolios hold the asset, how much, and what that is worth there. */
export function Holders({ asset }: { asset: string }) {
  const { holders, isPending, error, failed } = useHolders(asset);
  return (
    <section className={styles['section']} aria-labelledby="holders-title">
      <h2 id="holders-title" className={styles['title']}>
        {text.asset.holders.title}
      </h2>
      {error !== null && holders.length === 0 ? (
        <ErrorState title={text.errors.load(text.asset.holders.what)} error={error} />
      ) : isPending && holders.length === 0 ? (
        <div aria-busy="true">
          <Skeleton height="2.25rem" />
        </div>
      ) : holders.length === 0 ? (
        <p className="quiet">{text.asset.holders.none}</p>
      ) : (
        <HoldersTable holders={holders} />
      )}
      {failed.length > 0 && (
        <Notes label={text.coverage.title} notes={[text.asset.holders.partial(failed.join(', '))]} />
      )}
    </section>
  );
}
