// What holds for every budget is in `conformance`; here is what only this rule and this row have.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::account::Account;
use super::*;
use crate::clock::ManualClock;
use crate::memory::MemoryStore;
use crate::source::Priority::{Interactive, Job};
use crate::store::{NewRecord, OpsStore, RecordKind, Table};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn later(seconds: i64) -> Timestamp {
    AT + SignedDuration::from_secs(seconds)
}

fn limit(per_minute: u32) -> BudgetLimit {
    BudgetLimit::new(SourceId::new("x"), per_minute)
}

fn try_at(account: &mut Account, limit: &BudgetLimit, priority: Priority, now: Timestamp) -> Option<Timestamp> {
    account.bring_to(now);
    account.take(limit, 1, priority, now).err()
}

/// Calls of people at these seconds, then one at `now`: at once, or when.
#[track_caller]
fn check(calls: &[i64], per_minute: u32, priority: Priority, now: i64, free_at: Option<i64>) {
    let mut account = Account::new("x");
    for second in calls {
        assert_eq!(
            try_at(&mut account, &limit(u32::MAX), Interactive, later(*second)),
            None
        );
    }
    let free = try_at(&mut account, &limit(per_minute), priority, later(now));
    assert_eq!(free, free_at.map(later), "{calls:?}, {per_minute} a minute, at {now}");
}

#[test]
fn a_call_is_free_when_the_one_that_fills_the_window_is_a_minute_old() {
    check(&[], 1, Job, 0, None);
    check(&[0], 1, Interactive, 59, Some(60));
    check(&[0], 1, Interactive, 60, None);
    check(&[0, 10, 20], 3, Interactive, 30, Some(60));
    check(&[0, 10, 20], 3, Interactive, 60, None);
    // A job waits until as many have gone as people are kept room for.
    check(&[0, 10, 20, 30, 40], 5, Job, 50, Some(70));
}

#[test]
fn calls_from_the_future_close_a_source_for_a_minute_after_the_clock_was_set_back() {
    check(&[7200], 1, Interactive, 0, Some(60));
    check(&[50], 1, Interactive, 0, Some(110));
    let mut account = Account::new("x");
    assert_eq!(try_at(&mut account, &limit(1), Interactive, later(7200)), None);
    assert_eq!(try_at(&mut account, &limit(1), Interactive, later(0)), Some(later(60)));
    assert_eq!(try_at(&mut account, &limit(1), Interactive, later(60)), None);
}

#[test]
fn the_row_does_not_grow_with_the_limit() {
    let mut account = Account::new("x");
    for call in 0..200_000 {
        let now = AT + SignedDuration::from_millis(call);
        assert_eq!(try_at(&mut account, &limit(100_000), Job, now), None);
    }
    let row = serde_json::to_string(&account).unwrap();
    assert!(row.len() < 2_000, "{} bytes: {row}", row.len());
}

/// Calls in a day or a month: the limit, then each reading of the clock and whether a call is allowed.
#[expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#[track_caller]
fn check_quota(limit: &BudgetLimit, steps: &[(&str, Option<&str>)]) {
    let mut account = Account::new("x");
    for (now, free_at) in steps {
        let free = try_at(&mut account, limit, Interactive, now.parse().unwrap());
        assert_eq!(free, free_at.map(|at| at.parse().unwrap()), "{steps:?} at {now}");
    }
}

#[test]
fn a_day_and_a_month_begin_at_midnight_of_utc() {
    check_quota(
        &limit(100).per_day(1),
        &[
            ("2026-02-28T23:59:58Z", None),
            ("2026-02-28T23:59:59.999Z", Some("2026-03-01T00:00:00Z")),
            ("2026-03-01T00:00:00Z", None),
            ("2026-03-01T00:00:00Z", Some("2026-03-02T00:00:00Z")),
            ("2026-12-31T12:00:00Z", None),
            ("2026-12-31T12:00:00Z", Some("2027-01-01T00:00:00Z")),
        ],
    );
    check_quota(
        &limit(100).per_month(1),
        &[
            ("2028-02-01T00:00:00Z", None),
            ("2028-02-29T23:59:59.999Z", Some("2028-03-01T00:00:00Z")),
            ("2028-12-01T00:00:00Z", None),
            ("2028-12-31T23:59:59Z", Some("2029-01-01T00:00:00Z")),
            ("2029-01-01T00:00:00Z", None),
        ],
    );
    // The latest that binds: the month, not the day or the minute.
    check_quota(
        &limit(1).per_day(1).per_month(1),
        &[
            ("2026-03-02T00:00:00Z", None),
            ("2026-03-02T00:00:00Z", Some("2026-04-01T00:00:00Z")),
        ],
    );
}

#[test]
fn a_clock_set_back_gives_no_call_back_and_closes_no_source_for_years() {
    let (april, may) = (Some("2026-04-01T00:00:00Z"), Some("2026-05-01T00:00:00Z"));
    check_quota(
        &limit(100).per_month(2),
        &[
            // A process whose clock is a little behind counts in the month that has begun.
            ("2026-03-31T23:59:59Z", None),
            ("2026-04-01T00:00:01Z", None),
            ("2026-03-31T23:59:59Z", None),
            ("2026-03-31T23:59:59Z", may),
            ("2026-04-01T00:00:02Z", may),
            // Set back by months: used stays used, and the present month is over when it is over.
            ("2026-01-15T00:00:00Z", Some("2026-02-01T00:00:00Z")),
            ("2026-02-01T00:00:00Z", None),
            ("2026-02-01T00:00:00Z", None),
            ("2026-02-01T00:00:00Z", Some("2026-03-01T00:00:00Z")),
            ("2026-03-01T00:00:00Z", None),
            ("2026-03-01T00:00:00Z", None),
            // The month that was counted before is not begun anew.
            ("2026-03-02T00:00:00Z", may),
            ("2026-04-02T00:00:00Z", may),
            ("2026-05-01T00:00:00Z", None),
        ],
    );
    check_quota(
        &limit(100).per_month(1),
        &[
            ("2999-01-01T00:00:00Z", None),
            ("2026-03-02T00:00:00Z", april),
            ("2026-04-01T00:00:00Z", None),
        ],
    );
}

#[tokio::test]
async fn a_clock_set_back_is_noted_in_the_store_too() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let clock = Arc::new(ManualClock::new(at("2999-01-01T00:00:00Z")));
    let limit = limit(1).per_day(1).per_month(2);
    let budget = StoreBudget::new(clock.clone(), Arc::new(MemoryStore::new()), [limit]);
    let source = SourceId::new("x");
    for (now, retry_after) in [
        ("2999-01-01T00:00:00Z", None),
        ("2026-03-01T12:00:00Z", Some(12 * 3600)),
        ("2026-03-02T00:00:00Z", None),
        ("2026-03-30T00:00:00Z", Some(48 * 3600)),
        ("2026-04-01T00:00:00Z", None),
    ] {
        clock.set(at(now));
        let answer = budget
            .acquire(&source, 1, Interactive, Deadline::after(Duration::ZERO))
            .await;
        let refused = answer.err().map(|error| error.retry_after().unwrap().as_secs());
        assert_eq!(refused, retry_after, "{now}");
    }
}

#[tokio::test]
async fn a_row_of_the_former_layout_is_read_and_continued() {
    let store: Arc<dyn OpsStore> = Arc::new(MemoryStore::new());
    let body = r#"{"source":"x","calls":[0,0,10000],"closed_until":null}"#.to_owned();
    let record = NewRecord {
        key: "x".to_owned(),
        due_at: None,
        expires_at: None,
        body,
    };
    assert!(store.insert_record(RecordKind("budget"), &record).await.unwrap());
    let clock = Arc::new(ManualClock::new(later(30)));
    let budget = StoreBudget::new(clock, store.clone(), [limit(4).per_day(10)]);
    let source = SourceId::new("x");
    let state = async || budget.state(&source).await.unwrap().unwrap();
    assert_eq!((state().await.remaining, state().await.day.unwrap().used), (1, 0));
    let at_once = || Deadline::after(Duration::ZERO);
    budget.acquire(&source, 1, Interactive, at_once()).await.unwrap();
    let (day, retry_at) = (state().await.day.unwrap(), state().await.retry_at);
    assert_eq!((day.used, retry_at), (1, Some(later(60))));
    let row = Table::<Account>::new(&*store).get("x").await.unwrap().unwrap();
    let text = serde_json::to_string(&row.into_inner()).unwrap();
    assert_eq!(
        text,
        r#"{"source":"x","minute":[[0,2],[10000,1],[30000,1]],"day":{"of":"1970-01-01","latest":"1970-01-01","used":1},"#
            .to_owned()
            + r#""month":{"of":"1970-01-01","latest":"1970-01-01","used":1},"closed_until":null}"#
    );
}

#[tokio::test]
async fn a_ledger_keeps_what_lasts_in_the_row_of_the_store_budget() {
    let store: Arc<dyn OpsStore> = Arc::new(MemoryStore::new());
    let clock = Arc::new(ManualClock::new(later(0)));
    let limit = limit(1).per_day(5).per_month(7);
    let [one, two] = [0; 2].map(|_| Ledger::new(clock.clone(), store.clone(), [limit.clone()]));
    let source = SourceId::new("x");
    let used = async |ledger: &Ledger| {
        let state = ledger.state(&source).await.unwrap();
        (state.day.unwrap().used, state.month.unwrap().used, state.retry_at)
    };
    // A minute may have any number of calls here.
    assert_eq!(one.take(&source, 3, Job).await.unwrap(), None);
    assert_eq!(two.take(&source, 1, Job).await.unwrap(), None);
    let midnight = Some(later(86_400));
    assert_eq!(
        two.take(&source, 1, Job).await.unwrap(),
        midnight,
        "a fifth is kept from jobs"
    );
    assert_eq!(two.take(&source, 1, Interactive).await.unwrap(), None);
    assert_eq!(one.take(&source, 1, Interactive).await.unwrap(), midnight);
    assert_eq!(used(&one).await, (5, 5, midnight));
    clock.set(later(86_400));
    assert_eq!(used(&two).await, (0, 5, None));
    two.close(&source, later(86_500)).await.unwrap();
    one.close(&source, later(86_450)).await.unwrap();
    assert_eq!(one.state(&source).await.unwrap().closed_until, Some(later(86_500)));
    assert_eq!(one.take(&source, 1, Interactive).await.unwrap(), Some(later(86_500)));

    let shared = StoreBudget::new(clock.clone(), store.clone(), [limit]);
    let state = shared.state(&source).await.unwrap().unwrap();
    assert_eq!((state.month.unwrap().used, state.retry_at), (5, Some(later(86_500))));
    let unlimited = one.take(&SourceId::new("y"), 1, Job).await.unwrap_err();
    assert_eq!(unlimited.kind(), ErrorKind::NotConfigured);
}

#[tokio::test]
async fn that_calls_are_expected_is_noted_once_for_all_and_never_earlier_than_is_enough() {
    let store: Arc<dyn OpsStore> = Arc::new(MemoryStore::new());
    let clock = Arc::new(ManualClock::new(later(0)));
    let [one, two] = [0; 2].map(|_| Ledger::new(clock.clone(), store.clone(), [limit(1)]));
    let source = SourceId::new("x");
    assert_eq!(one.state(&source).await.unwrap().called_until, None);
    for (ledger, enough, until, noted) in [
        (&one, 30, 90, 90),
        (&two, 40, 100, 90),
        (&one, 90, 150, 90),
        (&two, 91, 151, 151),
        (&one, 100, 160, 151),
    ] {
        let answer = ledger.expect_calls(&source, later(enough), later(until)).await;
        assert_eq!(answer.unwrap(), later(noted));
        assert_eq!(two.state(&source).await.unwrap().called_until, Some(later(noted)));
    }
}

#[tokio::test]
async fn a_limit_of_nothing_is_read_as_one() {
    let source = SourceId::new("x");
    let clock = Arc::new(ManualClock::new(AT));
    let refused_after_one = async |limit: BudgetLimit| {
        let budget = LocalBudget::new(clock.clone(), [limit]);
        let now = Deadline::after(Duration::ZERO);
        budget.acquire(&source, 1, Job, now).await.unwrap();
        let refused = budget.acquire(&source, 1, Job, now).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::RateLimited);
        refused.retry_after().unwrap().as_secs()
    };
    assert_eq!(refused_after_one(limit(0)).await, 60);
    assert_eq!(refused_after_one(limit(9).per_day(0)).await, 86_400);
    assert_eq!(refused_after_one(limit(9).per_month(0)).await, 31 * 86_400);
}

#[derive(Clone, Copy, Debug)]
struct Grant {
    at: Timestamp,
    cost: u32,
}

/// What the grants that count cost together.
fn sum(grants: &[Grant], counts: impl Fn(Timestamp) -> bool) -> u32 {
    let counted = grants.iter().filter(|grant| counts(grant.at));
    counted.map(|grant| grant.cost).sum()
}

fn day(at: Timestamp) -> jiff::civil::Date {
    TimeZone::UTC.to_datetime(at).date()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Whatever is asked for when, no sixty seconds, no day and no month have more than the limit, no job gets
    /// what is kept for people, and what is refused is granted when the refusal says.
    #[test]
    fn no_span_of_time_has_more_than_its_limit(
        (per_minute, per_day, per_month) in (1_u32..20, 5_u32..60, 20_u32..90),
        steps in prop::collection::vec((0_u32..6, 0_i64..60_000, 1_u32..5, any::<bool>()), 1..250),
    ) {
        let limit = limit(per_minute).per_day(per_day).per_month(per_month);
        let mut account = Account::new("x");
        let mut now: Timestamp = "2026-01-30T23:55:00Z".parse().unwrap();
        let mut grants: Vec<Grant> = Vec::new();
        for (kind, millis, cost, person) in steps {
            // Mostly within the same second or minute, at times hours later.
            let step = match kind {
                0 | 1 => millis % 1_200,
                2 | 3 => millis / 4,
                4 => millis,
                _ => millis * 500,
            };
            now += SignedDuration::from_millis(step);
            let priority = if person { Interactive } else { Job };
            let Ok(cost) = limit.admit(cost, priority) else { continue };
            account.bring_to(now);
            let minute = now - SignedDuration::from_secs(60);
            let (in_minute, in_day, in_month) = (
                sum(&grants, |at| at > minute),
                sum(&grants, |at| day(at) == day(now)),
                sum(&grants, |at| day(at).first_of_month() == day(now).first_of_month()),
            );
            match account.take(&limit, cost, priority, now) {
                Ok(()) => {
                    grants.push(Grant { at: now, cost });
                    prop_assert!(in_minute + cost <= share(per_minute, priority));
                    prop_assert!(in_day + cost <= share(per_day, priority));
                    prop_assert!(in_month + cost <= share(per_month, priority));
                }
                Err(at) => {
                    // Refused for a reason: a second more than the minute is all the strictness there is.
                    let strict = minute - SignedDuration::from_secs(1);
                    prop_assert!(
                        sum(&grants, |at| at > strict) + cost > share(per_minute, priority)
                            || in_day + cost > share(per_day, priority)
                            || in_month + cost > share(per_month, priority)
                    );
                    prop_assert!(at > now);
                    let mut then = account.clone();
                    then.bring_to(at);
                    prop_assert_eq!(then.take(&limit, cost, priority, at), Ok(()));
                    let before = at - SignedDuration::from_millis(1);
                    let mut early = account.clone();
                    early.bring_to(before);
                    prop_assert!(early.take(&limit, cost, priority, before).is_err());
                }
            }
        }
        // Every window that begins with a call.
        for first in &grants {
            let end = first.at + SignedDuration::from_secs(60);
            prop_assert!(sum(&grants, |at| at >= first.at && at < end) <= per_minute);
        }
    }

    /// However the clock is set, what was used is never below nothing and never less after a step back.
    #[test]
    fn no_step_of_the_clock_backwards_gives_calls_back(
        steps in prop::collection::vec((-40_i64 * 86_400..40 * 86_400, 1_u32..4), 1..60),
    ) {
        let limit = limit(100_000).per_day(100_000).per_month(100_000);
        let mut account = Account::new("x");
        let mut now: Timestamp = "2026-06-15T12:00:00Z".parse().unwrap();
        let used = |account: &Account, now| {
            let state = account.state(&limit, now);
            (100_000 - state.remaining, state.day.unwrap().used, state.month.unwrap().used)
        };
        for (seconds, cost) in steps {
            let before = used(&account, now);
            now += SignedDuration::from_secs(seconds);
            let after = used(&account, now);
            if seconds <= 0 {
                prop_assert!(after.1 >= before.1 && after.2 >= before.2 && after.0 >= before.0);
            }
            account.bring_to(now);
            prop_assert_eq!(account.take(&limit, cost, Interactive, now), Ok(()));
            let taken = used(&account, now);
            prop_assert_eq!((taken.1, taken.2), (after.1 + cost, after.2 + cost));
        }
    }
}
