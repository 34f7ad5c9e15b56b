//! The words of notifications.

use jiff::Timestamp;

use super::evaluate::Observed;
use super::quality::is_wanting;
use super::rule::{AlertRule, Condition};
use crate::money::decimal::{self, Rounding};
use crate::money::{Money, Percent, Price};
use crate::portfolio::Portfolio;
use crate::quote::{Reason, SourceId};
use crate::valuation::{HoldingValuation, Valuation};

/// How many holdings a message names.
const NAMED: usize = 10;

/// Title and message of a crossing.
pub(super) fn crossed(
    portfolio: &Portfolio,
    valuation: &Valuation,
    rule: &AlertRule,
    observed: Observed,
) -> (String, String) {
    let name = one_line(&portfolio.name);
    let when = minute(valuation.as_of);
    let (title, fact) = match (&rule.condition, observed) {
        (Condition::Loss { .. }, Observed::Percent(percent)) => {
            (format!("{name} has lost {}", short(-percent)), gain(valuation))
        }
        (Condition::Gain { .. }, Observed::Percent(percent)) => {
            (format!("{name} has gained {}", short(percent)), gain(valuation))
        }
        (
            Condition::Change {
                window_hours, asset, ..
            },
            Observed::Percent(percent),
        ) => {
            let what = asset.as_ref().map_or_else(|| name.clone(), ToString::to_string);
            let moved = if percent < Percent::ZERO { "fell by" } else { "rose by" };
            let by = short(if percent < Percent::ZERO { -percent } else { percent });
            let fact = match asset {
                Some(_) => format!("The price of {what}, held in {name}, {moved} {by}"),
                None => format!("The value of {name}, deposits and withdrawals left aside, {moved} {by}"),
            };
            let window = span(*window_hours);
            (
                format!("{what} {moved} {by} in {window}"),
                format!("{fact} in {window}."),
            )
        }
        (Condition::PriceAbove { asset, .. } | Condition::PriceBelow { asset, .. }, observed) => (
            format!("{asset} is at {observed}"),
            format!("The price of {asset}, held in {name}, is {observed}."),
        ),
        (_, observed) => (format!("{name}: {observed}"), String::new()),
    };
    let asked = asked_for(&rule.condition);
    let again = match rule.cooldown_hours {
        0 => String::new(),
        1 => " At most one such message comes in 1 hour.".to_owned(),
        hours => format!(" At most one such message comes in {hours} hours."),
    };
    (
        title,
        format!("{fact}\nValued at {when}. You asked to be told of {asked}.{again}"),
    )
}

/// What a rule was made for.
fn asked_for(condition: &Condition) -> String {
    match condition {
        Condition::Loss { threshold_percent } => format!("a loss of {threshold_percent} % or more"),
        Condition::Gain { threshold_percent } => format!("a gain of {threshold_percent} % or more"),
        Condition::Change {
            threshold_percent,
            window_hours,
            ..
        } => {
            format!(
                "a change of {threshold_percent} % or more within {}",
                span(*window_hours)
            )
        }
        Condition::PriceAbove { price, .. } => format!("a price of {} or more", plain(*price)),
        Condition::PriceBelow { price, .. } => format!("a price of {} or less", plain(*price)),
    }
}

/// A window in words.
fn span(hours: u32) -> String {
    match hours {
        168 => "7 days".to_owned(),
        hours => format!("{hours} hours"),
    }
}

/// What a portfolio is worth beside what it cost.
fn gain(valuation: &Valuation) -> String {
    let (Some(value), Some(cost), Some(gain)) = (valuation.value_with_cost, valuation.total_cost, valuation.gain)
    else {
        return String::new();
    };
    let (word, by) = match gain.amount().is_sign_negative() {
        true => ("less", Money::new(decimal::neg(gain.amount()), gain.currency())),
        false => ("more", gain),
    };
    format!(
        "What cost {} is worth {}: {} {word}.",
        amount(cost),
        amount(value),
        amount(by)
    )
}

/// Title and message of a valuation that something is missing in.
pub(super) fn degraded(portfolio: &Portfolio, valuation: &Valuation, rows: &[&HoldingValuation]) -> (String, String) {
    let name = one_line(&portfolio.name);
    let title = format!("{name} cannot be valued as a whole");
    let wanting = valuation.holdings.iter().filter(|row| is_wanting(row)).count();
    let mut message = format!(
        "{wanting} of {} holdings of {name} could not be relied on at {}. Alerts on its value wait until all can.",
        valuation.holdings.len(),
        minute(valuation.as_of),
    );
    if rows.is_empty() {
        message = format!(
            "The total of {name} at {} cannot be computed exactly. Alerts on its value wait until it can.",
            minute(valuation.as_of)
        );
    }
    for row in rows.iter().take(NAMED) {
        let reason = row.pricing.reason.map_or("no price", Reason::as_str);
        let remedy = row.remedy().unwrap_or_default().replace("{symbol}", row.asset.symbol());
        message.push_str(&format!("\n- {}: {reason}. {remedy}", row.asset));
    }
    if rows.len() > NAMED {
        message.push_str(&format!("\n- and {} more", rows.len() - NAMED));
    }
    if wanting > rows.len() {
        message.push_str(&format!(
            "\n- the prices of {} more come by themselves",
            wanting - rows.len()
        ));
    }
    (title, message)
}

/// Title and message of a source that does not answer.
pub(super) fn source_degraded(source: &SourceId, problem: &str) -> (String, String) {
    (
        format!("The price source {source} does not answer"),
        format!(
            "It said: {}\nWhat it alone can price is carried from the last accepted prices, or missing, until it \
             answers again. GET /api/v1/sources and folio doctor show more.",
            one_line(problem)
        ),
    )
}

/// A percentage as a person reads it, with two decimals.
fn short(percent: Percent) -> String {
    let rounded = decimal::round(percent.value(), 2, Rounding::HalfEven);
    format!("{} %", decimal::to_text(rounded))
}

fn amount(money: Money) -> String {
    let rounded = money.round_to_minor_units(Rounding::HalfEven);
    format!("{} {}", decimal::to_text(rounded.amount()), rounded.currency())
}

fn plain(price: Price) -> String {
    format!("{} {}", decimal::to_text(price.amount()), price.currency())
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Somebody's text without what would begin another line, steer a terminal or turn the direction of what follows.
fn one_line(text: &str) -> String {
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}
