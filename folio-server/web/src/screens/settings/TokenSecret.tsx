import { useRef, useState } from 'react';
import { Button } from '../../design/Button';
import { DialogActions } from '../../design/DialogActions';
import { TextInput } from '../../design/TextInput';
import { text } from '../../text';
import styles from './SettingsScreen.module.css';

/** The secret of a new token, to be copied now. */
export function TokenSecret({ secret, onDone }: { secret: string; onDone: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(secret);
      setSaid(text.tokens.copied);
    } catch {
      // Pages on an address that is not secure have no clipboard, which then is undefined.
      setSaid(text.tokens.copyByHand);
    }
  };
  return (
    <div className={styles['form']}>
      <TextInput
        ref={field}
        label={text.tokens.secret}
        value={secret}
        onChange={() => undefined}
        readOnly
        spellCheck={false}
        autoComplete="off"
        onFocus={event => event.target.select()}
      />
      <p role="status" className="quiet small">
        {said}
      </p>
      <DialogActions>
        <Button onClick={() => void copy()}>{text.tokens.copy}</Button>
        <Button look="primary" onClick={onDone}>
          {text.tokens.done}
        </Button>
      </DialogActions>
    </div>
  );
}
