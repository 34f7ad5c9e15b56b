import { useSearchParams } from 'wouter';
import { usePortfolios } from '../../api/portfolios';
import { ErrorState } from '../../design/ErrorState';
import { PageTitle } from '../../shell/PageTitle';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { Channels } from './Channels';
import { NotificationList } from './NotificationList';
import { RulesLoading } from './RulesLoading';
import { RulesSection } from './RulesSection';

/** What happened, and what is watched for. */
export default function AlertsScreen() {
  const portfolios = usePortfolios();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('portfolio');
  const chosen = portfolios.data?.find(each => each.id === wanted) ?? portfolios.data?.[0];
  return (
    <div className={`column ${styles['page'] ?? ''}`}>
      <PageTitle title={text.alerts.title} />
      <div className={styles['body']}>
        <NotificationList portfolios={portfolios.data ?? []} />
        <div className={styles['side']}>
          {portfolios.data === undefined ? (
            portfolios.isPending ? (
              <RulesLoading />
            ) : (
              <ErrorState
                title={text.errors.load(text.rules.what)}
                error={portfolios.error}
                onRetry={() => void portfolios.refetch()}
              />
            )
          ) : (
            <RulesSection
              portfolios={portfolios.data}
              chosen={chosen}
              onChoose={id => setSearch({ portfolio: id }, { replace: true })}
            />
          )}
          <Channels />
        </div>
      </div>
    </div>
  );
}
