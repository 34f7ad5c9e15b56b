import { Link } from 'wouter';
import type { PortfolioSummary } from '../../api/types';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { Rules } from './Rules';

interface Props {
  portfolios: readonly PortfolioSummary[];
  chosen: PortfolioSummary | undefined;
  onChoose: (id: string) => void;
}

/** The rules of one portfolio, and which one. */
export function RulesSection({ portfolios, chosen, onChoose }: Props) {
  return (
    <section className={styles['section']} aria-labelledby="rules-title">
      <header className={styles['head']}>
        <h2 id="rules-title" className={styles['title']}>
          {text.rules.title}
        </h2>
        {portfolios.length > 1 && chosen !== undefined && (
          <label className={styles['which']}>
            <span className="unseen">{text.rules.of}</span>
            <select value={chosen.id} onChange={event => onChoose(event.target.value)}>
              {portfolios.map(each => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </select>
          </label>
        )}
      </header>
      {chosen === undefined ? (
        <p className="quiet">
          {text.alerts.none} <Link href="/">{text.alerts.toPortfolios}</Link>
        </p>
      ) : (
        <Rules key={chosen.id} portfolioId={chosen.id} />
      )}
    </section>
  );
}
