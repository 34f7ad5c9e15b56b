import { en } from './en';

/** What a translation has to provide. */
export type Text = typeof en;

/** The words of the page. A translation is one more file of this type, chosen here. */
export const text: Text = en;
