import { PageTitle } from '../../shell/PageTitle';
import { text } from '../../text';
import { Access } from './Access';
import { Appearance } from './Appearance';
import { Schedule } from './Schedule';
import styles from './SettingsScreen.module.css';
import { Sources } from './Sources';
import { Tokens } from './Tokens';

/** How the page looks, where prices come from, when folio works, and who may come in. */
export default function SettingsScreen() {
  return (
    <div className={`column ${styles['page'] ?? ''}`}>
      <PageTitle title={text.settings.title} />
      <Appearance />
      <Sources />
      <Schedule />
      <Tokens />
      <Access />
    </div>
  );
}
