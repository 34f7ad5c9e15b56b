import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { useReplaceRules } from '../../api/alerts';
import { asApiError } from '../../api/error';
import type { AlertRuleInput, AlertRules, Portfolio } from '../../api/types';
import { Button } from '../../design/Button';
import { DialogActions } from '../../design/DialogActions';
import { FormError } from '../../design/FormError';
import { Select } from '../../design/Select';
import { TextInput } from '../../design/TextInput';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { ChannelChoice } from './ChannelChoice';
import { fieldsOf, inputOf, readRule, type RuleFaults, type RuleFields } from './rule-form';
import { isOfPrice } from './rule-text';
import { WatchedFields } from './WatchedFields';

interface Props {
  portfolio: Portfolio;
  rules: AlertRules;
  index: number;
  onClose: () => void;
}

const KINDS = ['loss', 'gain', 'change', 'price_above', 'price_below'] as const;
const NAMES = [
  'kind',
  'threshold_percent',
  'price',
  'currency',
  'window_hours',
  'asset',
  'band_percent',
  'cooldown_hours',
  'channels',
] as const satisfies readonly (keyof AlertRuleInput)[];

/** The fields of a rule, of its kind only. What the server finds wrong stands next to the field. */
export function RuleForm({ portfolio, rules, index, onClose }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const rule = rules.items[index];
  const [fields, setFields] = useState(() => fieldsOf(rule, portfolio.base_currency));
  const [faults, setFaults] = useState<RuleFaults>({});
  const replace = useReplaceRules(portfolio.id);
  const { error } = replace;
  const set = (part: Partial<RuleFields>) => setFields(old => ({ ...old, ...part }));
  const fault = (name: keyof AlertRuleInput) =>
    faults[name] ?? (error === null ? undefined : asApiError(error).field(`/items/${index}/${name}`));

  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults, error]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    replace.reset();
    const read = readRule(fields, rule?.id);
    setFaults('faults' in read ? read.faults : {});
    if ('faults' in read) return;
    const items = rules.items.map(inputOf);
    items[index] = read.input;
    replace.mutate({ items, version: rules.version }, { onSuccess: onClose });
  };
  const isPrice = isOfPrice(fields.kind);
  return (
    <form ref={form} className={styles['form']} onSubmit={submit} noValidate>
      <Select
        label={text.ruleForm.kind}
        value={fields.kind}
        options={KINDS.map(value => ({ value, label: text.ruleForm.kinds[value] }))}
        onChange={kind => set({ kind })}
        error={fault('kind')}
      />
      <WatchedFields portfolio={portfolio} fields={fields} onChange={set} fault={fault} />
      <details>
        <summary className={styles['summary']}>{text.ruleForm.more}</summary>
        <div className={styles['form']}>
          <div className={styles['pair']}>
            <TextInput
              label={text.ruleForm.band}
              hint={isPrice ? text.ruleForm.bandPercent : text.ruleForm.bandPoints}
              value={fields.band}
              onChange={band => set({ band })}
              error={fault('band_percent')}
              inputMode="decimal"
              autoComplete="off"
            />
            <TextInput
              label={text.ruleForm.cooldown}
              value={fields.cooldown}
              onChange={cooldown => set({ cooldown })}
              error={fault('cooldown_hours')}
              inputMode="numeric"
              autoComplete="off"
            />
          </div>
          <ChannelChoice
            chosen={fields.channels}
            onChange={channels => set({ channels })}
            error={fault('channels')}
          />
        </div>
      </details>
      <FormError error={error} fields={NAMES.map(name => `/items/${index}/${name}`)} />
      <DialogActions>
        <Button onClick={onClose}>{text.app.cancel}</Button>
        <Button look="primary" type="submit" busy={replace.isPending}>
          {rule === undefined ? text.ruleForm.submitAdd : text.app.save}
        </Button>
      </DialogActions>
    </form>
  );
}
