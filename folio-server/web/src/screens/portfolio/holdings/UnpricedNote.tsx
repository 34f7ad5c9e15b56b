import { Button } from '../../../design/Button';
import { useTimes } from '../../../format/use-times';
import { text } from '../../../text';
import type { OnAction } from '../actions';
import styles from './Holdings.module.css';
import { remediesOf } from './remedies';
import type { Row } from './rows';

interface Props {
  row: Row;
  currency: string;
  onAction: OnAction;
}

/** Why there is no price, when folio asks again, and the buttons for what helps. Never a 0. */
export function UnpricedNote({ row, currency, onAction }: Props) {
  const { clock, now } = useTimes();
  const { pricing } = row.valued;
  const reason = pricing.reason ?? '';
  const isAhead = pricing.retry_at !== null && Date.parse(pricing.retry_at) > now;
  return (
    <div className={styles['unpriced']}>
      <p title={pricing.remedy ?? undefined}>
        <span className={styles['reason']}>{text.reasons.long[reason] ?? text.reasons.other(reason)}</span>
        {isAhead && <span className="quiet"> {text.reasons.retry(clock(pricing.retry_at ?? ''))}</span>}
      </p>
      <div className={styles['remedies']}>
        {remediesOf(row, currency).map(remedy => (
          <Button key={remedy.kind} look="link" onClick={() => onAction(remedy.action)}>
            {text.reasons.remedies[remedy.kind]}
          </Button>
        ))}
      </div>
    </div>
  );
}
