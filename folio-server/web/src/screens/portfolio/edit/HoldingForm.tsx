import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { newIdempotencyKey } from '../../../api/client';
import { asApiError } from '../../../api/error';
import { useAddHolding, useChangeHolding } from '../../../api/holdings';
import type { Holding, HoldingInput } from '../../../api/types';
import { Button } from '../../../design/Button';
import { DialogActions } from '../../../design/DialogActions';
import { FormError } from '../../../design/FormError';
import { TextInput } from '../../../design/TextInput';
import { text } from '../../../text';
import { AssetField } from './AssetField';
import { CostFields } from './CostFields';
import { fieldsOf, patchOf, POINTERS, readForm, type Faults, type HoldingFields } from './holding-form';
import styles from './HoldingForm.module.css';

interface Props {
  portfolioId: string;
  version: number;
  baseCurrency: string;
  lot?: Holding | undefined;
  focusAsset?: boolean;
  onClose: () => void;
}

/** The fields of a lot. What the server finds wrong stands next to the field that it concerns. */
export function HoldingForm({ portfolioId, version, baseCurrency, lot, focusAsset = false, onClose }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [before] = useState(() => fieldsOf(lot, baseCurrency));
  const [fields, setFields] = useState(before);
  const [faults, setFaults] = useState<Faults>({});
  const [idempotencyKey, renewKey] = useState(newIdempotencyKey);
  const add = useAddHolding(portfolioId);
  const change = useChangeHolding(portfolioId);
  const error = add.error ?? change.error;
  const set = (part: Partial<HoldingFields>) => setFields(old => ({ ...old, ...part }));
  const fault = (name: keyof HoldingInput) =>
    faults[name] ?? (error === null ? undefined : asApiError(error).field(`/${name}`));

  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults, error]);
  useEffect(() => {
    if (focusAsset) form.current?.querySelector('input')?.select();
  }, [focusAsset]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    add.reset();
    change.reset();
    const read = readForm(fields);
    setFaults('faults' in read ? read.faults : {});
    if ('faults' in read) return;
    if (lot === undefined) {
      add.mutate(
        { input: read.input, idempotencyKey },
        {
          onSuccess: onClose,
          onError: failure => {
            if (!asApiError(failure).isTemporary) renewKey(newIdempotencyKey());
          },
        },
      );
    } else {
      const patch = patchOf(lot, before, fields, read.input);
      if (Object.keys(patch).length === 0) onClose();
      else change.mutate({ holdingId: lot.id, version, patch }, { onSuccess: onClose });
    }
  };
  return (
    <form ref={form} className={styles['form']} onSubmit={submit} noValidate>
      <AssetField value={fields.asset} onChange={asset => set({ asset })} error={fault('asset')} />
      <TextInput
        label={text.holdingForm.quantity}
        value={fields.quantity}
        onChange={quantity => set({ quantity })}
        error={fault('quantity')}
        inputMode="decimal"
        autoComplete="off"
      />
      <CostFields fields={fields} onChange={set} fault={fault} />
      <details open={fields.account !== '' || fields.tags !== '' || fields.note !== ''}>
        <summary className={styles['summary']}>{text.holdingForm.more}</summary>
        <div className={styles['form']}>
          <TextInput
            label={text.holdingForm.account}
            value={fields.account}
            onChange={account => set({ account })}
            error={fault('account')}
          />
          <TextInput
            label={text.holdingForm.tags}
            hint={text.holdingForm.tagsHint}
            value={fields.tags}
            onChange={tags => set({ tags })}
            error={fault('tags')}
          />
          <TextInput
            label={text.holdingForm.note}
            value={fields.note}
            onChange={note => set({ note })}
            error={fault('note')}
          />
        </div>
      </details>
      <FormError error={error} fields={POINTERS} />
      <DialogActions>
        <Button onClick={onClose}>{text.app.cancel}</Button>
        <Button look="primary" type="submit" busy={add.isPending || change.isPending}>
          {lot === undefined ? text.holdingForm.submitAdd : text.app.save}
        </Button>
      </DialogActions>
    </form>
  );
}
