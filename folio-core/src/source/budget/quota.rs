//! The calls of a day or a month.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::QuotaState;

/// A span of the calendar in UTC, named by its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Day,
    Month,
}

impl Span {
    /// The span that `at` is in.
    fn of(self, at: Timestamp) -> Date {
        let day = TimeZone::UTC.to_datetime(at).date();
        match self {
            Self::Day => day,
            Self::Month => day.first_of_month(),
        }
    }

    fn after(self, first: Date) -> Date {
        let last = match self {
            Self::Day => first,
            Self::Month => first.last_of_month(),
        };
        last.tomorrow().unwrap_or(Date::MAX)
    }
}

/// A counter of the calls of one span.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quota {
    /// The span that is counted.
    of: Date,
    /// The latest span that was ever counted.
    latest: Date,
    used: u32,
}

impl Quota {
    /// Begins to count anew if a new span has begun; whether the clock was set back by more than a span.
    ///
    /// While the clock is in the span before the one that is counted, calls go on being counted in that: two
    /// processes may disagree for a moment about whether it is midnight. A clock that was set back further is
    /// believed, or one that was once years ahead would close the source for years; what was used stays
    /// used, and a span that was counted before is not begun anew when the clock comes to it again.
    pub(super) fn bring_to(&mut self, span: Span, now: Timestamp) -> bool {
        let present = span.of(now);
        if present > self.of {
            if present != self.latest {
                self.used = 0;
            }
            self.of = present;
            self.latest = self.latest.max(present);
        } else if span.after(present) < self.of {
            self.of = present;
            return true;
        }
        false
    }

    pub(super) fn add(&mut self, calls: u32) {
        self.used = self.used.saturating_add(calls);
    }

    /// When `cost` more calls are at most `allowed`; `None` if they are at this moment.
    pub(super) fn free_at(&self, span: Span, allowed: u32, cost: u32) -> Option<Timestamp> {
        (self.used.saturating_add(cost) > allowed).then(|| self.resets_at(span))
    }

    fn resets_at(&self, span: Span) -> Timestamp {
        let mut next = span.after(self.of);
        if next == self.latest {
            next = span.after(next);
        }
        let midnight = TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0));
        midnight.unwrap_or(Timestamp::MAX)
    }

    pub(super) fn state(&self, span: Span, limit: u32) -> QuotaState {
        QuotaState {
            limit,
            used: self.used,
            resets_at: self.resets_at(span),
        }
    }
}
