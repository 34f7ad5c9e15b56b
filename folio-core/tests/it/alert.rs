//! When a rule fires: once per crossing, never on what is not known, the same however often it is asked.

use folio_core::money::{Decimal, Percent};
use folio_core::{
    AlertKind, AlertPhase, AlertRule, AlertState, Condition, Crossing, Inactive, Observed, Policy, Status, Valuation,
    value,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::scene::{book, now, portfolio};

fn rule(kind: AlertKind, threshold: &str) -> AlertRule {
    rule_at(kind, Percent::parse(threshold).unwrap())
}

fn rule_at(kind: AlertKind, threshold_percent: Percent) -> AlertRule {
    let condition = match kind {
        AlertKind::Gain => Condition::Gain { threshold_percent },
        _ => Condition::Loss { threshold_percent },
    };
    AlertRule::new(Uuid::from_u128(7), condition)
}

/// The instant of the valuation `hour` hours on.
fn at(hour: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hour)
}

/// A complete valuation with a gain of so many percent.
fn gaining(hour: i64, gain: Decimal) -> Valuation {
    let book = book(&["stock:AAPL 100:USD"]);
    let mut valuation = value(
        &portfolio("USD", &["stock:AAPL 1 cost=100:USD"]),
        &book,
        Policy::default(),
        now(),
    );
    valuation.as_of = at(hour);
    valuation.gain_percent = Some(Percent::new(gain).unwrap());
    valuation
}

/// `-5.01`, or `?` for a partial valuation, `!` for an unavailable one, `none` for one without a cost.
fn valuation(hour: i64, word: &str) -> Valuation {
    let (status, gain) = match word.split_at(word.len() - 1) {
        (gain, "?") => (Status::Partial, gain),
        (gain, "!") => (Status::Unavailable, gain),
        _ => (Status::Complete, word),
    };
    let mut valuation = gaining(hour, Decimal::ZERO);
    valuation.status = status;
    valuation.gain_percent = (gain != "none").then(|| Percent::parse(gain).unwrap());
    valuation
}

fn fold<'a>(
    rule: &AlertRule,
    state: AlertState,
    valuations: impl IntoIterator<Item = &'a Valuation>,
) -> (AlertState, Vec<Crossing>) {
    let mut crossings = Vec::new();
    let state = valuations.into_iter().fold(state, |state, valuation| {
        let (next, crossing) = rule.evaluate(&state, valuation);
        crossings.extend(crossing);
        next
    });
    (state, crossings)
}

/// Hourly valuations: of each the gain and what is expected after it. `!` it fired, `(!)` it crossed in
/// the cool-down, `.` nothing, `~` it is armed again.
#[track_caller]
fn check(rule: &AlertRule, story: &[(&str, &str)]) {
    check_every(rule, 1, story);
}

#[track_caller]
fn check_every(rule: &AlertRule, hours: i64, story: &[(&str, &str)]) {
    let mut state = AlertState::default();
    for (index, (word, expected)) in story.iter().enumerate() {
        let valuation = valuation(index as i64 * hours, word);
        let (next, crossing) = rule.evaluate(&state, &valuation);
        let crossed = next.episode > state.episode;
        let found = match (&crossing, crossed, next.phase != state.phase) {
            (Some(_), true, true) => "!",
            (None, true, true) => "(!)",
            (None, false, true) => "~",
            (None, false, false) => ".",
            _ => "a contradiction",
        };
        assert_eq!(found, *expected, "at {index} of {story:?}");
        if found == "." {
            assert_eq!(next, state, "what changes nothing is not written");
        } else {
            assert_eq!(next.changed_as_of, Some(valuation.as_of));
        }
        if let Some(crossing) = crossing {
            assert_eq!((crossing.episode, crossing.as_of), (next.episode, valuation.as_of));
            assert_eq!(
                (crossing.valuation_id, crossing.portfolio_id),
                (valuation.id, valuation.portfolio_id)
            );
            assert_eq!(
                (crossing.rule_id, crossing.event_id),
                (rule.id, rule.event_id(valuation.portfolio_id, next.episode))
            );
            assert_eq!(Some(crossing.observed), valuation.gain_percent.map(Observed::Percent));
            assert_eq!(next.fired_as_of, Some(valuation.as_of));
        }
        state = next;
    }
}

#[test]
fn a_loss_fires_at_its_threshold_once() {
    let loss = rule(AlertKind::Loss, "5");
    check(
        &loss,
        &[
            ("0", "."),
            ("-4.9999", "."),
            ("-5", "!"),
            ("-5", "."),
            ("-9", "."),
            ("-100", "."),
        ],
    );
    check(&loss, &[("5", "."), ("50", "."), ("-50", "!")]);
}

#[test]
fn a_gain_fires_at_its_threshold_once() {
    let gain = rule(AlertKind::Gain, "10");
    check(
        &gain,
        &[
            ("0", "."),
            ("9.9999", "."),
            ("10", "!"),
            ("12", "."),
            ("10", "."),
            ("400", "."),
        ],
    );
    check(&gain, &[("-10", "."), ("-50", "."), ("10.0001", "!")]);
}

#[test]
fn a_rule_starts_armed() {
    check(&rule(AlertKind::Loss, "5"), &[("-40", "!")]);
    check(&rule(AlertKind::Gain, "10"), &[("40", "!")]);
}

#[test]
fn a_rule_re_arms_past_the_band_only() {
    let mut loss = rule(AlertKind::Loss, "5");
    check(
        &loss,
        &[
            ("-5", "!"),
            ("-4.5", "."),
            ("-5.5", "."),
            ("-4", "."),
            ("-3.9999", "~"),
            ("-4.9", "."),
        ],
    );
    let mut gain = rule(AlertKind::Gain, "10");
    check(
        &gain,
        &[
            ("10", "!"),
            ("9.5", "."),
            ("10.5", "."),
            ("9", "."),
            ("8.9999", "~"),
            ("9.5", "."),
        ],
    );
    (loss.band_percent, gain.band_percent) = (Percent::ZERO, Percent::ZERO);
    check(&loss, &[("-5", "!"), ("-4.9999", "~")]);
    check(&gain, &[("10", "!"), ("9.9999", "~")]);
    loss.band_percent = Percent::parse("7").unwrap();
    check(&loss, &[("-5", "!"), ("1", "."), ("2", "."), ("2.0001", "~")]);
}

#[test]
fn a_crossing_within_the_cool_down_counts_and_is_not_told() {
    let loss = rule(AlertKind::Loss, "5");
    check_every(
        &loss,
        6,
        &[("-5", "!"), ("0", "~"), ("-5", "(!)"), ("0", "~"), ("-5", "!")],
    );
    check_every(
        &loss,
        8,
        &[
            ("-5", "!"),
            ("0", "~"),
            ("-5", "(!)"),
            ("-6", "."),
            ("-7", "."),
            ("0", "~"),
            ("-5", "!"),
        ],
    );
    let mut none = rule(AlertKind::Loss, "5");
    none.cooldown_hours = 0;
    check(&none, &[("-5", "!"), ("0", "~"), ("-5", "!"), ("0", "~"), ("-5", "!")]);
}

#[test]
fn a_cool_down_counts_from_what_was_told() {
    // Told at 0, crossed in silence at 20: at 26 the 24 hours since 0 have passed.
    let story: Vec<Valuation> = [(0, "-5"), (2, "0"), (20, "-5"), (22, "0"), (26, "-5")]
        .map(|(hour, word)| valuation(hour, word))
        .into();
    let (state, crossings) = fold(&rule(AlertKind::Loss, "5"), AlertState::default(), &story);
    let told: Vec<_> = crossings
        .iter()
        .map(|crossing| (crossing.as_of, crossing.episode))
        .collect();
    assert_eq!(told, [(at(0), 1), (at(26), 3)]);
    assert_eq!((state.episode, state.fired_as_of), (3, Some(at(26))));
}

#[test]
fn only_a_complete_valuation_with_a_cost_says_anything() {
    let loss = rule(AlertKind::Loss, "5");
    check(
        &loss,
        &[
            ("-50?", "."),
            ("-50!", "."),
            ("none", "."),
            ("none?", "."),
            ("-50", "!"),
        ],
    );
    check(
        &loss,
        &[("-50", "!"), ("9?", "."), ("9!", "."), ("none", "."), ("9", "~")],
    );
}

#[test]
fn a_rule_without_any_cost_is_inactive() {
    let loss = rule(AlertKind::Loss, "5");
    let of = |lots: &[&str], lines: &[&str]| {
        loss.inactive(&value(&portfolio("USD", lots), &book(lines), Policy::default(), now()))
    };
    let aapl = "stock:AAPL 1:USD";
    assert_eq!(of(&["stock:AAPL 1"], &[aapl]), Some(Inactive::NoCost));
    assert_eq!(of(&["stock:AAPL 1 cost=0:USD"], &[aapl]), Some(Inactive::NoCost));
    assert_eq!(of(&[], &[]), Some(Inactive::NoCost));
    assert_eq!(of(&["stock:AAPL 1 cost=1:USD"], &[aapl]), None);
    assert_eq!(
        of(&["stock:AAPL 1 cost=1:USD"], &[]),
        None,
        "its cost is known, its price is not"
    );
}

#[test]
fn what_was_seen_is_not_seen_again() {
    let loss = rule(AlertKind::Loss, "5");
    let fired = AlertState {
        phase: AlertPhase::Fired,
        episode: 1,
        changed_as_of: Some(at(4)),
        fired_as_of: Some(at(4)),
        rebase: false,
    };
    for hour in [0, 3, 4] {
        assert_eq!(loss.evaluate(&fired, &valuation(hour, "9")), (fired, None));
    }
    assert_eq!(loss.evaluate(&fired, &valuation(5, "9")).0.phase, AlertPhase::Armed);
}

#[test]
fn ids_of_events_depend_on_rule_portfolio_and_episode_alone() {
    let loss = rule(AlertKind::Loss, "5");
    let [one, two] = [1, 2].map(|n| Uuid::from_u128(n).to_string().parse().unwrap());
    assert_eq!(
        loss.event_id(one, 1).to_string(),
        "4dfaefb7-2763-5bf4-b81c-91a9e20ef98c"
    );
    assert_eq!(loss.event_id(one, 1), rule(AlertKind::Gain, "10").event_id(one, 1));
    assert_ne!(loss.event_id(one, 1), loss.event_id(one, 2));
    assert_ne!(loss.event_id(one, 1), loss.event_id(two, 1));
    let other = AlertRule::new(Uuid::from_u128(8), loss.condition.clone());
    assert_ne!(loss.event_id(one, 1), other.event_id(one, 1));
}

#[test]
fn a_changed_rule_takes_its_phase_without_firing() {
    let loss = rule(AlertKind::Loss, "5");
    let before = AlertState {
        episode: 3,
        ..AlertState::default()
    };
    let step = |state: AlertState, hour, word| {
        let (state, crossing) = loss.evaluate(&state, &valuation(hour, word));
        assert_eq!(crossing, None);
        state
    };
    let state = step(before.rebased(at(0)), 1, "-9");
    assert_eq!(
        (state.phase, state.episode, state.changed_as_of, state.rebase),
        (AlertPhase::Fired, 3, Some(at(1)), false)
    );
    let state = step(state.rebased(at(1)), 2, "-4.5");
    assert_eq!((state.phase, state.episode), (AlertPhase::Armed, 3));
    // Valued before the rule was changed.
    let waiting = step(state.rebased(at(3)), 3, "-9");
    assert!(waiting.rebase, "what was valued before does not set the phase");
    let waiting = step(waiting, 4, "-9?");
    assert!(waiting.rebase, "what does not tell does not set the phase");
    assert_eq!(step(waiting, 5, "-9").phase, AlertPhase::Fired);
    assert_eq!(loss.evaluate(&state, &valuation(5, "-9")).1.unwrap().episode, 4);
}

#[test]
fn rules_and_states_are_stored_as_they_are() {
    let rule = rule(AlertKind::Loss, "5");
    let json = serde_json::to_string(&rule).unwrap();
    assert_eq!(
        json,
        r#"{"id":"00000000-0000-0000-0000-000000000007","condition":{"loss":{"threshold_percent":"5"}},"band_percent":"1","cooldown_hours":24}"#
    );
    assert_eq!(serde_json::from_str::<AlertRule>(&json).unwrap(), rule);
    let (state, crossing) = rule.evaluate(&AlertState::default(), &valuation(0, "-7"));
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(
        json,
        r#"{"phase":"fired","episode":1,"changed_as_of":"2026-03-02T09:00:00Z","fired_as_of":"2026-03-02T09:00:00Z"}"#
    );
    assert_eq!(serde_json::from_str::<AlertState>(&json).unwrap(), state);
    let json = serde_json::to_string(&crossing).unwrap();
    assert_eq!(serde_json::from_str::<Option<Crossing>>(&json).unwrap(), crossing);
}

/// Gains in hundredths of a percent, with partial and costless valuations among them.
fn story() -> impl Strategy<Value = Vec<Valuation>> {
    let step = prop_oneof![
        6 => (-2000_i64..2000).prop_map(|gain| (Status::Complete, Some(gain))),
        1 => (-2000_i64..2000).prop_map(|gain| (Status::Partial, Some(gain))),
        1 => Just((Status::Complete, None)),
        1 => Just((Status::Unavailable, None)),
    ];
    prop::collection::vec((1_i64..20, step), 0..60).prop_map(|steps| {
        let mut hour = 0;
        steps
            .into_iter()
            .map(|(pause, (status, gain))| {
                hour += pause;
                let mut valuation = gaining(hour, Decimal::ZERO);
                valuation.status = status;
                valuation.gain_percent = gain.map(|gain| Percent::rounded(Decimal::new(gain, 2)));
                valuation
            })
            .collect()
    })
}

fn any_rule() -> impl Strategy<Value = AlertRule> {
    (any::<bool>(), 1_i64..1500, 0_i64..400, 0_u32..48).prop_map(|(loss, threshold, band, cooldown)| {
        let kind = if loss { AlertKind::Loss } else { AlertKind::Gain };
        let hundredths = |count| Percent::rounded(Decimal::new(count, 2));
        let mut rule = rule_at(kind, hundredths(threshold));
        rule.band_percent = hundredths(band);
        rule.cooldown_hours = cooldown;
        rule
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A second implementation, from the sentences of the contract, over the whole story.
    #[test]
    fn crossings_are_edges(rule in any_rule(), story in story()) {
        let (mut beyond, mut told, mut episode, mut expected) = (false, None::<Timestamp>, 0, Vec::new());
        for valuation in story.iter().filter(|valuation| valuation.status == Status::Complete) {
            let Some(gain) = valuation.gain_percent.map(Percent::value) else { continue };
            let (threshold, band) = (rule.condition.threshold_percent().unwrap().value(), rule.band_percent.value());
            let (reached, left) = match rule.kind() {
                AlertKind::Loss => (gain <= -threshold, gain > -threshold + band),
                _ => (gain >= threshold, gain < threshold - band),
            };
            if !beyond && reached {
                beyond = true;
                episode += 1;
                let quiet = told.map(|told| told + SignedDuration::from_hours(rule.cooldown_hours.into()));
                if quiet.is_none_or(|quiet| valuation.as_of >= quiet) {
                    told = Some(valuation.as_of);
                    expected.push((valuation.as_of, episode));
                }
            } else if beyond && left {
                beyond = false;
            }
        }
        let (state, crossings) = fold(&rule, AlertState::default(), &story);
        let found: Vec<_> = crossings.iter().map(|crossing| (crossing.as_of, crossing.episode)).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!((state.episode, state.phase == AlertPhase::Fired), (episode, beyond));
    }

    /// A chunk that died anywhere starts over: with the state it had written, everything once more.
    #[test]
    fn a_replay_from_anywhere_changes_nothing(rule in any_rule(), story in story(), cut in 0_usize..60, back in 0_usize..60) {
        let cut = cut.min(story.len());
        let whole = fold(&rule, AlertState::default(), &story);
        let (state, mut crossings) = fold(&rule, AlertState::default(), &story[..cut]);
        let (state, more) = fold(&rule, state, &story[cut.saturating_sub(back)..]);
        crossings.extend(more);
        prop_assert_eq!(&(state, crossings), &whole);
        prop_assert_eq!(fold(&rule, whole.0, &story), (whole.0, Vec::new()));
    }

    #[test]
    fn each_valuation_twice_is_each_once(rule in any_rule(), story in story()) {
        let twice = story.iter().flat_map(|valuation| [valuation, valuation]);
        prop_assert_eq!(fold(&rule, AlertState::default(), twice), fold(&rule, AlertState::default(), &story));
    }

    #[test]
    fn flapping_within_the_band_fires_once(rule in any_rule(), steps in prop::collection::vec(0_i64..400, 1..60)) {
        // Every gain is beyond the threshold, or short of it by no more than the band.
        let sign = if rule.kind() == AlertKind::Loss { -Decimal::ONE } else { Decimal::ONE };
        let story: Vec<Valuation> = steps.iter().enumerate().map(|(index, step)| {
            let short = Decimal::new(*step, 2).min(rule.band_percent.value());
            let short = if index % 2 == 0 { -Decimal::new(*step, 2) } else { short };
            gaining(index as i64 * 30, sign * (rule.condition.threshold_percent().unwrap().value() - short))
        }).collect();
        let (state, crossings) = fold(&rule, AlertState::default(), &story);
        prop_assert_eq!((crossings.len(), state.episode), (1, 1));
    }

    /// Valuations that were never made, and those that say nothing, are the same to a rule.
    #[test]
    fn what_says_nothing_may_as_well_be_missing(rule in any_rule(), story in story()) {
        let telling = story.iter().filter(|valuation| valuation.status == Status::Complete && valuation.gain_percent.is_some());
        prop_assert_eq!(fold(&rule, AlertState::default(), telling), fold(&rule, AlertState::default(), &story));
    }

    #[test]
    fn no_two_crossings_share_an_id_or_lie_within_the_cool_down(rule in any_rule(), story in story()) {
        let (_, crossings) = fold(&rule, AlertState::default(), &story);
        for pair in crossings.windows(2) {
            prop_assert!(pair[0].event_id != pair[1].event_id && pair[0].episode < pair[1].episode);
            let pause = pair[1].as_of.duration_since(pair[0].as_of);
            prop_assert!(pause >= SignedDuration::from_hours(rule.cooldown_hours.into()));
        }
    }
}
