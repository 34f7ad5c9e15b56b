//! Which source is asked for what, and what becomes of those that fail.

use std::sync::Arc;

use folio_core::memory::MemorySource;
use folio_core::{
    AssetClass, AssetId, Capabilities, Clock, Currency, ErrorKind, ManualClock, Price, PriceSource, Reason, SourceId,
    Tracker, TrackerBuilder, Unpriced,
};
use jiff::SignedDuration;

fn asset(text: &str) -> AssetId {
    text.parse().unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()))
}

/// A source that says its own price of everything it is asked for in these tests.
fn source(clock: &Arc<ManualClock>, name: &str, class: AssetClass, price: &str) -> Arc<MemorySource> {
    let source = MemorySource::new(Arc::clone(clock) as _)
        .with_id(name)
        .with_capabilities(Capabilities::new([class]).batches_of(10));
    for symbol in ["AAPL", "VWCE.DE"] {
        let asset = AssetId::new(class, symbol).unwrap();
        source.set_price(asset, Price::parse(price, Currency::USD).unwrap());
    }
    Arc::new(source)
}

fn builder(clock: &Arc<ManualClock>, sources: &[Arc<MemorySource>]) -> TrackerBuilder {
    let builder = Tracker::builder().clock(Arc::clone(clock) as _);
    sources.iter().fold(builder, |builder, source| {
        builder.source(Arc::clone(source) as Arc<dyn PriceSource>)
    })
}

async fn said_by(tracker: &Tracker, asset: &str) -> Result<String, Unpriced> {
    let quotes = tracker
        .quotes(&folio_core::OwnerId::default(), &[self::asset(asset)], None)
        .await
        .unwrap();
    let (_, quote) = quotes.into_iter().next().unwrap();
    quote.map(|answer| answer.quote.source.to_string())
}

#[tokio::test(start_paused = true)]
async fn an_asset_may_have_an_order_of_its_own() {
    let clock = clock();
    let all = ["a", "b", "c"].map(|name| source(&clock, name, AssetClass::Stock, "100"));
    let order = ["c", "b"].map(SourceId::new);
    let tracker = builder(&clock, &all)
        .order(asset("stock:VWCE.DE"), order)
        .build()
        .unwrap();
    assert_eq!(said_by(&tracker, "stock:AAPL").await.unwrap(), "a");
    assert_eq!(said_by(&tracker, "stock:VWCE.DE").await.unwrap(), "c");
    clock.advance(SignedDuration::from_hours(200));
    all[2].set_failure(Some(ErrorKind::Unavailable));
    assert_eq!(said_by(&tracker, "stock:VWCE.DE").await.unwrap(), "b");
    clock.advance(SignedDuration::from_hours(200));
    all[1].set_failure(Some(ErrorKind::Unavailable));
    let failure = said_by(&tracker, "stock:VWCE.DE").await.unwrap_err();
    assert_eq!(failure.reason, Reason::Unavailable, "a is not in its order");
}

#[tokio::test]
async fn an_order_names_sources_that_price_the_class() {
    let clock = clock();
    let sources = [
        source(&clock, "shares", AssetClass::Stock, "1"),
        source(&clock, "coins", AssetClass::Crypto, "1"),
    ];
    for (asset, named, fits) in [
        ("stock:AAPL", "shares", true),
        ("stock:AAPL", "coins", false),
        ("crypto:bitcoin", "coins", true),
        ("stock:AAPL", "nobody", false),
    ] {
        let order = [SourceId::new(named)];
        let built = builder(&clock, &sources).order(self::asset(asset), order).build();
        assert_eq!(built.is_ok(), fits, "{asset} {named}");
        if let Err(error) = built {
            assert_eq!(error.kind(), ErrorKind::NotConfigured);
            assert!(error.message().contains(named), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_without_a_key_hides_nobody_elses_answer() {
    for (second, reason) in [
        (None, None),
        (Some(ErrorKind::Unavailable), Some(Reason::Unavailable)),
        (Some(ErrorKind::NotConfigured), Some(Reason::NotConfigured)),
    ] {
        let clock = clock();
        let sources = ["a", "b"].map(|name| source(&clock, name, AssetClass::Stock, "100"));
        sources[0].set_failure(Some(ErrorKind::NotConfigured));
        sources[1].set_failure(second);
        let tracker = builder(&clock, &sources).build().unwrap();
        let said = said_by(&tracker, "stock:AAPL").await;
        assert_eq!(said.as_ref().err().map(|failure| failure.reason), reason);
        assert_eq!(said.ok().as_deref(), reason.is_none().then_some("b"));
    }
}

#[tokio::test(start_paused = true)]
async fn every_failure_says_when_it_is_tried_again() {
    let check = async |kind: Option<ErrorKind>, name: &str, seconds: i64| {
        let clock = clock();
        let sources = [source(&clock, "a", AssetClass::Stock, "100")];
        sources[0].set_failure(kind);
        let tracker = builder(&clock, &sources).build().unwrap();
        for _ in 0..2 {
            let failure = said_by(&tracker, name).await.unwrap_err();
            let wanted = clock.now() + SignedDuration::from_secs(seconds);
            assert_eq!(failure.retry_at, Some(wanted), "{failure:?}");
        }
        assert_eq!(sources[0].calls(), 1, "it is left alone until then");
    };
    check(Some(ErrorKind::Unavailable), "stock:AAPL", 5).await;
    check(Some(ErrorKind::Timeout), "stock:AAPL", 5).await;
    check(Some(ErrorKind::RateLimited), "stock:AAPL", 5).await;
    check(Some(ErrorKind::NotConfigured), "stock:AAPL", 5).await;
    check(None, "stock:NOBODY", 600).await;
}
