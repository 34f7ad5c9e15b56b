import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Portfolio } from '../../api/types';
import { Icon } from '../../design/Icon';
import { Menu } from '../../design/Menu';
import { text } from '../../text';
import { PortfolioDelete } from '../portfolios/PortfolioDelete';
import { PortfolioForm } from '../portfolios/PortfolioForm';
import { useArchive } from '../portfolios/use-archive';
import styles from './PortfolioScreen.module.css';
import { ValueNow } from './ValueNow';

/** What can be done with the whole portfolio. */
export function PortfolioActions({ portfolio, onDeleted }: { portfolio: Portfolio; onDeleted: () => void }) {
  const [isRenaming, setIsRenaming] = useState(false);
  const [isDeleting, setIsDeleting] = useState(false);
  const [, navigate] = useLocation();
  const archive = useArchive();
  const deletable = { ...portfolio, holding_count: portfolio.holdings.length };
  return (
    <div className={styles['actions']}>
      {portfolio.holdings.length > 0 && <ValueNow portfolioId={portfolio.id} />}
      <Menu
        label={text.portfolios.actions(portfolio.name)}
        entries={[
          {
            kind: 'action',
            label: text.portfolios.alerts,
            onSelect: () => navigate(`/alerts?portfolio=${portfolio.id}`),
          },
          { kind: 'action', label: text.portfolios.rename, onSelect: () => setIsRenaming(true) },
          {
            kind: 'action',
            label: portfolio.archived ? text.portfolios.bringBack : text.portfolios.archive,
            onSelect: () => archive(portfolio),
          },
          {
            kind: 'action',
            label: text.portfolios.remove,
            danger: true,
            onSelect: () => setIsDeleting(true),
          },
        ]}
      >
        <Icon name="more" />
      </Menu>
      <PortfolioForm
        key={portfolio.version}
        open={isRenaming}
        onClose={() => setIsRenaming(false)}
        portfolio={portfolio}
      />
      <PortfolioDelete
        portfolio={isDeleting ? deletable : null}
        onClose={() => setIsDeleting(false)}
        onDeleted={onDeleted}
      />
    </div>
  );
}
