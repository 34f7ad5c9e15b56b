import { useState } from 'react';
import { usePortfolios } from '../../api/portfolios';
import { Button } from '../../design/Button';
import { EmptyState } from '../../design/EmptyState';
import { ErrorState } from '../../design/ErrorState';
import { Icon } from '../../design/Icon';
import { PageTitle } from '../../shell/PageTitle';
import { text } from '../../text';
import { Archived } from './Archived';
import { PortfolioForm } from './PortfolioForm';
import { PortfolioList } from './PortfolioList';
import { PortfolioListLoading } from './PortfolioListLoading';
import styles from './PortfoliosScreen.module.css';
import { Total } from './Total';

export default function PortfoliosScreen() {
  const portfolios = usePortfolios();
  const [isCreating, setIsCreating] = useState(false);
  const isEmpty = portfolios.data?.length === 0;
  const create = (
    <Button look={isEmpty ? 'primary' : 'quiet'} onClick={() => setIsCreating(true)}>
      <Icon name="add" size={18} />
      {text.portfolios.create}
    </Button>
  );
  return (
    <div className={`column ${styles['page'] ?? ''}`}>
      <header className={styles['head']}>
        <PageTitle title={text.portfolios.title} small />
        {!isEmpty && create}
      </header>
      {!isEmpty && <Total />}
      {portfolios.data === undefined ? (
        portfolios.isPending ? (
          <PortfolioListLoading />
        ) : (
          <ErrorState
            title={text.errors.load(text.portfolios.what)}
            error={portfolios.error}
            onRetry={() => void portfolios.refetch()}
          />
        )
      ) : isEmpty ? (
        <EmptyState title={text.portfolios.emptyTitle} action={create}>
          {text.portfolios.empty}
        </EmptyState>
      ) : (
        <PortfolioList portfolios={portfolios.data} />
      )}
      {portfolios.data !== undefined && <Archived />}
      <PortfolioForm open={isCreating} onClose={() => setIsCreating(false)} />
    </div>
  );
}
