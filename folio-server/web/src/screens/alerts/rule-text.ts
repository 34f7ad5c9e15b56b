import type { AlertRule, Portfolio } from '../../api/types';
import { assetName } from '../../format/asset';
import { formatPercent, formatPrice } from '../../format/money';
import { text } from '../../text';

/** What the assets of a portfolio are called. */
export function namesIn(portfolio: Portfolio): (asset: string) => string {
  const infos = new Map(portfolio.holdings.map(lot => [lot.asset, lot.info]));
  return asset => assetName(asset, infos.get(asset));
}

export const spanText = (hours: number) => text.rules.spans[hours] ?? text.rules.hours(hours);

/** A rule in a few words. */
export function sentenceOf(rule: AlertRule, nameOf: (asset: string) => string): string {
  const threshold = formatPercent(rule.threshold_percent ?? '0');
  const asset = rule.asset === null ? null : nameOf(rule.asset);
  switch (rule.kind) {
    case 'loss':
    case 'gain':
      return text.rules.sentence[rule.kind](threshold);
    case 'change': {
      const span = spanText(rule.window_hours ?? 24);
      return asset === null
        ? text.rules.sentence.change(threshold, span)
        : text.rules.sentence.changeOf(asset, threshold, span);
    }
    case 'price_above':
    case 'price_below':
      return text.rules.sentence[rule.kind](
        asset ?? '',
        formatPrice(rule.price ?? '0', rule.currency ?? 'USD'),
      );
  }
}

export const isOfPrice = (kind: AlertRule['kind']) => kind === 'price_above' || kind === 'price_below';

/** How a rule stands, in one or two sentences. */
export function stateOf(rule: AlertRule, instant: (at: string) => string): string {
  if (rule.inactive !== null) return text.rules.inactive[rule.inactive] ?? rule.inactive;
  if (rule.state.phase === 'armed') return text.rules.waits;
  const since =
    rule.state.fired_as_of === null ? text.rules.already : text.rules.told(instant(rule.state.fired_as_of));
  const again = isOfPrice(rule.kind)
    ? text.rules.againPercent(formatPercent(rule.band_percent))
    : text.rules.againPoints(rule.band_percent);
  return `${since} ${again}`;
}
