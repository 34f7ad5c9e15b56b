//! The suites over the backends that folio-core brings, which are their reference.

#![cfg(feature = "conformance")]
use std::sync::Arc;
use std::time::Duration;

use folio_core::conformance::{self, NotifierFixture, SourceFixture};
use folio_core::memory::{MemoryCache, MemorySource, MemoryStore, RecordingNotifier};
use folio_core::source::{LocalBudget, StoreBudget};
use folio_core::{
    AssetInfo, AssetKind, Cache, Capabilities, Clock, Deadline, HistoryRequest, ManualClock, OpsStore, PortfolioStore,
    PriceHistory, PriceKey, PricePoint, PriceSource, QuoteBatch, QuoteRequest, RateBudget, Resolution, SourceId, Split,
    Store, SystemClock, ValuationStore,
};
use jiff::{SignedDuration, Timestamp};

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_conforms() {
    conformance::store(async || Arc::new(MemoryStore::new()) as Arc<dyn Store>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_of_the_memory_store_conform_one_by_one() {
    let fresh = || Arc::new(MemoryStore::new().with_clock(Arc::new(SystemClock)));
    conformance::portfolio_store(async || fresh() as Arc<dyn PortfolioStore>).await;
    conformance::valuation_store(async || fresh() as Arc<dyn ValuationStore>).await;
    conformance::ops_store(async || fresh() as Arc<dyn OpsStore>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_cache_conforms() {
    conformance::cache(async || Arc::new(MemoryCache::new(Arc::new(SystemClock))) as Arc<dyn Cache>).await;
}

#[tokio::test]
async fn the_recording_notifier_conforms() {
    let channel = Arc::new(RecordingNotifier::new("recording"));
    let failing = RecordingNotifier::new("failing");
    failing.set_failure(Some(folio_core::ErrorKind::Unavailable));
    let fixture = NotifierFixture::new(channel.clone())
        .with_failing(Arc::new(failing))
        .with_told(move |id| {
            channel
                .delivered()
                .iter()
                .filter(|notification| notification.id == id)
                .count()
        });
    conformance::notifier(fixture).await;
}

async fn local(clock: Arc<dyn Clock>, limits: Vec<folio_core::source::BudgetLimit>) -> Vec<Arc<dyn RateBudget>> {
    vec![Arc::new(LocalBudget::new(clock, limits))]
}

/// Three processes on one store.
async fn shared(clock: Arc<dyn Clock>, limits: Vec<folio_core::source::BudgetLimit>) -> Vec<Arc<dyn RateBudget>> {
    let store = Arc::new(MemoryStore::new());
    let process = |_| Arc::new(StoreBudget::new(clock.clone(), store.clone(), limits.clone())) as Arc<dyn RateBudget>;
    (0..3).map(process).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budgets_conform() {
    conformance::rate_budget(local).await;
    conformance::rate_budget(shared).await;
    conformance::rate_budget_over_days(local).await;
    conformance::rate_budget_over_days(shared).await;
}

#[tokio::test(start_paused = true)]
async fn the_budgets_conform_over_time() {
    conformance::rate_budget_over_time(local).await;
    conformance::rate_budget_over_time(shared).await;
}

fn market() -> (Arc<ManualClock>, MemorySource) {
    let clock = Arc::new(ManualClock::new("2026-03-01T09:30:00Z".parse().unwrap()));
    let abilities = MemorySource::new(clock.clone())
        .capabilities()
        .batches_of(2)
        .with_list();
    let bitcoin = AssetInfo {
        asset: "crypto:bitcoin".parse().unwrap(),
        name: "Bitcoin".to_owned(),
        ticker: Some("BTC".to_owned()),
        kind: AssetKind::Coin,
        currency: None,
        exchange: None,
    };
    let source = MemorySource::new(clock.clone())
        .with_capabilities(abilities)
        .with_price("crypto:bitcoin", "60000 USD")
        .and_then(|source| source.with_price("stock:VWCE.DE", "131.2 EUR"))
        .and_then(|source| source.with_price("stock:AAPL", "190 USD"))
        .and_then(|source| source.with_rate("1.25 USD"))
        .and_then(|source| {
            source.with_daily(
                "crypto:bitcoin",
                &[
                    ("2026-02-27", "59000 USD"),
                    ("2026-02-28", "59500 USD"),
                    ("2026-03-01", "60000 USD"),
                    ("2026-03-02", "1 USD"),
                ],
            )
        })
        .and_then(|source| source.with_daily("stock:AAPL", &[("2026-02-27", "189 USD")]))
        .unwrap()
        .with_info(bitcoin);
    let hour = |hour: i64| {
        let time = "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
        PricePoint {
            date: jiff::civil::date(2026, 3, 1),
            time,
            price: 60_000.into(),
            provisional: false,
        }
    };
    source.set_history(PriceHistory {
        asset: "crypto:bitcoin".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        resolution: Resolution::Hourly,
        source: SourceId::new("memory"),
        fetched_at: clock.now(),
        points: (0..24).map(hour).collect(),
        splits: Vec::new(),
    });
    for on in ["2026-02-20", "2026-02-28", "2026-02-27", "2026-03-20"] {
        let (numerator, denominator) = (3.try_into().unwrap(), 2.try_into().unwrap());
        let split = Split {
            on: on.parse().unwrap(),
            numerator,
            denominator,
        };
        source.set_split("stock:AAPL".parse().unwrap(), split);
    }
    (clock, source)
}

fn native(asset: &str) -> PriceKey {
    PriceKey::native(asset.parse().unwrap())
}

fn fixture(clock: Arc<ManualClock>, source: &Arc<MemorySource>) -> SourceFixture {
    let known = ["crypto:bitcoin", "stock:VWCE.DE", "stock:AAPL"]
        .map(native)
        .into_iter();
    let known: Vec<_> = known.chain([PriceKey::per_euro("USD".parse().unwrap())]).collect();
    let day = |day| jiff::civil::date(2026, 3, 1).saturating_add(jiff::Span::new().days(day));
    let calls = source.clone();
    SourceFixture::new(clock, known, native("crypto:unheard-of"))
        .with_history(native("crypto:bitcoin"), Resolution::Daily, day(-2), day(1))
        .with_history(native("stock:AAPL"), Resolution::Daily, day(-2), day(1))
        .with_history(native("crypto:bitcoin"), Resolution::Hourly, day(0), day(0))
        .with_search("BTC")
        .with_listed("crypto:bitcoin".parse().unwrap())
        .with_calls(move || calls.calls())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_source_conforms() {
    let (clock, source) = market();
    let source = Arc::new(source);
    conformance::price_source(source.clone(), fixture(clock.clone(), &source)).await;

    source.set_latency(Duration::from_millis(20));
    conformance::price_source(source.clone(), fixture(clock, &source)).await;
}

#[tokio::test]
async fn a_memory_source_that_can_do_little_conforms() {
    let (clock, source) = market();
    let little = source.with_capabilities(Capabilities::new([folio_core::AssetClass::Crypto]));
    let fixture = SourceFixture::new(clock, [native("crypto:bitcoin")], native("crypto:unheard-of"));
    conformance::price_source(Arc::new(little), fixture).await;
}

#[tokio::test]
async fn the_memory_source_tells_of_names_and_splits() {
    let (clock, source) = market();
    let asked = ["crypto:bitcoin", "stock:AAPL"].map(native);
    let batch = source.quotes(&QuoteRequest::new(asked.clone())).await.unwrap();
    let names: Vec<_> = batch.infos.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["Bitcoin"]);
    let split = |batch: &QuoteBatch| batch.outcomes[1].1.as_ref().unwrap().split.unwrap().on.to_string();
    assert_eq!(split(&batch), "2026-02-28");
    let [from, to] = ["2026-02-27", "2026-03-31"].map(|day| day.parse().unwrap());
    let history = HistoryRequest::daily(asked[1].clone(), from, to);
    let days = async || {
        let history = source.history(&history).await.unwrap();
        history
            .splits
            .iter()
            .map(|split| split.on.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(days().await, ["2026-02-27", "2026-02-28"]);
    // A split is told of when its day has come.
    clock.advance(SignedDuration::from_hours(24 * 20));
    assert_eq!(days().await, ["2026-02-27", "2026-02-28", "2026-03-20"]);
    let batch = source.quotes(&QuoteRequest::new(asked)).await.unwrap();
    assert_eq!(split(&batch), "2026-03-20");
    let deadline = Deadline::after(Duration::from_secs(1));
    assert_eq!(source.list(deadline).await.unwrap(), batch.infos);
    let calls = source.calls();
    let unlisted = source.with_capabilities(Capabilities::new([folio_core::AssetClass::Crypto]));
    assert_eq!(
        unlisted.list(deadline).await.unwrap_err().kind(),
        folio_core::ErrorKind::Unsupported
    );
    assert_eq!(unlisted.calls(), calls);
}
