//! Alert rules, as clients send and receive them.

use folio_core::money::{Decimal, Percent};
use folio_core::{
    AlertKind, AlertRule, AlertRuleInput as Rule, AlertRules, AlertState, AssetId, Condition, Currency, Error,
    Inactive, Price, Result, WatchedRule,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Dec, words};
use crate::input::{self, Fields};

/// The rules of a portfolio, all of them: one that is not in the list is removed.
#[derive(Clone, Debug, ToSchema)]
pub struct AlertRulesInput {
    /// In the order in which they are shown, at most 100.
    #[schema(max_items = 100)]
    pub items: Vec<AlertRuleInput>,
    /// Read-only; ignored when sent back. `If-Match` makes sure that nobody has changed the rules meanwhile.
    pub version: Option<u64>,
}

impl AlertRulesInput {
    /// Reads the rules of a portfolio whose totals are in `base`.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at every wrong field.
    pub fn read(value: Value, base: Currency) -> Result<Vec<Rule>> {
        let mut fields = Fields::of(value, "")?;
        fields.optional("version", input::whole);
        let mut rules = Vec::new();
        match fields.take("items") {
            Some(Value::Array(list)) => {
                for (index, value) in list.into_iter().enumerate() {
                    match AlertRuleInput::read(value, &format!("/items/{index}"), base) {
                        Ok(rule) => rules.push(rule),
                        Err(error) => fields.absorb(&error),
                    }
                }
            }
            None | Some(Value::Null) => fields.refuse("items", Error::invalid("this field is required")),
            Some(_) => fields.refuse("items", Error::invalid("a list of rules is expected here")),
        }
        fields.finish()?;
        Ok(rules)
    }
}

/// A rule to watch. Decimals may be texts or numbers. A field that the kind does not take is refused unless it
/// is null.
#[derive(Clone, Debug, ToSchema)]
pub struct AlertRuleInput {
    /// The id of a rule that the portfolio has, to keep what is remembered of it; without one a rule is made.
    pub id: Option<String>,
    /// What is watched.
    #[schema(value_type = words::AlertKind)]
    pub kind: String,
    /// Of loss, gain and change, which need it: above 0.
    #[schema(value_type = Option<String>, example = "5")]
    pub threshold_percent: Option<Decimal>,
    /// Of price_above and price_below, which need it: above 0.
    #[schema(value_type = Option<String>, example = "50000")]
    pub price: Option<Decimal>,
    /// Of price_above and price_below: the currency of the price, the portfolio's or the one that the asset is
    /// quoted in. The portfolio's unless told.
    #[schema(value_type = Option<String>, example = "USD", pattern = "^[A-Z]{3}$")]
    pub currency: Option<Currency>,
    /// Of change, which needs it: over how many hours, 24 or 168.
    #[schema(example = 24)]
    pub window_hours: Option<u32>,
    /// Of price_above and price_below, which need it, and of change, which watches the whole portfolio without
    /// one: an asset that the portfolio holds.
    #[schema(value_type = Option<String>, example = "crypto:bitcoin")]
    pub asset: Option<AssetId>,
    /// How far back over the threshold the level has to come before the rule can fire again: percentage points
    /// of a threshold in percent, percent of a price.
    #[schema(value_type = Option<String>, example = "1", default = "1")]
    pub band_percent: Option<Decimal>,
    /// For how long after a notification another crossing makes none.
    #[schema(default = 24, maximum = 8760)]
    pub cooldown_hours: Option<u32>,
    /// The channels that its notifications go through; null is the operator's default.
    #[schema(min_items = 1)]
    pub channels: Option<Vec<String>>,
    /// Read-only; ignored when sent back.
    #[schema(value_type = Option<words::Inactive>)]
    pub inactive: Option<String>,
    /// Read-only; ignored when sent back.
    pub state: Option<AlertStateDto>,
}

impl AlertRuleInput {
    /// Reads one rule, which is at `pointer` of the body.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at every wrong field.
    pub fn read(value: Value, pointer: &str, base: Currency) -> Result<Rule> {
        let mut fields = Fields::of(value, pointer)?;
        fields.optional("inactive", input::text);
        fields.optional("state", |value| match value.is_object() {
            true => Ok(()),
            false => Err(Error::invalid("the state of a rule is expected here, as it was sent")),
        });
        let id = fields.optional("id", id);
        let kind = fields.required("kind", kind);
        let condition = match kind {
            Some(kind) => condition(&mut fields, kind, base),
            None => {
                for name in CONDITION {
                    fields.take(name);
                }
                None
            }
        };
        let band = fields.optional("band_percent", percent);
        let cooldown = fields.optional("cooldown_hours", input::whole);
        let channels = fields.optional("channels", input::texts);
        fields.finish()?;
        let condition = condition.ok_or_else(|| Error::invalid("a rule needs a kind"))?;
        Ok(Rule {
            id,
            condition,
            band_percent: band.unwrap_or(AlertRule::DEFAULT_BAND),
            cooldown_hours: cooldown.unwrap_or(AlertRule::DEFAULT_COOLDOWN_HOURS),
            channels,
        })
    }
}

/// The fields that say when a rule fires.
const CONDITION: [&str; 5] = ["threshold_percent", "price", "currency", "window_hours", "asset"];

/// Reads the fields that a kind has and refuses the others.
fn condition(fields: &mut Fields, kind: AlertKind, base: Currency) -> Option<Condition> {
    let taken: &[&str] = match kind {
        AlertKind::Loss | AlertKind::Gain => &["threshold_percent"],
        AlertKind::Change => &["threshold_percent", "window_hours", "asset"],
        _ => &["price", "currency", "asset"],
    };
    for name in CONDITION.into_iter().filter(|name| !taken.contains(name)) {
        if fields.take(name).is_some_and(|value| !value.is_null()) {
            let detail = format!("a {} rule has no {name}: it has {}", kind.as_str(), taken.join(", "));
            fields.refuse(name, Error::invalid(detail));
        }
    }
    match kind {
        AlertKind::Loss => {
            let threshold_percent = fields.required("threshold_percent", percent)?;
            Some(Condition::Loss { threshold_percent })
        }
        AlertKind::Gain => {
            let threshold_percent = fields.required("threshold_percent", percent)?;
            Some(Condition::Gain { threshold_percent })
        }
        AlertKind::Change => {
            let threshold = fields.required("threshold_percent", percent);
            let window = fields.required("window_hours", input::whole);
            let asset = fields.optional("asset", input::parsed::<AssetId>);
            threshold
                .zip(window)
                .map(|(threshold_percent, window_hours)| Condition::Change {
                    threshold_percent,
                    window_hours,
                    asset,
                })
        }
        _ => {
            let asset = fields.required("asset", input::parsed::<AssetId>);
            let amount = fields.required("price", input::number);
            let currency = fields.optional("currency", input::parsed::<Currency>);
            let price = match Price::new(amount?, currency.unwrap_or(base)) {
                Ok(price) => price,
                Err(error) => {
                    fields.refuse("price", error);
                    return None;
                }
            };
            asset.map(|asset| match kind {
                AlertKind::PriceAbove => Condition::PriceAbove { asset, price },
                _ => Condition::PriceBelow { asset, price },
            })
        }
    }
}

fn kind(value: &Value) -> Result<AlertKind> {
    let name = input::text(value)?;
    AlertKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .ok_or_else(|| {
            let names = AlertKind::ALL.map(AlertKind::as_str);
            Error::invalid(format!("{name:?} is no kind of rule; there are: {}", names.join(", ")))
        })
}

fn percent(value: &Value) -> Result<Percent> {
    Percent::new(input::number(value)?)
}

/// Only the form that folio issues: two spellings of one id would be two rules with it.
fn id(value: &Value) -> Result<Uuid> {
    let text = input::text(value)?;
    match Uuid::try_parse(&text) {
        Ok(id) if id.hyphenated().to_string() == text => Ok(id),
        _ => Err(Error::invalid(
            "no rule of the portfolio has this id; leave it out to make a rule",
        )),
    }
}

/// The rules of a portfolio.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AlertRules)]
pub struct AlertRulesDto {
    /// In the owner's order.
    pub items: Vec<AlertRuleDto>,
    /// Raised by one when the owner changes the rules; also the `ETag`. What happens to a rule does not raise it.
    pub version: u64,
}

/// A rule and how it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AlertRule)]
pub struct AlertRuleDto {
    /// Its id.
    #[schema(value_type = String, example = "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90")]
    pub id: Uuid,
    /// What is watched.
    #[schema(value_type = words::AlertKind)]
    pub kind: &'static str,
    /// The threshold of loss, gain and change.
    #[schema(required)]
    pub threshold_percent: Option<Dec>,
    /// The price of price_above and price_below.
    #[schema(required)]
    pub price: Option<Dec>,
    /// The currency of the price.
    #[schema(required, value_type = Option<String>, example = "USD")]
    pub currency: Option<Currency>,
    /// Over how many hours a change is watched.
    #[schema(required)]
    pub window_hours: Option<u32>,
    /// The asset that is watched; null is the whole portfolio.
    #[schema(required, value_type = Option<String>, example = "crypto:bitcoin")]
    pub asset: Option<AssetId>,
    /// How far back over the threshold the level has to come before the rule can fire again: percentage points
    /// of a threshold in percent, percent of a price.
    pub band_percent: Dec,
    /// For how long after a notification another crossing makes none, by the instants of valuations.
    pub cooldown_hours: u32,
    /// The channels that its notifications go through; null is the operator's default.
    #[schema(required)]
    pub channels: Option<Vec<String>>,
    /// Why the rule can say nothing of the portfolio as it is and was valued last; null of one that can.
    #[schema(required, value_type = Option<words::Inactive>)]
    pub inactive: Option<&'static str>,
    /// What is remembered of it.
    pub state: AlertStateDto,
}

/// What is remembered of a rule between valuations.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AlertState)]
pub struct AlertStateDto {
    /// Whether it waits for its threshold.
    #[schema(value_type = words::AlertPhase)]
    pub phase: &'static str,
    /// How often the threshold was crossed, those in the cool-down included.
    pub episode: u64,
    /// The instant of the snapshot that last changed the state.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub changed_as_of: Option<Timestamp>,
    /// The instant of the last snapshot that the owner was told of.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub fired_as_of: Option<Timestamp>,
}

impl From<AlertRules> for AlertRulesDto {
    fn from(rules: AlertRules) -> Self {
        Self {
            items: rules.items.into_iter().map(AlertRuleDto::from).collect(),
            version: rules.version,
        }
    }
}

impl From<WatchedRule> for AlertRuleDto {
    fn from(WatchedRule { rule, state, inactive }: WatchedRule) -> Self {
        let condition = &rule.condition;
        Self {
            id: rule.id,
            kind: condition.kind().as_str(),
            threshold_percent: condition.threshold_percent().map(|threshold| Dec(threshold.value())),
            price: condition.price().map(|price| Dec(price.amount())),
            currency: condition.price().map(|price| price.currency()),
            window_hours: condition.window_hours(),
            asset: condition.asset().cloned(),
            band_percent: Dec(rule.band_percent.value()),
            cooldown_hours: rule.cooldown_hours,
            channels: rule.channels,
            inactive: inactive.map(Inactive::as_str),
            state: state.into(),
        }
    }
}

impl From<AlertState> for AlertStateDto {
    fn from(state: AlertState) -> Self {
        Self {
            phase: state.phase.as_str(),
            episode: state.episode,
            changed_as_of: state.changed_as_of,
            fired_as_of: state.fired_as_of,
        }
    }
}
