import { alerts } from './alerts';
import { asset } from './asset';
import { common } from './common';
import { portfolio } from './portfolio';
import { portfolios } from './portfolios';
import { settings } from './settings';

/** Every English text of the page. A screen has a file of its own here. */
export const en = { ...common, ...portfolios, ...portfolio, ...alerts, ...asset, ...settings };
