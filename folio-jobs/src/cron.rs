//! When scheduled work is due: cron expressions in UTC, read by one parser.

use std::fmt;

use chrono::{DateTime, Utc};
use croner::parser::{CronParser, Seconds, Year};
use folio_core::{Error, ErrorKind, Result, Trigger};
use jiff::{SignedDuration, Timestamp};

/// The longest time after a run's instant in which prices for it are taken.
const LONGEST_WINDOW: SignedDuration = folio_core::ADMISSION_WINDOW;

/// A cron expression of five fields, in UTC.
///
/// ```
/// use folio_jobs::Cron;
///
/// let daily = Cron::parse("0 9 * * *")?;
/// let at = "2026-03-01T09:20:31Z".parse()?;
/// assert_eq!(daily.previous(at).unwrap().to_string(), "2026-03-01T09:00:00Z");
/// assert_eq!(daily.next(at).unwrap().to_string(), "2026-03-02T09:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Cron {
    text: String,
    cron: croner::Cron,
}

impl Cron {
    /// Reads an expression of minute, hour, day of month, month and day of week.
    ///
    /// Days of the week are written by name, since dialects of cron do not agree on their numbers.
    ///
    /// # Errors
    /// `InvalidInput` when it has another form, or when no time ever matches it.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = |why: &str| {
            Error::invalid(format!(
                "{text:?} is not a schedule: {why}; write minute, hour, day, month and day of the week, for example 0 9 * * MON-FRI"
            ))
        };
        let fields: Vec<_> = text.split_ascii_whitespace().collect();
        let [_, _, _, _, weekday] = fields[..] else {
            return Err(invalid("it does not have five fields"));
        };
        if names_days_by_number(weekday) {
            return Err(invalid("days of the week are written by name"));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser
            .parse(&fields.join(" "))
            .map_err(|error| invalid(&error.to_string()))?;
        let cron = Self {
            text: fields.join(" "),
            cron,
        };
        match cron.next(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(cron),
            None => Err(invalid("no time ever matches it")),
        }
    }

    /// The expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The last instant at or before `at`, a whole second.
    #[must_use]
    pub fn previous(&self, at: Timestamp) -> Option<Timestamp> {
        // Cut first: croner keeps the sub-seconds that it is given, and processes would differ in them.
        back(self.cron.find_previous_occurrence(&seconds(at)?, true).ok()?)
    }

    /// The first instant after `at`, a whole second.
    #[must_use]
    pub fn next(&self, at: Timestamp) -> Option<Timestamp> {
        back(self.cron.find_next_occurrence(&seconds(at)?, false).ok()?)
    }

    /// Whether `at` is one of the instants.
    #[must_use]
    pub fn matches(&self, at: Timestamp) -> bool {
        at.subsec_nanosecond() == 0 && self.previous(at) == Some(at)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({:?})", self.text)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a number in the field is a day; after `/` it is a step, after `#` a week.
fn names_days_by_number(field: &str) -> bool {
    let day = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
    field
        .split(',')
        .any(|part| part.split('/').next().is_some_and(|range| range.split('-').any(day)))
}

fn seconds(at: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.as_nanosecond().div_euclid(1_000_000_000).try_into().ok()?, 0)
}

fn back(at: DateTime<Utc>) -> Option<Timestamp> {
    Timestamp::from_second(at.timestamp()).ok()
}

/// The three schedules.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// When every portfolio is valued.
    pub hourly: Cron,
    /// When every portfolio is valued and the snapshot is the day's.
    pub daily: Cron,
    /// When the price histories of what is held are brought up to date.
    pub history: Cron,
}

impl Schedule {
    /// Reads the three.
    ///
    /// # Errors
    /// `InvalidInput` as [`Cron::parse`], with the name of the schedule.
    pub fn parse(hourly: &str, daily: &str, history: &str) -> Result<Self> {
        let read = |name, text| Cron::parse(text).map_err(|error| error.with_context("schedule", name));
        Ok(Self {
            hourly: read("hourly", hourly)?,
            daily: read("daily", daily)?,
            history: read("history", history)?,
        })
    }

    /// The last instant of a valuation at or before `at`.
    #[must_use]
    pub fn previous_valuation(&self, at: Timestamp) -> Option<Timestamp> {
        self.hourly.previous(at).max(self.daily.previous(at))
    }

    /// The first instant of a valuation after `at`.
    #[must_use]
    pub fn next_valuation(&self, at: Timestamp) -> Option<Timestamp> {
        [self.hourly.next(at), self.daily.next(at)].into_iter().flatten().min()
    }

    /// What makes the snapshots of the tick at `as_of`: an instant of the daily schedule is daily even
    /// where the hourly one has it too, and one of neither is somebody's request.
    #[must_use]
    pub fn trigger(&self, as_of: Timestamp) -> Trigger {
        if self.daily.matches(as_of) {
            Trigger::Daily
        } else if self.hourly.matches(as_of) {
            Trigger::Hourly
        } else {
            Trigger::Manual
        }
    }

    /// Every schedule that has the instant.
    #[must_use]
    pub fn triggers(&self, as_of: Timestamp) -> Vec<Trigger> {
        let hourly = self.hourly.matches(as_of).then_some(Trigger::Hourly);
        let daily = self.daily.matches(as_of).then_some(Trigger::Daily);
        hourly.into_iter().chain(daily).collect()
    }

    /// The time between the two scheduled valuations around `at`.
    #[must_use]
    pub fn interval(&self, at: Timestamp) -> SignedDuration {
        match (self.previous_valuation(at), self.next_valuation(at)) {
            (Some(previous), Some(next)) => next.duration_since(previous),
            _ => SignedDuration::from_hours(24),
        }
    }

    /// How long after the tick at `as_of` a price for it may be: ten minutes, or half the interval.
    #[must_use]
    pub fn window(&self, as_of: Timestamp) -> SignedDuration {
        LONGEST_WINDOW.min(self.interval(as_of) / 2)
    }
}

/// The error of a schedule that could be parsed and cannot be fired.
pub(crate) fn refused(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::NotConfigured, "the schedule cannot be started").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn expressions_have_five_fields_and_name_their_days() {
        for good in [
            "0 * * * *",
            "0 9 * * *",
            "*/5 * * * *",
            "0 9 * * MON-FRI",
            "0  9 * * mon",
            "0 9 * * MON#1",
            "0 0 29 2 *",
        ] {
            assert!(Cron::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "0 0 9 * * *",
            "0 0 9 * * * 2026",
            "61 * * * *",
            "0 9 * * 1",
            "0 9 * * MON-5",
            "0 9 * * 1-5/2",
            "0 0 30 2 *",
            "@daily",
            "x * * * *",
        ] {
            assert_eq!(Cron::parse(bad).unwrap_err().kind(), ErrorKind::InvalidInput, "{bad}");
        }
    }

    #[test]
    fn instants_are_whole_seconds() {
        let cron = Cron::parse("0 * * * *").unwrap();
        for (now, previous, next) in [
            ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"),
            (
                "2026-03-01T09:00:00.999Z",
                "2026-03-01T09:00:00Z",
                "2026-03-01T10:00:00Z",
            ),
            (
                "2026-03-01T08:59:59.999Z",
                "2026-03-01T08:00:00Z",
                "2026-03-01T09:00:00Z",
            ),
        ] {
            assert_eq!(cron.previous(at(now)), Some(at(previous)), "{now}");
            assert_eq!(cron.next(at(now)), Some(at(next)), "{now}");
        }
        assert!(cron.matches(at("2026-03-01T09:00:00Z")));
        assert!(!cron.matches(at("2026-03-01T09:00:00.001Z")));
    }

    #[test]
    fn nine_o_clock_is_one_instant_of_two_schedules() {
        let schedule = Schedule::parse("0 * * * *", "0 9 * * *", "0 */6 * * *").unwrap();
        let nine = at("2026-03-01T09:00:00Z");
        assert_eq!(schedule.trigger(nine), Trigger::Daily);
        assert_eq!(schedule.triggers(nine), [Trigger::Hourly, Trigger::Daily]);
        assert_eq!(schedule.trigger(at("2026-03-01T10:00:00Z")), Trigger::Hourly);
        assert_eq!(schedule.trigger(at("2026-03-01T10:00:01Z")), Trigger::Manual);
        assert_eq!(schedule.previous_valuation(at("2026-03-01T09:59:00Z")), Some(nine));
    }

    #[test]
    fn prices_are_taken_for_ten_minutes_or_half_the_interval() {
        for (hourly, minutes) in [("0 * * * *", 10), ("*/10 * * * *", 5), ("0 0 * * *", 10)] {
            let schedule = Schedule::parse(hourly, "0 0 1 1 *", "0 0 * * *").unwrap();
            let window = schedule.window(at("2026-03-01T09:00:00Z"));
            assert_eq!(window, SignedDuration::from_mins(minutes), "{hourly}");
        }
    }
}
