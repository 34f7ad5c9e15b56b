//! From Frankfurter's rows to rates. Nothing here asks or waits.

use folio_core::{Currency, PricePoint, Quote, SourceId, Unpriced};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::wire::Row;
use crate::{number, reference};

/// The newest row for one euro in `currency`.
pub(super) fn newest(rows: &[Row], currency: Currency) -> Option<&Row> {
    rows.iter()
        .filter(|row| is_rate(row, currency))
        .max_by_key(|row| row.date)
}

fn is_rate(row: &Row, currency: Currency) -> bool {
    row.base == Currency::EUR.as_str() && row.quote == currency.as_str()
}

/// The rate of a row as the price of one euro.
pub(super) fn quote(row: &Row, currency: Currency, source: &SourceId, now: Timestamp) -> Result<Quote, Unpriced> {
    reference::quote(row.date, number::price(Some(&row.rate)), currency, source, now)
}

/// The rates from `from` to `to`, oldest first; where `from` has none, the last one before it comes first.
pub(super) fn history(rows: &[Row], currency: Currency, from: Date, to: Date, now: Timestamp) -> Vec<PricePoint> {
    let rates = rows
        .iter()
        .filter(|row| is_rate(row, currency))
        .filter_map(|row| Some((row.date, number::price(Some(&row.rate)).ok()?)));
    reference::history(rates, from, to, now)
}

/// The range in pieces of at most five years, which is what one call may ask of a named bank.
pub(super) fn pieces(from: Date, to: Date) -> Vec<(Date, Date)> {
    let mut pieces = Vec::new();
    let mut start = from;
    while start <= to {
        let next = start.checked_add(5.years()).unwrap_or(Date::MAX);
        let end = next.yesterday().unwrap_or(next).min(to);
        pieces.push((start, end));
        if next == Date::MAX {
            break;
        }
        start = next;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ranges_are_split_by_five_years() {
        let check = |from: &str, to: &str, expected: &[(&str, &str)]| {
            let pieces = pieces(from.parse().unwrap(), to.parse().unwrap());
            let pieces: Vec<_> = pieces.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
            let expected: Vec<_> = expected.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
            assert_eq!(pieces, expected);
        };
        check("2026-01-01", "2026-01-01", &[("2026-01-01", "2026-01-01")]);
        check("2021-01-01", "2025-12-31", &[("2021-01-01", "2025-12-31")]);
        check(
            "2020-02-29",
            "2026-01-01",
            &[("2020-02-29", "2025-02-27"), ("2025-02-28", "2026-01-01")],
        );
        check("2026-01-02", "2026-01-01", &[]);
    }
}
