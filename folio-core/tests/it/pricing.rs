//! What a request for prices does: caches, coalescing, batches, fallback, freshness, deadlines.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use folio_core::memory::{MemorySource, MemoryStore};
use folio_core::pricing::{Caller, Needs};
use folio_core::{
    AssetClass, AssetId, BookEntry, Cache, Capabilities, Clock, Currency, Error, ErrorKind, Freshness, ManualClock,
    OwnerId, Price, PriceBook, PriceKey, PriceSource, PriceState, Quote, QuoteBatch, QuoteRequest, Reason, Resolution,
    Result, SourceId, Tracker,
};
use jiff::SignedDuration;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()))
}

fn asset(text: &str) -> AssetId {
    text.parse().unwrap()
}

fn market(clock: &Arc<ManualClock>) -> MemorySource {
    MemorySource::new(Arc::clone(clock) as _)
}

fn tracker(clock: &Arc<ManualClock>, sources: Vec<Arc<dyn PriceSource>>) -> Tracker {
    sources
        .into_iter()
        .fold(Tracker::builder().clock(Arc::clone(clock) as _), |builder, source| {
            builder.source(source)
        })
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_upstream_call_however_many_wait() {
    let clock = clock();
    let source = Arc::new(market(&clock).with_price("crypto:bitcoin", "60000 USD").unwrap());
    source.set_latency(Duration::from_millis(50));
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let asked = (0..200).map(|_| {
        let tracker = tracker.clone();
        tokio::spawn(async move { tracker.quote(&OwnerId::default(), &asset("crypto:bitcoin"), None).await })
    });
    for answer in futures::future::join_all(asked).await {
        let answer = answer.unwrap().unwrap();
        assert_eq!(answer.price.to_string(), "60000 USD");
        assert_eq!(answer.freshness, Freshness::Live);
    }
    assert_eq!(source.calls(), 1);
    let again = tracker
        .quote(&OwnerId::default(), &asset("crypto:bitcoin"), None)
        .await
        .unwrap();
    assert_eq!(again.freshness, Freshness::Cached);
    assert_eq!(source.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn cold_assets_share_calls() {
    let clock = clock();
    let limit = Capabilities::new([AssetClass::Crypto]).batches_of(50);
    let source = Arc::new(market(&clock).with_capabilities(limit));
    source.set_latency(Duration::from_millis(50));
    let assets: Vec<_> = (0..250).map(|n| asset(&format!("crypto:coin-{n}"))).collect();
    for asset in &assets {
        source.set_price(asset.clone(), Price::parse("2", Currency::USD).unwrap());
    }
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let quotes = tracker.quotes(&OwnerId::default(), &assets, None).await.unwrap();
    assert_eq!(quotes.iter().filter(|(_, quote)| quote.is_ok()).count(), 250);
    assert_eq!(source.calls(), 5, "50 ids a call");
}

#[tokio::test(start_paused = true)]
async fn callers_of_different_assets_share_calls() {
    let clock = clock();
    let limit = Capabilities::new([AssetClass::Crypto]).batches_of(50);
    let source = Arc::new(market(&clock).with_capabilities(limit));
    source.set_latency(Duration::from_millis(50));
    let assets: Vec<_> = (0..500).map(|n| asset(&format!("crypto:coin-{n}"))).collect();
    for asset in &assets {
        source.set_price(asset.clone(), Price::parse("2", Currency::USD).unwrap());
    }
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let asked = assets.into_iter().map(|asset| {
        let tracker = tracker.clone();
        tokio::spawn(async move { tracker.quote(&OwnerId::default(), &asset, None).await.unwrap() })
    });
    futures::future::join_all(asked).await;
    assert!(source.calls() <= 10, "{} calls for 500 cold assets", source.calls());
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_fails_nobody() {
    let clock = clock();
    let source = Arc::new(market(&clock).with_price("crypto:bitcoin", "60000 USD").unwrap());
    source.set_latency(Duration::from_millis(200));
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let (first, second) = (tracker.clone(), tracker.clone());
    let first = tokio::spawn(async move { first.quote(&OwnerId::default(), &asset("crypto:bitcoin"), None).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = tokio::spawn(async move { second.quote(&OwnerId::default(), &asset("crypto:bitcoin"), None).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    first.abort();
    assert_eq!(second.await.unwrap().unwrap().price.to_string(), "60000 USD");
    assert_eq!(source.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_next_source_prices_what_the_first_cannot() {
    let clock = clock();
    let first = Arc::new(
        market(&clock)
            .with_id("first")
            .with_price("crypto:bitcoin", "60000 USD")
            .unwrap(),
    );
    let second = Arc::new(
        market(&clock)
            .with_id("second")
            .with_price("crypto:bitcoin", "1 USD")
            .unwrap()
            .with_price("crypto:rare", "3 USD")
            .unwrap(),
    );
    let tracker = tracker(&clock, vec![Arc::clone(&first) as _, Arc::clone(&second) as _]);
    let quotes = tracker
        .quotes(
            &OwnerId::default(),
            &[asset("crypto:bitcoin"), asset("crypto:rare")],
            None,
        )
        .await
        .unwrap();
    let sources: Vec<_> = quotes
        .iter()
        .map(|(_, quote)| quote.as_ref().unwrap().quote.source.as_str())
        .collect();
    assert_eq!(sources, ["first", "second"]);
    assert_eq!(second.asked(), [PriceKey::native(asset("crypto:rare"))]);
}

#[tokio::test(start_paused = true)]
async fn an_old_price_is_shown_at_once_and_refreshed_behind() {
    let clock = clock();
    let source = Arc::new(market(&clock).with_price("crypto:bitcoin", "60000 USD").unwrap());
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let bitcoin = asset("crypto:bitcoin");
    tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap();
    clock.advance(SignedDuration::from_mins(6));
    source.set_price(bitcoin.clone(), Price::parse("61000", Currency::USD).unwrap());

    let stale = tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap();
    assert_eq!(
        (stale.freshness, stale.price.to_string()),
        (Freshness::Stale, "60000 USD".to_owned())
    );
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cached = tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap();
    assert_eq!(
        (cached.freshness, cached.price.to_string()),
        (Freshness::Cached, "61000 USD".to_owned())
    );
    assert_eq!(source.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_asset_is_remembered_for_ten_minutes() {
    let clock = clock();
    let source = Arc::new(market(&clock));
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let unknown = asset("crypto:nonsense");
    for _ in 0..3 {
        assert_eq!(
            tracker
                .quote(&OwnerId::default(), &unknown, None)
                .await
                .unwrap_err()
                .kind(),
            ErrorKind::NotFound
        );
    }
    assert_eq!(source.calls(), 1);
    clock.advance(SignedDuration::from_mins(11));
    source.set_price(unknown.clone(), Price::parse("5", Currency::USD).unwrap());
    assert_eq!(
        tracker
            .quote(&OwnerId::default(), &unknown, None)
            .await
            .unwrap()
            .price
            .to_string(),
        "5 USD"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_source_rests_five_seconds_and_says_so() {
    let clock = clock();
    let source = Arc::new(market(&clock).with_price("crypto:bitcoin", "60000 USD").unwrap());
    source.set_failure(Some(ErrorKind::Unavailable));
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let bitcoin = asset("crypto:bitcoin");
    for _ in 0..3 {
        let error = tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    }
    assert_eq!(source.calls(), 1);
    let status = &tracker.sources().await.unwrap()[0];
    assert!(!status.healthy && status.last_error.is_some());
    assert_eq!(status.retry_at, Some(clock.now() + SignedDuration::from_secs(5)));

    clock.advance(SignedDuration::from_secs(6));
    source.set_failure(None);
    assert_eq!(
        tracker
            .quote(&OwnerId::default(), &bitcoin, None)
            .await
            .unwrap()
            .freshness,
        Freshness::Live
    );
    assert!(tracker.sources().await.unwrap()[0].healthy);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_is_not_waited_for_past_the_deadline() {
    let clock = clock();
    let source = Arc::new(market(&clock).with_price("crypto:bitcoin", "60000 USD").unwrap());
    source.set_latency(Duration::from_secs(3600));
    let tracker = tracker(&clock, vec![source]);
    let started = tokio::time::Instant::now();
    let error = tracker
        .quote(&OwnerId::default(), &asset("crypto:bitcoin"), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        started.elapsed() <= Duration::from_millis(3_010),
        "{:?}",
        started.elapsed()
    );
}

/// A cache that is down.
#[derive(Debug)]
struct Down;

#[async_trait]
impl Cache for Down {
    async fn get_many(&self, _keys: &[String]) -> Result<Vec<Option<Bytes>>> {
        Err(Error::new(ErrorKind::Unavailable, "down"))
    }
    async fn put_many(&self, _entries: Vec<(String, Bytes)>, _ttl: Duration) -> Result<()> {
        Err(Error::new(ErrorKind::Unavailable, "down"))
    }
    async fn remove(&self, _key: &str) -> Result<()> {
        Err(Error::new(ErrorKind::Unavailable, "down"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_fails_is_a_miss() {
    let clock = clock();
    let source = Arc::new(market(&clock).with_price("crypto:bitcoin", "60000 USD").unwrap());
    let tracker = Tracker::builder()
        .clock(clock)
        .cache(Arc::new(Down))
        .source(source)
        .build()
        .unwrap();
    assert_eq!(
        tracker
            .quote(&OwnerId::default(), &asset("crypto:bitcoin"), None)
            .await
            .unwrap()
            .freshness,
        Freshness::Live
    );
    assert_eq!(
        tracker
            .quote(&OwnerId::default(), &asset("crypto:bitcoin"), None)
            .await
            .unwrap()
            .freshness,
        Freshness::Cached
    );
}

/// A source that answers with whatever it was given, right or wrong.
#[derive(Debug)]
struct Wild(Wrong, Arc<ManualClock>);

/// What is done to a right quote.
type Wrong = fn(Quote) -> Quote;

#[async_trait]
impl PriceSource for Wild {
    fn id(&self) -> SourceId {
        SourceId::new("wild")
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Crypto])
    }
    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let outcomes = request.keys.iter().map(|key| {
            let price = Price::parse("60000", Currency::USD).unwrap();
            let quote = Quote::manual(key.asset.clone(), price, self.1.now());
            let quote = Quote {
                kind: folio_core::QuoteKind::Realtime,
                ..quote
            };
            (key.clone(), Ok((self.0)(quote)))
        });
        Ok(QuoteBatch::new(outcomes.collect()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_price_that_cannot_be_right_is_not_believed() {
    let wrongs: [(&str, Wrong); 4] = [
        ("zero", |quote| Quote {
            price: Price::parse("0", Currency::USD).unwrap(),
            ..quote
        }),
        ("another currency", |quote| Quote {
            price: Price::parse("1", Currency::EUR).unwrap(),
            ..quote
        }),
        ("an hour in the future", |quote| Quote {
            as_of: quote.as_of + SignedDuration::from_hours(1),
            ..quote
        }),
        ("another asset", |quote| Quote {
            asset: asset("crypto:ether"),
            ..quote
        }),
    ];
    for (name, wrong) in wrongs {
        let clock = clock();
        let tracker = tracker(&clock, vec![Arc::new(Wild(wrong, Arc::clone(&clock)))]);
        let error = tracker
            .quote(&OwnerId::default(), &asset("crypto:bitcoin"), None)
            .await
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::MissingPrice, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn rates_go_over_the_euro_and_keep_the_published_digits() {
    let clock = clock();
    let source = Arc::new(
        market(&clock)
            .with_rate("1.0811 USD")
            .unwrap()
            .with_rate("0.84 GBP")
            .unwrap()
            .with_price("stock:AAPL", "200 USD")
            .unwrap(),
    );
    let tracker = tracker(&clock, vec![source]);
    let cases = [
        ("currency:EUR", "USD", "1.0811"),
        ("currency:USD", "EUR", "0.924983812783276"),
        ("currency:GBP", "USD", "1.2870238095238"),
        ("currency:USD", "USD", "1"),
        ("stock:AAPL", "EUR", "184.99676255665"),
        ("stock:AAPL", "USD", "200"),
    ];
    for (from, to, wanted) in cases {
        let answer = tracker
            .quote(&OwnerId::default(), &asset(from), Some(to.parse().unwrap()))
            .await
            .unwrap();
        let amount = folio_core::money::decimal::to_text(answer.price.amount())
            .as_str()
            .to_owned();
        assert!(amount.starts_with(wanted), "{from} in {to}: {amount}");
        assert_eq!(answer.price.currency().as_str(), to);
        assert_eq!(
            answer.fx.is_some(),
            from == "stock:AAPL" && to == "EUR",
            "{from} in {to}"
        );
    }
    let error = tracker
        .quote(&OwnerId::default(), &asset("stock:AAPL"), Some("JPY".parse().unwrap()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRate);
}

fn needs(assets: &[&str], currencies: &[&str]) -> Needs {
    Needs {
        assets: assets.iter().map(|text| asset(text)).collect(),
        currencies: currencies.iter().map(|text| text.parse().unwrap()).collect(),
        costs: Default::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_book_asks_for_the_rates_that_are_needed_and_no_others() {
    let clock = clock();
    let source = Arc::new(
        market(&clock)
            .with_price("crypto:bitcoin", "60000 USD")
            .unwrap()
            .with_price("stock:VOD.L", "0.72 GBP")
            .unwrap()
            .with_rate("1.08 USD")
            .unwrap()
            .with_rate("0.84 GBP")
            .unwrap(),
    );
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    tracker
        .collect(&needs(&["crypto:bitcoin"], &["USD"]), Caller::live())
        .await
        .unwrap();
    assert!(
        source
            .asked()
            .iter()
            .all(|key| key.asset.class() != AssetClass::Currency),
        "one currency needs no rate"
    );

    let book = tracker
        .collect(&needs(&["stock:VOD.L"], &["USD"]), Caller::live())
        .await
        .unwrap();
    let legs: Vec<_> = source
        .asked()
        .into_iter()
        .filter(|key| key.asset.class() == AssetClass::Currency)
        .collect();
    assert_eq!(legs.len(), 2, "{legs:?}");
    assert!(book.rate(Currency::GBP, Currency::USD).is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_newest_book_has_the_last_accepted_prices() {
    let clock = clock();
    let store = Arc::new(MemoryStore::new());
    let source = Arc::new(market(&clock).with_price("crypto:bitcoin", "60000 USD").unwrap());
    let before = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .store(Arc::clone(&store) as _);
    let before = before.source(Arc::clone(&source) as _).build().unwrap();
    let wanted = needs(&["crypto:bitcoin", "crypto:unknown"], &["USD"]);
    let book = before.collect(&wanted, Caller::live()).await.unwrap();
    let id = before.books().write(&book, clock.now()).await.unwrap();
    before.books().publish(id, clock.now()).await.unwrap();

    // A new process: nothing is cached, the source is down.
    clock.advance(SignedDuration::from_mins(30));
    source.set_failure(Some(ErrorKind::Unavailable));
    let after = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .store(store)
        .source(source)
        .build()
        .unwrap();
    let book = after.collect(&wanted, Caller::live()).await.unwrap();
    let entry = book.entry(&asset("crypto:bitcoin")).unwrap();
    assert_eq!(entry.state, PriceState::Carried);
    assert_eq!(entry.failure.as_ref().unwrap().reason, Reason::Unavailable);
    assert_eq!(
        entry.quote.as_ref().unwrap().fetched_at,
        clock.now() - SignedDuration::from_mins(30)
    );
    assert_eq!(
        book.entry(&asset("crypto:unknown")).unwrap().state,
        PriceState::Unpriced
    );
}

#[tokio::test]
async fn books_are_written_in_parts_and_read_whole() {
    let clock = clock();
    let tracker = tracker(&clock, vec![]);
    let mut book = PriceBook::new();
    for n in 0..12_001 {
        let asset = asset(&format!("crypto:coin-{n}"));
        let quote = Quote::manual(asset.clone(), Price::parse("2", Currency::USD).unwrap(), clock.now());
        book.insert(BookEntry::priced(PriceKey::native(asset), quote));
    }
    let id = tracker.books().write(&book, clock.now()).await.unwrap();
    let read = tracker.books().read(id).await.unwrap();
    assert_eq!((read.len(), read.id), (12_001, Some(id)));
    tracker.books().remove(id).await.unwrap();
    assert_eq!(tracker.books().read(id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_newest_book_is_never_an_older_one_and_outlives_the_sweep() {
    let clock = clock();
    let tracker = tracker(&clock, vec![]);
    let book = PriceBook::new().with(Quote::manual(
        asset("crypto:bitcoin"),
        Price::parse("2", Currency::USD).unwrap(),
        clock.now(),
    ));
    let hour = SignedDuration::from_hours(1);
    let late = tracker.books().write(&book, clock.now()).await.unwrap();
    tracker.books().publish(late, clock.now() + hour).await.unwrap();
    let early = tracker.books().write(&book, clock.now()).await.unwrap();
    tracker.books().publish(early, clock.now()).await.unwrap();
    assert_eq!(tracker.books().newest().await.unwrap().unwrap().id, Some(late));

    assert_eq!(tracker.books().sweep(clock.now() + hour).await.unwrap(), 1);
    assert_eq!(tracker.books().newest().await.unwrap().unwrap().id, Some(late));
    assert!(tracker.books().read(early).await.is_err());
}

#[tokio::test]
async fn a_foreign_cost_takes_the_last_rate_published_before_and_keeps_it() {
    let clock = clock();
    let source = Arc::new(
        market(&clock)
            .with_daily(
                "currency:EUR",
                &[
                    ("2025-06-05", "1.14 USD"),
                    ("2025-06-06", "1.15 USD"),
                    ("2025-06-10", "1.16 USD"),
                ],
            )
            .unwrap(),
    );
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let day = |text: &str| (Currency::USD, text.parse().unwrap());
    let mut wanted = needs(&[], &["USD"]);
    wanted.costs = [day("2025-06-08"), day("2025-06-04"), day("2025-06-06")].into();
    let book = tracker.collect(&wanted, Caller::live()).await.unwrap();
    let rate = |text: &str| {
        book.reference_rate(Currency::EUR, Currency::USD, text.parse().unwrap())
            .ok()
    };
    assert_eq!(rate("2025-06-06").unwrap().to_string(), "1.15");
    assert_eq!(
        rate("2025-06-08").unwrap().to_string(),
        "1.15",
        "a Sunday takes Friday's"
    );
    assert_eq!(rate("2025-06-04"), None, "never a later rate for an earlier day");

    let kept = tracker.reference_rates(&wanted.costs).await.unwrap();
    assert_eq!(kept.len(), 2);
    let calls = source.calls();
    wanted.costs.remove(&day("2025-06-04"));
    tracker.collect(&wanted, Caller::live()).await.unwrap();
    assert_eq!(source.calls(), calls, "a kept rate is not asked for again");
}

#[tokio::test]
async fn a_history_is_fetched_once_and_served_shorter() {
    let clock = clock();
    let source = Arc::new(
        market(&clock)
            .with_daily(
                "crypto:bitcoin",
                &[
                    ("2026-02-27", "1 USD"),
                    ("2026-02-28", "2 USD"),
                    ("2026-03-01", "3 USD"),
                ],
            )
            .unwrap(),
    );
    let tracker = tracker(&clock, vec![Arc::clone(&source) as _]);
    let bitcoin = asset("crypto:bitcoin");
    let points = async |days| {
        let history = tracker
            .history(&OwnerId::default(), &bitcoin, None, Resolution::Daily, days)
            .await
            .unwrap();
        history
            .points
            .iter()
            .map(|point| point.price.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(points(30).await, ["1", "2", "3"]);
    assert_eq!(points(2).await, ["2", "3"]);
    assert_eq!(source.calls(), 1);
    for (days, resolution) in [
        (0, Resolution::Daily),
        (366, Resolution::Daily),
        (31, Resolution::Hourly),
    ] {
        let error = tracker
            .history(&OwnerId::default(), &bitcoin, None, resolution, days)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange, "{days}");
    }
    let error = tracker
        .history(&OwnerId::default(), &asset("stock:AAPL"), None, Resolution::Hourly, 3)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_history_in_another_currency_takes_each_days_own_rate() {
    let clock = clock();
    let source = Arc::new(
        market(&clock)
            .with_daily(
                "stock:AAPL",
                &[
                    ("2026-02-02", "100 USD"),
                    ("2026-02-26", "200 USD"),
                    ("2026-02-27", "300 USD"),
                ],
            )
            .unwrap()
            .with_daily("currency:EUR", &[("2026-02-26", "2 USD"), ("2026-02-27", "4 USD")])
            .unwrap(),
    );
    let tracker = tracker(&clock, vec![source]);
    let history = tracker
        .history(
            &OwnerId::default(),
            &asset("stock:AAPL"),
            Some(Currency::EUR),
            Resolution::Daily,
            30,
        )
        .await
        .unwrap();
    let points: Vec<_> = history
        .points
        .iter()
        .map(|point| (point.date.to_string(), point.price.normalize().to_string()))
        .collect();
    let wanted = [("2026-02-26", "100"), ("2026-02-27", "75")].map(|(date, price)| (date.to_owned(), price.to_owned()));
    assert_eq!(points, wanted, "a day without a rate is a gap");
    assert_eq!(history.currency, Currency::EUR);
}
