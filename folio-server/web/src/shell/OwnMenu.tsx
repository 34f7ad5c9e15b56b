import { useLogOut, useSession } from '../api/session';
import { Icon } from '../design/Icon';
import { Menu, type MenuEntry } from '../design/Menu';
import { oneOf, usePreference } from '../preferences/preference';
import { theme as themePreference, THEMES } from '../preferences/theme';
import { zone as zonePreference, ZONES } from '../preferences/zone';
import { text } from '../text';

const isTheme = oneOf(THEMES);
const isZone = oneOf(ZONES);

/** Choices of this browser, who is logged in, and the way out. */
export function OwnMenu() {
  const session = useSession();
  const logOut = useLogOut();
  const [theme, setTheme] = usePreference(themePreference);
  const [zone, setZone] = usePreference(zonePreference);
  const entries: MenuEntry[] = [
    {
      kind: 'choice',
      label: text.app.theme,
      value: theme,
      options: THEMES.map(value => ({ value, label: text.app.themes[value] })),
      onChange: value => {
        if (isTheme(value)) setTheme(value);
      },
    },
    {
      kind: 'choice',
      label: text.app.zone,
      value: zone,
      options: ZONES.map(value => ({ value, label: text.app.zones[value] })),
      onChange: value => {
        if (isZone(value)) setZone(value);
      },
    },
    { kind: 'note', label: text.app.loggedInAs(session.data?.owner ?? '') },
    { kind: 'action', label: text.app.logOut, onSelect: () => logOut.mutate() },
  ];
  return (
    <Menu label={text.app.menu} entries={entries}>
      <Icon name="person" />
    </Menu>
  );
}
