import { useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { asApiError } from '../../api/error';
import { usePortfolio } from '../../api/portfolios';
import { RANGES, type Range } from '../../api/ranges';
import { useValuation } from '../../api/valuations';
import { Button } from '../../design/Button';
import { EmptyState } from '../../design/EmptyState';
import { ErrorState } from '../../design/ErrorState';
import { Icon } from '../../design/Icon';
import { oneOf, preference, usePreference } from '../../preferences/preference';
import { NotFound } from '../../shell/NotFound';
import { PageTitle } from '../../shell/PageTitle';
import { text } from '../../text';
import type { HoldingAction } from './actions';
import { Allocation } from './allocation/Allocation';
import { CurveSection } from './curve/CurveSection';
import { ActionDialog } from './edit/ActionDialog';
import { Headline } from './Headline';
import { Holdings } from './holdings/Holdings';
import type { Target } from './holdings/use-target';
import { PortfolioActions } from './PortfolioActions';
import { PortfolioLoading } from './PortfolioLoading';
import styles from './PortfolioScreen.module.css';

/** Below a list that is longer than this, the allocation would not be found. */
const LONG = 40;

const rangePreference = preference<Range>('range', '30d', oneOf(RANGES));

export default function PortfolioScreen() {
  const { id } = useParams<{ id: string }>();
  const portfolio = usePortfolio(id);
  const valuation = useValuation(id);
  const [range, setRange] = usePreference(rangePreference);
  const [action, setAction] = useState<HoldingAction | null>(null);
  const [target, setTarget] = useState<Target | null>(null);
  const [, navigate] = useLocation();
  const it = portfolio.data;
  if (it === undefined) {
    if (portfolio.isPending) return <PortfolioLoading />;
    if (asApiError(portfolio.error).kind === 'not_found') return <NotFound />;
    return (
      <div className="column">
        <ErrorState
          title={text.errors.load(text.portfolio.what)}
          error={portfolio.error}
          onRetry={() => void portfolio.refetch()}
        />
      </div>
    );
  }
  const isEmpty = it.holdings.length === 0;
  const isLong = it.holdings.length > LONG;
  return (
    <div className={styles['page']}>
      <header className={`column ${styles['head'] ?? ''}`}>
        <Link href="/" className={styles['back'] ?? ''} aria-label={text.portfolio.back}>
          <Icon name="back" />
        </Link>
        <PageTitle key={it.id} title={it.name} small />
        <PortfolioActions portfolio={it} onDeleted={() => navigate('/')} />
      </header>
      {isEmpty ? (
        <div className="column">
          <EmptyState
            title={text.portfolio.emptyTitle}
            action={
              <Button look="primary" onClick={() => setAction({ kind: 'add' })}>
                <Icon name="add" size={18} />
                {text.holdings.add}
              </Button>
            }
          >
            {text.portfolio.empty}
          </EmptyState>
        </div>
      ) : (
        <>
          <Headline valuation={valuation} portfolio={it} range={range} onShow={id => setTarget({ id })} />
          <CurveSection id={id} range={range} onRange={setRange} valuation={valuation.data} />
          {valuation.data !== undefined && (
            <div className={`column ${styles['parts'] ?? ''}`}>
              {isLong && <Allocation valuation={valuation.data} portfolio={it} range={range} />}
              <Holdings valuation={valuation.data} portfolio={it} onAction={setAction} target={target} />
              {!isLong && <Allocation valuation={valuation.data} portfolio={it} range={range} />}
            </div>
          )}
        </>
      )}
      <ActionDialog action={action} portfolio={it} onClose={() => setAction(null)} />
    </div>
  );
}
