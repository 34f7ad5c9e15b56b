import { CURRENCIES } from '../format/currencies';
import { oneOf, preference } from './preference';

/** In which currency the total over all portfolios is; empty leaves it to the server. */
export const totalCurrency = preference<string>('total-currency', '', oneOf(['', ...CURRENCIES]));
