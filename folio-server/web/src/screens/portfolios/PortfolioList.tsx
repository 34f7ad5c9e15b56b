import { useState } from 'react';
import type { PortfolioSummary } from '../../api/types';
import { text } from '../../text';
import { PortfolioDelete } from './PortfolioDelete';
import { PortfolioForm } from './PortfolioForm';
import styles from './PortfolioList.module.css';
import { PortfolioRow } from './PortfolioRow';
import { useArchive } from './use-archive';

/** A row a portfolio; what is renamed or deleted is asked about here once for all rows. */
export function PortfolioList({ portfolios }: { portfolios: readonly PortfolioSummary[] }) {
  const [renamed, setRenamed] = useState<PortfolioSummary | null>(null);
  const archive = useArchive();
  const [deleted, setDeleted] = useState<PortfolioSummary | null>(null);
  return (
    <div>
      <div className={styles['head']} aria-hidden="true">
        <span />
        <span>{text.portfolios.trend}</span>
        <span>{text.portfolios.value}</span>
        <span>{text.portfolios.day}</span>
        <span>{text.portfolios.gain}</span>
        <span />
      </div>
      <ul>
        {portfolios.map(portfolio => (
          <PortfolioRow
            key={portfolio.id}
            portfolio={portfolio}
            onRename={setRenamed}
            onDelete={setDeleted}
            onArchive={archive}
          />
        ))}
      </ul>
      <PortfolioForm
        key={renamed?.id}
        open={renamed !== null}
        onClose={() => setRenamed(null)}
        {...(renamed === null ? {} : { portfolio: renamed })}
      />
      <PortfolioDelete portfolio={deleted} onClose={() => setDeleted(null)} />
    </div>
  );
}
