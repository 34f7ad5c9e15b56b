import { useState, type SubmitEvent } from 'react';
import { asApiError } from '../api/error';
import { useLogIn } from '../api/session';
import { Button } from '../design/Button';
import { FormError } from '../design/FormError';
import { TextInput } from '../design/TextInput';
import { text } from '../text';
import styles from './LogIn.module.css';
import { PageTitle } from './PageTitle';

/** Stands in place of the page for whoever is not logged in. */
export function LogIn() {
  const logIn = useLogIn();
  const [token, setToken] = useState('');
  const [isEmpty, setIsEmpty] = useState(false);
  const isRefused = logIn.error !== null && asApiError(logIn.error).kind === 'unauthenticated';
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const trimmed = token.trim();
    setIsEmpty(trimmed === '');
    if (trimmed !== '') logIn.mutate(trimmed);
  };
  return (
    <main className={styles['page']}>
      <form className={styles['form']} onSubmit={submit} noValidate>
        <p className={styles['mark']}>{text.app.name}</p>
        <PageTitle title={text.logIn.title} />
        <p className="quiet">{text.logIn.intro}</p>
        <TextInput
          label={text.logIn.token}
          hint={text.logIn.hint}
          error={isEmpty ? text.logIn.empty : isRefused ? text.logIn.refused : undefined}
          type="password"
          name="token"
          autoComplete="current-password"
          value={token}
          onChange={setToken}
        />
        {!isRefused && <FormError error={logIn.error} />}
        <Button look="primary" type="submit" busy={logIn.isPending}>
          {text.logIn.submit}
        </Button>
      </form>
    </main>
  );
}
