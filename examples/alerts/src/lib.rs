//! Alerts in a program of one's own: a channel behind folio's `Notifier`, rules, and four hourly valuations.

mod journal;

use std::sync::Arc;
use std::time::Duration;

use folio_core::memory::MemorySource;
use folio_core::store::NotificationQuery;
use folio_core::{
    AlertRuleInput, Condition, CostBasis, Currency, Holding, HoldingId, ManualClock, Money, OwnerId, Percent,
    Portfolio, Price, Result, Tracker,
};
use folio_jobs::queue::SqliteQueue;
use folio_jobs::{Jobs, JobsConfig};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

pub use journal::Journal;

/// What a coin costs at nine, ten, eleven and twelve.
const PRICES: [&str; 4] = ["60000", "57000", "57500", "66500"];

/// Runs the hours of a morning and answers what the owner was told.
///
/// # Errors
/// Those of the store and the queue.
pub async fn morning() -> Result<Vec<String>> {
    let eight: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap_or_default();
    let start = eight + SignedDuration::from_mins(30);
    let clock = Arc::new(ManualClock::new(start));
    let source = Arc::new(MemorySource::new(clock.clone()).with_price("crypto:bitcoin", "60000 USD")?);
    let journal = Arc::new(Journal::default());
    let tracker = Tracker::builder()
        .clock(clock.clone())
        .source(source.clone())
        .notifier(journal.clone())
        .build()?;

    // A new portfolio has two rules: a loss of 5 and a gain of 10 percent. Here a price is watched beside them.
    let owner = OwnerId::default();
    let holding = Holding::new(HoldingId::new(start), "crypto:bitcoin".parse()?, "0.5".parse()?)?
        .with_cost(CostBasis::Total(Money::parse("30000", Currency::USD)?));
    let portfolio = Portfolio::new("Core", Currency::USD, start).with(holding);
    let portfolio = tracker.create_portfolio(portfolio).await?;
    let rules = tracker.alert_rules(&owner, portfolio.id).await?;
    let mut wanted: Vec<AlertRuleInput> = rules.items.into_iter().map(|item| item.rule.into()).collect();
    wanted.push(AlertRuleInput {
        band_percent: Percent::parse("2")?,
        ..AlertRuleInput::new(Condition::PriceBelow {
            asset: "crypto:bitcoin".parse()?,
            price: Price::parse("57200", Currency::USD)?,
        })
    });
    tracker
        .set_alert_rules(&owner, portfolio.id, &wanted, Some(rules.version))
        .await?;

    let directory = tempfile::tempdir().map_err(|error| folio_core::Error::invalid(error.to_string()))?;
    let queue = SqliteQueue::open(directory.path().join("queue.db"), "folio").await?;
    let jobs = Jobs::new(tracker, Arc::new(queue), JobsConfig::new()?);
    jobs.fire(start).await?;
    let running = tokio::spawn({
        let jobs = jobs.clone();
        async move { jobs.run(std::future::pending()).await }
    });
    for (hour, price) in (9..).zip(PRICES) {
        source.set_price("crypto:bitcoin".parse()?, Price::parse(price, Currency::USD)?);
        clock.set(eight + SignedDuration::from_hours(hour - 8));
        settle(&jobs).await?;
    }
    let told = jobs.notifications(&NotificationQuery::newest(owner, 10)).await?;
    while journal.lines().len() < told.items.len() {
        sleep(Duration::from_millis(20)).await;
    }
    running.abort();
    let mut lines = journal.lines();
    lines.sort();
    Ok(lines)
}

/// Waits until the tick of this hour is complete.
async fn settle(jobs: &Jobs) -> Result<()> {
    loop {
        sleep(Duration::from_millis(20)).await;
        let schedule = jobs.schedule().await?;
        let hourly = schedule.first();
        let begun = hourly.is_some_and(|entry| {
            entry
                .last_tick
                .zip(entry.next)
                .is_some_and(|(last, next)| next.duration_since(last).as_secs() == 3_600)
        });
        if begun && jobs.health().await?.open_ticks == 0 {
            return Ok(());
        }
    }
}
