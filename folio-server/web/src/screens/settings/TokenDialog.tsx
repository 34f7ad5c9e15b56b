import { useState } from 'react';
import { Dialog } from '../../design/Dialog';
import { text } from '../../text';
import { TokenForm } from './TokenForm';
import { TokenSecret } from './TokenSecret';

/** Makes a token, and then shows its secret, which is nowhere else. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  return secret === null ? (
    <Dialog open onClose={onClose} title={text.tokens.form.title}>
      <TokenForm onClose={onClose} onMade={made => setSecret(made.secret)} />
    </Dialog>
  ) : (
    <Dialog open onClose={onClose} title={text.tokens.secretTitle} description={text.tokens.secretBody}>
      <TokenSecret secret={secret} onDone={onClose} />
    </Dialog>
  );
}
