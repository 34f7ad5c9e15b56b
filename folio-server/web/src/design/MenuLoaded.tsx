import { Menu } from '@base-ui/react/menu';
import { cx } from './cx';
import type { MenuEntry, MenuProps } from './Menu';
import styles from './Menu.module.css';
import { useLandmark } from './use-landmark';

export default function MenuLoaded({ label, children, entries }: MenuProps) {
  const [trigger, landmark] = useLandmark();
  return (
    <Menu.Root defaultOpen>
      <Menu.Trigger ref={trigger} className={styles['trigger']} aria-label={label}>
        {children}
      </Menu.Trigger>
      <Menu.Portal container={landmark}>
        <Menu.Positioner className={styles['positioner']} align="end" sideOffset={6} collisionPadding={12}>
          <Menu.Popup className={styles['popup']}>{entries.map(entryOf)}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function entryOf(entry: MenuEntry) {
  switch (entry.kind) {
    case 'note':
      return (
        <Menu.Group key={entry.label}>
          <Menu.GroupLabel className={styles['label']}>{entry.label}</Menu.GroupLabel>
        </Menu.Group>
      );
    case 'action':
      return (
        <Menu.Item
          key={entry.label}
          className={cx(styles['item'], entry.danger === true && styles['danger'])}
          onClick={entry.onSelect}
        >
          {entry.label}
        </Menu.Item>
      );
    case 'choice':
      return (
        <Menu.Group key={entry.label}>
          <Menu.GroupLabel className={styles['label']}>{entry.label}</Menu.GroupLabel>
          <Menu.RadioGroup value={entry.value} onValueChange={value => entry.onChange(String(value))}>
            {entry.options.map(option => (
              <Menu.RadioItem key={option.value} value={option.value} className={styles['item']}>
                {option.label}
                <Menu.RadioItemIndicator className={styles['mark']} />
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Group>
      );
  }
}
