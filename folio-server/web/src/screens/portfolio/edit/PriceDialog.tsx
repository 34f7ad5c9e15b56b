import { useState, type SubmitEvent } from 'react';
import { asApiError } from '../../../api/error';
import { useStatePrice } from '../../../api/prices';
import { Button } from '../../../design/Button';
import { Dialog } from '../../../design/Dialog';
import { DialogActions } from '../../../design/DialogActions';
import { FormError } from '../../../design/FormError';
import { Select } from '../../../design/Select';
import { TextInput } from '../../../design/TextInput';
import { toast } from '../../../design/toast';
import { CURRENCIES } from '../../../format/currencies';
import { readDecimal } from '../../../format/input';
import { text } from '../../../text';
import styles from './HoldingForm.module.css';

interface Props {
  asset: string;
  name: string;
  currency: string;
  onClose: () => void;
}

/** A price by hand: for what no vendor prices, and where no source has a price. */
export default function PriceDialog({ asset, name, currency: proposed, onClose }: Props) {
  const state = useStatePrice();
  const [price, setPrice] = useState('');
  const [currency, setCurrency] = useState(proposed);
  const [days, setDays] = useState('');
  const [fault, setFault] = useState<string>();
  const field = (pointer: string) =>
    state.error === null ? undefined : asApiError(state.error).field(pointer);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const read = readDecimal(price);
    const wrong =
      price.trim() === '' ? text.priceForm.noPrice : 'value' in read ? undefined : text.holdingForm.ambiguous;
    setFault(wrong);
    if (wrong !== undefined || !('value' in read)) return;
    const valid = days.trim() === '' ? null : Number(days);
    state.mutate(
      { asset, input: { price: read.value, currency, valid_days: valid } },
      {
        onSuccess: () => {
          toast(text.priceForm.done(name));
          onClose();
        },
      },
    );
  };
  return (
    <Dialog open onClose={onClose} title={text.priceForm.title(name)} description={text.priceForm.body}>
      <form className={styles['form']} onSubmit={submit} noValidate>
        <div className={styles['pair']}>
          <TextInput
            label={text.priceForm.price}
            value={price}
            onChange={setPrice}
            error={fault ?? field('/price')}
            inputMode="decimal"
            autoComplete="off"
          />
          <Select
            label={text.holdingForm.currency}
            value={currency}
            options={[...new Set([proposed, ...CURRENCIES])].map(code => ({ value: code, label: code }))}
            onChange={setCurrency}
            error={field('/currency')}
          />
        </div>
        <TextInput
          label={text.priceForm.days}
          hint={text.priceForm.daysHint}
          value={days}
          onChange={setDays}
          error={field('/valid_days')}
          inputMode="numeric"
          autoComplete="off"
        />
        <FormError error={state.error} fields={['/price', '/currency', '/valid_days']} />
        <DialogActions>
          <Button onClick={onClose}>{text.app.cancel}</Button>
          <Button look="primary" type="submit" busy={state.isPending}>
            {text.priceForm.submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
