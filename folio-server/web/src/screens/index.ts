import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { IconName } from '../design/Icon';
import { text } from '../text';

export interface Screen {
  /** A pattern of wouter; its parts are the screen's `useParams`. */
  path: string;
  component: LazyExoticComponent<ComponentType>;
  /** Only what has an entry is in the navigation. */
  entry?: { label: string; icon: IconName };
}

/** The screens, in the order of the navigation. A new one is a folder beside this file and one line here. */
export const SCREENS: readonly Screen[] = [
  {
    path: '/',
    component: lazy(() => import('./portfolios/PortfoliosScreen')),
    entry: { label: text.portfolios.title, icon: 'list' },
  },
  { path: '/portfolios/:id', component: lazy(() => import('./portfolio/PortfolioScreen')) },
];
