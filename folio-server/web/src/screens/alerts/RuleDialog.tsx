import type { AlertRules, Portfolio } from '../../api/types';
import { Dialog } from '../../design/Dialog';
import { text } from '../../text';
import { RuleForm } from './RuleForm';

interface Props {
  portfolio: Portfolio;
  rules: AlertRules;
  /** The place of the rule to change; one past the last adds one. */
  index: number;
  onClose: () => void;
}

export function RuleDialog(props: Props) {
  const title = props.index < props.rules.items.length ? text.ruleForm.edit : text.ruleForm.add;
  return (
    <Dialog open onClose={props.onClose} title={title} description={text.ruleForm.note}>
      <RuleForm {...props} />
    </Dialog>
  );
}
