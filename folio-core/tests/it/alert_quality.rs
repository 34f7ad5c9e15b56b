//! Which valuations may be relied on, and that nothing is told because something was missing but that it is.

use std::collections::{BTreeMap, BTreeSet};

use folio_core::{
    AlertDefaults, AlertPhase, AssetClass, Evidence, NotificationKind, Portfolio, Quality, SourceId, SourceWatch,
    Watch, failed_classes, quality,
};

use crate::scene::alerts::{at, observe, rule, titles, valued};
use crate::scene::{book, portfolio};

fn classes(words: &str) -> BTreeSet<AssetClass> {
    words.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

/// `sound`, `excused`, or what the owner is told is missing.
#[track_caller]
fn check(header: &str, holdings: &[&str], prices: &str, failed: &str, expected: &str) {
    let valuation = valued(&portfolio(header, holdings), 0, prices);
    let found = match quality(&valuation, &classes(failed)) {
        Quality::Sound => "sound".to_owned(),
        Quality::Excused => "excused".to_owned(),
        Quality::Degraded(rows) => rows
            .iter()
            .map(|row| row.asset.to_string())
            .collect::<Vec<_>>()
            .join(" "),
    };
    assert_eq!(found, expected, "{header} {holdings:?} {prices}, failed: {failed}");
}

const ONE: &[&str] = &["stock:A 1"];

#[test]
fn what_is_known_as_a_whole_is_sound() {
    check("USD", &[], "", "", "sound");
    check("USD", ONE, "stock:A 1:USD", "stock", "sound");
    check("USD", ONE, "stock:A 1:USD carried timeout", "", "sound");
    check("USD", ONE, "stock:A 1:USD carried pending", "", "sound");
    check("USD", ONE, "stock:A 1:USD carried quarantined", "", "stock:A");
    check("USD", ONE, "stock:A 1:USD carried quarantined", "stock", "stock:A");
}

#[test]
fn a_reason_decides_whether_the_owner_is_told() {
    for (reason, alone, with_its_class) in [
        ("pending", "excused", "excused"),
        ("not_in_book", "excused", "excused"),
        ("rate_limited", "stock:A", "excused"),
        ("timeout", "stock:A", "excused"),
        ("unavailable", "stock:A", "excused"),
        ("not_found", "stock:A", "stock:A"),
        ("no_data", "stock:A", "stock:A"),
        ("not_configured", "stock:A", "stock:A"),
        ("no_rate", "stock:A", "stock:A"),
        ("outdated", "stock:A", "stock:A"),
        ("quarantined", "stock:A", "stock:A"),
        ("out_of_range", "stock:A", "stock:A"),
    ] {
        let prices = format!("stock:A unpriced {reason}");
        check("USD", ONE, &prices, "", alone);
        check("USD", ONE, &prices, "crypto currency", alone);
        check("USD", ONE, &prices, "stock", with_its_class);
    }
    check("USD", ONE, "frozen", "", "excused");
    check("EUR", ONE, "stock:A 1:USD", "", "stock:A");
    check("USD", ONE, "stock:A 1:USD as_of=-16d", "stock", "stock:A");
    check("USD strict", ONE, "stock:A 1:USD carried timeout", "", "stock:A");
    check("USD strict", ONE, "stock:A 1:USD carried timeout", "stock", "excused");
}

#[test]
fn only_what_the_owner_can_do_something_about_is_named() {
    let all: &[&str] = &["stock:A 1", "stock:B 1", "stock:C 1", "crypto:d 1", "stock:E 1"];
    let prices = "stock:A unpriced pending; stock:B unpriced not_found; stock:C unpriced timeout; \
                  crypto:d unpriced timeout; stock:E 1:USD";
    check("USD", all, prices, "", "stock:B stock:C crypto:d");
    check("USD", all, prices, "crypto", "stock:B stock:C");
    check("USD", all, prices, "crypto stock", "stock:B");
}

#[test]
fn a_class_failed_if_nothing_of_it_is_new_and_something_was_out_of_reach() {
    let check =
        |lines: &[&str], expected: &str| assert_eq!(failed_classes(&book(lines)), classes(expected), "{lines:?}");
    check(&[], "");
    check(&["stock:A 1:USD", "stock:B unpriced timeout"], "");
    check(
        &["stock:A 1:USD carried timeout", "stock:B unpriced not_found"],
        "stock",
    );
    check(&["stock:A unpriced not_found", "stock:B unpriced no_data"], "");
    check(&["stock:A 1:USD carried pending"], "");
    check(
        &["stock:A 1:USD carried pending", "stock:B unpriced rate_limited"],
        "stock",
    );
    check(
        &[
            "stock:A unpriced unavailable",
            "crypto:b 1:USD",
            "currency:EUR 1:USD carried timeout",
        ],
        "stock currency",
    );
}

/// A portfolio's watch over valuations, hourly: of each the prices and how often its owner was told by then that
/// something is missing.
#[track_caller]
fn episodes(portfolio: &Portfolio, story: &[(&str, usize)]) -> Watch {
    let mut watch = Watch::new(portfolio, &AlertDefaults::default(), None);
    let mut earlier = Vec::new();
    for (hour, (prices, expected)) in story.iter().enumerate() {
        let valuation = valued(portfolio, hour as i64, prices);
        let before = watch.clone();
        let changed = observe(&mut watch, portfolio, &earlier, &valuation);
        assert_eq!(changed, watch != before, "at {hour}");
        let told = watch.outgoing.events.iter();
        let told = told.filter(|event| event.notification.kind == NotificationKind::DataDegraded);
        assert_eq!(told.count(), *expected, "at {hour} of {story:?}");
        assert!(
            !observe(&mut watch, portfolio, &earlier, &valuation),
            "the same once more, at {hour}"
        );
        earlier.push(valuation);
    }
    watch
}

#[test]
fn the_owner_is_told_once_an_episode() {
    let one = portfolio("USD", &["stock:A 1 cost=1:USD"]);
    let (sound, missing) = ("stock:A 1:USD", "stock:A unpriced not_found");
    let (waits, held_back) = ("stock:A unpriced pending", "stock:A 1:USD carried quarantined");
    let watch = episodes(
        &one,
        &[
            (sound, 0),
            (waits, 0),
            (missing, 1),
            (missing, 1),
            (held_back, 1),
            // Neither sound nor wanting: the episode goes on.
            (waits, 1),
            (missing, 1),
            (sound, 1),
            (sound, 1),
            (held_back, 2),
            (sound, 2),
            (missing, 3),
        ],
    );
    let state = watch.data_state();
    assert_eq!(
        (state.phase, state.episode, state.fired_as_of),
        (AlertPhase::Fired, 3, Some(at(11)))
    );
    let ids: BTreeSet<_> = watch
        .outgoing
        .events
        .iter()
        .map(|event| event.notification.id)
        .collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn nothing_that_is_missing_fires_a_rule_on_values() {
    let two = portfolio("USD", &["stock:A 1 cost=100:USD", "stock:B 1 cost=100:USD"]);
    let sound = "stock:A 100:USD; stock:B 100:USD";
    let kinds = |watch: &Watch| -> Vec<_> {
        let events = watch.outgoing.events.iter();
        events.map(|event| event.notification.kind.as_str()).collect()
    };
    let everything = || {
        vec![
            rule("loss 5 id=1"),
            rule("gain 5 id=2"),
            rule("change 5 24 id=3"),
            rule("change 5 24 stock:A id=4"),
            rule("price_below stock:A 50:USD id=5"),
        ]
    };
    for wanting in [
        "stock:A 1:USD carried quarantined; stock:B 500:USD",
        "stock:A unpriced timeout; stock:B 500:USD",
        "stock:A unpriced timeout",
        "stock:A 1:USD as_of=-16d; stock:B 1:USD",
    ] {
        let mut watch = Watch::new(&two, &AlertDefaults::default(), None);
        watch.set_rules(everything(), None);
        let earlier = [valued(&two, 0, sound)];
        observe(&mut watch, &two, &[], &earlier[0]);
        observe(&mut watch, &two, &earlier, &valued(&two, 24, wanting));
        assert_eq!(kinds(&watch), ["data_degraded"], "{wanting}");
    }
    let mut watch = Watch::new(&two, &AlertDefaults::default(), None);
    watch.set_rules(everything(), None);
    let earlier = [valued(&two, 0, sound)];
    observe(&mut watch, &two, &[], &earlier[0]);
    observe(
        &mut watch,
        &two,
        &earlier,
        &valued(&two, 24, "stock:A 1:USD; stock:B 1:USD"),
    );
    assert_eq!(
        kinds(&watch),
        ["loss_alert", "change_alert", "change_alert", "price_alert"]
    );
}

#[test]
fn the_message_names_what_is_missing_and_what_to_do() {
    let lots: Vec<String> = (0..14).map(|index| format!("stock:S{index} 1")).collect();
    let lots: Vec<&str> = lots.iter().map(String::as_str).collect();
    let mut many = portfolio("USD", &lots);
    many.name = "My\n\u{1b}[31mred\u{2028}one\u{202e}".to_owned();
    let watch = episodes(
        &many,
        &[(
            "stock:S3 1:USD; stock:S0 unpriced not_found; stock:S1 1:USD carried quarantined",
            1,
        )],
    );
    let notification = &watch.outgoing.events[0].notification;
    assert_eq!(titles(&watch), ["My  [31mred one  cannot be valued as a whole"]);
    let lines: Vec<_> = notification.message.lines().collect();
    assert_eq!(
        lines[0],
        "13 of 14 holdings of My  [31mred one  could not be relied on at 2026-03-02 09:00 UTC. Alerts on its value wait \
         until all can."
    );
    assert_eq!(
        lines[1],
        "- stock:S0: not_found. Check the symbol with the asset search, or state a price by hand."
    );
    assert!(lines[2].starts_with("- stock:S1: quarantined. "), "{}", lines[2]);
    assert_eq!((lines.len(), lines[11]), (12, "- and 3 more"));
    assert_eq!(notification.portfolio_id, Some(many.id));
}

#[test]
fn a_class_that_failed_is_not_every_owners_to_hear() {
    let one = portfolio("USD", &["stock:A 1 cost=1:USD"]);
    let mut watch = Watch::new(&one, &AlertDefaults::default(), None);
    let mut step = |hour, prices: &str, failed: &str| {
        let (valuation, starts, splits) = (valued(&one, hour, prices), BTreeMap::new(), BTreeMap::new());
        let evidence = Evidence {
            valuation: &valuation,
            starts: &starts,
            splits: &splits,
        };
        watch.observe(&one, evidence, &classes(failed), &[], at(hour))
    };
    assert!(!step(0, "stock:A unpriced timeout", "stock"));
    assert!(step(1, "stock:A unpriced timeout", "crypto"));
    assert!(!step(2, "stock:A unpriced timeout", "stock"));
    assert!(step(3, "stock:A 1:USD", ""));
}

#[test]
fn the_operator_hears_of_a_source_once_until_it_answers() {
    let mut watch = SourceWatch::new(SourceId::new("vendor"));
    let channels = ["console".to_owned()];
    let mut told = Vec::new();
    for (hour, problem, changes) in [
        (0, None, false),
        (1, Some("503\nslow down"), true),
        (1, Some("503"), false),
        (2, Some("500"), false),
        (3, None, true),
        (2, Some("500"), false),
        (4, Some("timeout"), true),
    ] {
        assert_eq!(
            watch.observe(at(hour), problem, &channels, at(hour)),
            changes,
            "at {hour}"
        );
        told.push(watch.outgoing.events.len());
    }
    assert_eq!(told, [0, 1, 1, 1, 1, 1, 2]);
    let [first, second] = &watch.outgoing.events[..] else {
        panic!("{watch:?}")
    };
    assert_ne!(first.notification.id, second.notification.id);
    assert_eq!(
        (first.notification.portfolio_id, &first.channels),
        (None, &channels.to_vec())
    );
    assert_eq!(first.notification.kind, NotificationKind::SourceDegraded);
    assert_eq!(first.notification.title, "The price source vendor does not answer");
    assert!(first.notification.message.starts_with("It said: 503 slow down\n"));
    let json = serde_json::to_string(&watch).unwrap();
    assert_eq!(serde_json::from_str::<SourceWatch>(&json).unwrap(), watch);
}
