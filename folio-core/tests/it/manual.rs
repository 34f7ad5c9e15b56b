//! Prices that owners state by hand.

#![cfg(feature = "memory")]
use std::sync::Arc;

use folio_core::memory::{MemorySource, MemoryStore};
use folio_core::pricing::Caller;
use folio_core::{
    AssetId, BookEntry, BookId, Clock, Currency, ErrorKind, Freshness, Holding, HoldingId, ManualClock, ManualPoint,
    ManualPrice, OwnerId, OwnersPrice, Policy, Portfolio, Price, PriceBook, PriceKey, PriceState, Quote, Reason,
    Resolution, Status, Tracker, Trigger, Unpriced, value,
};
use jiff::{SignedDuration, Timestamp};

const NOW: &str = "2026-03-04T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn asset(text: &str) -> AssetId {
    text.parse().unwrap()
}

fn price(text: &str) -> Price {
    let (amount, currency) = text.split_once(' ').unwrap();
    Price::parse(amount, currency.parse().unwrap()).unwrap()
}

fn portfolio(owner: &str, currency: &str, assets: &[&str]) -> Portfolio {
    let now = at(NOW);
    let mut portfolio = Portfolio::new("P", currency.parse().unwrap(), now);
    portfolio.owner = OwnerId::new(owner);
    for text in assets {
        let holding = Holding::new(HoldingId::new(now), asset(text), "2".parse().unwrap()).unwrap();
        portfolio = portfolio.with(holding);
    }
    portfolio
}

struct World {
    clock: Arc<ManualClock>,
    source: Arc<MemorySource>,
    store: Arc<MemoryStore>,
    tracker: Tracker,
    ann: OwnerId,
}

fn world() -> World {
    let clock = Arc::new(ManualClock::new(at(NOW)));
    let source = MemorySource::new(clock.clone())
        .with_price("stock:AAPL", "200 USD")
        .and_then(|source| source.with_price("stock:CHURN", "80 CHF"))
        .and_then(|source| source.with_rate("1.25 USD"))
        .unwrap();
    source.set_price(asset("currency:EUR"), price("0.5 CHF"));
    let (source, store) = (Arc::new(source), Arc::new(MemoryStore::new()));
    let tracker = Tracker::builder()
        .clock(clock.clone())
        .store(store.clone())
        .source(source.clone());
    World {
        clock,
        source,
        store,
        tracker: tracker.build().unwrap(),
        ann: OwnerId::new("ann"),
    }
}

impl World {
    async fn state(&self, owner: &OwnerId, of: &str, stated: ManualPrice) -> ManualPoint {
        self.tracker.set_manual_price(owner, &asset(of), stated).await.unwrap()
    }

    /// `state source as_of-age price value reason` of the only holding.
    async fn valued(&self, owner: &str, currency: &str, of: &str) -> String {
        let portfolio = portfolio(owner, currency, &[of]);
        let portfolio = self.tracker.create_portfolio(portfolio).await.unwrap();
        let valuation = self.tracker.value(&portfolio.owner, portfolio.id, None).await.unwrap();
        row(&valuation)
    }
}

fn row(valuation: &folio_core::Valuation) -> String {
    let row = &valuation.holdings[0];
    let state = match row.pricing.state {
        PriceState::Priced => "priced",
        PriceState::Carried => "carried",
        PriceState::Unpriced => "unpriced",
    };
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    format!(
        "{state} {} {} {} {}",
        or_dash(row.pricing.source.as_ref().map(ToString::to_string)),
        or_dash(row.price.map(|price| price.to_string())),
        or_dash(row.value.map(|value| value.to_string())),
        or_dash(row.pricing.reason.map(|reason| reason.to_string())),
    )
}

#[tokio::test]
async fn a_stated_price_stands_in_where_no_source_has_one() {
    let world = world();
    for of in ["custom:house", "stock:AAPL", "stock:NOSUCH", "stock:CHURN"] {
        world.state(&world.ann, of, ManualPrice::new(price("300 CHF"))).await;
    }
    let check = async |owner: &str, currency: &str, of: &str, wanted: &str| {
        let found = world.valued(owner, currency, of).await;
        assert_eq!(found, wanted, "{owner} {currency} {of}");
    };
    check("ann", "CHF", "custom:house", "priced manual 300 CHF 600 CHF -").await;
    // One euro is half a franc and 1.25 dollars.
    check("ann", "USD", "custom:house", "priced manual 300 CHF 1500 USD -").await;
    check("ann", "EUR", "custom:house", "priced manual 300 CHF 1200 EUR -").await;
    check("ann", "USD", "stock:NOSUCH", "priced manual 300 CHF 1500 USD -").await;
    check("ann", "USD", "stock:AAPL", "priced memory 200 USD 400 USD -").await;
    check("bob", "CHF", "custom:house", "unpriced - - - no_data").await;
    check("bob", "CHF", "stock:NOSUCH", "unpriced - - - not_found").await;
    check("an", "CHF", "custom:house", "unpriced - - - no_data").await;
    check("ann/custom:house", "CHF", "custom:house", "unpriced - - - no_data").await;

    world
        .tracker
        .remove_manual_price(&world.ann, &asset("custom:house"))
        .await
        .unwrap();
    check("ann", "CHF", "custom:house", "unpriced - - - no_data").await;
    let again = world
        .tracker
        .remove_manual_price(&world.ann, &asset("custom:house"))
        .await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_market_that_fails_is_stood_in_for_and_one_that_carries_is_not() {
    let world = world();
    world
        .state(&world.ann, "stock:AAPL", ManualPrice::new(price("1 USD")))
        .await;
    assert_eq!(
        world.valued("ann", "USD", "stock:AAPL").await,
        "priced memory 200 USD 400 USD -"
    );
    world.source.set_failure(Some(ErrorKind::Unavailable));
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(
        world.valued("ann", "USD", "stock:AAPL").await,
        "carried memory 200 USD 400 USD unavailable"
    );
    world.clock.advance(SignedDuration::from_hours(97));
    assert_eq!(
        world.valued("ann", "USD", "stock:AAPL").await,
        "priced manual 1 USD 2 USD -"
    );
}

#[tokio::test]
async fn a_price_is_good_from_its_instant_for_its_days() {
    let world = world();
    let (ann, house) = (&world.ann, "custom:house");
    let stated = ManualPrice::new(price("100 USD"))
        .since(at("2026-03-01T10:00:00Z"))
        .for_days(5);
    let point = world.state(ann, house, stated).await;
    assert_eq!(point.valid_until(), Some(at("2026-03-06T10:00:00Z")));
    for (instant, wanted) in [
        ("2026-03-06T10:00:00Z", "priced manual 100 USD 200 USD -"),
        ("2026-03-06T10:00:00.001Z", "unpriced manual 100 USD - outdated"),
        ("2030-01-01T00:00:00Z", "unpriced manual 100 USD - outdated"),
    ] {
        world.clock.set(at(instant));
        assert_eq!(world.valued("ann", "USD", house).await, wanted, "{instant}");
    }
    let now = world.clock.now();
    let error = world.tracker.quote(ann, &asset(house), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingPrice);
    // The one for the later instant counts, in whatever order they were stated.
    world.state(ann, house, ManualPrice::new(price("300 USD"))).await;
    let earlier = ManualPrice::new(price("200 USD")).since(now - SignedDuration::from_hours(24));
    world.state(ann, house, earlier).await;
    assert_eq!(
        world.valued("ann", "USD", house).await,
        "priced manual 300 USD 600 USD -"
    );
    let house = asset(house);
    assert_eq!(
        world.tracker.manual_price(ann, &house).await.unwrap().price,
        price("300 USD")
    );
}

#[tokio::test]
async fn a_valuation_takes_what_was_stated_by_its_instant() {
    let world = world();
    let portfolio = world
        .tracker
        .create_portfolio(portfolio("ann", "USD", &["custom:house"]))
        .await
        .unwrap();
    let (before, after) = (at(NOW), at("2026-03-04T11:00:00Z"));
    world
        .state(&world.ann, "custom:house", ManualPrice::new(price("100 USD")))
        .await;
    world.clock.set(after);
    // For an instant in the past, and in the place of nothing: the price at that instant was another.
    let backdated = ManualPrice::new(price("999 USD")).since(before);
    world.state(&world.ann, "custom:house", backdated).await;
    for (instant, wanted) in [
        (before - SignedDuration::from_millis(1), "unpriced - - - no_data"),
        (before, "priced manual 100 USD 200 USD -"),
        (
            after - SignedDuration::from_millis(1),
            "priced manual 100 USD 200 USD -",
        ),
        (after, "priced manual 999 USD 1998 USD -"),
    ] {
        let caller = Caller::manual_job();
        let snapshot = world
            .tracker
            .snapshot(portfolio.id, &world.ann, instant, Trigger::Manual, caller);
        assert_eq!(row(&snapshot.await.unwrap()), wanted, "{instant}");
    }
}

#[test]
fn the_pure_door_takes_stated_prices_too() {
    let now = at(NOW);
    let point = |as_of: &str, days| ManualPoint {
        as_of: at(as_of),
        price: price("5 USD"),
        valid_days: days,
        stated_at: now,
    };
    let yesterday = "2026-03-03T10:00:00Z";
    let check = |of: &str, entry: Option<BookEntry>, point: ManualPoint, wanted: &str| {
        let mut book = PriceBook::new();
        book.id = Some(BookId::new(now));
        entry.into_iter().for_each(|entry| book.insert(entry));
        let stated = OwnersPrice {
            owner: OwnerId::new("ann"),
            asset: asset(of),
            point,
        };
        let book = book.with_manual([stated]).with_references([]);
        let portfolio = portfolio("ann", "USD", &[of]);
        assert_eq!(row(&value(&portfolio, &book, Policy::default(), now)), wanted, "{of}");
        assert!(
            book.entries()
                .all(|entry| entry.quote.is_none() || entry.key.asset == asset(of))
        );
    };
    let quote = |of: &str, as_of: &str| Quote::manual(asset(of), price("7 USD"), at(as_of));
    let priced = |of: &str, as_of: &str| BookEntry::priced(PriceKey::native(asset(of)), quote(of, as_of));
    let without = |of: &str, reason| BookEntry::unpriced(PriceKey::native(asset(of)), Unpriced::new(reason, "why"));
    let by_hand = "priced manual 5 USD 10 USD -";
    check("crypto:bitcoin", None, point(NOW, None), by_hand);
    check(
        "crypto:bitcoin",
        Some(priced("crypto:bitcoin", NOW)),
        point(NOW, None),
        "priced manual 7 USD 14 USD -",
    );
    check(
        "crypto:bitcoin",
        Some(priced("crypto:bitcoin", "2026-03-01T00:00:00Z")),
        point(NOW, None),
        by_hand,
    );
    check(
        "crypto:bitcoin",
        Some(without("crypto:bitcoin", Reason::Timeout)),
        point(NOW, None),
        by_hand,
    );
    check(
        "crypto:bitcoin",
        Some(without("crypto:bitcoin", Reason::Pending)),
        point(yesterday, Some(1)),
        by_hand,
    );
    // Of a price that is over the market's reason is told if it may pass, and that it is over if not.
    let over = point("2026-03-01T10:00:00Z", Some(1));
    check(
        "crypto:bitcoin",
        Some(without("crypto:bitcoin", Reason::Timeout)),
        over,
        "unpriced - - - timeout",
    );
    let outdated = "unpriced manual 5 USD - outdated";
    check(
        "crypto:bitcoin",
        Some(without("crypto:bitcoin", Reason::NotFound)),
        over,
        outdated,
    );
    check(
        "custom:house",
        Some(without("custom:house", Reason::NoData)),
        over,
        outdated,
    );
    check(
        "custom:house",
        Some(priced("custom:house", NOW)),
        point(yesterday, None),
        by_hand,
    );
    // Not even a little later than the instant.
    check(
        "custom:house",
        None,
        point("2026-03-04T10:00:00.001Z", None),
        "unpriced - - - not_in_book",
    );
}

#[tokio::test]
async fn what_cannot_be_stated_is_refused() {
    let world = world();
    let one = ManualPrice::new(price("1 USD"));
    let check = async |of: &str, stated: ManualPrice, wanted: Option<(ErrorKind, &str)>| {
        let outcome = world.tracker.set_manual_price(&world.ann, &asset(of), stated).await;
        let refused = outcome
            .err()
            .map(|error| (error.kind(), error.field_errors()[0].pointer.clone()));
        let wanted = wanted.map(|(kind, pointer)| (kind, pointer.to_owned()));
        assert_eq!(refused, wanted, "{of} {stated:?}");
    };
    check("currency:EUR", one, Some((ErrorKind::Unsupported, "/class"))).await;
    check(
        "custom:a",
        one.for_days(0),
        Some((ErrorKind::OutOfRange, "/valid_days")),
    )
    .await;
    check(
        "custom:a",
        one.for_days(36_501),
        Some((ErrorKind::OutOfRange, "/valid_days")),
    )
    .await;
    check("custom:a", one.for_days(36_500), None).await;
    check("custom:a", ManualPrice::new(price("0 USD")), None).await;
    let later = |span| one.since(at(NOW) + span);
    check(
        "custom:b",
        later(SignedDuration::from_millis(600_001)),
        Some((ErrorKind::InvalidInput, "/as_of")),
    )
    .await;
    check("custom:b", later(SignedDuration::from_mins(10)), None).await;
    let kept = world
        .tracker
        .manual_price(&world.ann, &asset("custom:b"))
        .await
        .unwrap();
    assert_eq!(
        kept.as_of,
        at(NOW),
        "a clock that is ahead makes no price of the future"
    );
    assert_eq!(
        world.valued("ann", "USD", "custom:a").await,
        "priced manual 0 USD 0 USD -"
    );
}

#[tokio::test]
async fn price_routes_fall_back_to_the_owner() {
    let world = world();
    let (ann, bob) = (&world.ann, OwnerId::new("bob"));
    for of in ["custom:house", "stock:NOSUCH", "stock:AAPL"] {
        world.state(ann, of, ManualPrice::new(price("300 CHF"))).await;
    }
    let check = async |owner: &OwnerId, of: &str, currency: Option<&str>, wanted: Result<&str, ErrorKind>| {
        let currency = currency.map(|currency| currency.parse().unwrap());
        let answer = world.tracker.quote(owner, &asset(of), currency).await;
        let answer = answer.map(|answer| format!("{} {} {:?}", answer.quote.source, answer.price, answer.freshness));
        assert_eq!(
            answer.as_deref().map_err(folio_core::Error::kind),
            wanted,
            "{owner} {of}"
        );
    };
    check(ann, "custom:house", None, Ok("manual 300 CHF Cached")).await;
    check(ann, "custom:house", Some("CHF"), Ok("manual 300 CHF Cached")).await;
    check(ann, "stock:NOSUCH", None, Ok("manual 300 CHF Cached")).await;
    check(ann, "stock:AAPL", None, Ok("memory 200 USD Live")).await;
    check(&bob, "custom:house", None, Err(ErrorKind::MissingPrice)).await;
    check(&bob, "stock:NOSUCH", None, Err(ErrorKind::NotFound)).await;
    check(ann, "custom:boat", None, Err(ErrorKind::MissingPrice)).await;
    let euro = world
        .tracker
        .quote(ann, &asset("custom:house"), Some(Currency::EUR))
        .await
        .unwrap();
    assert_eq!((euro.price, euro.freshness), (price("600 EUR"), Freshness::Cached));
    assert_eq!(euro.fx.unwrap().from.as_str(), "CHF");

    let all = [asset("custom:house"), asset("stock:AAPL"), asset("custom:boat")];
    let batch = world.tracker.quotes(ann, &all, Some(Currency::USD)).await.unwrap();
    let found: Vec<_> = batch
        .iter()
        .map(|(_, outcome)| match outcome {
            Ok(answer) => answer.price.to_string(),
            Err(failure) => failure.reason.to_string(),
        })
        .collect();
    assert_eq!(found, ["750 USD", "200 USD", "no_data"]);
}

#[tokio::test]
async fn a_stated_history_has_the_price_of_each_day() {
    let world = world();
    let house = asset("custom:house");
    let since = |text: &str, amount: &str| ManualPrice::new(price(amount)).since(at(text));
    for stated in [
        since("2026-02-28T09:00:00Z", "100 CHF").for_days(2),
        since("2026-03-03T09:00:00Z", "200 CHF"),
        since("2026-03-03T20:00:00Z", "300 CHF"),
    ] {
        world.state(&world.ann, "custom:house", stated).await;
    }
    let history = world
        .tracker
        .history(&world.ann, &house, None, Resolution::Daily, 5)
        .await
        .unwrap();
    let points: Vec<_> = history
        .points
        .iter()
        .map(|point| format!("{} {} {}", point.date, point.price, point.provisional))
        .collect();
    // The first was over on the morning of March 2.
    let wanted = [
        "2026-02-28 100 false",
        "2026-03-01 100 false",
        "2026-03-03 300 false",
        "2026-03-04 300 true",
    ];
    assert_eq!(points, wanted);
    assert_eq!((history.currency.as_str(), history.source.as_str()), ("CHF", "manual"));
    let bob = OwnerId::new("bob");
    for (owner, days) in [(&bob, 5), (&OwnerId::new("ann/"), 5)] {
        let error = world
            .tracker
            .history(owner, &house, None, Resolution::Daily, days)
            .await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::MissingPrice);
    }
}

#[tokio::test]
async fn what_is_stated_is_kept_in_the_store() {
    let world = world();
    world
        .state(&world.ann, "custom:house", ManualPrice::new(price("100 USD")))
        .await;
    let first = world
        .tracker
        .manual_price(&world.ann, &asset("custom:house"))
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_mins(1));
    let same = ManualPrice::new(price("100 USD")).since(first.as_of);
    assert_eq!(
        world.state(&world.ann, "custom:house", same).await,
        first,
        "the same again changes nothing"
    );
    let other = Tracker::builder()
        .clock(world.clock.clone())
        .store(world.store.clone())
        .build()
        .unwrap();
    let portfolio = other
        .create_portfolio(portfolio("ann", "USD", &["custom:house"]))
        .await
        .unwrap();
    let valuation = other
        .value(&world.ann, portfolio.id, Some(Policy::Strict))
        .await
        .unwrap();
    assert_eq!(valuation.status, Status::Complete);
    assert_eq!(valuation.holdings[0].pricing.fetched_at, Some(first.stated_at));
}
