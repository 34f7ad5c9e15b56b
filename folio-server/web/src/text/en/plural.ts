import { numberFormat } from '../../format/locale';

/** A count with its noun. */
export const plural = (count: number, one: string, many: string) =>
  `${numberFormat({}).format(count)} ${count === 1 ? one : many}`;
