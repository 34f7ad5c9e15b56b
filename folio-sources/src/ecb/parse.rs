//! Which file holds what is asked for, and how long it is of use. Nothing here asks or waits.

use folio_core::{Currency, PricePoint, Quote, Reason, SourceId, Unpriced};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::wire::RateFile;
use crate::reference;

/// How long a file is kept at most.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How many days the file of the last quarter reaches back.
const QUARTER_DAYS: i32 = 90;

/// A file of the bank, each holding all that the ones before it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum File {
    /// The newest day.
    Daily,
    /// The last 90 days.
    Quarter,
    /// All days since 1999.
    Whole,
}

impl File {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Daily => "eurofxref-daily.xml",
            Self::Quarter => "eurofxref-hist-90d.xml",
            Self::Whole => "eurofxref-hist.xml",
        }
    }

    /// The smallest file that may hold the days from `from` on.
    pub(super) fn since(from: Date, now: Timestamp) -> Self {
        match (reference::today(now) - from).get_days() {
            ..=QUARTER_DAYS => Self::Quarter,
            _ => Self::Whole,
        }
    }
}

/// Until when a file that was received at `fetched_at` is as good as a new one: an hour, and not beyond
/// the next publication.
pub(super) fn kept_until(fetched_at: Timestamp) -> Timestamp {
    let until = fetched_at.checked_add(KEPT).unwrap_or(Timestamp::MAX);
    match reference::publication(reference::today(fetched_at)) {
        Some(next) if next > fetched_at => until.min(next),
        _ => until,
    }
}

/// The newest rate of a currency.
pub(super) fn quote(file: &RateFile, currency: Currency, source: &SourceId, now: Timestamp) -> Result<Quote, Unpriced> {
    let Some((date, rates)) = file.newest() else {
        let detail = "the European Central Bank's file has no day";
        return Err(Unpriced::new(Reason::NoData, detail));
    };
    match rates.iter().find(|(known, _)| *known == currency) {
        Some((_, rate)) => reference::quote(date, *rate, currency, source, now),
        None => Err(Unpriced::new(
            Reason::NotFound,
            format!("the European Central Bank publishes no rate of {currency}"),
        )),
    }
}

/// The rates of a currency from `from` to `to`, oldest first; where `from` has none, the last one before it
/// comes first.
pub(super) fn history(file: &RateFile, currency: Currency, from: Date, to: Date, now: Timestamp) -> Vec<PricePoint> {
    let rates = file
        .rates_of(currency)
        .filter_map(|(date, rate)| Some((date, rate.ok()?)));
    reference::history(rates, from, to, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_for_an_hour_and_not_beyond_the_next_publication() {
        let check = |fetched: &str, until: &str| {
            assert_eq!(kept_until(fetched.parse().unwrap()).to_string(), until, "{fetched}");
        };
        // Four in the afternoon in Frankfurt is 15:00 in winter and 14:00 in summer.
        check("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z");
        check("2026-03-02T14:30:00Z", "2026-03-02T15:00:00Z");
        check("2026-03-02T15:00:00Z", "2026-03-02T16:00:00Z");
        check("2026-07-01T13:30:00Z", "2026-07-01T14:00:00Z");
        check("2026-07-01T14:30:00Z", "2026-07-01T15:30:00Z");
    }

    #[test]
    fn the_smallest_file_that_reaches_back_is_asked_for() {
        let check = |from: &str, file: File| {
            let now = "2026-03-02T12:00:00Z".parse().unwrap();
            assert_eq!(File::since(from.parse().unwrap(), now), file, "{from}");
        };
        check("2026-03-02", File::Quarter);
        check("2025-12-02", File::Quarter);
        check("2025-12-01", File::Whole);
        check("1999-01-04", File::Whole);
    }
}
