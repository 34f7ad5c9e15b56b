import type { Token } from '../../api/types';
import { Button } from '../../design/Button';
import { cx } from '../../design/cx';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './SettingsScreen.module.css';
import { nameOf, widest } from './token-text';

interface Props {
  tokens: readonly Token[];
  onRevoke: (token: Token) => void;
}

export function TokenTable({ tokens, onRevoke }: Props) {
  const { day } = useTimes();
  const words = text.tokens;
  return (
    <table className={styles['table']} aria-label={words.title}>
      <thead>
        <tr>
          <th scope="col">{words.columns.name}</th>
          <th scope="col">{words.columns.may}</th>
          <th scope="col" className={styles['wide']}>
            {words.columns.made}
          </th>
          <td>
            <span className="unseen">{text.holdings.actions}</span>
          </td>
        </tr>
      </thead>
      <tbody>
        {tokens.map(token => (
          <tr key={token.id}>
            <td>
              <p className={styles['name']}>{nameOf(token)}</p>
              <p className="quiet small">{token.owner}</p>
            </td>
            <td>{words.scopes[widest(token.scopes)]}</td>
            <td className={cx('number quiet', styles['wide'])}>{day(token.created_at)}</td>
            <td>
              <Button look="link" aria-label={words.revokeOf(nameOf(token))} onClick={() => onRevoke(token)}>
                {words.revoke}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
