//! Prices that are held back: who confirms them, and that nothing is valued with them before.

use std::sync::Arc;
use std::time::Duration;

use folio_core::memory::{MemoryCache, MemorySource, MemoryStore};
use folio_core::pricing::{Caller, Doubt, Needs, QuarantineQuery, QuarantinedQuote, Verdict};
use folio_core::{
    AssetClass, AssetId, BookEntry, Capabilities, Clock, Currency, Deadline, ErrorKind, Holding, HoldingId,
    ManualClock, OwnerId, Portfolio, Price, PriceState, Quote, QuoteKind, Reason, Split, Status, Store, Tracker,
};
use jiff::SignedDuration;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn asset(text: &str) -> AssetId {
    text.parse().unwrap()
}

fn price(text: &str) -> Price {
    let (amount, currency) = text.split_once(' ').unwrap();
    Price::parse(amount, currency.parse().unwrap()).unwrap()
}

/// Two sources, a clock and a store that several trackers may share.
struct Market {
    clock: Arc<ManualClock>,
    store: Arc<dyn Store>,
    first: Arc<MemorySource>,
    second: Arc<MemorySource>,
}

impl Market {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()));
        let source = |name: &str| Arc::new(MemorySource::new(Arc::clone(&clock) as _).with_id(name));
        Self {
            first: source("first"),
            second: source("second"),
            store: Arc::new(MemoryStore::new()),
            clock,
        }
    }

    /// A process of its own: its memory and cache are empty.
    fn tracker(&self) -> Tracker {
        Tracker::builder()
            .clock(Arc::clone(&self.clock) as _)
            .store(Arc::clone(&self.store))
            .cache(Arc::new(MemoryCache::new(Arc::clone(&self.clock) as _)))
            .source(Arc::clone(&self.first) as _)
            .source(Arc::clone(&self.second) as _)
            .build()
            .unwrap()
    }
}

/// What a scheduled collection finds, written as the newest book.
async fn tick(tracker: &Tracker, text: &str) -> BookEntry {
    let needs = Needs {
        assets: [asset(text)].into(),
        ..Needs::default()
    };
    let caller = Caller::job(Deadline::after(Duration::from_secs(30)));
    let book = tracker.collect(&needs, caller).await.unwrap();
    let now = tracker.clock().now();
    let id = tracker.books().write(&book, now).await.unwrap();
    tracker.books().publish(id, now).await.unwrap();
    book.entry(&asset(text)).unwrap().clone()
}

#[track_caller]
fn is_priced(entry: &BookEntry, wanted: &str) {
    assert_eq!(entry.state, PriceState::Priced, "{entry:?}");
    assert_eq!(entry.quote.as_ref().unwrap().price, price(wanted));
}

#[track_caller]
fn is_held(entry: &BookEntry, carried: &str) {
    assert_eq!(entry.state, PriceState::Carried, "{entry:?}");
    assert_eq!(entry.failure.as_ref().unwrap().reason, Reason::Quarantined, "{entry:?}");
    assert_eq!(entry.quote.as_ref().unwrap().price, price(carried));
}

async fn rows(tracker: &Tracker, all: bool) -> Vec<QuarantinedQuote> {
    let query = QuarantineQuery {
        after: None,
        all,
        limit: 100,
    };
    tracker.quarantined(&query).await.unwrap().items
}

async fn only_row(tracker: &Tracker) -> QuarantinedQuote {
    let mut rows = rows(tracker, true).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_jump_is_never_valued_and_the_last_price_stands_in_with_its_own_times() {
    let market = Market::new();
    let bitcoin = asset("crypto:bitcoin");
    market.first.set_price(bitcoin.clone(), price("600 USD"));
    let tracker = market.tracker();
    let now = market.clock.now();
    let holding = Holding::new(HoldingId::new(now), bitcoin.clone(), "2".parse().unwrap()).unwrap();
    let portfolio = Portfolio::new("Core", Currency::USD, now).with(holding);
    let portfolio = tracker.create_portfolio(portfolio).await.unwrap();
    let value = async || tracker.value(&OwnerId::default(), portfolio.id, None).await.unwrap();
    assert_eq!(value().await.total_value.unwrap().to_string(), "1200 USD");

    market.clock.advance(HOUR);
    market.first.set_price(bitcoin.clone(), price("60000 USD"));
    for _ in 0..3 {
        let valuation = value().await;
        assert_eq!(valuation.status, Status::Complete);
        assert_eq!(valuation.total_value.unwrap().to_string(), "1200 USD");
        let pricing = &valuation.holdings[0].pricing;
        assert_eq!(pricing.state, PriceState::Carried);
        assert_eq!(pricing.reason, Some(Reason::Quarantined));
        assert_eq!(pricing.fetched_at, Some(now));
        assert_eq!(
            pricing.retry_at,
            Some(market.clock.now() + SignedDuration::from_mins(5))
        );
    }
    assert_eq!(
        market.first.calls(),
        2,
        "a price that was held back is left alone for five minutes"
    );
    let shown = tracker
        .quote(&folio_core::OwnerId::default(), &bitcoin, None)
        .await
        .unwrap();
    assert_eq!(shown.price, price("600 USD"));

    let row = only_row(&tracker).await;
    assert_eq!((row.doubt, row.verdict, row.books), (Doubt::Jump, None, 0));
    assert_eq!(row.candidate.price, price("60000 USD"));
    assert_eq!(row.reference.as_ref().unwrap().price, price("600 USD"));
    let expected = row.expected.unwrap();
    assert_eq!((expected.low, expected.high), (price("200 USD"), price("1800 USD")));
    market.clock.advance(SignedDuration::from_mins(6));
    let failure = value().await.holdings[0].pricing.clone();
    assert_eq!(failure.reason, Some(Reason::Quarantined));
    assert_eq!(market.first.calls(), 3, "then it is asked for again");
}

#[tokio::test(start_paused = true)]
async fn the_detail_names_both_prices_and_what_is_expected() {
    let market = Market::new();
    market.first.set_price(asset("crypto:bitcoin"), price("600 USD"));
    let tracker = market.tracker();
    tick(&tracker, "crypto:bitcoin").await;
    market.clock.advance(HOUR);
    market.first.set_price(asset("crypto:bitcoin"), price("6 USD"));
    let entry = tick(&tracker, "crypto:bitcoin").await;
    let detail = entry.failure.unwrap().detail;
    for part in ["first says 6 USD", "600 USD", "200 USD to 1800 USD"] {
        assert!(detail.contains(part), "{part} in {detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_source_that_agrees_confirms_the_price() {
    for (second, believed) in [
        ("62000 USD", true),
        ("57300 USD", true),
        ("64000 USD", false),
        ("60000 EUR", false),
    ] {
        let market = Market::new();
        let share = asset("stock:AAPL");
        market.first.set_price(share.clone(), price("600 USD"));
        let tracker = market.tracker();
        is_priced(&tick(&tracker, "stock:AAPL").await, "600 USD");
        market.clock.advance(HOUR);
        market.first.set_price(share.clone(), price("60000 USD"));
        market.second.set_price(share.clone(), price(second));
        let entry = tick(&tracker, "stock:AAPL").await;
        if believed {
            is_priced(&entry, "60000 USD");
            assert!(rows(&tracker, false).await.is_empty(), "{second}");
        } else {
            is_held(&entry, "600 USD");
            assert_eq!(only_row(&tracker).await.candidate.source.as_str(), "first");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_source_that_sees_the_old_price_is_used_and_the_jump_stays_listed() {
    let market = Market::new();
    let bitcoin = asset("crypto:bitcoin");
    market.first.set_price(bitcoin.clone(), price("600 USD"));
    let tracker = market.tracker();
    tick(&tracker, "crypto:bitcoin").await;
    market.first.set_price(bitcoin.clone(), price("60000 USD"));
    market.second.set_price(bitcoin.clone(), price("610 USD"));
    for _ in 0..4 {
        market.clock.advance(HOUR);
        let entry = tick(&tracker, "crypto:bitcoin").await;
        is_priced(&entry, "610 USD");
        assert_eq!(entry.quote.unwrap().source.as_str(), "second");
    }
    let row = only_row(&tracker).await;
    assert_eq!(
        (row.verdict, row.books),
        (None, 0),
        "a contradicted price is not confirmed by repetition"
    );

    market.first.set_price(bitcoin, price("620 USD"));
    market.clock.advance(HOUR);
    is_priced(&tick(&tracker, "crypto:bitcoin").await, "620 USD");
    assert_eq!(only_row(&tracker).await.verdict, Some(Verdict::Refuted));
    assert!(rows(&tracker, false).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn three_books_in_a_row_confirm_a_price() {
    let market = Market::new();
    let bitcoin = asset("crypto:bitcoin");
    let tracker = market.tracker();
    market.first.set_price(bitcoin.clone(), price("600 USD"));
    tick(&tracker, "crypto:bitcoin").await;

    // The third is too far from the first, so counting begins anew with it.
    for (candidate, books) in [("60000 USD", 1), ("61000 USD", 2), ("64000 USD", 1), ("63500 USD", 2)] {
        market.clock.advance(HOUR);
        market.first.set_price(bitcoin.clone(), price(candidate));
        is_held(&tick(&tracker, "crypto:bitcoin").await, "600 USD");
        assert_eq!(only_row(&tracker).await.books, books, "{candidate}");
    }
    // A planner that runs again, and people, count for nothing.
    market.clock.advance(SignedDuration::from_mins(6));
    is_held(&tick(&tracker, "crypto:bitcoin").await, "600 USD");
    market.clock.advance(SignedDuration::from_mins(20));
    tracker
        .quote(&folio_core::OwnerId::default(), &bitcoin, None)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(only_row(&tracker).await.books, 2);
    market.clock.advance(HOUR);
    is_priced(&tick(&tracker, "crypto:bitcoin").await, "63500 USD");
    let row = only_row(&tracker).await;
    assert_eq!((row.verdict, row.books), (Some(Verdict::Accepted), 3));
    market.clock.advance(HOUR);
    is_priced(&tick(&tracker, "crypto:bitcoin").await, "63500 USD");
}

#[tokio::test(start_paused = true)]
async fn a_person_confirms_a_price_once_and_the_next_is_judged_by_it() {
    let market = Market::new();
    let bitcoin = asset("crypto:bitcoin");
    market.first.set_price(bitcoin.clone(), price("600 USD"));
    let tracker = market.tracker();
    tick(&tracker, "crypto:bitcoin").await;
    market.clock.advance(HOUR);
    market.first.set_price(bitcoin.clone(), price("60000 USD"));
    is_held(&tick(&tracker, "crypto:bitcoin").await, "600 USD");

    let row = only_row(&tracker).await;
    let accepted = tracker.accept_quarantined(row.id).await.unwrap();
    assert_eq!(accepted.verdict, Some(Verdict::Accepted));
    assert_eq!(
        tracker
            .quote(&folio_core::OwnerId::default(), &bitcoin, None)
            .await
            .unwrap()
            .price,
        price("60000 USD")
    );
    let again = tracker.accept_quarantined(row.id).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let unknown = folio_core::QuarantineId::new(market.clock.now());
    let unknown = tracker.accept_quarantined(unknown).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);

    market.clock.advance(HOUR);
    market.first.set_price(bitcoin.clone(), price("600 USD"));
    is_held(&tick(&tracker, "crypto:bitcoin").await, "60000 USD");
    let all = rows(&tracker, true).await;
    assert_eq!(all.iter().map(|row| row.episode).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(rows(&tracker, false).await, all[1..]);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_starts_knows_what_was_accepted_and_what_is_held_back() {
    let market = Market::new();
    let bitcoin = asset("crypto:bitcoin");
    market.first.set_price(bitcoin.clone(), price("600 USD"));
    tick(&market.tracker(), "crypto:bitcoin").await;
    market.clock.advance(HOUR);
    market.first.set_price(bitcoin.clone(), price("60000 USD"));
    let held = tick(&market.tracker(), "crypto:bitcoin").await;
    is_held(&held, "600 USD");
    assert_eq!(held.quote.unwrap().fetched_at, market.clock.now() - HOUR);

    let tracker = market.tracker();
    let row = only_row(&tracker).await;
    tracker.accept_quarantined(row.id).await.unwrap();
    market.clock.advance(HOUR);
    is_priced(&tick(&market.tracker(), "crypto:bitcoin").await, "60000 USD");
    assert_eq!(rows(&market.tracker(), true).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn processes_on_one_store_hold_one_price_back_together() {
    let market = Market::new();
    let bitcoin = asset("crypto:bitcoin");
    market.first.set_price(bitcoin.clone(), price("600 USD"));
    let (one, two) = (market.tracker(), market.tracker());
    is_priced(&tick(&one, "crypto:bitcoin").await, "600 USD");
    is_priced(&tick(&two, "crypto:bitcoin").await, "600 USD");
    market.first.set_price(bitcoin.clone(), price("60000 USD"));
    for tracker in [&one, &two] {
        market.clock.advance(HOUR);
        is_held(&tick(tracker, "crypto:bitcoin").await, "600 USD");
    }
    assert_eq!(only_row(&one).await.books, 2);
    market.clock.advance(HOUR);
    let (first, second) = futures::join!(tick(&one, "crypto:bitcoin"), tick(&two, "crypto:bitcoin"));
    is_priced(&first, "60000 USD");
    is_priced(&second, "60000 USD");
    assert_eq!(only_row(&two).await.verdict, Some(Verdict::Accepted));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_right_waits_for_nobody() {
    let market = Market::new();
    let now = market.clock.now();
    let quote = |name: &str, text: &str, as_of| Quote {
        kind: QuoteKind::Realtime,
        ..Quote::manual(asset(name), price(text), as_of)
    };
    let only_crypto = Capabilities::new([AssetClass::Crypto]);
    let source = MemorySource::new(Arc::clone(&market.clock) as _).with_capabilities(only_crypto);
    source.set_quote(quote("crypto:bitcoin", "600 USD", now + HOUR));
    let tracker = Tracker::builder()
        .clock(Arc::clone(&market.clock) as _)
        .source(Arc::new(source))
        .build()
        .unwrap();
    for _ in 0..5 {
        let entry = tick(&tracker, "crypto:bitcoin").await;
        assert_eq!(entry.state, PriceState::Unpriced);
        assert_eq!(entry.failure.unwrap().reason, Reason::Quarantined);
        market.clock.advance(SignedDuration::from_mins(11));
    }
    // However often it is said: only its time makes it a price like others.
    let row = only_row(&tracker).await;
    assert_eq!(row.doubt, Doubt::Future);
    assert_eq!((row.reference.clone(), row.expected), (None, None));
    let refused = tracker.accept_quarantined(row.id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.message().contains("future"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_share_in_another_currency_than_before_is_held_back_and_may_be_accepted() {
    let market = Market::new();
    let share = asset("stock:VOD.L");
    market.first.set_price(share.clone(), price("0.72 GBP"));
    let tracker = market.tracker();
    is_priced(&tick(&tracker, "stock:VOD.L").await, "0.72 GBP");
    market.first.forget(&share);
    market.first.set_price(share.clone(), price("0.72 USD"));
    market.clock.advance(HOUR);
    is_held(&tick(&tracker, "stock:VOD.L").await, "0.72 GBP");
    let row = only_row(&tracker).await;
    assert_eq!((row.doubt, row.expected), (Doubt::Currency, None));
    tracker.accept_quarantined(row.id).await.unwrap();
    market.clock.advance(HOUR);
    is_priced(&tick(&tracker, "stock:VOD.L").await, "0.72 USD");
}

#[tokio::test(start_paused = true)]
async fn a_split_is_no_jump() {
    let market = Market::new();
    let share = asset("stock:NVDA");
    let at = market.clock.now();
    let quote = |text: &str, as_of, split| Quote {
        kind: QuoteKind::Realtime,
        split,
        ..Quote::manual(share.clone(), price(text), as_of)
    };
    let tracker = market.tracker();
    market.first.set_quote(quote("1200 USD", at, None));
    is_priced(&tick(&tracker, "stock:NVDA").await, "1200 USD");
    market.clock.advance(HOUR * 20);
    let split = Split {
        on: "2026-03-03".parse().unwrap(),
        numerator: 10.try_into().unwrap(),
        denominator: 1.try_into().unwrap(),
    };
    market.first.set_quote(quote("121 USD", at + HOUR * 20, None));
    is_held(&tick(&tracker, "stock:NVDA").await, "1200 USD");
    market.clock.advance(SignedDuration::from_mins(20));
    market.first.set_quote(quote("121 USD", at + HOUR * 20, Some(split)));
    is_priced(&tick(&tracker, "stock:NVDA").await, "121 USD");
    assert_eq!(only_row(&tracker).await.verdict, Some(Verdict::Refuted));
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_judged_like_a_price() {
    let market = Market::new();
    let euro = asset("currency:EUR");
    market.first.set_price(euro.clone(), price("1.08 USD"));
    let tracker = market.tracker();
    let needs = Needs {
        currencies: [Currency::EUR, Currency::USD].into(),
        ..Needs::default()
    };
    let leg = async || {
        let caller = Caller::job(Deadline::after(Duration::from_secs(30)));
        let book = tracker.collect(&needs, caller).await.unwrap();
        book.leg(Currency::EUR, Currency::USD).unwrap().clone()
    };
    is_priced(&leg().await, "1.08 USD");
    market.clock.advance(HOUR);
    market.first.set_price(euro, price("108 USD"));
    is_held(&leg().await, "1.08 USD");
}

#[tokio::test]
async fn the_bound_is_set_with_the_builder() {
    let build = |factor: &str| Tracker::builder().jump_factor(factor.parse().unwrap()).build();
    assert!(build("1.1").is_ok());
    assert_eq!(build("1.09").unwrap_err().kind(), ErrorKind::NotConfigured);
    let market = Market::new();
    market.first.set_price(asset("crypto:bitcoin"), price("600 USD"));
    let tracker = Tracker::builder()
        .clock(Arc::clone(&market.clock) as _)
        .source(Arc::clone(&market.first) as _)
        .jump_factor("100".parse().unwrap())
        .build()
        .unwrap();
    tick(&tracker, "crypto:bitcoin").await;
    market.clock.advance(HOUR);
    market.first.set_price(asset("crypto:bitcoin"), price("60000 USD"));
    is_priced(&tick(&tracker, "crypto:bitcoin").await, "60000 USD");
}
