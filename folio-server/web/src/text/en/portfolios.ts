// The English texts of the list of portfolios, its forms included. A sentence with a gap is a function.
import { plural } from './plural';

export const portfolios = {
  portfolios: {
    title: 'Portfolios',
    total: 'All portfolios together',
    currency: 'Total in',
    asTheServer: 'Automatic',
    create: 'New portfolio',
    rename: 'Rename',
    remove: 'Delete',
    alerts: 'Alert rules',
    archive: 'Archive',
    bringBack: 'Bring back',
    archived: (name: string) => `${name} is out of the way, and in no total. It is still valued.`,
    broughtBack: (name: string) => `${name} is back among the others.`,
    archivedOnes: (count: number) => `Archived (${count})`,
    isArchived: 'Archived: in no total over all portfolios. It is still valued.',
    actions: (name: string) => `Actions for ${name}`,
    value: 'Value',
    day: '24 hours',
    gain: 'Gain',
    trend: '30 days',
    partial: (count: number) => `${plural(count, 'holding', 'holdings')} without a price`,
    notInSum: (name: string, reason: string) => `${name} is not in the total: ${reason}.`,
    reasons: {
      no_rate: 'there is no exchange rate',
      unavailable: 'none of its holdings has a price',
    } as Record<string, string>,
    what: 'The portfolios',
    whatTotal: 'The total',
    emptyTitle: 'No portfolio yet',
    empty: 'A portfolio is a list of what you hold: coins, shares, cash, or things that you price yourself.',
  },
  portfolioForm: {
    create: 'New portfolio',
    rename: 'Rename portfolio',
    name: 'Name',
    currency: 'Currency of its totals',
    currencyHint: 'It cannot be changed later.',
    zone: 'Time zone of its days',
    submitCreate: 'Create',
    submitRename: 'Rename',
    noName: 'Enter a name.',
    created: (name: string) => `${name} was created.`,
  },
  portfolioDelete: {
    title: (name: string) => `Delete ${name}?`,
    body: (name: string, holdings: string, since: string | null) =>
      `${name} goes with its ${holdings}, ${
        since === null ? 'every valuation that was stored' : `every valuation that was stored since ${since}`
      }, its alert rules and their notifications. That cannot be undone. Prices by hand stay.`,
    submit: (name: string) => `Delete ${name}`,
    done: (name: string) => `${name} was deleted.`,
  },
};
