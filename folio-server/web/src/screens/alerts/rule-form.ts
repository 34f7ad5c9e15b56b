import type { AlertKind, AlertRule, AlertRuleInput } from '../../api/types';
import { readDecimal } from '../../format/input';
import { text } from '../../text';
import { isOfPrice } from './rule-text';

/** What stands in the fields. */
export interface RuleFields {
  kind: AlertKind;
  threshold: string;
  window: string;
  /** Empty is the whole portfolio. */
  asset: string;
  price: string;
  currency: string;
  band: string;
  cooldown: string;
  channels: readonly string[];
}

/** Faults by the server's names of the fields. */
export type RuleFaults = Partial<Record<keyof AlertRuleInput, string>>;

export function fieldsOf(rule: AlertRule | undefined, baseCurrency: string): RuleFields {
  return {
    kind: rule?.kind ?? 'loss',
    threshold: rule?.threshold_percent ?? '',
    window: String(rule?.window_hours ?? 24),
    asset: rule?.asset ?? '',
    price: rule?.price ?? '',
    currency: rule?.currency ?? baseCurrency,
    band: rule?.band_percent ?? '1',
    cooldown: String(rule?.cooldown_hours ?? 24),
    channels: rule?.channels ?? [],
  };
}

/** A rule as it is sent back unchanged. */
export function inputOf(rule: AlertRule): AlertRuleInput {
  const { id, kind, threshold_percent, price, currency, window_hours, asset } = rule;
  const { band_percent, cooldown_hours, channels } = rule;
  return {
    id,
    kind,
    threshold_percent,
    price,
    currency,
    window_hours,
    asset,
    band_percent,
    cooldown_hours,
    channels,
  };
}

/** What to send. Only what was left empty, or can be read in two ways, is judged here. */
export function readRule(
  fields: RuleFields,
  id: string | undefined,
): { input: AlertRuleInput } | { faults: RuleFaults } {
  const faults: RuleFaults = {};
  const decimal = (typed: string, name: keyof AlertRuleInput, empty: string): string => {
    const read = readDecimal(typed);
    if (typed.trim() === '') faults[name] = empty;
    else if ('ambiguous' in read) faults[name] = text.holdingForm.ambiguous;
    return 'value' in read ? read.value : '';
  };
  const input: AlertRuleInput = {
    ...(id === undefined ? {} : { id }),
    kind: fields.kind,
    band_percent: decimal(fields.band, 'band_percent', text.ruleForm.noThreshold),
    cooldown_hours: Number(fields.cooldown),
    channels: fields.channels.length === 0 ? null : [...fields.channels],
  };
  if (!/^\d+$/.test(fields.cooldown.trim())) faults.cooldown_hours = text.ruleForm.whole_number;
  if (isOfPrice(fields.kind)) {
    if (fields.asset === '') faults.asset = text.ruleForm.noAsset;
    input.asset = fields.asset;
    input.price = decimal(fields.price, 'price', text.ruleForm.noPrice);
    input.currency = fields.currency;
  } else {
    input.threshold_percent = decimal(fields.threshold, 'threshold_percent', text.ruleForm.noThreshold);
    if (fields.kind === 'change') {
      input.window_hours = Number(fields.window);
      input.asset = fields.asset === '' ? null : fields.asset;
    }
  }
  return Object.keys(faults).length > 0 ? { faults } : { input };
}
