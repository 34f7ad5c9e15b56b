import { Choice } from '../../design/Choice';
import { CURRENCIES } from '../../format/currencies';
import { currencyName } from '../../format/money';
import { Select } from '../../design/Select';
import { usePreference } from '../../preferences/preference';
import { theme as themePreference, THEMES } from '../../preferences/theme';
import { totalCurrency } from '../../preferences/total-currency';
import { zone as zonePreference, ZONES } from '../../preferences/zone';
import { text } from '../../text';
import { LabelledChoice } from './LabelledChoice';
import { Section } from './Section';
import styles from './SettingsScreen.module.css';

/** Choices of this browser. */
export function Appearance() {
  const [theme, setTheme] = usePreference(themePreference);
  const [zone, setZone] = usePreference(zonePreference);
  const [currency, setCurrency] = usePreference(totalCurrency);
  return (
    <Section title={text.settings.appearance} hint={text.settings.appearanceHint}>
      <div className={styles['choices']}>
        <LabelledChoice label={text.app.theme}>
          <Choice
            label={text.app.theme}
            value={theme}
            onChange={setTheme}
            options={THEMES.map(value => ({ value, label: text.app.themes[value] }))}
          />
        </LabelledChoice>
        <LabelledChoice label={text.app.zone}>
          <Choice
            label={text.app.zone}
            value={zone}
            onChange={setZone}
            options={ZONES.map(value => ({ value, label: text.app.zones[value] }))}
          />
        </LabelledChoice>
        <Select
          label={text.settings.currency}
          value={currency}
          onChange={setCurrency}
          options={[
            { value: '', label: text.portfolios.asTheServer },
            ...CURRENCIES.map(code => ({ value: code, label: `${code} – ${currencyName(code)}` })),
          ]}
        />
      </div>
    </Section>
  );
}
