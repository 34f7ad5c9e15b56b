import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { IconName } from '../design/Icon';
import { text } from '../text';

export interface Screen {
  /** A pattern of wouter; its parts are the screen's `useParams`. */
  path: string;
  component: LazyExoticComponent<ComponentType>;
  /** Fetches its code. */
  load: () => Promise<unknown>;
  /** Only what has an entry is in the navigation. */
  entry?: { label: string; icon: IconName };
}

type Part = () => Promise<{ default: ComponentType }>;
const screen = (path: string, load: Part, entry?: Screen['entry']): Screen => ({
  path,
  load,
  component: lazy(load),
  ...(entry === undefined ? {} : { entry }),
});

/** The screens, in the order of the navigation. A new one is a folder beside this file and one line here. */
export const SCREENS: readonly Screen[] = [
  screen('/', () => import('./portfolios/PortfoliosScreen'), { label: text.portfolios.title, icon: 'list' }),
  screen('/alerts', () => import('./alerts/AlertsScreen'), { label: text.alerts.title, icon: 'bell' }),
  screen('/settings', () => import('./settings/SettingsScreen'), {
    label: text.settings.title,
    icon: 'gear',
  }),
  screen('/portfolios/:id', () => import('./portfolio/PortfolioScreen')),
  // Not below /assets, where the files of the page are.
  screen('/asset/:class/:symbol', () => import('./asset/AssetScreen')),
];
