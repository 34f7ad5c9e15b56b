import { useSources } from '../../api/sources';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import { Section } from './Section';
import styles from './SettingsScreen.module.css';
import { SourceItem } from './SourceItem';

/** Where prices come from, how each source does, and how many calls it has left. */
export function Sources() {
  const sources = useSources();
  return (
    <Section title={text.sources.title}>
      {sources.data === undefined ? (
        sources.isPending ? (
          <Skeleton height="6rem" />
        ) : (
          <ErrorState
            title={text.errors.load(text.sources.what)}
            error={sources.error}
            onRetry={() => void sources.refetch()}
          />
        )
      ) : sources.data.length === 0 ? (
        <p className="quiet">{text.sources.none}</p>
      ) : (
        <ul className={styles['list']} aria-label={text.sources.title}>
          {sources.data.map(source => (
            <SourceItem key={source.id} source={source} />
          ))}
        </ul>
      )}
    </Section>
  );
}
