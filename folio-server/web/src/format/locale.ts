let chosen: string | undefined;

/** The browser's locale; undefined lets `Intl` decide. */
export function locale(): string | undefined {
  return chosen ?? (typeof navigator === 'undefined' ? undefined : navigator.language);
}

/** Fixes the locale, for tests. */
export function setLocale(next: string | undefined): void {
  chosen = next;
}

const made = new Map<string, Intl.NumberFormat>();
const madeDates = new Map<string, Intl.DateTimeFormat>();

/** A formatter, made once for each set of options: making one costs more than using it a hundred times. */
export function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale() ?? ''}|${JSON.stringify(options)}`;
  let format = made.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale(), options);
    made.set(key, format);
  }
  return format;
}

/** The same for dates. */
export function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale() ?? ''}|${JSON.stringify(options)}`;
  let format = madeDates.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale(), options);
    madeDates.set(key, format);
  }
  return format;
}
