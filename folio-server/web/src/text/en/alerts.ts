// The English texts of alerts: what happened, the rules, the channels. A sentence with a gap is a function.
import { plural } from './plural';

export const alerts = {
  alerts: {
    title: 'Alerts',
    none: 'Rules belong to a portfolio. Create one first, and it begins with a rule for losses and one for gains.',
    toPortfolios: 'Go to the portfolios',
  },
  notifications: {
    title: 'What happened',
    what: 'What happened',
    emptyTitle: 'Nothing yet',
    empty: 'When a rule is crossed, it is told here, and through the channels of the rule.',
    details: 'Details',
    older: 'Show older ones',
    sendAgain: 'Send again',
    sentAgain: 'It is sent again.',
    noChannel: 'Told here only.',
    delivery: {
      queued: (channel: string) => `${channel}: waits to be sent.`,
      sending: (channel: string) => `${channel}: is being sent.`,
      delivered: (channel: string, when: string, attempts: number) =>
        attempts > 1
          ? `${channel}: delivered at ${when}, at try ${attempts}.`
          : `${channel}: delivered at ${when}.`,
      retrying: (channel: string, attempts: number, error: string, next: string | null) =>
        `${channel}: ${plural(attempts, 'try', 'tries')} failed${error}.${next === null ? '' : ` The next is at ${next}.`}`,
      failed: (channel: string, attempts: number, error: string) =>
        `${channel}: given up after ${plural(attempts, 'try', 'tries')}${error}.`,
      because: (error: string) => ` (${error})`,
    },
  },
  rules: {
    title: 'Rules',
    of: 'Rules of',
    what: 'The rules',
    add: 'Add rule',
    actions: (rule: string) => `Actions for ${rule}`,
    edit: 'Edit',
    remove: 'Remove',
    removed: (rule: string) => `${rule} is not watched any more.`,
    empty: 'Nothing is watched in this portfolio.',
    defaults: 'Watch for a loss of 5% and a gain of 10%',
    sentence: {
      loss: (threshold: string) => `Loss of ${threshold}`,
      gain: (threshold: string) => `Gain of ${threshold}`,
      change: (threshold: string, span: string) => `Change of ${threshold} in ${span}`,
      changeOf: (asset: string, threshold: string, span: string) =>
        `${asset} changes by ${threshold} in ${span}`,
      price_above: (asset: string, price: string) => `${asset} at ${price} or above`,
      price_below: (asset: string, price: string) => `${asset} at ${price} or below`,
    },
    spans: { 24: '24 hours', 168: '7 days' } as Record<number, string>,
    hours: (count: number) => plural(count, 'hour', 'hours'),
    waits: 'Waiting.',
    told: (when: string) => `Told at ${when}.`,
    already: 'So already at its first valuation, so nothing was told.',
    againPoints: (band: string) =>
      `Waits again once it is back by ${band === '1' ? 'a point' : `${band} points`}.`,
    againPercent: (band: string) => `Waits again once it is back by ${band}.`,
    inactive: {
      no_cost: 'Says nothing: no holding has a cost.',
      not_held: 'Says nothing: the asset is not held any more.',
      other_currency: 'Says nothing: the asset has its price in another currency.',
    } as Record<string, string>,
    through: (channels: string) => `Through ${channels}.`,
  },
  ruleForm: {
    add: 'Add a rule',
    edit: 'Edit rule',
    kind: 'Tell me of',
    kinds: {
      loss: 'A loss since purchase',
      gain: 'A gain since purchase',
      change: 'A change, up or down',
      price_above: 'A price that rises',
      price_below: 'A price that falls',
    },
    threshold: 'Of this many percent or more',
    window: 'Within',
    asset: 'Asset',
    whole: 'The whole portfolio',
    chooseAsset: 'Choose a holding',
    above: 'To this price or above',
    below: 'To this price or below',
    currency: 'Currency',
    more: 'How often, and through what',
    band: 'Before it can fire again, back by',
    bandPoints: 'Percentage points',
    bandPercent: 'Percent of the price',
    cooldown: 'At most one message in so many hours',
    channels: 'Through',
    channelsHint: (names: string) => `None chosen: the operator's default, ${names}.`,
    submitAdd: 'Add',
    noThreshold: 'Enter a percentage.',
    noPrice: 'Enter a price.',
    noAsset: 'Choose the holding whose price is watched.',
    whole_number: 'Enter a whole number of hours.',
    note: 'It speaks when it is crossed. What is so already at the next valuation is not told.',
  },
  channels: {
    title: 'Channels',
    what: 'The channels',
    none: 'No channel is set up: what happens is told on this page only. FOLIO_NOTIFY sets them up.',
    isDefault: 'For rules that name no channel.',
    destination: (where: string) => `To ${where}.`,
    disabled: (when: string, reason: string) =>
      `Off since ${when}: ${reason}. A sample that arrives turns it on again.`,
    test: 'Send a sample',
    testOf: (channel: string) => `Send a sample through ${channel}`,
    works: (channel: string) => `${channel} took the sample.`,
    fails: (channel: string, error: string) => `${channel} did not take the sample: ${error}.`,
    unknownError: 'it did not say why',
    names: { console: 'Console', webhook: 'Webhook', email: 'E-mail', ntfy: 'ntfy' } as Record<
      string,
      string
    >,
  },
};
