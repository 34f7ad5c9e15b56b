import { useQuarantine } from '../../api/quarantine';
import { HeldPrice } from '../../shell/HeldPrice';
import { text } from '../../text';
import styles from './AssetScreen.module.css';

/** The prices of this asset that are held back, if there are any. */
export function HeldBack({ asset, name }: { asset: string; name: string }) {
  const quarantine = useQuarantine();
  const held = (quarantine.data ?? []).filter(each => each.asset === asset);
  if (held.length === 0) return null;
  return (
    <section className={styles['section']} aria-labelledby="held-title">
      <h2 id="held-title" className={styles['title']}>
        {text.quarantine.title}
      </h2>
      {held.map(each => (
        <HeldPrice key={each.id} held={each} name={name} />
      ))}
    </section>
  );
}
