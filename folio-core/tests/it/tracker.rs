//! The use cases over memory parts: changing portfolios, valuing them, listing and comparing snapshots.

use std::sync::Arc;

use folio_core::memory::MemorySource;
use folio_core::pricing::{Caller, Needs};
use folio_core::store::{NewSnapshot, SnapshotQuery};
use folio_core::{
    Clock, CostBasis, Currency, ErrorKind, Holding, HoldingId, ManualClock, OwnerId, Policy, Portfolio, Price, Reason,
    Status, Tracker, Trigger, value,
};
use jiff::{SignedDuration, Timestamp};

struct World {
    clock: Arc<ManualClock>,
    source: Arc<MemorySource>,
    tracker: Tracker,
    owner: OwnerId,
}

fn world() -> World {
    let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()));
    let source = MemorySource::new(Arc::clone(&clock) as _)
        .with_price("crypto:bitcoin", "60000 USD")
        .unwrap()
        .with_price("stock:AAPL", "200 USD")
        .unwrap()
        .with_rate("1.25 USD")
        .unwrap();
    let source = Arc::new(source);
    let tracker = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .source(Arc::clone(&source) as _)
        .build()
        .unwrap();
    World {
        clock,
        source,
        tracker,
        owner: OwnerId::default(),
    }
}

impl World {
    fn holding(&self, asset: &str, quantity: &str) -> Holding {
        let id = HoldingId::new(self.clock.now());
        Holding::new(id, asset.parse().unwrap(), quantity.parse().unwrap()).unwrap()
    }

    async fn portfolio(&self, currency: &str, holdings: &[(&str, &str)]) -> Portfolio {
        let portfolio = Portfolio::new("Core", currency.parse().unwrap(), self.clock.now());
        let portfolio = holdings.iter().fold(portfolio, |portfolio, (asset, quantity)| {
            portfolio.with(self.holding(asset, quantity))
        });
        self.tracker.create_portfolio(portfolio).await.unwrap()
    }

    async fn keep(&self, portfolio: &Portfolio, as_of: &str) {
        let as_of: Timestamp = as_of.parse().unwrap();
        let book = self
            .tracker
            .collect(&Needs::of(portfolio), Caller::live())
            .await
            .unwrap();
        let mut valuation = value(portfolio, &book, portfolio.policy, self.clock.now());
        (valuation.as_of, valuation.trigger) = (as_of, Trigger::Hourly);
        valuation.id = folio_core::ValuationId::derived(portfolio.id, as_of);
        self.tracker
            .store()
            .insert_valuations(&[NewSnapshot {
                valuation,
                expire_at: None,
            }])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn portfolios_of_different_currencies_agree() {
    let world = world();
    let holdings = [
        ("crypto:bitcoin", "0.5"),
        ("stock:AAPL", "10"),
        ("currency:EUR", "1000"),
        ("currency:USD", "-50"),
    ];
    let dollars = world.portfolio("USD", &holdings).await;
    let euros = world.portfolio("EUR", &holdings).await;
    let total = async |portfolio: &Portfolio| {
        let valuation = world.tracker.value(&world.owner, portfolio.id, None).await.unwrap();
        assert_eq!(valuation.status, Status::Complete);
        valuation.total_value.unwrap().amount()
    };
    assert_eq!(total(&dollars).await.normalize().to_string(), "33200");
    assert_eq!(total(&euros).await.normalize().to_string(), "26560");
}

#[tokio::test]
async fn the_rate_that_was_used_is_on_the_holding() {
    let world = world();
    let portfolio = world.portfolio("EUR", &[("stock:AAPL", "10")]).await;
    let valuation = world.tracker.value(&world.owner, portfolio.id, None).await.unwrap();
    let row = &valuation.holdings[0];
    let fx = row.fx.as_ref().unwrap();
    assert_eq!(
        (fx.from, fx.to, fx.rate.to_string()),
        (Currency::USD, Currency::EUR, "0.8".to_owned())
    );
    assert_eq!(row.price.unwrap().to_string(), "200 USD");
    assert_eq!(row.value.unwrap().amount().normalize().to_string(), "1600");
}

#[tokio::test]
async fn a_source_that_is_down_is_an_honest_partial_answer() {
    let world = world();
    let portfolio = world
        .portfolio("USD", &[("crypto:bitcoin", "1"), ("crypto:nonsense", "1")])
        .await;
    let valuation = world.tracker.value(&world.owner, portfolio.id, None).await.unwrap();
    assert_eq!(valuation.status, Status::Partial);
    assert_eq!(valuation.holdings[1].pricing.reason, Some(Reason::NotFound));
    assert!(valuation.holdings[1].value.is_none());

    world.source.set_failure(Some(ErrorKind::Unavailable));
    world.clock.advance(SignedDuration::from_mins(20));
    let carried = world.tracker.value(&world.owner, portfolio.id, None).await.unwrap();
    assert_eq!((carried.coverage.carried, carried.coverage.unpriced), (1, 1));
    assert_eq!(carried.total_value, valuation.total_value);
    let strict = world
        .tracker
        .value(&world.owner, portfolio.id, Some(Policy::Strict))
        .await
        .unwrap();
    assert_eq!((strict.status, strict.total_value), (Status::Unavailable, None));
}

#[tokio::test]
async fn changes_are_made_on_the_version_that_was_read() {
    let world = world();
    let portfolio = world.portfolio("USD", &[]).await;
    let add = |tracker: Tracker, expected: Option<u64>, holding: Holding| {
        let (owner, id) = (world.owner.clone(), portfolio.id);
        async move {
            tracker
                .update_portfolio(&owner, id, expected, move |portfolio| {
                    portfolio.holdings.push(holding.clone());
                    Ok(())
                })
                .await
        }
    };
    let first = add(world.tracker.clone(), Some(1), world.holding("crypto:bitcoin", "1"))
        .await
        .unwrap();
    assert_eq!(first.version, 2);
    let stale = add(world.tracker.clone(), Some(1), world.holding("crypto:bitcoin", "1"))
        .await
        .unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::PreconditionFailed);

    let all = (0..20).map(|_| add(world.tracker.clone(), None, world.holding("crypto:bitcoin", "1")));
    for done in futures::future::join_all(all).await {
        done.unwrap();
    }
    let after = world.tracker.portfolio(&world.owner, portfolio.id).await.unwrap();
    assert_eq!((after.holdings.len(), after.version), (21, 22), "no addition is lost");

    let error = world
        .tracker
        .update_portfolio(&world.owner, portfolio.id, None, |portfolio| {
            portfolio.base_currency = Currency::EUR;
            Ok(())
        })
        .await
        .unwrap_err();
    assert_eq!(error.field_errors()[0].pointer, "/base_currency");
    let unchanged = world
        .tracker
        .update_portfolio(&world.owner, portfolio.id, None, |_| Ok(()))
        .await
        .unwrap();
    assert_eq!(unchanged.version, 22, "what changes nothing makes no version");
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_changes_nothing() {
    let world = world();
    let portfolio = world.portfolio("USD", &[("crypto:bitcoin", "1")]).await;
    type Change = fn(&mut Portfolio);
    let wrongs: [(&str, Change); 4] = [
        ("/name", |portfolio| portfolio.name = "  ".to_owned()),
        ("/time_zone", |portfolio| {
            portfolio.time_zone = "Mars/Olympus".to_owned()
        }),
        ("/holdings/0/quantity", |portfolio| {
            portfolio.holdings[0].quantity = "-1".parse().unwrap()
        }),
        ("/holdings/0/note", |portfolio| {
            portfolio.holdings[0].note = Some("x".repeat(5_000))
        }),
    ];
    for (pointer, wrong) in wrongs {
        let error = world
            .tracker
            .update_portfolio(&world.owner, portfolio.id, None, |portfolio| {
                wrong(portfolio);
                Ok(())
            })
            .await
            .unwrap_err();
        assert_eq!(error.field_errors()[0].pointer, pointer);
    }
    assert_eq!(
        world.tracker.portfolio(&world.owner, portfolio.id).await.unwrap(),
        portfolio
    );
}

#[tokio::test]
async fn another_owner_sees_nothing() {
    let world = world();
    let portfolio = world.portfolio("USD", &[("crypto:bitcoin", "1")]).await;
    let other = OwnerId::new("other");
    let kinds = [
        world.tracker.portfolio(&other, portfolio.id).await.unwrap_err().kind(),
        world
            .tracker
            .value(&other, portfolio.id, None)
            .await
            .unwrap_err()
            .kind(),
        world.tracker.latest(&other, portfolio.id).await.unwrap_err().kind(),
        world
            .tracker
            .delete_portfolio(&other, portfolio.id, None)
            .await
            .unwrap_err()
            .kind(),
        world
            .tracker
            .update_portfolio(&other, portfolio.id, None, |_| Ok(()))
            .await
            .unwrap_err()
            .kind(),
    ];
    assert!(kinds.iter().all(|kind| *kind == ErrorKind::NotFound), "{kinds:?}");
    assert!(world.tracker.portfolio(&world.owner, portfolio.id).await.is_ok());
}

#[tokio::test]
async fn a_snapshot_is_kept_once() {
    let world = world();
    let portfolio = world.portfolio("USD", &[("crypto:bitcoin", "1")]).await;
    let at: Timestamp = "2026-03-02T12:00:00.001Z".parse().unwrap();
    let take = async || {
        let caller = Caller::manual_job();
        world
            .tracker
            .snapshot(portfolio.id, &world.owner, at, Trigger::Manual, caller)
            .await
            .unwrap()
    };
    let first = take().await;
    world.clock.advance(SignedDuration::from_mins(7));
    world.source.set_price(
        "crypto:bitcoin".parse().unwrap(),
        Price::parse("1", Currency::USD).unwrap(),
    );
    assert_eq!(
        take().await,
        first,
        "the first write wins, whatever the price is by now"
    );
    assert_eq!(world.tracker.latest(&world.owner, portfolio.id).await.unwrap(), first);
}

#[tokio::test]
async fn a_cost_of_another_currency_takes_the_rate_of_its_day() {
    let world = world();
    let source = MemorySource::new(Arc::clone(&world.clock) as _)
        .with_price("crypto:bitcoin", "60000 USD")
        .unwrap()
        .with_rate("1.25 USD")
        .unwrap()
        .with_daily("currency:EUR", &[("2025-06-06", "1.5 USD")])
        .unwrap();
    let tracker = Tracker::builder()
        .clock(Arc::clone(&world.clock) as _)
        .source(Arc::new(source))
        .build()
        .unwrap();
    let cost = CostBasis::Unit(Price::parse("20000", Currency::EUR).unwrap());
    let dated = world
        .holding("crypto:bitcoin", "2")
        .with_cost(cost)
        .acquired_on("2025-06-08".parse().unwrap());
    let undated = world.holding("crypto:bitcoin", "2").with_cost(cost);
    let portfolio = Portfolio::new("Core", Currency::USD, world.clock.now())
        .with(dated)
        .with(undated);
    let portfolio = tracker.create_portfolio(portfolio).await.unwrap();
    let valuation = tracker.value(&world.owner, portfolio.id, None).await.unwrap();
    assert_eq!(
        valuation.holdings[0].cost.unwrap().amount().normalize().to_string(),
        "60000"
    );
    assert_eq!(valuation.holdings[1].cost, None);
    assert_eq!(
        valuation.holdings[1].cost_reason.unwrap(),
        folio_core::CostReason::NoDate
    );
    assert_eq!(
        valuation.gain.unwrap().amount().normalize().to_string(),
        "60000",
        "only the lot whose cost is known"
    );
}

#[tokio::test]
async fn a_deposit_is_not_a_gain() {
    let world = world();
    let portfolio = world.portfolio("USD", &[("crypto:bitcoin", "1")]).await;
    world.keep(&portfolio, "2026-03-01T11:00:00Z").await;
    let doubled = world
        .tracker
        .update_portfolio(&world.owner, portfolio.id, None, |portfolio| {
            portfolio.holdings[0].quantity = "2".parse()?;
            Ok(())
        })
        .await
        .unwrap();
    world.clock.advance(SignedDuration::from_mins(7));
    world.source.set_price(
        "crypto:bitcoin".parse().unwrap(),
        Price::parse("66000", Currency::USD).unwrap(),
    );
    let valuation = world.tracker.value(&world.owner, doubled.id, None).await.unwrap();
    let changes = world.tracker.changes(&valuation).await.unwrap();
    let [("24h", Some(day)), ("7d", None), ("30d", None), ("1y", None)] = changes else {
        panic!("{changes:?}")
    };
    assert_eq!(day.amount.to_string(), "6000 USD");
    assert_eq!(day.percent.unwrap().to_string(), "10");
    assert_eq!(day.from.to_string(), "2026-03-01T11:00:00Z");
}

#[tokio::test]
async fn daily_lists_the_last_of_each_local_day() {
    let world = world();
    let mut portfolio = Portfolio::new("Core", Currency::USD, world.clock.now());
    portfolio.time_zone = "America/New_York".to_owned();
    let portfolio = portfolio.with(world.holding("crypto:bitcoin", "1"));
    let portfolio = world.tracker.create_portfolio(portfolio).await.unwrap();
    for hour in 0..72 {
        let at: Timestamp = "2026-02-20T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
        world.keep(&portfolio, &at.to_string()).await;
    }
    let mut query = SnapshotQuery::newest(portfolio.id, 2);
    let mut days = Vec::new();
    loop {
        let page = world.tracker.valuations(&world.owner, &query, true).await.unwrap();
        days.extend(page.items.iter().map(|valuation| valuation.as_of.to_string()));
        query.before = page.items.last().map(|valuation| valuation.as_of);
        if !page.more {
            break;
        }
    }
    let wanted = [
        "2026-02-22T23:00:00Z",
        "2026-02-22T04:00:00Z",
        "2026-02-21T04:00:00Z",
        "2026-02-20T04:00:00Z",
    ];
    assert_eq!(days, wanted);
}

#[test]
fn hourly_snapshots_expire_and_the_last_of_a_day_stays() {
    let world = world();
    let mut portfolio = Portfolio::new("Core", Currency::USD, world.clock.now());
    portfolio.time_zone = "Asia/Kolkata".to_owned();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let retention = |as_of: &str, trigger| {
        let next = at(as_of) + SignedDuration::from_hours(1);
        world
            .tracker
            .retention(&portfolio, at(as_of), trigger, Some(next))
            .unwrap()
    };
    assert_eq!(
        retention("2026-03-02T12:00:00Z", Trigger::Hourly),
        Some(at("2026-03-02T12:00:00Z") + SignedDuration::from_hours(90 * 24))
    );
    assert_eq!(
        retention("2026-03-02T18:00:00Z", Trigger::Hourly),
        None,
        "23:30 in Kolkata"
    );
    assert_eq!(retention("2026-03-02T09:00:00Z", Trigger::Daily), None);
    assert_eq!(retention("2026-03-02T12:00:00Z", Trigger::Manual), None);
}

#[test]
fn a_tracker_of_wrong_parts_is_not_built() {
    let clock: Arc<dyn Clock> = Arc::new(folio_core::SystemClock);
    let twice = Tracker::builder()
        .source(Arc::new(MemorySource::new(Arc::clone(&clock))))
        .source(Arc::new(MemorySource::new(clock)))
        .build();
    assert_eq!(twice.unwrap_err().kind(), ErrorKind::NotConfigured);
    let short = Tracker::builder().keep_hourly(SignedDuration::from_hours(24)).build();
    assert_eq!(short.unwrap_err().kind(), ErrorKind::NotConfigured);
}
