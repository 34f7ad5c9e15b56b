// Every English text of the page, by where it is read. A sentence with a gap is a function.
const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

export const en = {
  app: {
    name: 'folio',
    title: (page: string) => `${page} · folio`,
    skip: 'Skip to content',
    navigation: 'Main',
    menu: 'Settings of this browser',
    theme: 'Appearance',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    zone: 'Times',
    zones: { local: 'My time zone', utc: 'UTC' },
    loggedInAs: (owner: string) => `Logged in as ${owner}`,
    logOut: 'Log out',
    loading: 'Loading',
    dismiss: 'Dismiss',
    close: 'Close',
    cancel: 'Cancel',
    save: 'Save',
    retry: 'Try again',
    more: 'More',
    unknown: '–',
    unknownSpoken: 'not known',
    messages: 'Messages',
  },
  live: {
    live: 'Live',
    connecting: 'Connecting',
    offline: 'Not live',
    offlineHint: 'Prices are read once a minute until the connection is back.',
    reconnect: 'Connect now',
  },
  offline: {
    title: 'folio cannot be reached',
    body: 'What you see is from before and may be out of date. Nothing is lost; the page goes on by itself as soon as folio answers.',
  },
  logIn: {
    title: 'Log in',
    intro: 'Open the link that folio prints when it starts, or enter a token.',
    token: 'Token',
    hint: 'On the machine that runs folio: folio token link, or the file admin-token in its data directory.',
    submit: 'Log in',
    empty: 'Enter a token.',
    refused:
      'folio does not know this token. Check that all of it was copied, or print a new link with folio token link.',
  },
  portfolios: {
    title: 'Portfolios',
    total: 'All portfolios together',
    currency: 'Total in',
    asTheServer: 'Automatic',
    create: 'New portfolio',
    rename: 'Rename',
    remove: 'Delete',
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
  figures: {
    cost: 'Cost',
    gain: 'Gain',
    gainOnCost: 'Gain on what has a cost',
    asOf: (when: string) => `As of ${when}`,
    noTotal: 'No total',
    noTotalWhy: 'None of the holdings has a price at the moment. That is not the same as nothing.',
  },
  coverage: {
    title: 'What is not known',
    without: (names: string, cost: string | null) =>
      cost === null ? `Without ${names}.` : `Without ${names}, cost ${cost}.`,
    withoutCount: (count: number, cost: string | null) =>
      `Without ${plural(count, 'holding that has no price', 'holdings that have no price')}${cost === null ? '' : `, cost ${cost}`}.`,
    unknownCost: 'cost not known',
    and: (first: string, last: string) => `${first} and ${last}`,
    others: (count: number) => plural(count, 'other', 'others'),
    carried: (names: string, age: string) => `${names} at the last known price, up to ${age} old.`,
    noCost: (count: number) =>
      `The gain leaves out ${plural(count, 'holding', 'holdings')} whose cost is not known.`,
    show: 'Show',
    sourceDown: (source: string, next: string | null) =>
      next === null
        ? `${source} does not answer.`
        : `${source} does not answer. folio asks again at ${next}.`,
    sourceBudget: (source: string, next: string | null) =>
      next === null
        ? `The calls to ${source} are used up for now.`
        : `The calls to ${source} are used up until ${next}.`,
  },
  notFound: {
    title: 'There is nothing at this address',
    body: 'The page may have moved, or what it showed was deleted.',
    back: 'Go to the portfolios',
  },
  crash: {
    title: 'This page has stopped working',
    body: 'That is a fault of the page. Your data is safe on the server.',
    reload: 'Reload',
    details: 'What happened',
  },
  errors: {
    unreachable: 'folio did not answer.',
    notFolio: (status: number) => `The answer is not from folio (status ${status}).`,
    request: (id: string) => `Request ${id} in the server's log.`,
    retryIn: (wait: string) => `It can be asked again in ${wait}.`,
    load: (what: string) => `${what} could not be loaded`,
    remedy: {
      network: 'Check that folio is running and that this device reaches it.',
      unknown: 'Try again. If it stays, look at the log of the server.',
      invalid_input: 'Correct what is marked and send it again.',
      out_of_range: 'Correct what is marked and send it again.',
      unsupported: 'Reload the page: it may be older than the server.',
      missing_rate: 'Choose another currency, or try again when a rate is there.',
      unauthenticated: 'Log in again.',
      permission_denied: 'Log in with a token that may do this.',
      not_found: 'Go back to the list: it may have been deleted elsewhere.',
      missing_price: 'State a price by hand, or choose another symbol.',
      conflict: 'Read it again and decide anew.',
      precondition_failed: 'It was changed elsewhere. Look at it as it is now, then change it again.',
      payload_too_large: 'Send it in smaller parts.',
      unsupported_media_type: 'Reload the page: it may be older than the server.',
      rate_limited: 'Wait a moment, then try again.',
      unavailable: 'Try again in a moment. What is stored is not affected.',
      timeout: 'Try again in a moment. What is stored is not affected.',
      internal: 'Try again. If it stays, the log of the server has the cause.',
      corrupt_data: 'The log of the server says what cannot be read.',
    },
  },
  change: {
    up: 'up',
    down: 'down',
    same: 'unchanged',
  },
  time: {
    ago: (age: string) => `${age} ago`,
  },
  count: {
    holdings: (count: number) => plural(count, 'holding', 'holdings'),
    portfolios: (count: number) => plural(count, 'portfolio', 'portfolios'),
  },
};
