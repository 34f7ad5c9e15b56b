import { useState, type SubmitEvent } from 'react';
import { newIdempotencyKey } from '../../api/client';
import { asApiError } from '../../api/error';
import { useSession } from '../../api/session';
import { useCreateToken } from '../../api/tokens';
import type { NewToken, Scope } from '../../api/types';
import { Button } from '../../design/Button';
import { DialogActions } from '../../design/DialogActions';
import { FormError } from '../../design/FormError';
import { Select } from '../../design/Select';
import { TextInput } from '../../design/TextInput';
import { text } from '../../text';
import styles from './SettingsScreen.module.css';

const SCOPES = ['read', 'write', 'admin'] as const satisfies readonly Scope[];

interface Props {
  onClose: () => void;
  onMade: (token: NewToken) => void;
}

export function TokenForm({ onClose, onMade }: Props) {
  const session = useSession();
  const create = useCreateToken();
  const [name, setName] = useState('');
  const [owner, setOwner] = useState(session.data?.owner ?? '');
  const [scope, setScope] = useState<Scope>('read');
  const [isEmpty, setIsEmpty] = useState(false);
  const [idempotencyKey, renewKey] = useState(newIdempotencyKey);
  const words = text.tokens.form;
  const fault = (pointer: string) =>
    create.error === null ? undefined : asApiError(create.error).field(pointer);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setIsEmpty(name.trim() === '');
    if (name.trim() === '') return;
    const input = { name, scopes: [scope], ...(owner.trim() === '' ? {} : { owner: owner.trim() }) };
    create.mutate(
      { input, idempotencyKey },
      {
        onSuccess: onMade,
        onError: failure => {
          if (!asApiError(failure).isTemporary) renewKey(newIdempotencyKey());
        },
      },
    );
  };
  return (
    <form className={styles['form']} onSubmit={submit} noValidate>
      <TextInput
        label={words.name}
        value={name}
        onChange={setName}
        maxLength={200}
        autoComplete="off"
        error={isEmpty ? words.noName : fault('/name')}
      />
      <Select
        label={words.may}
        value={scope}
        onChange={setScope}
        options={SCOPES.map(value => ({ value, label: text.tokens.scopes[value] }))}
        error={fault('/scopes')}
      />
      <TextInput
        label={words.owner}
        hint={words.ownerHint}
        value={owner}
        onChange={setOwner}
        autoComplete="off"
        autoCapitalize="none"
        error={fault('/owner')}
      />
      <FormError error={create.error} fields={['/name', '/scopes', '/owner']} />
      <DialogActions>
        <Button onClick={onClose}>{text.app.cancel}</Button>
        <Button look="primary" type="submit" busy={create.isPending}>
          {words.submit}
        </Button>
      </DialogActions>
    </form>
  );
}
