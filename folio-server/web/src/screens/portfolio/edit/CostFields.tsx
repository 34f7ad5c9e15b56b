import type { HoldingInput } from '../../../api/types';
import { Select } from '../../../design/Select';
import { TextInput } from '../../../design/TextInput';
import { CURRENCIES } from '../../../format/currencies';
import { text } from '../../../text';
import type { HoldingFields } from './holding-form';
import styles from './HoldingForm.module.css';

interface Props {
  fields: HoldingFields;
  onChange: (part: Partial<HoldingFields>) => void;
  fault: (name: keyof HoldingInput) => string | undefined;
}

/** What was paid, in which currency and when: the day decides the rate of another currency. */
export function CostFields({ fields, onChange, fault }: Props) {
  const known = (CURRENCIES as readonly string[]).includes(fields.costCurrency);
  const codes = known ? CURRENCIES : [fields.costCurrency, ...CURRENCIES];
  return (
    <>
      <div className={styles['pair']}>
        <TextInput
          label={text.holdingForm.cost}
          hint={text.holdingForm.costHint}
          value={fields.cost}
          onChange={cost => onChange({ cost })}
          error={fault('cost') ?? fault('unit_cost')}
          inputMode="decimal"
          autoComplete="off"
        />
        <Select
          label={text.holdingForm.costOf}
          value={fields.costOf}
          options={[
            { value: 'lot', label: text.holdingForm.ofLot },
            { value: 'unit', label: text.holdingForm.ofUnit },
          ]}
          onChange={costOf => onChange({ costOf })}
        />
      </div>
      <div className={styles['pair']}>
        <Select
          label={text.holdingForm.currency}
          value={fields.costCurrency}
          options={codes.map(code => ({ value: code, label: code }))}
          onChange={costCurrency => onChange({ costCurrency })}
          error={fault('cost_currency')}
        />
        <TextInput
          label={text.holdingForm.acquiredOn}
          type="date"
          value={fields.acquiredOn}
          onChange={acquiredOn => onChange({ acquiredOn })}
          error={fault('acquired_on')}
        />
      </div>
    </>
  );
}
