//! Rules, and valuations of one portfolio as the hours go by, for tables of cases about alerts.
//!
//! ```text
//! rule      loss 5 | gain 10 | change 5 24 [stock:AAPL] | price_above stock:AAPL 100:USD [band=2] [cooldown=0] [id=8] [via=a,b]
//! prices    stock:AAPL 100:USD; currency:EUR 1.25:USD
//! ```

use std::collections::{BTreeMap, BTreeSet};

use folio_core::money::Percent;
use folio_core::{
    AlertRule, AlertState, AssetId, CHANGE_SPANS, Condition, Evidence, Portfolio, Split, Valuation, ValuationId,
    WINDOWS, Watch, value,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{book, now, price};

/// The instant so many hours on.
pub(crate) fn at(hour: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hour)
}

pub(crate) fn rule(line: &str) -> AlertRule {
    let (options, words): (Vec<&str>, Vec<&str>) = line.split_whitespace().partition(|word| word.contains('='));
    let threshold_percent = Percent::parse(words[1]).unwrap_or(Percent::ZERO);
    let asset = |index: usize| words.get(index).map(|asset| asset.parse().unwrap());
    let condition = match words[0] {
        "loss" => Condition::Loss { threshold_percent },
        "gain" => Condition::Gain { threshold_percent },
        "change" => Condition::Change {
            threshold_percent,
            window_hours: words[2].parse().unwrap(),
            asset: asset(3),
        },
        "price_above" => Condition::PriceAbove {
            asset: asset(1).unwrap(),
            price: price(words[2]),
        },
        "price_below" => Condition::PriceBelow {
            asset: asset(1).unwrap(),
            price: price(words[2]),
        },
        other => panic!("{other:?} is no kind of rule"),
    };
    let mut rule = AlertRule::new(Uuid::from_u128(7), condition);
    for option in options {
        match option.split_once('=').unwrap() {
            ("band", percent) => rule.band_percent = Percent::parse(percent).unwrap(),
            ("cooldown", hours) => rule.cooldown_hours = hours.parse().unwrap(),
            ("id", id) => rule.id = Uuid::from_u128(id.parse().unwrap()),
            ("via", names) => rule.channels = Some(names.split(',').map(str::to_owned).collect()),
            _ => panic!("{option:?} of {line:?} is not understood"),
        }
    }
    rule
}

/// The portfolio with these prices, for the instant so many hours on.
pub(crate) fn valued(portfolio: &Portfolio, hour: i64, prices: &str) -> Valuation {
    let lines: Vec<&str> = prices
        .split(';')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let as_of = at(hour);
    Valuation {
        id: ValuationId::derived(portfolio.id, as_of),
        as_of,
        ..value(portfolio, &book(&lines), portfolio.policy, now())
    }
}

/// Where the windows before an instant begin among these valuations, which are in order.
pub(crate) fn starts(earlier: &[Valuation], as_of: Timestamp) -> BTreeMap<u32, Valuation> {
    let start = |hours: u32| {
        let length = SignedDuration::from_hours(hours.into());
        let (from, to) = CHANGE_SPANS.iter().find(|span| span.span == length)?.window(as_of);
        let mut newest_first = earlier.iter().rev();
        let start = newest_first.find(|valuation| (from..=to).contains(&valuation.as_of))?;
        Some((hours, start.clone()))
    };
    WINDOWS.into_iter().filter_map(start).collect()
}

/// What a step did to a rule: `!` it fired, `(!)` it crossed in the cool-down, `~` it is armed again, `.` nothing.
pub(crate) fn mark(before: &AlertState, after: &AlertState, is_told: bool) -> &'static str {
    let (crossed, moved) = (after.episode > before.episode, after.phase != before.phase);
    match (is_told, crossed, moved) {
        (true, true, true) => "!",
        (false, true, true) => "(!)",
        (false, false, true) => "~",
        (false, false, false) => ".",
        _ => "a contradiction",
    }
}

/// Goes on by a valuation that comes after `earlier`, with no class failed and `console` by default.
pub(crate) fn observe(watch: &mut Watch, portfolio: &Portfolio, earlier: &[Valuation], valuation: &Valuation) -> bool {
    let evidence = Evidence {
        valuation,
        starts: &starts(earlier, valuation.as_of),
        splits: &BTreeMap::<AssetId, Vec<Split>>::new(),
    };
    let default_channels = ["console".to_owned()];
    watch.observe(
        portfolio,
        evidence,
        &BTreeSet::new(),
        &default_channels,
        valuation.as_of,
    )
}

/// The titles of what was told and is not handed on, oldest first.
pub(crate) fn titles(watch: &Watch) -> Vec<&str> {
    let events = watch.outgoing.events.iter();
    events.map(|event| event.notification.title.as_str()).collect()
}
