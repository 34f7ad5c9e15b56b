import type { AlertRuleInput, Portfolio } from '../../api/types';
import { Select } from '../../design/Select';
import { TextInput } from '../../design/TextInput';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import type { RuleFields } from './rule-form';
import { isOfPrice, namesIn, spanText } from './rule-text';

interface Props {
  portfolio: Portfolio;
  fields: RuleFields;
  onChange: (part: Partial<RuleFields>) => void;
  fault: (name: keyof AlertRuleInput) => string | undefined;
}

const WINDOWS = [24, 168];

/** What is watched, and from where on it is told: other fields for other kinds. */
export function WatchedFields({ portfolio, fields, onChange, fault }: Props) {
  const nameOf = namesIn(portfolio);
  const isPrice = isOfPrice(fields.kind);
  const held = [...new Set(portfolio.holdings.map(lot => lot.asset))];
  // A rule may watch what is not held any more.
  if (fields.asset !== '' && !held.includes(fields.asset)) held.unshift(fields.asset);
  const asset = (isPrice || fields.kind === 'change') && (
    <Select
      label={text.ruleForm.asset}
      value={fields.asset}
      options={[
        { value: '', label: isPrice ? text.ruleForm.chooseAsset : text.ruleForm.whole },
        ...held.map(value => ({ value, label: nameOf(value) })),
      ]}
      onChange={value => onChange({ asset: value })}
      error={fault('asset')}
    />
  );
  if (isPrice) {
    const lot = portfolio.holdings.find(each => each.asset === fields.asset);
    const currencies = [fields.currency, portfolio.base_currency, lot?.info?.currency ?? ''];
    return (
      <>
        {asset}
        <div className={styles['pair']}>
          <TextInput
            label={fields.kind === 'price_above' ? text.ruleForm.above : text.ruleForm.below}
            value={fields.price}
            onChange={price => onChange({ price })}
            error={fault('price')}
            inputMode="decimal"
            autoComplete="off"
          />
          <Select
            label={text.ruleForm.currency}
            value={fields.currency}
            options={[...new Set(currencies)]
              .filter(code => code !== '')
              .map(code => ({ value: code, label: code }))}
            onChange={currency => onChange({ currency })}
            error={fault('currency')}
          />
        </div>
      </>
    );
  }
  const threshold = (
    <TextInput
      label={text.ruleForm.threshold}
      value={fields.threshold}
      onChange={value => onChange({ threshold: value })}
      error={fault('threshold_percent')}
      inputMode="decimal"
      autoComplete="off"
    />
  );
  if (fields.kind !== 'change') return threshold;
  return (
    <>
      {asset}
      <div className={styles['pair']}>
        {threshold}
        <Select
          label={text.ruleForm.window}
          value={fields.window}
          options={WINDOWS.map(hours => ({ value: String(hours), label: spanText(hours) }))}
          onChange={value => onChange({ window: value })}
          error={fault('window_hours')}
        />
      </div>
    </>
  );
}
