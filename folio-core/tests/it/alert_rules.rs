//! The rules of a portfolio as its owner reads and replaces them, over memory parts.

use std::sync::Arc;

use folio_core::memory::{MemoryStore, RecordingNotifier};
use folio_core::store::{NewSnapshot, NotificationQuery, Notifications, Table};
use folio_core::{
    AlertDefaults, AlertPhase, AlertRuleInput, AlertRules, AlertState, Condition, Error, ErrorKind, Inactive,
    MAX_RULES, ManualClock, OwnerId, Percent, Portfolio, PortfolioId, PortfolioStore, Tracker, ValuationStore, Watch,
};
use uuid::Uuid;

use crate::scene::alerts::{at, observe, rule, valued};
use crate::scene::{now, portfolio};

struct World {
    store: Arc<MemoryStore>,
    tracker: Tracker,
    owner: OwnerId,
}

/// With the channels `mail` and `phone`.
fn world() -> World {
    let store = Arc::new(MemoryStore::new());
    let tracker = Tracker::builder()
        .clock(Arc::new(ManualClock::new(now())))
        .store(Arc::clone(&store) as _)
        .notifier(Arc::new(RecordingNotifier::new("phone")))
        .notifier(Arc::new(RecordingNotifier::new("mail")))
        .build()
        .unwrap();
    World {
        store,
        tracker,
        owner: OwnerId::default(),
    }
}

/// A new rule like this line.
fn input(line: &str) -> AlertRuleInput {
    AlertRuleInput {
        id: None,
        ..rule(line).into()
    }
}

/// The rules as they are, to be sent back.
fn inputs(rules: &AlertRules) -> Vec<AlertRuleInput> {
    rules.items.iter().map(|item| item.rule.clone().into()).collect()
}

fn ids(rules: &AlertRules) -> Vec<Uuid> {
    rules.items.iter().map(|item| item.rule.id).collect()
}

impl World {
    async fn portfolio(&self) -> Portfolio {
        let portfolio = portfolio("USD", &["stock:A 1 cost=100:USD", "currency:USD 5"]);
        self.tracker.create_portfolio(portfolio).await.unwrap()
    }

    async fn rules(&self, id: PortfolioId) -> AlertRules {
        self.tracker.alert_rules(&self.owner, id).await.unwrap()
    }

    async fn set(&self, id: PortfolioId, rules: &[AlertRuleInput]) -> Result<AlertRules, Error> {
        self.tracker.set_alert_rules(&self.owner, id, rules, None).await
    }

    async fn keep(&self, portfolio: &Portfolio, hour: i64, prices: &str) {
        let valuation = valued(portfolio, hour, prices);
        let snapshot = NewSnapshot {
            valuation,
            expire_at: None,
        };
        self.store.insert_valuations(&[snapshot]).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_portfolio_has_the_default_rules() {
    let world = world();
    let portfolio = world.portfolio().await;
    let found = world.rules(portfolio.id).await;
    assert_eq!(found.version, 1);
    let rules: Vec<_> = found.items.iter().map(|item| item.rule.clone()).collect();
    assert_eq!(rules, AlertDefaults::default().rules(portfolio.id));
    for item in &found.items {
        assert_eq!((item.state, item.inactive), (AlertState::default(), None));
    }
    let defaults = AlertDefaults {
        loss_percent: Percent::parse("2.5").unwrap(),
        gain_percent: Percent::HUNDRED,
    };
    let other = Tracker::builder().alert_defaults(defaults).build().unwrap();
    let portfolio = other.create_portfolio(portfolio).await.unwrap();
    let found = other.alert_rules(&world.owner, portfolio.id).await.unwrap();
    assert_eq!(found.items[0].rule.condition, input("loss 2.5").condition);
    assert_eq!(found.items[1].rule.condition, input("gain 100").condition);
    assert_eq!(
        ids(&found),
        ids(&world.rules(portfolio.id).await),
        "ids depend on the portfolio alone"
    );
}

#[tokio::test]
async fn rules_are_replaced_as_a_whole_and_keep_their_ids() {
    let world = world();
    let id = world.portfolio().await.id;
    let first = world.rules(id).await;
    assert_eq!(
        world.set(id, &inputs(&first)).await.unwrap(),
        first,
        "the same once more is no change"
    );

    let mut changed = vec![input("price_above stock:A 120:USD via=phone,mail")];
    changed.extend(inputs(&first).into_iter().take(1));
    changed[1].cooldown_hours = 3;
    let second = world.set(id, &changed).await.unwrap();
    assert_eq!(second.version, 2);
    assert_eq!(second, world.rules(id).await);
    let new = &second.items[0].rule;
    assert_eq!(new.condition.kind().as_str(), "price_above");
    assert_eq!(
        new.channels.as_deref(),
        Some(&["phone".to_owned(), "mail".to_owned()][..])
    );
    assert!(!ids(&first).contains(&new.id));
    assert_eq!(
        (second.items[1].rule.id, second.items[1].rule.cooldown_hours),
        (ids(&first)[0], 3)
    );

    let none = world.set(id, &[]).await.unwrap();
    assert_eq!((none.items.len(), none.version), (0, 3));
    let again = world.set(id, &[input("loss 5"), input("loss 5")]).await.unwrap();
    assert_ne!(ids(&again)[0], ids(&again)[1]);
    assert!(
        !ids(&again).contains(&ids(&first)[0]),
        "what was removed does not come back"
    );
}

#[tokio::test]
async fn a_version_that_is_over_is_refused() {
    let world = world();
    let id = world.portfolio().await.id;
    let set = async |lines: &[AlertRuleInput], expected| {
        let answer = world.tracker.set_alert_rules(&world.owner, id, lines, expected).await;
        answer.map(|rules| rules.version).map_err(|error| error.kind())
    };
    let one = [input("loss 5")];
    for wrong in [0, 2, u64::MAX] {
        assert_eq!(
            set(&one, Some(wrong)).await,
            Err(ErrorKind::PreconditionFailed),
            "{wrong}"
        );
    }
    assert_eq!(set(&one, Some(1)).await, Ok(2));
    assert_eq!(set(&one, Some(1)).await, Err(ErrorKind::PreconditionFailed));
    // The version comes before what is wrong with the rules.
    assert_eq!(
        set(&[input("loss 0")], Some(1)).await,
        Err(ErrorKind::PreconditionFailed)
    );
    assert_eq!(set(&[input("loss 0")], Some(2)).await, Err(ErrorKind::InvalidInput));
    assert_eq!(set(&[], None).await, Ok(3));
}

/// The fields that are wrong, as `pointer kind`, and that nothing was changed.
#[track_caller]
fn check(refused: Result<AlertRules, Error>, expected: &[&str]) -> Error {
    let error = refused.unwrap_err();
    let found: Vec<_> = error
        .field_errors()
        .iter()
        .map(|field| format!("{} {}", field.pointer, field.kind))
        .collect();
    assert_eq!(found, expected, "{error:?}");
    error
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = world();
    let id = world.portfolio().await.id;
    let before = world.rules(id).await;
    let known = ids(&before);
    let with_id = |line: &str, id: Uuid| AlertRuleInput {
        id: Some(id),
        ..input(line)
    };
    for (line, expected) in [
        ("loss 0", "/items/1/threshold_percent invalid_input"),
        ("gain -5", "/items/1/threshold_percent invalid_input"),
        ("loss 101", "/items/1/threshold_percent invalid_input"),
        ("gain 1000001", "/items/1/threshold_percent out_of_range"),
        ("change 5 5", "/items/1/window_hours invalid_input"),
        ("change 5 24 band=5", "/items/1/band_percent invalid_input"),
        ("change 5 24 stock:B", "/items/1/asset invalid_input"),
        ("price_above stock:B 5:USD", "/items/1/asset invalid_input"),
        ("price_below currency:USD 5:EUR", "/items/1/asset invalid_input"),
        ("price_below stock:A 0:USD", "/items/1/price invalid_input"),
        ("loss 5 cooldown=8761", "/items/1/cooldown_hours out_of_range"),
        ("loss 5 via=pager", "/items/1/channels/0 invalid_input"),
        ("loss 5 via=mail,mail", "/items/1/channels/1 invalid_input"),
    ] {
        check(world.set(id, &[input("gain 5"), input(line)]).await, &[expected]);
    }
    let nobody = AlertRuleInput {
        channels: Some(Vec::new()),
        ..input("loss 5")
    };
    check(world.set(id, &[nobody]).await, &["/items/0/channels invalid_input"]);
    let error = check(
        world.set(id, &[input("loss 5 via=mail,pager,console")]).await,
        &["/items/0/channels/1 invalid_input", "/items/0/channels/2 invalid_input"],
    );
    assert!(
        error.field_errors()[0].detail.ends_with("there are: mail, phone"),
        "{error:?}"
    );
    check(
        world.set(id, &[with_id("loss 5", Uuid::from_u128(5))]).await,
        &["/items/0/id invalid_input"],
    );
    check(
        world
            .set(id, &[with_id("loss 5", known[0]), with_id("gain 0", known[0])])
            .await,
        &["/items/1/id invalid_input", "/items/1/threshold_percent invalid_input"],
    );
    let other = world.portfolio().await.id;
    let foreign = ids(&world.rules(other).await)[0];
    check(
        world.set(id, &[with_id("loss 5", foreign)]).await,
        &["/items/0/id invalid_input"],
    );

    let many = vec![input("loss 5"); MAX_RULES + 1];
    check(world.set(id, &many).await, &["/items out_of_range"]);
    assert_eq!(world.rules(id).await, before, "what is refused changes nothing");
    assert_eq!(world.set(id, &many[1..]).await.unwrap().items.len(), MAX_RULES);
}

#[tokio::test]
async fn another_owners_portfolio_is_not_there() {
    let world = world();
    let id = world.portfolio().await.id;
    let other = OwnerId::new("other");
    let read = world.tracker.alert_rules(&other, id).await.unwrap_err();
    let written = world.tracker.set_alert_rules(&other, id, &[], None).await.unwrap_err();
    let absent = world
        .tracker
        .alert_rules(&world.owner, PortfolioId::new(now()))
        .await
        .unwrap_err();
    for error in [read, written, absent] {
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::NotFound, "there is no such portfolio")
        );
    }
    assert_eq!(world.rules(id).await.version, 1);
}

#[tokio::test]
async fn a_portfolio_from_before_there_were_rules_gets_them_when_somebody_looks() {
    let world = world();
    let made = async |valued_at: Option<i64>| {
        let portfolio = portfolio("USD", &["stock:A 1 cost=100:USD"]);
        world.store.create_portfolio(&portfolio).await.unwrap();
        if let Some(hour) = valued_at {
            world.keep(&portfolio, hour, "stock:A 50:USD").await;
        }
        portfolio
    };
    let is_rebased = |watch: &Watch| {
        watch
            .rules
            .iter()
            .map(|rule| watch.state(rule.id).rebase)
            .collect::<Vec<_>>()
    };
    let never_valued = made(None).await;
    let watch = world.tracker.watch(&never_valued).await.unwrap();
    assert_eq!((watch.version, is_rebased(&watch)), (1, vec![false; 2]));

    let valued_before = made(Some(0)).await;
    let mut watch = world.tracker.watch(&valued_before).await.unwrap();
    assert_eq!((watch.version, is_rebased(&watch)), (1, vec![true; 2]));
    assert_eq!(
        ids(&world.rules(valued_before.id).await),
        watch.rules.iter().map(|rule| rule.id).collect::<Vec<_>>()
    );
    assert!(observe(
        &mut watch,
        &valued_before,
        &[],
        &valued(&valued_before, 1, "stock:A 50:USD")
    ));
    assert_eq!(watch.outgoing.events, []);

    // Seen from its first valuation it was not valued before, and seen from the second it was.
    let first = made(Some(0)).await;
    let watch = world.tracker.watch_from(&first, Some(at(0))).await.unwrap();
    assert_eq!(is_rebased(&watch), [false; 2]);
    let second = made(Some(0)).await;
    let watch = world.tracker.watch_from(&second, Some(at(1))).await.unwrap();
    assert_eq!(is_rebased(&watch), [true; 2]);
    assert_eq!(
        is_rebased(&world.tracker.watch_from(&second, Some(at(0))).await.unwrap()),
        [true; 2],
        "it is there"
    );
}

#[tokio::test]
async fn a_new_rule_of_a_valued_portfolio_is_rebased_and_shows_what_it_cannot_say() {
    let world = world();
    let portfolio = world.portfolio().await;
    let mut rules = inputs(&world.rules(portfolio.id).await);
    rules.push(input("price_above stock:A 100:GBP"));
    let unvalued = world.set(portfolio.id, &rules).await.unwrap();
    assert!(
        unvalued
            .items
            .iter()
            .all(|item| !item.state.rebase && item.inactive.is_none())
    );

    world.keep(&portfolio, 0, "stock:A 50:USD").await;
    let mut rules = inputs(&unvalued);
    rules[1].condition = input("gain 20").condition;
    rules.push(input("price_below stock:A 80:USD"));
    let found = world.set(portfolio.id, &rules).await.unwrap();
    let states: Vec<_> = found
        .items
        .iter()
        .map(|item| (item.state.rebase, item.inactive))
        .collect();
    assert_eq!(
        states,
        [
            (false, None),
            (true, None),
            (false, Some(Inactive::OtherCurrency)),
            (true, None)
        ]
    );
    assert_eq!(found, world.rules(portfolio.id).await);
    assert!(found.items.iter().all(|item| item.state.phase == AlertPhase::Armed));

    let update = |change: fn(&mut Portfolio)| {
        let change = move |portfolio: &mut Portfolio| {
            change(portfolio);
            Ok(())
        };
        world.tracker.update_portfolio(&world.owner, portfolio.id, None, change)
    };
    let sold = update(|portfolio| portfolio.holdings.clear()).await.unwrap();
    world.keep(&sold, 1, "").await;
    let inactive: Vec<_> = world
        .rules(portfolio.id)
        .await
        .items
        .iter()
        .map(|item| item.inactive)
        .collect();
    let (no_cost, not_held) = (Some(Inactive::NoCost), Some(Inactive::NotHeld));
    assert_eq!(inactive, [no_cost, no_cost, not_held, not_held]);
    assert_eq!(
        world.set(portfolio.id, &rules).await.unwrap(),
        world.rules(portfolio.id).await,
        "what was there before the sale stays"
    );
    rules[2].condition = input("price_above stock:A 110:GBP").condition;
    rules.push(input("price_below stock:A 70:USD"));
    check(
        world.set(portfolio.id, &rules).await,
        &["/items/2/asset invalid_input", "/items/4/asset invalid_input"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_setters_at_once_each_is_told_what_became_of_its_rules() {
    const SETTERS: u64 = 8;
    let world = Arc::new(world());
    let id = world.portfolio().await.id;
    let at_once = async |expected: Option<u64>, thresholds: std::ops::Range<u64>| {
        let setters: Vec<_> = thresholds
            .map(|threshold| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let rules = [input(&format!("loss {threshold}"))];
                    world.tracker.set_alert_rules(&world.owner, id, &rules, expected).await
                })
            })
            .collect();
        let mut versions = Vec::new();
        for setter in setters {
            versions.push(
                setter
                    .await
                    .unwrap()
                    .map(|rules| rules.version)
                    .map_err(|error| error.kind()),
            );
        }
        versions.sort_by_key(|version| version.as_ref().ok().copied());
        versions
    };
    for round in 1..20 {
        // What is set already changes nothing, so no round sets what the one before has set.
        let first = 20 + round % 2 * SETTERS;
        let told = at_once(Some(round), first..first + SETTERS).await;
        let mut expected = vec![Err(ErrorKind::PreconditionFailed); 7];
        expected.push(Ok(round + 1));
        assert_eq!(told, expected);
    }
    let told = at_once(None, 50..50 + SETTERS).await;
    let expected: Vec<_> = (21..21 + SETTERS).map(Ok).collect();
    assert_eq!(told, expected, "each change is one version");
}

#[tokio::test]
async fn a_deleted_portfolio_takes_its_rules_and_what_was_told_of_it_along() {
    let world = world();
    let (gone, left) = (world.portfolio().await, world.portfolio().await);
    let notifications = Notifications::new(&*world.store);
    for portfolio in [&gone, &left] {
        let mut watch = world.tracker.watch(portfolio).await.unwrap();
        for hour in 0..3 {
            let prices = if hour == 1 { "stock:A 200:USD" } else { "" };
            observe(&mut watch, portfolio, &[], &valued(portfolio, hour, prices));
        }
        assert_eq!(watch.outgoing.events.len(), 3);
        notifications.insert(&watch.outgoing.events).await.unwrap();
    }
    world
        .tracker
        .delete_portfolio(&world.owner, gone.id, None)
        .await
        .unwrap();
    let table = Table::<Watch>::new(&*world.store);
    assert!(table.get(&Watch::key_of(gone.id)).await.unwrap().is_none());
    assert!(table.get(&Watch::key_of(left.id)).await.unwrap().is_some());
    let query = NotificationQuery::newest(world.owner.clone(), 100);
    let told: Vec<_> = notifications.list(&query).await.unwrap().items;
    assert_eq!(told.len(), 3);
    assert!(
        told.iter()
            .all(|event| event.notification.portfolio_id == Some(left.id))
    );
    // Whoever still works on it does not bring it back.
    for error in [
        world.tracker.watch(&gone).await.err(),
        world.set(gone.id, &[]).await.err(),
        world.tracker.watch_from(&gone, Some(at(0))).await.err(),
    ] {
        assert_eq!(error.unwrap().kind(), ErrorKind::NotFound);
    }
    assert!(table.get(&Watch::key_of(gone.id)).await.unwrap().is_none());
}

#[test]
fn a_rule_as_it_is_stated_has_the_defaults() {
    let made = AlertRuleInput::new(Condition::Loss {
        threshold_percent: Percent::FIVE,
    });
    assert_eq!(made, input("loss 5"));
    assert_eq!(
        (made.band_percent, made.cooldown_hours, made.channels),
        (Percent::ONE, 24, None)
    );
}
