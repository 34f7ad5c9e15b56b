import { oneOf, preference } from './preference';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const theme = preference<Theme>('theme', 'system', oneOf(THEMES));

/** Tells the style sheet; without the attribute it follows the system. */
export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
}
