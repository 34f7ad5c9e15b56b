import { useState, type SubmitEvent } from 'react';
import { useLocation } from 'wouter';
import { newIdempotencyKey } from '../../api/client';
import { asApiError } from '../../api/error';
import { useChangePortfolio, useCreatePortfolio } from '../../api/portfolios';
import type { PortfolioSummary } from '../../api/types';
import { Button } from '../../design/Button';
import { Dialog } from '../../design/Dialog';
import { DialogActions } from '../../design/DialogActions';
import { FormError } from '../../design/FormError';
import { Select } from '../../design/Select';
import { TextInput } from '../../design/TextInput';
import { CURRENCIES } from '../../format/currencies';
import { currencyName } from '../../format/money';
import { text } from '../../text';
import styles from './PortfolioForm.module.css';

interface Props {
  open: boolean;
  onClose: () => void;
  /** The one to rename; without one a portfolio is made. */
  portfolio?: Pick<PortfolioSummary, 'id' | 'name' | 'version'>;
}

const OPTIONS = CURRENCIES.map(code => ({ value: code, label: `${code} – ${currencyName(code)}` }));
const FIELDS = ['/name', '/base_currency', '/time_zone'];

export function PortfolioForm(props: Props) {
  const title = props.portfolio === undefined ? text.portfolioForm.create : text.portfolioForm.rename;
  return (
    <Dialog open={props.open} onClose={props.onClose} title={title}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ onClose, portfolio }: Props) {
  const [name, setName] = useState(portfolio?.name ?? '');
  const [currency, setCurrency] = useState('USD');
  const [zone, setZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [isEmpty, setIsEmpty] = useState(false);
  const [idempotencyKey, renewKey] = useState(newIdempotencyKey);
  const [, navigate] = useLocation();
  const create = useCreatePortfolio();
  const change = useChangePortfolio();
  const error = create.error ?? change.error;
  const fault = (pointer: string) => (error === null ? undefined : asApiError(error).field(pointer));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setIsEmpty(name.trim() === '');
    if (name.trim() === '') return;
    if (portfolio !== undefined) {
      change.mutate(
        { id: portfolio.id, version: portfolio.version, patch: { name } },
        { onSuccess: onClose },
      );
      return;
    }
    const input = { name, base_currency: currency, time_zone: zone };
    create.mutate(
      { input, idempotencyKey },
      {
        onSuccess: made => {
          onClose();
          navigate(`/portfolios/${made.id}`);
        },
        // What is corrected is another creation; a try whose answer was lost is the same one.
        onError: failure => {
          if (!asApiError(failure).isTemporary) renewKey(newIdempotencyKey());
        },
      },
    );
  };
  return (
    <form className={styles['form']} onSubmit={submit} noValidate>
      <TextInput
        label={text.portfolioForm.name}
        value={name}
        onChange={setName}
        maxLength={200}
        autoComplete="off"
        error={isEmpty ? text.portfolioForm.noName : fault('/name')}
      />
      {portfolio === undefined && (
        <>
          <Select
            label={text.portfolioForm.currency}
            hint={text.portfolioForm.currencyHint}
            error={fault('/base_currency')}
            value={currency}
            options={OPTIONS}
            onChange={setCurrency}
          />
          <TextInput
            label={text.portfolioForm.zone}
            value={zone}
            onChange={setZone}
            error={fault('/time_zone')}
          />
        </>
      )}
      <FormError error={error} fields={FIELDS} />
      <DialogActions>
        <Button onClick={onClose}>{text.app.cancel}</Button>
        <Button look="primary" type="submit" busy={create.isPending || change.isPending}>
          {portfolio === undefined ? text.portfolioForm.submitCreate : text.portfolioForm.submitRename}
        </Button>
      </DialogActions>
    </form>
  );
}
