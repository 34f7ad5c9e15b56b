//! Whatever is gone through, in whatever pieces and however often: exactly the notifications that a second
//! implementation, written from the sentences of the contract, expects.

use std::collections::{BTreeMap, BTreeSet};

use folio_core::money::Decimal;
use folio_core::{AlertDefaults, AlertRule, Condition, Event, Portfolio, Valuation, Watch};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::scene::alerts::{at, observe, rule, valued};
use crate::scene::portfolio;

/// What is known of a share at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Priced(i64),
    Carried(i64),
    HeldBack(i64),
    Missing,
    Pending,
}

impl Seen {
    fn line(self, asset: &str) -> String {
        match self {
            Self::Priced(price) => format!("{asset} {price}:USD"),
            Self::Carried(price) => format!("{asset} {price}:USD carried timeout"),
            Self::HeldBack(price) => format!("{asset} {price}:USD carried quarantined"),
            Self::Missing => format!("{asset} unpriced not_found"),
            Self::Pending => format!("{asset} unpriced pending"),
        }
    }

    /// The price that may be relied on.
    fn sound(self) -> Option<i64> {
        match self {
            Self::Priced(price) | Self::Carried(price) => Some(price),
            _ => None,
        }
    }
}

/// Of two shares, one of each, the first bought for 100 dollars and the other for an unknown cost.
#[derive(Clone, Copy, Debug)]
struct Look {
    hour: i64,
    a: Seen,
    b: Seen,
}

fn held() -> Portfolio {
    portfolio("USD", &["stock:A 1 cost=100:USD", "stock:B 1"])
}

fn history(looks: &[Look], portfolio: &Portfolio) -> Vec<Valuation> {
    let prices = |look: &Look| format!("{}; {}", look.a.line("stock:A"), look.b.line("stock:B"));
    looks
        .iter()
        .map(|look| valued(portfolio, look.hour, &prices(look)))
        .collect()
}

/// Whether what a rule watches has reached its threshold, has left it by more than the band, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Reached,
    Left,
}

fn side(reached: bool, left: bool) -> Option<Side> {
    match (reached, left) {
        (true, _) => Some(Side::Reached),
        (false, true) => Some(Side::Left),
        (false, false) => None,
    }
}

/// The last look at or before so many hours ago, at most a tenth of the time older.
fn start(earlier: &[Look], hour: i64, window: i64) -> Option<&Look> {
    let last = earlier.iter().rev().find(|look| look.hour <= hour - window)?;
    (10 * (hour - last.hour) <= 11 * window).then_some(last)
}

/// How the share of a whole that changed compares to so many percent.
fn moved(then: i64, now: i64, percent: i64) -> std::cmp::Ordering {
    (100 * (now - then).abs()).cmp(&(percent * then))
}

/// All thresholds are whole numbers, so that a comparison needs no rounding.
fn whole(number: Decimal) -> i64 {
    number.try_into().unwrap()
}

/// Where a rule is after each look that tells it anything.
fn sides(rule: &AlertRule, looks: &[Look]) -> Vec<(i64, Side)> {
    let band = whole(rule.band_percent.value());
    let threshold = rule.condition.threshold_percent().map(|percent| whole(percent.value()));
    let of = |(index, now): (usize, &Look)| {
        let (a, b) = (now.a.sound(), now.b.sound());
        let side = match &rule.condition {
            Condition::Loss { .. } => {
                let (loss, threshold) = (100 - b.and(a)?, threshold?);
                side(loss >= threshold, loss < threshold - band)
            }
            Condition::Gain { .. } => {
                let (gain, threshold) = (b.and(a)? - 100, threshold?);
                side(gain >= threshold, gain < threshold - band)
            }
            Condition::Change {
                window_hours, asset, ..
            } => {
                let then = start(&looks[..index], now.hour, i64::from(*window_hours))?;
                let (then, now) = match asset {
                    Some(_) => (then.a.sound()?, a?),
                    None => (then.a.sound()? + then.b.sound()?, a? + b?),
                };
                let threshold = threshold?;
                side(
                    moved(then, now, threshold).is_ge(),
                    moved(then, now, threshold - band).is_lt(),
                )
            }
            Condition::PriceAbove { price, .. } => {
                let (price, now) = (whole(price.amount()), a?);
                side(now >= price, 100 * now < price * (100 - band))
            }
            Condition::PriceBelow { price, .. } => {
                let (price, now) = (whole(price.amount()), a?);
                side(now <= price, 100 * now > price * (100 + band))
            }
            other => unreachable!("{other:?}"),
        };
        side.map(|side| (now.hour, side))
    };
    looks.iter().enumerate().filter_map(of).collect()
}

/// The hours at which the threshold was reached from the other side, or as the first thing that was seen.
fn edges(sides: &[(i64, Side)]) -> Vec<i64> {
    let before = [None].into_iter().chain(sides.iter().map(|(_, side)| Some(*side)));
    let edge = |(before, (hour, side)): (Option<Side>, &(i64, Side))| {
        (*side == Side::Reached && before != Some(Side::Reached)).then_some(*hour)
    };
    before.zip(sides).filter_map(edge).collect()
}

/// The ids of everything that is told, with the instant.
fn expected(rules: &[AlertRule], portfolio: &Portfolio, looks: &[Look]) -> BTreeSet<(Uuid, Timestamp)> {
    let id = |watched: Uuid, episode: usize| Uuid::new_v5(&watched, &(episode as u64).to_be_bytes());
    let mut told = BTreeSet::new();
    for rule in rules {
        let mut quiet_until = i64::MIN;
        for (index, hour) in edges(&sides(rule, looks)).into_iter().enumerate() {
            if hour >= quiet_until {
                quiet_until = hour + i64::from(rule.cooldown_hours);
                let watched = Uuid::new_v5(portfolio.id.as_uuid(), rule.id.as_bytes());
                told.insert((id(watched, index + 1), at(hour)));
            }
        }
    }
    let data = Uuid::new_v5(portfolio.id.as_uuid(), b"data_degraded");
    let wanting = |seen: Seen| matches!(seen, Seen::Missing | Seen::HeldBack(_));
    let data_sides: Vec<_> = looks
        .iter()
        .filter_map(|look| {
            let both_sound = look.a.sound().and(look.b.sound()).is_some();
            Some((look.hour, side(wanting(look.a) || wanting(look.b), both_sound)?))
        })
        .collect();
    let data_edges = edges(&data_sides).into_iter().enumerate();
    told.extend(data_edges.map(|(index, hour)| (id(data, index + 1), at(hour))));
    told
}

fn told(events: &[Event]) -> BTreeSet<(Uuid, Timestamp)> {
    let events = events.iter().map(|event| &event.notification);
    events
        .map(|notification| (notification.id, notification.created_at))
        .collect()
}

fn watching(rules: &[AlertRule], portfolio: &Portfolio) -> Watch {
    let mut watch = Watch::new(portfolio, &AlertDefaults::default(), None);
    watch.set_rules(rules.to_vec(), None);
    watch
}

/// The events of going through all valuations once.
fn once(rules: &[AlertRule], portfolio: &Portfolio, valuations: &[Valuation]) -> (Watch, Vec<Event>) {
    let mut watch = watching(rules, portfolio);
    for (index, valuation) in valuations.iter().enumerate() {
        observe(&mut watch, portfolio, &valuations[..index], valuation);
    }
    let events = std::mem::take(&mut watch.outgoing).events;
    (watch, events)
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        8 => (80_i64..125).prop_map(Seen::Priced),
        2 => (80_i64..125).prop_map(Seen::Carried),
        1 => (80_i64..125).prop_map(Seen::HeldBack),
        1 => Just(Seen::Missing),
        1 => Just(Seen::Pending),
    ]
}

fn looks() -> impl Strategy<Value = Vec<Look>> {
    let pause = prop_oneof![Just(12_i64), Just(12_i64), 1_i64..30];
    prop::collection::vec((pause, seen(), seen()), 0..50).prop_map(|steps| {
        let mut hour = 0;
        let look = |(pause, a, b)| {
            hour += pause;
            Look { hour, a, b }
        };
        steps.into_iter().map(look).collect()
    })
}

fn rules() -> impl Strategy<Value = Vec<AlertRule>> {
    let numbers = (1_i64..15, 0_i64..6, prop_oneof![Just(0_u32), 1_u32..80]);
    prop::collection::vec(numbers, 7).prop_map(|numbers| {
        let rule = |(id, (threshold, band, cooldown)): (usize, (i64, i64, u32))| {
            let condition = match id {
                0 => format!("loss {threshold}"),
                1 => format!("gain {threshold}"),
                2 => format!("change {} 24", threshold + band),
                3 => format!("change {} 168", threshold + band),
                4 => format!("change {} 24 stock:A", threshold + band),
                5 => format!("price_above stock:A {}:USD", 100 + threshold),
                _ => format!("price_below stock:A {}:USD", 100 - threshold),
            };
            rule(&format!("{condition} id={} band={band} cooldown={cooldown}", id + 1))
        };
        numbers.into_iter().enumerate().map(rule).collect()
    })
}

/// Pieces of a history: where one ends, how far the next goes back, and whether the events are handed on between.
fn pieces() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    prop::collection::vec((1_usize..20, 0_usize..60, any::<bool>()), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_are_the_edges(rules in rules(), looks in looks()) {
        let portfolio = held();
        let (_, events) = once(&rules, &portfolio, &history(&looks, &portfolio));
        prop_assert_eq!(told(&events), expected(&rules, &portfolio, &looks));
        let ids: BTreeSet<_> = events.iter().map(|event| event.notification.id).collect();
        prop_assert_eq!(ids.len(), events.len());
    }

    /// Runs that die anywhere and start over anywhere before, the row stored and read back in between, its
    /// events handed on or not.
    #[test]
    fn pieces_and_replays_are_the_whole(rules in rules(), looks in looks(), pieces in pieces()) {
        let portfolio = held();
        let valuations = history(&looks, &portfolio);
        let (mut watch, mut events) = (watching(&rules, &portfolio), Vec::new());
        let (mut next, mut furthest) = (0_usize, 0_usize);
        for (length, back, hands_on) in pieces.into_iter().chain([(usize::MAX, 60, true)]) {
            // A run goes on at the first valuation that nobody went through, or before it.
            let end = next.max(furthest).saturating_add(length).min(valuations.len());
            for index in next..end {
                observe(&mut watch, &portfolio, &valuations[..index], &valuations[index]);
            }
            furthest = furthest.max(end);
            next = furthest.saturating_sub(back);
            watch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
            if hands_on {
                let outgoing = watch.outgoing.events.clone();
                watch.outgoing.remove(&outgoing);
                events.extend(outgoing);
            }
        }
        let (whole, wanted) = once(&rules, &portfolio, &valuations);
        prop_assert_eq!(&events, &wanted);
        prop_assert_eq!(&watch, &whole);
        prop_assert_eq!(told(&events), expected(&rules, &portfolio, &looks));
    }

    #[test]
    fn each_valuation_any_number_of_times_is_each_once(rules in rules(), looks in looks(), times in prop::collection::vec(1_usize..4, 50)) {
        let portfolio = held();
        let valuations = history(&looks, &portfolio);
        let mut watch = watching(&rules, &portfolio);
        for (index, times) in (0..valuations.len()).zip(times) {
            for time in 0..times {
                let changed = observe(&mut watch, &portfolio, &valuations[..index], &valuations[index]);
                prop_assert!(time == 0 || !changed, "what changes nothing is not written");
            }
        }
        prop_assert_eq!(&watch.outgoing.events, &once(&rules, &portfolio, &valuations).1);
    }

    /// Valuations in which something is missing, put in anywhere, tell that and change nothing else. Rules on
    /// changes are left out: a valuation in which something is missing may be where their window begins.
    #[test]
    fn gaps_change_nothing_else(rules in rules(), looks in looks(), gaps in prop::collection::vec((0_usize..50, 1_i64..60, 0_usize..3), 0..20)) {
        let rules: Vec<_> = rules.into_iter().filter(|rule| rule.condition.window_hours().is_none()).collect();
        let portfolio = held();
        let mut with_gaps: BTreeMap<Timestamp, Valuation> = BTreeMap::new();
        for (index, minutes, what) in gaps {
            let Some(look) = looks.get(index) else { continue };
            let prices = ["stock:B 1:USD; stock:A unpriced timeout", "", "stock:A 999:USD carried quarantined; stock:B 1:USD"][what];
            let mut gap = valued(&portfolio, look.hour, prices);
            gap.as_of += SignedDuration::from_mins(minutes - 60);
            with_gaps.insert(gap.as_of, gap);
        }
        let valuations = history(&looks, &portfolio);
        with_gaps.extend(valuations.iter().map(|valuation| (valuation.as_of, valuation.clone())));
        let with_gaps: Vec<_> = with_gaps.into_values().collect();
        let of_rules = |valuations: &[Valuation]| -> Vec<Event> {
            let (_, events) = once(&rules, &portfolio, valuations);
            let ids: BTreeSet<_> = rules.iter().map(|rule| Some(rule.id)).collect();
            events.into_iter().filter(|event| ids.contains(&event.notification.rule_id)).collect()
        };
        prop_assert_eq!(of_rules(&with_gaps), of_rules(&valuations));
    }

    #[test]
    fn what_only_waits_tells_nothing(rules in rules(), hours in prop::collection::vec(1_i64..30, 0..30)) {
        let looks: Vec<_> = hours.iter().scan(0, |hour, pause| {
            *hour += pause;
            Some(Look { hour: *hour, a: Seen::Pending, b: Seen::Pending })
        }).collect();
        let portfolio = held();
        let (watch, events) = once(&rules, &portfolio, &history(&looks, &portfolio));
        prop_assert_eq!(events, Vec::new());
        prop_assert_eq!(watch, watching(&rules, &portfolio));
    }

    /// However long the level goes up and down between the threshold and the far end of the band.
    #[test]
    fn flapping_within_the_band_is_told_once(band in 0_i64..20, threshold in 1_i64..40, steps in prop::collection::vec((1_i64..100, any::<bool>(), 0_i64..40), 1..80)) {
        let rules = [rule(&format!("loss {threshold} band={band} cooldown=0")), rule(&format!("price_below stock:A {}:USD band={band} cooldown=0 id=8", 100 - threshold))];
        let mut hour = 0;
        let mut look = |price| {
            hour += 1;
            Look { hour, a: Seen::Priced(price), b: Seen::Priced(1) }
        };
        // The band of a price is percent of it, so it is never wider than that of the loss here.
        let within = (100 - threshold) * band / 100;
        let looks: Vec<_> = [look(100 - threshold)].into_iter().chain(steps.into_iter().map(|(deep, inside, by)| {
            look(if inside { 100 - threshold + by.min(within) } else { (100 - threshold - deep).max(0) })
        })).collect();
        let portfolio = held();
        let (watch, events) = once(&rules, &portfolio, &history(&looks, &portfolio));
        prop_assert_eq!(events.len(), 2);
        prop_assert_eq!(rules.map(|rule| watch.state(rule.id).episode), [1, 1]);
    }
}
