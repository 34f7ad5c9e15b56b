//! Rules are evaluated on stored snapshots, once per crossing.

use std::collections::BTreeSet;
use std::sync::Arc;

use folio_core::money::Percent;
use folio_core::store::Table;
use folio_core::{
    AlertRuleInput, Clock, Condition, CostBasis, Currency, Holding, HoldingId, NotificationKind, Portfolio,
    PortfolioId, Price, Watch,
};
use folio_jobs::{DeliveryState, JobState};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::support::channel::Answer;
use crate::support::{BACKENDS, Backend, NINE, World, at, event, event_of, owner, watched};

const TEN: &str = "2026-03-01T10:00:00Z";
const BITCOIN: &str = "crypto:bitcoin";

/// Puts other rules in the place of a portfolio's.
async fn set_rules(world: &World, portfolio: PortfolioId, rules: &[AlertRuleInput]) {
    let set = world.tracker().set_alert_rules(&owner(), portfolio, rules, None).await;
    set.unwrap();
}

fn loss(threshold: &str, cooldown_hours: u32) -> AlertRuleInput {
    let threshold_percent = Percent::parse(threshold).unwrap();
    AlertRuleInput {
        cooldown_hours,
        ..AlertRuleInput::new(Condition::Loss { threshold_percent })
    }
}

async fn record_of(world: &World, portfolio: PortfolioId) -> Watch {
    let table = Table::<Watch>::new(&*world.store);
    table
        .get(&Watch::key_of(portfolio))
        .await
        .unwrap()
        .unwrap()
        .into_inner()
}

/// The first valuation of a portfolio that cost 100 dollars shows this price; what the owner is told.
async fn check_first(price: &str, expected: Option<(NotificationKind, &str, &[&str])>) {
    for backend in BACKENDS {
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        let portfolio = world.watch("Core", &[BITCOIN]).await;
        world.at_prices(NINE, &[(BITCOIN, price)]).await;
        world.assert_done(NINE).await;
        let told = world.told().await;
        assert_eq!(
            told.len(),
            usize::from(expected.is_some()),
            "{backend:?} {price}: {told:?}"
        );
        let ids: Vec<_> = told.iter().map(|told| told.notification.id).collect();
        assert_eq!(channels[0].taken(), ids, "{backend:?} {price}");
        let (Some((kind, rule, words)), Some(told)) = (expected, told.first()) else {
            continue;
        };
        let notification = &told.notification;
        assert_eq!((notification.kind, notification.id), (kind, event(portfolio, rule, 1)));
        assert_eq!(notification.created_at, at(NINE));
        assert_eq!(notification.portfolio_id, Some(portfolio));
        let snapshot = &world.snapshots(portfolio, NINE).await[0];
        assert_eq!(notification.valuation_id, Some(snapshot.id));
        let text = format!("{}\n{}", notification.title, notification.message);
        for word in words {
            assert!(text.contains(word), "{word:?} in {text}");
        }
        let delivery = &told.deliveries[0];
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 1));
        let watch = record_of(&world, portfolio).await;
        assert!(watch.outgoing.events.is_empty() && watch.outgoing.due_at.is_none());
    }
}

#[tokio::test]
async fn the_first_valuation_beyond_a_threshold_is_told() {
    use NotificationKind::{GainAlert, LossAlert};
    check_first("100", None).await;
    check_first("95.01", None).await;
    check_first("109.99", None).await;
    let words: &[&str] = &["Core", "100 USD", "95 USD", "5 %", "5 USD less"];
    check_first("95", Some((LossAlert, "loss", words))).await;
    let words: &[&str] = &["Core", "100 USD", "112.5 USD", "12.5 %", "12.5 USD more", "10 %"];
    check_first("112.5", Some((GainAlert, "gain", words))).await;
}

/// Hourly ticks with these prices, `!` where the owner is told, with the episode after it.
async fn check_story(rules: Option<AlertRuleInput>, story: &[(i64, &str, Option<u64>)]) {
    for backend in BACKENDS {
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        let portfolio = world.watch("Core", &[BITCOIN]).await;
        let mut rule = Uuid::new_v5(portfolio.as_uuid(), b"loss");
        if let Some(rules) = &rules {
            set_rules(&world, portfolio, std::slice::from_ref(rules)).await;
            rule = record_of(&world, portfolio).await.rules[0].id;
        }
        let mut expected = Vec::new();
        for (hour, price, told) in story {
            let instant = at(NINE) + SignedDuration::from_hours(*hour);
            world.at_prices(&instant.to_string(), &[(BITCOIN, price)]).await;
            expected.extend(told.map(|episode: u64| event_of(portfolio, rule, episode)));
            assert_eq!(channels[0].taken(), expected, "{backend:?} hour {hour}: {price}");
        }
        let told: Vec<_> = world.told().await.iter().map(|told| told.notification.id).collect();
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn flapping_inside_the_band_is_told_once() {
    let inside = ["95", "96", "95.2", "94", "95.9", "95", "96", "94.99"];
    let story = inside
        .iter()
        .zip(0..)
        .map(|(price, hour)| (hour, *price, (hour == 0).then_some(1)));
    check_story(None, &story.collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_rule_is_armed_again_beyond_the_band() {
    let story = [
        (0, "100", None),
        (1, "95", Some(1)),
        (2, "96.01", None),
        (3, "94", Some(2)),
        (4, "99", None),
        (5, "95", Some(3)),
    ];
    check_story(Some(loss("5", 0)), &story).await;
}

#[tokio::test]
async fn a_crossing_in_the_cool_down_counts_and_is_not_told() {
    let story = [
        (0, "95", Some(1)),
        (1, "97", None),
        (2, "95", None),
        (3, "97", None),
        (24, "95", Some(3)),
        (25, "97", None),
        (47, "95", None),
    ];
    check_story(None, &story).await;
}

#[tokio::test]
async fn a_rule_has_its_own_channels_or_the_default() {
    let (mut world, channels) = World::with_channels(Backend::Memory, &["console", "webhook", "mail"]).await;
    let portfolio = world.watch("Core", &[BITCOIN]).await;
    let with = |threshold: &str, names: &[&str]| AlertRuleInput {
        channels: Some(names.iter().map(ToString::to_string).collect()),
        ..loss(threshold, 24)
    };
    let rules = [loss("3", 24), with("4", &["webhook"]), with("5", &["mail", "console"])];
    set_rules(&world, portfolio, &rules).await;
    let rules = record_of(&world, portfolio).await.rules;
    world.at_prices(NINE, &[(BITCOIN, "90")]).await;
    let mut went = Vec::new();
    for rule in &rules {
        let id = rule.event_id(portfolio, 1);
        went.push(
            channels
                .iter()
                .map(|channel| channel.taken().contains(&id))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(went, [[true, false, false], [false, true, false], [true, false, true]]);
    let told = world.told().await;
    let third = told
        .iter()
        .find(|told| told.notification.rule_id == Some(rules[2].id))
        .unwrap();
    let names: Vec<_> = third
        .deliveries
        .iter()
        .map(|delivery| delivery.channel.as_str())
        .collect();
    assert_eq!(names, ["mail", "console"], "in the order of the rule");
}

#[tokio::test]
async fn without_channels_the_owner_can_still_read_it() {
    let (mut world, _) = World::with_channels(Backend::Memory, &[]).await;
    world.watch("Core", &[BITCOIN]).await;
    world.at_prices(NINE, &[(BITCOIN, "90")]).await;
    let told = world.told().await;
    assert_eq!((told.len(), told[0].deliveries.len()), (1, 0));
    assert!(world.records("outbox", "").await.is_empty());
}

#[tokio::test]
async fn a_portfolio_that_nobody_watches_yet_gets_the_default_rules() {
    for backend in BACKENDS {
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        let portfolio = watched("Core", &[BITCOIN], world.clock.now());
        world.store.create_portfolio(&portfolio).await.unwrap();
        world.portfolios.push(portfolio.id);
        assert!(world.records("alerts", "").await.is_empty());
        world.at_prices(NINE, &[(BITCOIN, "90")]).await;
        assert_eq!(channels[0].taken(), [event(portfolio.id, "loss", 1)], "{backend:?}");
        assert_eq!(record_of(&world, portfolio.id).await.rules.len(), 2);
    }
}

#[tokio::test]
async fn prices_and_changes_are_watched_too() {
    let (mut world, channels) = World::with_channels(Backend::Sqlite, &["console"]).await;
    let portfolio = world.watch("Core", &[BITCOIN, "crypto:ethereum"]).await;
    let asset = || BITCOIN.parse().unwrap();
    let price = |text: &str| Price::parse(text, Currency::USD).unwrap();
    let change = |asset| Condition::Change {
        threshold_percent: Percent::parse("8").unwrap(),
        window_hours: 24,
        asset,
    };
    let conditions = [
        Condition::PriceAbove {
            asset: asset(),
            price: price("104"),
        },
        Condition::PriceBelow {
            asset: asset(),
            price: price("95"),
        },
        change(Some(asset())),
        change(None),
    ];
    set_rules(&world, portfolio, &conditions.map(AlertRuleInput::new)).await;
    let rules = record_of(&world, portfolio).await.rules;
    let id = |rule: usize| rules[rule].event_id(portfolio, 1);
    let ethereum = "crypto:ethereum";
    world.at_prices(NINE, &[(BITCOIN, "100"), (ethereum, "100")]).await;
    assert!(channels[0].taken().is_empty());
    world.at_prices(TEN, &[(BITCOIN, "104")]).await;
    assert_eq!(channels[0].taken(), [id(0)]);
    let taken = || channels[0].taken().into_iter().collect::<BTreeSet<_>>();
    world.at_prices("2026-03-02T09:00:00Z", &[(BITCOIN, "92")]).await;
    assert_eq!(taken(), [id(0), id(1), id(2)].into(), "the whole fell by 4 %");
    world.at_prices("2026-03-02T10:00:00Z", &[(ethereum, "95")]).await;
    assert_eq!(taken(), [id(0), id(1), id(2), id(3)].into(), "from 204 to 187");
    assert_eq!(channels[0].taken().len(), 4);
    let told = world.told().await;
    let titles: BTreeSet<_> = told.iter().map(|told| told.notification.title.as_str()).collect();
    let expected = [
        "crypto:bitcoin is at 104 USD",
        "crypto:bitcoin is at 92 USD",
        "crypto:bitcoin fell by 8 % in 24 hours",
        "Core fell by 8.33 % in 24 hours",
    ];
    assert_eq!(titles, expected.into());
}

#[tokio::test]
async fn what_is_stored_counts_and_not_what_a_rerun_computes() {
    // The price, and what the holding is said to have cost before the rerun.
    for (price, cost, told) in [("90", "90", 1), ("100", "120", 0)] {
        for backend in BACKENDS {
            let (mut world, channels) = World::with_channels(backend, &["console"]).await;
            let portfolio = world.watch("Core", &[BITCOIN]).await;
            world.go_to(NINE);
            world.prices(&[(BITCOIN, price)]);
            assert!(world.kill_at(true, |call| call.op == "snapshots").await);
            let cost = Price::parse(cost, Currency::USD).unwrap();
            let change = |portfolio: &mut Portfolio| {
                let now = portfolio.created_at;
                let holding = Holding::new(HoldingId::new(now), BITCOIN.parse()?, "1".parse()?)?;
                portfolio.holdings = vec![holding.with_cost(CostBasis::Unit(cost))];
                Ok(())
            };
            world.change(portfolio, change).await;
            world.recover().await;
            assert!(world.faults.duplicates() > 0);
            assert_eq!(channels[0].taken().len(), told, "{backend:?} {price}");
        }
    }
}

#[tokio::test]
async fn a_manual_snapshot_is_evaluated_before_its_job_succeeds() {
    for backend in BACKENDS {
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        let portfolio = world.watch("Core", &[BITCOIN]).await;
        world.prices(&[(BITCOIN, "90")]);
        let jobs = world.process();
        let job = jobs.start_manual_valuation(&owner(), portfolio).await.unwrap();
        // Where it would say that it has succeeded, what it found is listed.
        let succeeded =
            |call: crate::support::faults::Call<'_>| call.kind == "jobs" && call.body.contains("\"succeeded\":true");
        assert!(
            world
                .kill_at(false, move |call| call.op == "replace" && succeeded(call))
                .await
        );
        assert_eq!(world.told().await.len(), 1, "{backend:?}");
        world.clock.advance(SignedDuration::from_secs(61));
        world.drive(&jobs).await;
        assert_eq!(
            jobs.job(Some(&owner()), job.id).await.unwrap().state,
            JobState::Succeeded
        );
        assert_eq!(channels[0].taken(), [event(portfolio, "loss", 1)]);
        world.at_prices(NINE, &[]).await;
        assert_eq!(channels[0].taken().len(), 1, "the tick shows nothing new");
    }
}

#[tokio::test]
async fn a_portfolio_that_is_deleted_takes_everything_with_it() {
    let at_points: [fn(crate::support::faults::Call<'_>) -> bool; 3] = [
        |call| call.op == "replace" && call.kind == "alerts",
        |call| call.op == "insert" && call.kind == "notifications",
        |call| call.op == "insert" && call.kind == "outbox",
    ];
    for backend in BACKENDS {
        for (point, pick) in at_points.into_iter().enumerate() {
            for after in [false, true] {
                let (mut world, channels) = World::with_channels(backend, &["console"]).await;
                let portfolio = world.watch("Core", &[BITCOIN]).await;
                world.go_to(NINE);
                world.prices(&[(BITCOIN, "90")]);
                assert!(world.kill_at(after, pick).await);
                gone(&mut world, portfolio).await;
                assert!(channels[0].calls().is_empty(), "{backend:?} {point} {after}");
            }
        }
        // It waits for another try.
        let (mut world, channels) = World::with_channels(backend, &["console"]).await;
        let portfolio = world.watch("Core", &[BITCOIN]).await;
        channels[0].next([Answer::Fail(folio_core::ErrorKind::Unavailable)]);
        world.at_prices(NINE, &[(BITCOIN, "90")]).await;
        gone(&mut world, portfolio).await;
        assert!(channels[0].taken().is_empty());
    }
}

/// Deletes the portfolio, lets time pass, and looks for what is left of it.
async fn gone(world: &mut World, portfolio: PortfolioId) {
    world
        .tracker()
        .delete_portfolio(&owner(), portfolio, None)
        .await
        .unwrap();
    world.portfolios.clear();
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_secs(61));
        world.recover().await;
    }
    for kind in ["alerts", "notifications", "outbox"] {
        assert_eq!(world.records(kind, "").await, [] as [serde_json::Value; 0], "{kind}");
    }
}

#[tokio::test]
async fn a_portfolio_is_deleted_while_it_is_handed_on() {
    let at_points: [fn(crate::support::faults::Call<'_>) -> bool; 4] = [
        |call| call.op == "replace" && call.kind == "alerts",
        |call| call.op == "insert" && call.kind == "notifications",
        |call| call.op == "insert" && call.kind == "outbox",
        |call| call.op == "replace" && call.kind == "alerts" && call.body.contains("\"events\":[]"),
    ];
    for backend in BACKENDS {
        for (point, pick) in at_points.into_iter().enumerate() {
            let (mut world, channels) = World::with_channels(backend, &["console"]).await;
            let portfolio = world.watch("Core", &[BITCOIN]).await;
            world.go_to(NINE);
            world.prices(&[(BITCOIN, "90")]);
            world.faults.hold_at(pick);
            let (jobs, faults) = (world.process(), Arc::clone(&world.faults));
            let tracker = world.tracker();
            let delete = async {
                faults.dead.notified().await;
                tracker.delete_portfolio(&owner(), portfolio, None).await.unwrap();
                faults.go_on.notify_one();
            };
            tokio::join!(world.drive(&jobs), delete);
            world.portfolios.clear();
            world.clock.advance(SignedDuration::from_secs(61));
            world.recover().await;
            assert!(channels[0].calls().is_empty(), "{backend:?} {point}");
            for kind in ["alerts", "notifications", "outbox"] {
                let left = world.records(kind, "").await;
                assert_eq!(left, [] as [serde_json::Value; 0], "{backend:?} {point}: {kind}");
            }
        }
    }
}

#[tokio::test]
async fn a_deletion_that_was_cut_short_is_finished_later() {
    for backend in BACKENDS {
        for kind in ["alerts", "notifications"] {
            let (mut world, channels) = World::with_channels(backend, &["console"]).await;
            let portfolio = world.watch("Core", &[BITCOIN]).await;
            world.go_to(NINE);
            world.prices(&[(BITCOIN, "90")]);
            // The crossing is recorded, and whoever was to hand it on is dead; so is whoever deletes.
            let recorded = |call: crate::support::faults::Call<'_>| call.op == "insert" && call.kind == "notifications";
            assert!(world.kill_at(kind == "notifications", recorded).await);
            world
                .faults
                .stop_at(false, move |call| call.op == "remove" && call.kind == kind);
            let (tracker, owner) = (world.tracker(), owner());
            tokio::select! {
                () = world.faults.dead.notified() => {}
                _ = tracker.delete_portfolio(&owner, portfolio, None) => panic!("it is cut short"),
            }
            world.portfolios.clear();
            for _ in 0..2 {
                world.clock.advance(SignedDuration::from_secs(61));
                world.recover().await;
            }
            assert!(channels[0].calls().is_empty());
            let kinds = if kind == "alerts" {
                &["alerts", "notifications", "outbox"][..]
            } else {
                &["alerts", "outbox"]
            };
            for kind in kinds {
                let left = world.records(kind, "").await;
                assert_eq!(left, [] as [serde_json::Value; 0], "{backend:?} {kind}");
            }
        }
    }
}
