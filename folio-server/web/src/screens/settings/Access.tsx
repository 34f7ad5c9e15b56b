import { useLogOut, useSession } from '../../api/session';
import { Button } from '../../design/Button';
import { text } from '../../text';
import { Section } from './Section';
import styles from './SettingsScreen.module.css';
import { widest } from './token-text';

/** Who is logged in here, and the way out. */
export function Access() {
  const session = useSession();
  const logOut = useLogOut();
  const { owner, scopes } = session.data ?? { owner: '', scopes: [] };
  return (
    <Section title={text.settings.access}>
      <div className={styles['access']}>
        <p>{text.settings.who(owner, text.settings.mayDo[widest(scopes)])}</p>
        <Button busy={logOut.isPending} onClick={() => logOut.mutate()}>
          {text.app.logOut}
        </Button>
      </div>
    </Section>
  );
}
