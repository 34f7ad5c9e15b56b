//! Prices stated by hand in scheduled valuations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use folio_core::{
    AssetId, Currency, Holding, HoldingId, ManualPrice, OwnerId, Portfolio, PortfolioId, Price, PriceState, Reason,
    Status,
};

use crate::support::{BACKENDS, Backend, NINE, START, World, at};

fn house() -> AssetId {
    "custom:house".parse().unwrap()
}

fn francs(amount: &str) -> ManualPrice {
    ManualPrice::new(Price::parse(amount, "CHF".parse().unwrap()).unwrap())
}

/// A portfolio of an owner with a house and a share.
async fn add(world: &mut World, owner: &str, currency: &str) -> PortfolioId {
    let now = at(START);
    let holding =
        |asset: &str| Holding::new(HoldingId::new(now), asset.parse().unwrap(), "1".parse().unwrap()).unwrap();
    let mut portfolio = Portfolio::new("Home", currency.parse().unwrap(), now)
        .with(holding("custom:house"))
        .with(holding("stock:AAPL"));
    portfolio.owner = OwnerId::new(owner);
    world.store.create_portfolio(&portfolio).await.unwrap();
    world.portfolios.push(portfolio.id);
    portfolio.id
}

async fn world(backend: Backend) -> World {
    let world = World::new(backend, 3, 2).await;
    // One euro is half a franc and 1.25 dollars.
    let rate = Price::parse("0.5", "CHF".parse().unwrap()).unwrap();
    world.source.set_price(AssetId::currency(Currency::EUR), rate);
    world
}

async fn value(world: &World, id: PortfolioId, as_of: &str) -> (PriceState, Option<String>, Option<Reason>, Status) {
    let snapshot = world.snapshots(id, as_of).await.remove(0);
    let row = &snapshot.holdings[0];
    let value = row.value.map(|value| value.to_string());
    (row.pricing.state, value, row.pricing.reason, snapshot.status)
}

#[tokio::test]
async fn a_tick_values_what_was_stated_by_its_instant() {
    for backend in BACKENDS {
        let mut world = world(backend).await;
        let (ann, bob) = (OwnerId::new("ann"), OwnerId::new("bob"));
        let dollars = add(&mut world, "ann", "USD").await;
        let francs_too = add(&mut world, "ann", "CHF").await;
        let other = add(&mut world, "bob", "USD").await;
        let none = add(&mut world, "eve", "USD").await;
        let tracker = world.tracker();
        tracker.set_manual_price(&ann, &house(), francs("100")).await.unwrap();
        tracker.set_manual_price(&bob, &house(), francs("200")).await.unwrap();
        world.go_to("2026-03-01T09:00:00.250Z");
        // After the instant, so for the next tick.
        tracker.set_manual_price(&ann, &house(), francs("300")).await.unwrap();
        tracker
            .set_manual_price(&OwnerId::new("eve"), &house(), francs("400"))
            .await
            .unwrap();
        world.drive(&world.process()).await;
        world.assert_done(NINE).await;
        let priced = |value: &str| (PriceState::Priced, Some(value.to_owned()), None, Status::Complete);
        assert_eq!(value(&world, dollars, NINE).await, priced("250 USD"), "{backend:?}");
        assert_eq!(value(&world, francs_too, NINE).await, priced("100 CHF"));
        assert_eq!(value(&world, other, NINE).await, priced("500 USD"));
        let (state, _, reason, status) = value(&world, none, NINE).await;
        assert_eq!(
            (state, reason, status),
            (PriceState::Unpriced, Some(Reason::NoData), Status::Partial)
        );

        let ten = "2026-03-01T10:00:00Z";
        world.go_to(ten);
        tracker.remove_manual_price(&bob, &house()).await.unwrap();
        world.drive(&world.process()).await;
        assert_eq!(value(&world, dollars, ten).await, priced("750 USD"));
        assert_eq!(value(&world, none, ten).await, priced("1000 USD"));
        assert_eq!(value(&world, other, ten).await.0, PriceState::Unpriced);
    }
}

#[tokio::test]
async fn a_rerun_finds_the_prices_of_the_first_run() {
    for backend in BACKENDS {
        let mut world = world(backend).await;
        let owners = ["a", "b", "c", "d"];
        let mut portfolios = Vec::new();
        for owner in owners {
            portfolios.push(add(&mut world, owner, "CHF").await);
            let owner = OwnerId::new(owner);
            world
                .tracker()
                .set_manual_price(&owner, &house(), francs("100"))
                .await
                .unwrap();
        }
        world.go_to(NINE);
        let mut written = 0;
        let killed = world.kill_at(true, move |call| {
            written += usize::from(call.op == "snapshots");
            written == 1
        });
        assert!(killed.await, "some snapshots are written, others are not");
        let early = {
            let mut early = 0;
            for id in &portfolios {
                early += world.snapshots(*id, NINE).await.len();
            }
            early
        };
        assert!(early < portfolios.len(), "{early}");
        world.go_to("2026-03-01T09:05:00Z");
        for (n, owner) in owners.into_iter().enumerate() {
            let (tracker, owner) = (world.tracker(), OwnerId::new(owner));
            match n % 2 {
                0 => tracker.remove_manual_price(&owner, &house()).await.unwrap(),
                _ => {
                    let replaced = francs("999").since(at(START));
                    tracker
                        .set_manual_price(&owner, &house(), replaced)
                        .await
                        .map(|_| ())
                        .unwrap();
                }
            }
        }
        world.recover().await;
        world.assert_done(NINE).await;
        for id in portfolios {
            let (state, value, ..) = value(&world, id, NINE).await;
            assert_eq!(
                (state, value.as_deref()),
                (PriceState::Priced, Some("100 CHF")),
                "{backend:?}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_is_read_where_nothing_was_stated() {
    let reads = async |stated: bool, custom: bool| {
        let mut world = world(Backend::Memory).await;
        if custom {
            add(&mut world, "ann", "USD").await;
        }
        if stated {
            let owner = OwnerId::default();
            let nobody_holds = "custom:boat".parse().unwrap();
            let boat = world
                .tracker()
                .set_manual_price(&owner, &nobody_holds, francs("1"))
                .await;
            assert_eq!(boat.unwrap().price, francs("1").price);
        }
        let count = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&count);
        world.faults.fail_at(move |call| {
            let counts = call.op == "read" && call.kind == "manual_price";
            counter.fetch_add(u64::from(counts), Ordering::SeqCst);
            false
        });
        world.go_to(NINE);
        world.drive(&world.process()).await;
        count.load(Ordering::SeqCst)
    };
    assert_eq!(reads(true, false).await, 0, "no holding lacks a price");
    assert_eq!(reads(false, true).await, 0, "nobody stated anything");
    assert_eq!(reads(true, true).await, 1, "one holding, one record");
}
