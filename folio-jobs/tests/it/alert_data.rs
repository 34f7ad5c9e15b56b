//! What is told when prices are missing, and the order in which snapshots are gone through.

use std::sync::Arc;

use folio_core::store::Table;
use folio_core::{Clock, ErrorKind, Holding, HoldingId, NotificationKind, Portfolio, PortfolioId, Reason, Watch};
use folio_jobs::{JobState, NotificationRecord};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::support::faults::Call;
use crate::support::{BACKENDS, Backend, NINE, World, at, owner, watched};

const TEN: &str = "2026-03-01T10:00:00Z";
const ELEVEN: &str = "2026-03-01T11:00:00Z";
const NOON: &str = "2026-03-01T12:00:00Z";
const BITCOIN: &str = "crypto:bitcoin";
const ETHEREUM: &str = "crypto:ethereum";

fn kinds(told: &[NotificationRecord]) -> Vec<NotificationKind> {
    told.iter().map(|told| told.notification.kind).collect()
}

fn data_event(portfolio: PortfolioId, episode: u64) -> Uuid {
    let rule = Uuid::new_v5(portfolio.as_uuid(), b"data_degraded");
    Uuid::new_v5(&rule, &episode.to_be_bytes())
}

#[tokio::test]
async fn a_missing_price_is_told_once_and_hides_the_value() {
    for backend in BACKENDS {
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        let portfolio = world.watch("Core", &[BITCOIN, ETHEREUM]).await;
        // Without its ether the portfolio is worth half of what it cost, and that is no loss.
        world.at_prices(NINE, &[(BITCOIN, "100")]).await;
        let told = world.told().await;
        assert_eq!(kinds(&told), [NotificationKind::DataDegraded], "{backend:?}");
        let notification = &told[0].notification;
        assert_eq!(notification.id, data_event(portfolio, 1));
        for word in ["Core", "1 of 2", ETHEREUM, "not_found"] {
            assert!(notification.message.contains(word), "{word}: {}", notification.message);
        }
        world.at_prices(TEN, &[]).await;
        assert_eq!(world.told().await.len(), 1, "once");
        world.at_prices(ELEVEN, &[(ETHEREUM, "100")]).await;
        assert_eq!(world.told().await.len(), 1);
        // Beyond belief, so held back, and what stands in for it is not relied on.
        world.at_prices(NOON, &[(BITCOIN, "10000"), (ETHEREUM, "60")]).await;
        let row = world.snapshots(portfolio, NOON).await[0].holdings[0].pricing.clone();
        assert_eq!(row.reason, Some(Reason::Quarantined));
        let told = world.told().await;
        assert_eq!(kinds(&told), [NotificationKind::DataDegraded; 2], "no value alert");
        assert_eq!(told[1].notification.id, data_event(portfolio, 2));
        let message = &told[1].notification.message;
        for word in [BITCOIN, "quarantined", "1 of 2"] {
            assert!(message.contains(word), "{word}: {message}");
        }
        assert!(!message.contains(ETHEREUM), "{message}");
        world.at_prices("2026-03-01T13:00:00Z", &[(BITCOIN, "100")]).await;
        let told = world.told().await;
        assert_eq!(
            kinds(&told)[2..],
            [NotificationKind::LossAlert],
            "what was put off is told now"
        );
        assert_eq!(channels[0].taken().len(), 3);
    }
}

/// One of two coins gives this reason from the first tick on; what is told.
async fn check_reason(reason: Reason, expected: &[NotificationKind]) {
    let (mut world, _) = World::with_channels(Backend::Memory, &["console"]).await;
    world.watch("Core", &[BITCOIN, ETHEREUM]).await;
    world.source.set_failure_of(ETHEREUM.parse().unwrap(), Some(reason));
    world.at_prices(NINE, &[(BITCOIN, "100")]).await;
    world.at_prices(TEN, &[]).await;
    assert_eq!(kinds(&world.told().await), expected, "{reason:?}");
}

#[tokio::test]
async fn one_asset_alone_is_its_owners_and_what_comes_by_itself_nobodys() {
    let told = [NotificationKind::DataDegraded];
    for reason in [
        Reason::Timeout,
        Reason::RateLimited,
        Reason::Unavailable,
        Reason::NoData,
        Reason::NotConfigured,
    ] {
        check_reason(reason, &told).await;
    }
    check_reason(Reason::Pending, &[]).await;
}

#[tokio::test]
async fn what_is_bought_after_the_prices_were_collected_is_not_told() {
    let (mut world, _) = World::with_channels(Backend::Memory, &["console"]).await;
    world.prices(&[(BITCOIN, "100")]);
    let portfolio = world.watch("Core", &[BITCOIN]).await;
    world.go_to(NINE);
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    jobs.pass(world.clock.now()).await.unwrap();
    jobs.handler().handle(world.queue.pop().unwrap()).await;
    let buy = |portfolio: &mut Portfolio| {
        let holding = Holding::new(
            HoldingId::new(portfolio.created_at),
            "crypto:late".parse()?,
            "1".parse()?,
        )?;
        portfolio.holdings.push(holding);
        Ok(())
    };
    world.change(portfolio, buy).await;
    world.drive(&jobs).await;
    let row = world.snapshots(portfolio, NINE).await[0].holdings[1].pricing.clone();
    assert_eq!(row.reason, Some(Reason::NotInBook));
    assert_eq!(kinds(&world.told().await), []);
}

#[tokio::test]
async fn a_source_that_fails_as_a_whole_is_the_operators() {
    for kind in [ErrorKind::RateLimited, ErrorKind::Timeout, ErrorKind::Unavailable] {
        let backend = if kind == ErrorKind::Timeout {
            Backend::Sqlite
        } else {
            Backend::Memory
        };
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        for name in ["One", "Two"] {
            world.watch(name, &[BITCOIN, "stock:AAPL"]).await;
        }
        world.source.set_failure(Some(kind));
        world.at_prices(NINE, &[(BITCOIN, "100"), ("stock:AAPL", "100")]).await;
        world.at_prices(TEN, &[]).await;
        let told = world.told().await;
        assert_eq!(kinds(&told), [NotificationKind::SourceDegraded], "{kind}");
        assert_eq!(told[0].notification.portfolio_id, None);
        assert!(told[0].notification.title.contains("memory"), "{:?}", told[0]);
        world.source.set_failure(None);
        world.at_prices(ELEVEN, &[]).await;
        world.source.set_failure(Some(kind));
        world.at_prices(NOON, &[]).await;
        world.at_prices("2026-03-01T13:00:00Z", &[]).await;
        let told = world.told().await;
        assert_eq!(kinds(&told), [NotificationKind::SourceDegraded; 2], "{kind}");
        assert_ne!(told[0].notification.id, told[1].notification.id);
        assert_eq!(channels[0].taken().len(), 2);
    }
}

#[tokio::test]
async fn a_manual_valuation_without_its_source_tells_nobody() {
    let (mut world, _) = World::with_channels(Backend::Memory, &["console"]).await;
    let portfolio = world.watch("Core", &[BITCOIN, "stock:AAPL"]).await;
    world.source.set_failure(Some(ErrorKind::Unavailable));
    assert_eq!(manual(&world, portfolio).await, JobState::Succeeded);
    assert_eq!(kinds(&world.told().await), []);
}

/// Values a portfolio by hand, and does nothing else.
async fn manual(world: &World, portfolio: PortfolioId) -> JobState {
    let jobs = world.process();
    let job = jobs.start_manual_valuation(&owner(), portfolio).await.unwrap();
    jobs.pass(world.clock.now()).await.unwrap();
    while let Some(delivery) = world.queue.pop() {
        if delivery.row.starts_with("job/") {
            jobs.handler().handle(delivery).await;
        }
    }
    jobs.job(Some(&owner()), job.id).await.unwrap().state
}

async fn deferred(world: &World, portfolio: PortfolioId) -> usize {
    let table = Table::<Watch>::new(&*world.store);
    table
        .get(&Watch::key_of(portfolio))
        .await
        .unwrap()
        .unwrap()
        .deferred
        .len()
}

/// Plans the tick at nine with a price of a hundred, and leaves it open.
async fn open_tick(world: &World) {
    world.prices(&[(BITCOIN, "100")]);
    world.go_to(NINE);
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    jobs.pass(world.clock.now()).await.unwrap();
    jobs.handler().handle(world.queue.pop().unwrap()).await;
}

#[tokio::test]
async fn a_manual_snapshot_beside_an_open_tick_is_evaluated_in_its_place() {
    for backend in BACKENDS {
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        let portfolio = world.watch("Core", &[BITCOIN]).await;
        open_tick(&world).await;
        world.go_to("2026-03-01T09:00:05Z");
        world.prices(&[(BITCOIN, "95")]);
        assert_eq!(manual(&world, portfolio).await, JobState::Succeeded);
        assert_eq!(deferred(&world, portfolio).await, 1, "{backend:?}");
        // The tick's own chunk comes after it and has no part in it.
        world.clock.advance(SignedDuration::from_secs(61));
        world.drive(&world.process()).await;
        world.assert_done(NINE).await;
        assert!(channels[0].calls().is_empty());
        assert_eq!(deferred(&world, portfolio).await, 1);
        // Inside the band now; the crossing was between.
        world.at_prices(TEN, &[(BITCOIN, "96")]).await;
        let told = world.told().await;
        assert_eq!(kinds(&told), [NotificationKind::LossAlert]);
        assert_eq!(told[0].notification.created_at, at("2026-03-01T09:00:05.001Z"));
        assert_eq!(deferred(&world, portfolio).await, 0);
        assert_eq!(channels[0].taken().len(), 1);
    }
}

#[tokio::test]
async fn a_later_manual_snapshot_goes_through_what_was_put_off() {
    let (mut world, _) = World::with_channels(Backend::Memory, &["console"]).await;
    let portfolio = world.watch("Core", &[BITCOIN]).await;
    open_tick(&world).await;
    for (instant, price) in [("2026-03-01T09:00:05Z", "95"), ("2026-03-01T09:00:10Z", "112")] {
        world.go_to(instant);
        world.prices(&[(BITCOIN, price)]);
        assert_eq!(manual(&world, portfolio).await, JobState::Succeeded);
    }
    assert_eq!(deferred(&world, portfolio).await, 2);
    world.clock.advance(SignedDuration::from_secs(61));
    world.drive(&world.process()).await;
    world.go_to("2026-03-01T09:20:00Z");
    world.prices(&[(BITCOIN, "100")]);
    assert_eq!(manual(&world, portfolio).await, JobState::Succeeded);
    assert_eq!(deferred(&world, portfolio).await, 0);
    let told = world.told().await;
    assert_eq!(kinds(&told), [NotificationKind::LossAlert, NotificationKind::GainAlert]);
}

#[tokio::test]
async fn a_tick_that_is_claimed_while_a_manual_job_looks_comes_first() {
    for backend in BACKENDS {
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        world.prices(&[(BITCOIN, "95")]);
        let portfolio = world.watch("Core", &[BITCOIN]).await;
        world.go_to("2026-03-01T09:00:00.500Z");
        let jobs = world.process();
        jobs.start_manual_valuation(&owner(), portfolio).await.unwrap();
        jobs.pass(world.clock.now()).await.unwrap();
        let delivery = world.queue.pop().unwrap();
        // It has looked at one of the two places where the tick would show, and the tick comes.
        let mut looks = 0;
        world.faults.hold_at(move |call: Call<'_>| {
            looks += u32::from(call.op == "read" && matches!(call.kind, "ticks" | "schedules"));
            looks == 2
        });
        let (handler, faults) = (jobs.handler(), Arc::clone(&world.faults));
        let other = world.process();
        let look = async {
            handler.handle(delivery).await;
            // One look was enough for it.
            faults.clear();
            faults.dead.notify_one();
        };
        let claim = async {
            faults.dead.notified().await;
            other.fire(world.clock.now()).await.unwrap();
            faults.go_on.notify_one();
        };
        tokio::join!(look, claim);
        assert_eq!(deferred(&world, portfolio).await, 1, "{backend:?}: the tick is open");
        assert!(channels[0].calls().is_empty());
        world.drive(&other).await;
        assert_eq!(world.told().await[0].notification.created_at, at(NINE));
        world.at_prices(TEN, &[]).await;
        assert_eq!(deferred(&world, portfolio).await, 0);
        assert_eq!(channels[0].taken().len(), 1);
    }
}

#[tokio::test]
async fn another_portfolios_trouble_is_not_mine() {
    let (mut world, _) = World::with_channels(Backend::Memory, &["console"]).await;
    let fine = world.watch("Fine", &[BITCOIN]).await;
    let mut other = watched("Other", &["crypto:unheard-of"], world.clock.now());
    other.owner = folio_core::OwnerId::new("ann");
    world.tracker().create_portfolio(other).await.unwrap();
    world.at_prices(NINE, &[(BITCOIN, "90")]).await;
    let told = world.told().await;
    assert_eq!(kinds(&told), [NotificationKind::LossAlert]);
    assert_eq!(told[0].notification.portfolio_id, Some(fine));
    let query = folio_core::store::NotificationQuery::newest(folio_core::OwnerId::new("ann"), 9);
    let theirs = world.process().notifications(&query).await.unwrap().items;
    assert_eq!(kinds(&theirs), [NotificationKind::DataDegraded]);
}

#[tokio::test]
async fn what_is_carried_is_the_last_accepted_price_whoever_collected_it() {
    for backend in BACKENDS {
        let (mut world, _) = World::with_channels(backend, &["console"]).await;
        let portfolio = world.watch("Core", &[BITCOIN]).await;
        let (one, other) = (world.process(), world.process());
        for (instant, price, process) in [(NINE, "100", &one), (TEN, "95", &other)] {
            world.go_to(instant);
            world.prices(&[(BITCOIN, price)]);
            world.drive(process).await;
        }
        world
            .source
            .set_failure_of(BITCOIN.parse().unwrap(), Some(Reason::NoData));
        world.go_to(ELEVEN);
        world.drive(&one).await;
        let snapshot = world.snapshots(portfolio, ELEVEN).await.remove(0);
        assert_eq!(snapshot.total_value.unwrap().to_string(), "95 USD", "{backend:?}");
    }
}
