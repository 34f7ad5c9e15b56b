import { text } from '../../../text';
import styles from './Holdings.module.css';
import type { Row } from './rows';

/** Why there is no gain. */
export function CostReason({ row }: { row: Row }) {
  const reason = row.valued.cost_reason;
  if (row.valued.cost !== null) return null;
  return (
    <span className={styles['second']}>
      {reason ? (text.holdings.costReasons[reason] ?? reason) : text.holdings.noCost}
    </span>
  );
}
