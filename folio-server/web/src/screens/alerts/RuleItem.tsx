import type { AlertRule } from '../../api/types';
import { cx } from '../../design/cx';
import { Icon } from '../../design/Icon';
import { Menu } from '../../design/Menu';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { channelNames } from './channel-text';
import { stateOf } from './rule-text';

interface Props {
  rule: AlertRule;
  sentence: string;
  onEdit: () => void;
  onRemove: () => void;
}

export function RuleItem({ rule, sentence, onEdit, onRemove }: Props) {
  const { instant } = useTimes();
  return (
    <li className={styles['item']}>
      <div className={styles['words']}>
        <p className={styles['name']}>{sentence}</p>
        <p className={cx('small', rule.inactive === null ? 'quiet' : styles['notice'])}>
          {stateOf(rule, instant)}
          {rule.channels !== null && ` ${text.rules.through(channelNames(rule.channels))}`}
        </p>
      </div>
      <Menu
        label={text.rules.actions(sentence)}
        entries={[
          { kind: 'action', label: text.rules.edit, onSelect: onEdit },
          { kind: 'action', label: text.rules.remove, danger: true, onSelect: onRemove },
        ]}
      >
        <Icon name="more" />
      </Menu>
    </li>
  );
}
