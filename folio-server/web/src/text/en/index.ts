import { common } from './common';
import { portfolio } from './portfolio';
import { portfolios } from './portfolios';

/** Every English text of the page. A screen has a file of its own here. */
export const en = { ...common, ...portfolios, ...portfolio };
