//! What is watched of a portfolio: changed rules, what was put off, what is still to be handed on, and its words.

use folio_core::store::Row;
use folio_core::{AlertDefaults, AlertPhase, AlertRule, Event, Portfolio, Watch};
use uuid::Uuid;

use crate::scene::alerts::{at, observe, rule, titles, valued};
use crate::scene::portfolio;

const ID: Uuid = Uuid::from_u128(7);

/// A portfolio of one share that cost 100, and its watch with these rules.
fn watched(rules: &[&str]) -> (Portfolio, Watch) {
    let portfolio = portfolio("USD", &["stock:A 1 cost=100:USD"]);
    let mut watch = Watch::new(&portfolio, &AlertDefaults::default(), None);
    watch.set_rules(rules.iter().map(|line| rule(line)).collect(), None);
    (portfolio, watch)
}

/// Observes the share at a price in dollars; whether the row changed.
fn step(watch: &mut Watch, portfolio: &Portfolio, hour: i64, dollars: &str) -> bool {
    let valuation = valued(portfolio, hour, &format!("stock:A {dollars}:USD"));
    observe(watch, portfolio, &[], &valuation)
}

#[test]
fn the_first_valuation_of_a_new_portfolio_fires_and_that_of_an_old_one_does_not() {
    let (portfolio, _) = watched(&[]);
    let mut new = Watch::new(&portfolio, &AlertDefaults::default(), None);
    assert!(step(&mut new, &portfolio, 1, "50"));
    assert_eq!(titles(&new), ["Core has lost 50 %"]);
    let mut old = Watch::new(&portfolio, &AlertDefaults::default(), Some(at(0)));
    assert!(step(&mut old, &portfolio, 1, "50"));
    assert_eq!(titles(&old), [""; 0]);
    let [loss, gain] = [0, 1].map(|index| old.state(old.rules[index].id));
    assert_eq!((loss.phase, loss.episode), (AlertPhase::Fired, 0));
    assert_eq!((gain.phase, gain.episode), (AlertPhase::Armed, 0));
    assert!(step(&mut old, &portfolio, 2, "120"));
    assert!(step(&mut old, &portfolio, 3, "50"));
    assert_eq!(titles(&old), ["Core has gained 20 %", "Core has lost 50 %"]);
}

/// The share fell to 90 and the rule `loss 5` told so; then the rules are replaced. What the rule with the same
/// id does at each price after that.
#[track_caller]
fn replaced(line: &str, steps: &[(&str, usize)]) {
    let (portfolio, mut watch) = watched(&["loss 5 cooldown=0"]);
    step(&mut watch, &portfolio, 0, "90");
    let handed_on = watch.outgoing.events.clone();
    assert!(watch.outgoing.remove(&handed_on));
    assert!(watch.set_rules(vec![rule(line)], Some(at(0))));
    for (index, (dollars, told)) in steps.iter().enumerate() {
        step(&mut watch, &portfolio, index as i64 + 1, dollars);
        assert_eq!(watch.outgoing.events.len(), *told, "{line} at {index} of {steps:?}");
        let ids = watch.outgoing.events.iter().map(|event| event.notification.id);
        assert!(
            ids.clone().all(|id| id != handed_on[0].notification.id),
            "{line}: an id comes again"
        );
    }
}

#[test]
fn a_rule_that_watches_something_else_takes_its_phase_without_firing() {
    // The same rule goes on in its phase, with another cool-down and channel too.
    for line in ["loss 5 cooldown=0 via=other", "loss 5 cooldown=1"] {
        replaced(line, &[("90", 0), ("100", 0), ("90", 1)]);
    }
    // What is so already is not told.
    replaced("loss 3 cooldown=0", &[("90", 0), ("100", 0), ("97", 1)]);
    replaced(
        "loss 5 band=2 cooldown=0",
        &[("90", 0), ("96.5", 0), ("90", 0), ("98", 0), ("90", 1)],
    );
    // It has not been reached, so it is armed, whatever it was before.
    replaced("loss 20 cooldown=0", &[("90", 0), ("80", 1)]);
    replaced("gain 10 cooldown=0", &[("110", 0), ("100", 0), ("110", 1)]);
    replaced(
        "price_below stock:A 95:USD cooldown=0",
        &[("90", 0), ("100", 0), ("90", 1)],
    );
}

#[test]
fn what_was_valued_before_the_change_sets_no_phase() {
    let (portfolio, mut watch) = watched(&["loss 20"]);
    for (hour, dollars) in [(0, "100"), (1, "96"), (2, "90")] {
        assert!(!step(&mut watch, &portfolio, hour, dollars));
    }
    watch.set_rules(vec![rule("loss 5")], Some(at(2)));
    // A run that died starts over, and goes through what was there when the owner changed the rule.
    for (hour, dollars) in [(1, "96"), (2, "90")] {
        assert!(!step(&mut watch, &portfolio, hour, dollars));
    }
    assert!(step(&mut watch, &portfolio, 3, "90"));
    assert_eq!(titles(&watch), [""; 0]);
    assert_eq!(watch.state(ID).phase, AlertPhase::Fired);
}

#[test]
fn versions_rise_with_changes_only() {
    let (_, mut watch) = watched(&["loss 5", "gain 5 id=8"]);
    let version = watch.version;
    let rules = watch.rules.clone();
    assert!(!watch.set_rules(rules.clone(), Some(at(0))));
    assert_eq!(watch.version, version);
    let turned: Vec<AlertRule> = rules.into_iter().rev().collect();
    assert!(watch.set_rules(turned, Some(at(0))));
    assert_eq!(watch.version, version + 1);
    assert!(!watch.state(ID).rebase, "another order is no other rule");
    assert!(watch.set_rules(Vec::new(), Some(at(0))));
    assert_eq!((watch.version, watch.rules.len()), (version + 2, 0));
}

#[test]
fn what_is_remembered_of_a_removed_rule_goes_and_that_of_the_data_stays() {
    let (portfolio, mut watch) = watched(&["loss 5"]);
    step(&mut watch, &portfolio, 0, "90");
    observe(&mut watch, &portfolio, &[], &valued(&portfolio, 1, ""));
    assert_eq!((watch.state(ID).episode, watch.data_state().episode), (1, 1));
    watch.set_rules(Vec::new(), Some(at(1)));
    assert_eq!((watch.state(ID).episode, watch.data_state().episode), (0, 1));
    // What was recorded before is told all the same.
    assert_eq!(watch.outgoing.events.len(), 2);
    assert!(!observe(&mut watch, &portfolio, &[], &valued(&portfolio, 2, "")));
}

#[test]
fn what_was_handed_on_is_taken_out_once() {
    let (portfolio, mut watch) = watched(&["loss 5 cooldown=0", "price_below stock:A 95:USD id=8 cooldown=0"]);
    assert_eq!(watch.due_at(), None);
    step(&mut watch, &portfolio, 0, "90");
    let first: Vec<Event> = watch.outgoing.events.clone();
    assert_eq!(first.len(), 2);
    let due = watch.due_at().unwrap();
    assert!(due > at(0) && due < at(1), "{due}");
    step(&mut watch, &portfolio, 1, "100");
    step(&mut watch, &portfolio, 2, "90");
    assert_eq!(watch.outgoing.events.len(), 4);
    assert!(watch.due_at() > Some(due));
    assert!(watch.outgoing.remove(&first));
    assert_eq!(watch.outgoing.events.len(), 2, "what came meanwhile stays");
    assert!(watch.due_at().is_some());
    assert!(!watch.outgoing.remove(&first));
    assert!(!watch.outgoing.remove(&[]));
    let rest = watch.outgoing.events.clone();
    assert!(watch.outgoing.remove(&rest[..1]) && watch.outgoing.remove(&rest));
    assert_eq!((watch.due_at(), watch.outgoing.events.len()), (None, 0));
}

#[test]
fn what_was_put_off_is_crossed_out_when_it_is_seen() {
    let (portfolio, mut watch) = watched(&["loss 5"]);
    watch.deferred.extend([at(1), at(2)]);
    assert!(!step(&mut watch, &portfolio, 0, "100"));
    assert!(
        step(&mut watch, &portfolio, 1, "100"),
        "that it is crossed out has to be written"
    );
    assert_eq!(watch.deferred.iter().collect::<Vec<_>>(), [&at(2)]);
    assert!(!step(&mut watch, &portfolio, 1, "100"));
    step(&mut watch, &portfolio, 3, "90");
    assert!(
        step(&mut watch, &portfolio, 2, "100"),
        "also where nothing later counts it any more"
    );
    assert!(watch.deferred.is_empty());
}

#[test]
fn events_carry_the_channels_of_the_crossing() {
    let channels = |watch: &Watch| watch.outgoing.events.last().unwrap().channels.clone();
    let (portfolio, mut watch) = watched(&["loss 5", "gain 5 id=8 via=mail,phone", "gain 50 id=9 via=phone,pager"]);
    step(&mut watch, &portfolio, 0, "90");
    assert_eq!(channels(&watch), ["console"]);
    step(&mut watch, &portfolio, 1, "110");
    assert_eq!(channels(&watch), ["mail", "phone"]);
    // Whoever hears of crossings hears why none come.
    observe(&mut watch, &portfolio, &[], &valued(&portfolio, 2, ""));
    assert_eq!(channels(&watch), ["console", "mail", "phone", "pager"]);
    watch.set_rules(vec![rule("loss 1"), rule("gain 1 id=8 via=mail")], None);
    assert_eq!(watch.outgoing.events[1].channels, ["mail", "phone"]);
    let (portfolio, mut silent) = watched(&[]);
    observe(&mut silent, &portfolio, &[], &valued(&portfolio, 0, ""));
    assert_eq!(channels(&silent), ["console"]);
}

#[test]
fn a_watch_is_stored_as_it_is() {
    let (portfolio, mut watch) = watched(&[
        "loss 5",
        "gain 5 id=8 via=mail",
        "change 5 24 stock:A id=9",
        "change 5 168 id=10",
        "price_above stock:A 1.50:EUR id=11 band=0.5 cooldown=0",
        "price_below stock:A 1000000000000:JPY id=12",
    ]);
    watch.set_rules(watch.rules.iter().rev().cloned().collect(), Some(at(-1)));
    watch.deferred.insert(at(5));
    step(&mut watch, &portfolio, 0, "90");
    observe(&mut watch, &portfolio, &[], &valued(&portfolio, 1, ""));
    let json = serde_json::to_string(&watch).unwrap();
    let read: Watch = serde_json::from_str(&json).unwrap();
    assert_eq!(read, watch);
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    assert_eq!(
        (read.key(), read.due_at(), read.expires_at()),
        (portfolio.id.to_string(), watch.due_at(), None)
    );
}

/// Title and message of what the last of these prices, a day after the one before, is told with.
#[track_caller]
fn told(line: &str, dollars: &[&str], title: &str, message: &str) {
    let (mut portfolio, mut watch) = watched(&[line]);
    portfolio.name = "Nest\negg".to_owned();
    let mut earlier = Vec::new();
    for (day, dollars) in dollars.iter().enumerate() {
        let valuation = valued(&portfolio, day as i64 * 24, &format!("stock:A {dollars}:USD"));
        observe(&mut watch, &portfolio, &earlier, &valuation);
        earlier.push(valuation);
    }
    let [event] = &watch.outgoing.events[..] else {
        unreachable!("{line}: {:?}", watch.outgoing)
    };
    let notification = &event.notification;
    assert_eq!(
        (notification.title.as_str(), notification.message.as_str()),
        (title, message)
    );
    let last = earlier.last().unwrap();
    assert_eq!(
        (notification.created_at, notification.valuation_id),
        (last.as_of, Some(last.id))
    );
    assert_eq!(
        (notification.id, notification.rule_id),
        (watch.rules[0].event_id(portfolio.id, 1), Some(ID))
    );
    assert_eq!(
        (&notification.owner, notification.portfolio_id),
        (&portfolio.owner, Some(portfolio.id))
    );
    assert_eq!(notification.kind, watch.rules[0].kind().notification());
}

#[test]
fn the_words_say_what_happened_when_and_what_was_asked_for() {
    told(
        "loss 5",
        &["93.456"],
        "Nest egg has lost 6.54 %",
        "What cost 100 USD is worth 93.46 USD: 6.54 USD less.\nValued at 2026-03-02 09:00 UTC. You asked to be told of \
         a loss of 5 % or more. At most one such message comes in 24 hours.",
    );
    told(
        "gain 10.5 cooldown=0",
        &["1200"],
        "Nest egg has gained 1100 %",
        "What cost 100 USD is worth 1200 USD: 1100 USD more.\nValued at 2026-03-02 09:00 UTC. You asked to be told of a \
         gain of 10.5 % or more.",
    );
    told(
        "change 5 24 cooldown=1",
        &["100", "90"],
        "Nest egg fell by 10 % in 24 hours",
        "The value of Nest egg, deposits and withdrawals left aside, fell by 10 % in 24 hours.\nValued at 2026-03-03 \
         09:00 UTC. You asked to be told of a change of 5 % or more within 24 hours. At most one such message comes in \
         1 hour.",
    );
    told(
        "change 5 24 stock:A cooldown=0",
        &["100", "110"],
        "stock:A rose by 10 % in 24 hours",
        "The price of stock:A, held in Nest egg, rose by 10 % in 24 hours.\nValued at 2026-03-03 09:00 UTC. You asked to \
         be told of a change of 5 % or more within 24 hours.",
    );
    told(
        "change 5 168 cooldown=0",
        &["100", "100", "100", "100", "100", "100", "100", "110.005"],
        "Nest egg rose by 10 % in 7 days",
        "The value of Nest egg, deposits and withdrawals left aside, rose by 10 % in 7 days.\nValued at 2026-03-09 \
         09:00 UTC. You asked to be told of a change of 5 % or more within 7 days.",
    );
    told(
        "price_above stock:A 110:USD cooldown=0",
        &["111.5"],
        "stock:A is at 111.5 USD",
        "The price of stock:A, held in Nest egg, is 111.5 USD.\nValued at 2026-03-02 09:00 UTC. You asked to be told of \
         a price of 110 USD or more.",
    );
    told(
        "price_below stock:A 110:USD cooldown=0",
        &["111.5", "109"],
        "stock:A is at 109 USD",
        "The price of stock:A, held in Nest egg, is 109 USD.\nValued at 2026-03-03 09:00 UTC. You asked to be told of a \
         price of 110 USD or less.",
    );
}
