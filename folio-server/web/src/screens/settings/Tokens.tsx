import { useState } from 'react';
import { useIsAdmin } from '../../api/session';
import { useTokens } from '../../api/tokens';
import type { Token } from '../../api/types';
import { Button } from '../../design/Button';
import { ErrorState } from '../../design/ErrorState';
import { Icon } from '../../design/Icon';
import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import { RevokeDialog } from './RevokeDialog';
import { Section } from './Section';
import { TokenDialog } from './TokenDialog';
import { TokenTable } from './TokenTable';

/** Who else may come in: tokens of scripts and other browsers. */
export function Tokens() {
  const isAdmin = useIsAdmin();
  const tokens = useTokens(isAdmin);
  const [isMaking, setIsMaking] = useState(false);
  const [revoked, setRevoked] = useState<Token | null>(null);
  if (!isAdmin) return <Section title={text.tokens.title} hint={text.tokens.notAdmin} />;
  return (
    <Section
      title={text.tokens.title}
      hint={text.tokens.intro}
      action={
        <Button onClick={() => setIsMaking(true)}>
          <Icon name="add" size={18} />
          {text.tokens.create}
        </Button>
      }
    >
      {tokens.data === undefined ? (
        tokens.isPending ? (
          <Skeleton height="4rem" />
        ) : (
          <ErrorState
            title={text.errors.load(text.tokens.what)}
            error={tokens.error}
            onRetry={() => void tokens.refetch()}
          />
        )
      ) : tokens.data.length === 0 ? (
        <p className="quiet">{text.tokens.empty}</p>
      ) : (
        <TokenTable tokens={tokens.data} onRevoke={setRevoked} />
      )}
      {isMaking && <TokenDialog onClose={() => setIsMaking(false)} />}
      {revoked !== null && <RevokeDialog token={revoked} onClose={() => setRevoked(null)} />}
    </Section>
  );
}
