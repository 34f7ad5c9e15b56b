//! Price histories: what is asked of a source again, how it is merged, and what outlives a process.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::memory::{MemoryCache, MemorySource, MemoryStore};
use folio_core::money::decimal;
use folio_core::pricing::Caller;
use folio_core::{
    AssetClass, AssetId, Capabilities, Clock, Currency, Error, ErrorKind, HistoryRequest, ManualClock, OpsStore,
    PriceHistory, PricePoint, PriceSource, QuoteBatch, QuoteRequest, Resolution, Result, SourceId, Split, Tracker,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

const NOW: &str = "2026-03-04T10:00:00Z";

/// A vendor of daily closes that notes which days it was asked for.
#[derive(Debug)]
struct Vendor {
    clock: Arc<ManualClock>,
    id: &'static str,
    reach: u32,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    closes: BTreeMap<Date, String>,
    splits: Vec<Split>,
    asked: Vec<(Date, Date)>,
    failure: Option<ErrorKind>,
    latency: Duration,
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

impl Vendor {
    fn new(clock: &Arc<ManualClock>, reach: u32) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(clock),
            id: "vendor",
            reach,
            said: Mutex::default(),
        })
    }

    /// Every day from `from` to `to` closes at `price`.
    fn closes(&self, from: &str, to: &str, price: &str) {
        let mut said = self.said.lock().unwrap();
        let mut date = day(from);
        while date <= day(to) {
            said.closes.insert(date, price.to_owned());
            date += Span::new().days(1);
        }
    }

    fn splits(&self, on: &str, numerator: u32, denominator: u32) {
        self.said.lock().unwrap().splits.push(split(on, numerator, denominator));
    }

    fn fails(&self, kind: Option<ErrorKind>) {
        self.said.lock().unwrap().failure = kind;
    }

    fn takes(&self, latency: Duration) {
        self.said.lock().unwrap().latency = latency;
    }

    /// The first days of the spans asked for since the last look.
    fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.said.lock().unwrap().asked);
        asked.iter().map(|(from, _)| from.to_string()).collect()
    }
}

fn split(on: &str, numerator: u32, denominator: u32) -> Split {
    Split {
        on: day(on),
        numerator: NonZeroU32::new(numerator).unwrap(),
        denominator: NonZeroU32::new(denominator).unwrap(),
    }
}

#[async_trait]
impl PriceSource for Vendor {
    fn id(&self) -> SourceId {
        SourceId::new(self.id)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Stock]).with_history(self.reach, None)
    }

    async fn quotes(&self, _: &QuoteRequest) -> Result<QuoteBatch> {
        Err(Error::new(ErrorKind::Unavailable, "this vendor has closes only"))
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let (latency, failure) = {
            let mut said = self.said.lock().unwrap();
            said.asked.push((request.from, request.to));
            (said.latency, said.failure)
        };
        tokio::time::sleep(latency).await;
        if let Some(kind) = failure {
            return Err(Error::new(kind, "the vendor was told to fail"));
        }
        let now = self.clock.now();
        let today = now.to_zoned(TimeZone::UTC).date();
        let said = self.said.lock().unwrap();
        let points: Vec<_> = said
            .closes
            .range(request.from..=request.to.min(today))
            .map(|(date, price)| PricePoint {
                date: *date,
                time: (midnight(*date) + SignedDuration::from_hours(21)).min(now),
                price: decimal::parse(price).unwrap(),
                provisional: *date == today,
            })
            .collect();
        if points.is_empty() {
            return Err(Error::new(ErrorKind::MissingPrice, "nothing in the range"));
        }
        let in_range = said
            .splits
            .iter()
            .filter(|split| split.on >= request.from && split.on <= today);
        Ok(PriceHistory {
            asset: request.key.asset.clone(),
            currency: Currency::USD,
            resolution: request.resolution,
            source: self.id(),
            fetched_at: now,
            splits: in_range.copied().collect(),
            points,
        })
    }
}

struct World {
    clock: Arc<ManualClock>,
    vendor: Arc<Vendor>,
    store: Arc<MemoryStore>,
    tracker: Tracker,
}

fn world() -> World {
    let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
    let vendor = Vendor::new(&clock, 3_650);
    let store = Arc::new(MemoryStore::new());
    let tracker = tracker(&clock, &store, &vendor);
    World {
        clock,
        vendor,
        store,
        tracker,
    }
}

/// A process with an empty cache of its own.
fn tracker(clock: &Arc<ManualClock>, store: &Arc<MemoryStore>, vendor: &Arc<Vendor>) -> Tracker {
    Tracker::builder()
        .clock(Arc::clone(clock) as _)
        .cache(Arc::new(MemoryCache::new(Arc::clone(clock) as _)))
        .store(Arc::clone(store) as _)
        .source(Arc::clone(vendor) as _)
        .build()
        .unwrap()
}

fn apple() -> AssetId {
    "stock:AAPL".parse().unwrap()
}

impl World {
    async fn history(&self, days: u32) -> PriceHistory {
        self.tracker
            .history(&folio_core::OwnerId::default(), &apple(), None, Resolution::Daily, days)
            .await
            .unwrap()
    }

    fn passes(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }
}

fn prices(history: &PriceHistory) -> Vec<String> {
    let text = |point: &PricePoint| {
        let sign = if point.provisional { "?" } else { "" };
        format!("{}{sign}", point.price)
    };
    history.points.iter().map(text).collect()
}

#[tokio::test]
async fn only_the_end_of_a_kept_history_is_read_again() {
    let world = world();
    world.vendor.closes("2025-01-01", "2026-12-31", "100");
    assert_eq!(world.history(365).await.points.len(), 366);
    assert_eq!(world.vendor.asked(), ["2025-03-04"]);
    world.history(30).await;
    assert_eq!(world.vendor.asked(), [""; 0], "a shorter one is cut from it");

    // Each step: hours that pass, days asked for, the days that the vendor is asked from.
    let steps: [(i64, u32, &[&str]); 6] = [
        (2, 30, &["2026-02-25"]),
        (0, 365, &[]),
        (24, 365, &["2026-02-25"]),
        // A gap of ten days and seven more.
        (240, 7, &["2026-02-26"]),
        (0, 365, &[]),
        (1, 365, &[]),
    ];
    for (hours, days, asked) in steps {
        world.passes(hours);
        let history = world.history(days).await;
        assert_eq!(world.vendor.asked(), asked, "after {hours} h, {days} days");
        assert_eq!(history.points.len(), days as usize + 1, "after {hours} h, {days} days");
        let provisional = history.points.iter().filter(|point| point.provisional).count();
        assert_eq!(provisional, 1, "today's only");
        assert!(history.points.windows(2).all(|pair| pair[0].date < pair[1].date));
    }
}

#[tokio::test]
async fn what_is_read_again_takes_the_place_of_what_was_kept() {
    let world = world();
    world.vendor.closes("2026-02-20", "2026-03-04", "100");
    assert_eq!(prices(&world.history(2).await), ["100", "100", "100?"]);
    world.history(14).await;
    world.vendor.asked();
    // The day ended, a close was corrected a little, and today has no price yet.
    world.vendor.closes("2026-03-03", "2026-03-03", "100.9");
    world.vendor.closes("2026-03-04", "2026-03-04", "103");
    world.passes(24);
    assert_eq!(prices(&world.history(3).await), ["100", "100.9", "103"]);
    assert_eq!(world.vendor.asked(), ["2026-02-25"]);
}

#[tokio::test]
async fn a_rewritten_past_is_read_whole() {
    type Happens = fn(&Vendor);
    let cases: [(&str, Happens, &[&str]); 4] = [
        ("nothing", |_| {}, &["2026-02-25"]),
        (
            "a split that the vendor mentions",
            |vendor| {
                vendor.closes("2025-01-01", "2026-03-31", "50");
                vendor.splits("2026-03-05", 2, 1);
            },
            &["2026-02-25", "2025-12-04"],
        ),
        (
            "a split that it does not mention",
            |vendor| vendor.closes("2025-01-01", "2026-03-31", "50"),
            &["2026-02-25", "2025-12-04"],
        ),
        (
            "a split before the last fetch",
            |vendor| vendor.splits("2026-03-02", 2, 1),
            &["2026-02-25"],
        ),
    ];
    for (name, happens, asked) in cases {
        let world = world();
        world.vendor.closes("2025-01-01", "2026-03-31", "100");
        world.history(90).await;
        world.vendor.asked();
        happens(&world.vendor);
        world.passes(24);
        let history = world.history(90).await;
        assert_eq!(world.vendor.asked(), asked, "{name}");
        let mut prices = prices(&history);
        prices.dedup();
        assert!(prices.len() <= 2, "{name}: one price, and today's: {prices:?}");
    }
}

#[tokio::test]
async fn a_split_that_a_history_mentions_is_remembered() {
    let world = world();
    world.vendor.closes("2026-01-01", "2026-03-31", "50");
    world.vendor.splits("2026-02-10", 3, 2);
    world.history(90).await;
    let known = world.tracker.splits().of([&apple()]).await.unwrap();
    assert_eq!(known[&apple()], [split("2026-02-10", 3, 2)]);
    // Another process reads it from the store.
    let other = tracker(&world.clock, &world.store, &world.vendor);
    assert_eq!(other.splits().of([&apple()]).await.unwrap(), known);
}

#[tokio::test]
async fn a_process_that_begins_anew_asks_nobody() {
    let world = world();
    world.vendor.closes("2025-01-01", "2026-12-31", "100");
    let before = world.history(365).await;
    world.vendor.asked();
    world.passes(1);
    let after = tracker(&world.clock, &world.store, &world.vendor);
    let again = after
        .history(&folio_core::OwnerId::default(), &apple(), None, Resolution::Daily, 365)
        .await
        .unwrap();
    assert_eq!((again, world.vendor.asked()), (before, vec![]));

    // After a night it reads the end only, and with the vendor down it serves what it has.
    world.passes(20);
    let next = tracker(&world.clock, &world.store, &world.vendor);
    world.vendor.fails(Some(ErrorKind::Unavailable));
    let kept = next
        .history(&folio_core::OwnerId::default(), &apple(), None, Resolution::Daily, 365)
        .await
        .unwrap();
    assert_eq!(kept.fetched_at, NOW.parse().unwrap(), "its time says how old it is");
    assert_eq!(world.vendor.asked(), ["2026-02-25"]);
}

#[tokio::test]
async fn what_nobody_looks_at_expires() {
    let world = world();
    world.vendor.closes("2025-01-01", "2026-12-31", "100");
    let kept = async || {
        world.store.purge_records(world.clock.now(), 100).await.unwrap();
        let other = tracker(&world.clock, &world.store, &world.vendor);
        world.vendor.fails(Some(ErrorKind::Unavailable));
        let kept = other
            .history(&folio_core::OwnerId::default(), &apple(), None, Resolution::Daily, 30)
            .await
            .is_ok();
        world.vendor.fails(None);
        kept
    };
    world.history(30).await;
    world.passes(24 * 25);
    assert!(kept().await, "looked at after 25 days");
    // The look was noted, without anybody waiting.
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.passes(24 * 10);
    assert!(kept().await, "35 days after it was fetched, 10 after it was looked at");
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.passes(24 * 31);
    assert!(!kept().await, "nobody looked for a month");
}

#[tokio::test(start_paused = true)]
async fn one_call_however_many_wait_and_nobody_waits_past_the_deadline() {
    let world = world();
    world.vendor.closes("2025-01-01", "2026-12-31", "100");
    world.vendor.takes(Duration::from_secs(5));
    let ask = || {
        let tracker = world.tracker.clone();
        tokio::spawn(async move {
            tracker
                .history(&folio_core::OwnerId::default(), &apple(), None, Resolution::Daily, 30)
                .await
        })
    };
    let started = tokio::time::Instant::now();
    for answer in futures::future::join_all((0..50).map(|_| ask())).await {
        assert_eq!(answer.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    }
    assert!(started.elapsed() <= Duration::from_millis(3_010));
    assert_eq!(world.vendor.asked().len(), 1);
    // The call goes on for whoever asks next.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(ask().await.unwrap().is_ok());
    assert_eq!(world.vendor.asked().len(), 0);
}

#[tokio::test]
async fn a_span_without_prices_is_not_asked_for_again_at_once() {
    let world = world();
    let refused = async || {
        let error = world
            .tracker
            .history(&folio_core::OwnerId::default(), &apple(), None, Resolution::Daily, 30)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingPrice);
        world.vendor.asked().len()
    };
    assert_eq!(refused().await, 1);
    assert_eq!(refused().await, 0);
    world.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(refused().await, 1);

    // A share that no longer trades keeps its past, and is asked about as rarely as any other.
    let world = self::world();
    world.vendor.closes("2025-10-01", "2026-01-31", "100");
    let points = world.history(200).await.points.len();
    world.vendor.asked();
    world.passes(24);
    assert_eq!(world.history(200).await.points.len(), points);
    assert_eq!(world.vendor.asked(), ["2026-02-25"]);
    assert_eq!(world.history(200).await.points.len(), points);
    assert_eq!(world.vendor.asked(), [""; 0]);
}

#[tokio::test]
async fn nothing_is_asked_beyond_what_a_source_reaches() {
    let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
    let near = Vendor::new(&clock, 30);
    near.closes("2025-01-01", "2026-12-31", "100");
    let far = Arc::new(Vendor {
        id: "far",
        ..Arc::into_inner(Vendor::new(&clock, 3_650)).unwrap()
    });
    far.closes("2025-01-01", "2026-12-31", "100");
    let tracker = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .source(Arc::clone(&near) as _)
        .source(Arc::clone(&far) as _)
        .build()
        .unwrap();
    let history = async |days| {
        tracker
            .history(&folio_core::OwnerId::default(), &apple(), None, Resolution::Daily, days)
            .await
            .unwrap()
    };
    assert_eq!(history(30).await.source.as_str(), "vendor");
    assert_eq!(
        history(200).await.source.as_str(),
        "far",
        "the first does not reach so far"
    );
    far.fails(Some(ErrorKind::Unavailable));
    near.asked();
    clock.advance(SignedDuration::from_hours(24));
    history(200).await;
    assert_eq!(near.asked(), ["2026-02-25"], "the end is within its reach");
}

#[tokio::test]
async fn a_job_keeps_histories_that_a_person_then_has_at_once() {
    let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
    let source = MemorySource::new(Arc::clone(&clock) as _)
        .with_daily("crypto:bitcoin", &[("2026-03-02", "1 USD"), ("2026-03-03", "2 USD")])
        .unwrap();
    let source = Arc::new(source);
    let tracker = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .source(Arc::clone(&source) as _)
        .build()
        .unwrap();
    let bitcoin: AssetId = "crypto:bitcoin".parse().unwrap();
    let caller = Caller::job(folio_core::Deadline::after(Duration::from_secs(60)));
    tracker.warm_history(&bitcoin, 30, caller).await.unwrap();
    let history = tracker
        .history(&folio_core::OwnerId::default(), &bitcoin, None, Resolution::Daily, 30)
        .await
        .unwrap();
    assert_eq!((history.points.len(), source.calls()), (2, 1));
}
