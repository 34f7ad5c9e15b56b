import { useState } from 'react';
import { useArchivedPortfolios } from '../../api/portfolios';
import { Button } from '../../design/Button';
import { text } from '../../text';
import { PortfolioList } from './PortfolioList';
import styles from './PortfoliosScreen.module.css';

/** The portfolios that are out of the way, folded up. Where there are none there is nothing. */
export function Archived() {
  const archived = useArchivedPortfolios();
  const [isOpen, setIsOpen] = useState(false);
  const count = archived.data?.length ?? 0;
  if (archived.data === undefined || count === 0) return null;
  return (
    <section aria-label={text.portfolios.archivedOnes(count)} className={styles['archived']}>
      <Button look="link" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {text.portfolios.archivedOnes(count)}
      </Button>
      {isOpen && <PortfolioList portfolios={archived.data} />}
    </section>
  );
}
