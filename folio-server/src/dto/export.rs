//! The document of `folio export` and `folio import`: what an owner stated, in one JSON file.

use folio_core::{
    AlertRule, AssetId, Belongings, CostBasis, Currency, Error, Holding, HoldingId, ManualPoint, OwnedPortfolio,
    OwnerId, Policy, Portfolio, PortfolioId, Quantity, Result, to_millis,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{AlertRuleInput, Dec, HoldingInput, manual};
use crate::input::{self, Fields};

/// What the document calls itself.
const FORMAT: &str = "folio-export";
/// The version of the document's shape that is written, and the only one that is read.
const VERSION: u64 = 1;

/// What an owner stated, and when it was taken out.
#[derive(Clone, Debug, Serialize)]
pub struct ExportDto {
    /// `folio-export`.
    pub format: &'static str,
    /// The version of the shape, 1.
    pub version: u64,
    /// Whose it is.
    pub owner: OwnerId,
    /// When it was taken out.
    pub exported_at: Timestamp,
    /// The portfolios, oldest first.
    pub portfolios: Vec<ExportedPortfolio>,
    /// The prices by hand.
    pub manual_prices: Vec<ExportedPrice>,
}

/// A portfolio with its lots and alert rules.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedPortfolio {
    /// Its id, which it keeps.
    pub id: PortfolioId,
    /// Its name.
    pub name: String,
    /// The currency of every total.
    pub base_currency: Currency,
    /// The zone whose days "daily" means.
    pub time_zone: String,
    /// What is done about a missing price.
    pub policy: Policy,
    /// The owner's tags.
    pub tags: Vec<String>,
    /// The owner's note.
    pub note: Option<String>,
    /// Whether it is out of the way.
    pub archived: bool,
    /// The lots, in the owner's order.
    pub holdings: Vec<ExportedHolding>,
    /// The alert rules, in the owner's order.
    pub alert_rules: Vec<ExportedRule>,
    /// Its version.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A lot as its owner stated it: of the two forms of a cost, the one that was given.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedHolding {
    /// Its id, which it keeps.
    pub id: HoldingId,
    /// What is held.
    pub asset: AssetId,
    /// How much.
    pub quantity: Quantity,
    /// What one unit cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Dec>,
    /// What the whole lot cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Dec>,
    /// The currency that was paid in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_currency: Option<Currency>,
    /// The day it was acquired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acquired_on: Option<Date>,
    /// The account or wallet it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The owner's tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The owner's note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The owner's own id for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// An alert rule without what is remembered of it.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedRule {
    /// Its id, which it keeps.
    pub id: Uuid,
    /// What is watched.
    pub kind: &'static str,
    /// The threshold of loss, gain and change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold_percent: Option<Dec>,
    /// The price of price_above and price_below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Dec>,
    /// The currency of the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Over how many hours a change is watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_hours: Option<u32>,
    /// The asset that is watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// How far back over the threshold the level has to come.
    pub band_percent: Dec,
    /// For how long another crossing makes no notification.
    pub cooldown_hours: u32,
    /// The channels, where the rule names some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
}

/// A price that the owner stated by hand.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedPrice {
    /// Of what.
    pub asset: AssetId,
    /// What one unit is worth.
    pub price: Dec,
    /// In which currency.
    pub currency: Currency,
    /// Since when the price holds.
    pub as_of: Timestamp,
    /// For how many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<u32>,
    /// When the owner said it.
    pub stated_at: Timestamp,
}

impl ExportDto {
    /// The document of what an owner stated.
    #[must_use]
    pub fn of(belongings: &Belongings, now: Timestamp) -> Self {
        let price = |(asset, point): &(AssetId, ManualPoint)| ExportedPrice {
            asset: asset.clone(),
            price: Dec(point.price.amount()),
            currency: point.price.currency(),
            as_of: point.as_of,
            valid_days: point.valid_days,
            stated_at: point.stated_at,
        };
        Self {
            format: FORMAT,
            version: VERSION,
            owner: belongings.owner.clone(),
            exported_at: now,
            portfolios: belongings.portfolios.iter().map(ExportedPortfolio::from).collect(),
            manual_prices: belongings.manual_prices.iter().map(price).collect(),
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// `Unsupported` for a document of another version, else `InvalidInput`, `OutOfRange` or `Conflict` at
    /// every wrong field.
    pub fn read(value: Value) -> Result<Belongings> {
        let mut fields = Fields::of(value, "")?;
        let format = fields.take("format");
        if format.as_ref().and_then(Value::as_str) != Some(FORMAT) {
            let detail = format!("this is no file of `folio export`: its format would be {FORMAT:?}");
            return Err(Error::invalid(detail).at("/format"));
        }
        let version = fields.take("version").unwrap_or_default();
        if version.as_u64() != Some(VERSION) {
            let detail = format!("the file has version {version}; this folio reads version {VERSION}");
            return Err(Error::new(folio_core::ErrorKind::Unsupported, detail).at("/version"));
        }
        let owner = fields.required("owner", input::text).map(OwnerId::new);
        fields.optional("exported_at", input::instant);
        let owner = owner.unwrap_or_default();
        let portfolios = list(&mut fields, "portfolios", |value, at| portfolio(value, at, &owner));
        let manual_prices = list(&mut fields, "manual_prices", price);
        fields.finish()?;
        Ok(Belongings {
            owner,
            portfolios,
            manual_prices,
        })
    }
}

/// Reads each entry of a list that may be absent; what is wrong with them is kept in `fields`.
fn list<T>(fields: &mut Fields, name: &str, read: impl Fn(Value, &str) -> Result<T>) -> Vec<T> {
    let at = fields.pointer_to(name);
    let entries = match fields.take(name) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            fields.refuse(name, Error::invalid("a list is expected here"));
            return Vec::new();
        }
    };
    let mut read_ones = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        match read(entry, &format!("{at}/{index}")) {
            Ok(entry) => read_ones.push(entry),
            Err(error) => fields.absorb(&error),
        }
    }
    read_ones
}

fn portfolio(value: Value, at: &str, owner: &OwnerId) -> Result<OwnedPortfolio> {
    let mut fields = Fields::of(value, at)?;
    let id = fields.required("id", id::<PortfolioId>);
    let name = fields.required("name", input::text);
    let base = fields.required("base_currency", input::parsed::<Currency>);
    let time_zone = fields.required("time_zone", input::text);
    let policy = fields.required("policy", input::parsed::<Policy>);
    let tags = fields.optional("tags", input::texts).unwrap_or_default();
    let note = fields.optional("note", input::text);
    let archived = fields.optional("archived", input::boolean).unwrap_or(false);
    let version = fields.required("version", count);
    let created_at = fields.required("created_at", input::instant);
    let updated_at = fields.required("updated_at", input::instant);
    let in_base = base.unwrap_or(Currency::USD);
    let holdings = list(&mut fields, "holdings", |value, at| holding(value, at, in_base));
    let rules = list(&mut fields, "alert_rules", |value, at| rule(value, at, in_base));
    fields.finish()?;
    let missing = || Error::invalid("a portfolio needs all of its fields").at(at);
    let portfolio = Portfolio {
        id: id.ok_or_else(missing)?,
        owner: owner.clone(),
        name: name.ok_or_else(missing)?,
        base_currency: in_base,
        time_zone: time_zone.ok_or_else(missing)?,
        policy: policy.ok_or_else(missing)?,
        tags,
        note,
        archived,
        holdings,
        version: version.ok_or_else(missing)?,
        created_at: to_millis(created_at.ok_or_else(missing)?),
        updated_at: to_millis(updated_at.ok_or_else(missing)?),
    };
    Ok(OwnedPortfolio { portfolio, rules })
}

fn holding(value: Value, at: &str, base: Currency) -> Result<Holding> {
    let (rest, id) = without_id(value, at)?;
    HoldingInput::read(rest, at, id, base)
}

fn rule(value: Value, at: &str, base: Currency) -> Result<AlertRule> {
    let read = AlertRuleInput::read(value, at, base)?;
    let missing = || Error::invalid("this field is required").at("/id").at(at);
    let mut rule = AlertRule::new(read.id.ok_or_else(missing)?, read.condition);
    (rule.band_percent, rule.cooldown_hours) = (read.band_percent, read.cooldown_hours);
    rule.channels = read.channels;
    Ok(rule)
}

fn price(value: Value, at: &str) -> Result<(AssetId, ManualPoint)> {
    let mut fields = Fields::of(value, at)?;
    let asset = fields.required("asset", input::parsed::<AssetId>);
    let price = manual::price(&mut fields);
    let as_of = fields.required("as_of", input::instant);
    let valid_days = fields.optional("valid_days", input::whole);
    let stated_at = fields.required("stated_at", input::instant);
    fields.finish()?;
    let missing = || Error::invalid("a price needs all of its fields").at(at);
    let point = ManualPoint {
        as_of: to_millis(as_of.ok_or_else(missing)?),
        price: price.ok_or_else(missing)?,
        valid_days,
        stated_at: to_millis(stated_at.ok_or_else(missing)?),
    };
    Ok((asset.ok_or_else(missing)?, point))
}

/// An object without its id, and that.
fn without_id(mut value: Value, at: &str) -> Result<(Value, HoldingId)> {
    let object = value
        .as_object_mut()
        .ok_or_else(|| Error::invalid("a JSON object is expected here").at(at))?;
    let given = object.remove("id").unwrap_or_default();
    let id = id(&given).map_err(|error| error.at("/id").at(at))?;
    Ok((value, id))
}

/// An id in the form that folio issues.
fn id<T: std::str::FromStr<Err = Error>>(value: &Value) -> Result<T> {
    let wrong = |_| Error::invalid("an id is a UUID with hyphens, in lower case");
    input::text(value)?.parse().map_err(wrong)
}

fn count(value: &Value) -> Result<u64> {
    value
        .as_u64()
        .ok_or_else(|| Error::invalid("a whole number is expected here"))
}

impl From<&OwnedPortfolio> for ExportedPortfolio {
    fn from(OwnedPortfolio { portfolio, rules }: &OwnedPortfolio) -> Self {
        Self {
            id: portfolio.id,
            name: portfolio.name.clone(),
            base_currency: portfolio.base_currency,
            time_zone: portfolio.time_zone.clone(),
            policy: portfolio.policy,
            tags: portfolio.tags.clone(),
            note: portfolio.note.clone(),
            archived: portfolio.archived,
            holdings: portfolio.holdings.iter().map(ExportedHolding::from).collect(),
            alert_rules: rules.iter().map(ExportedRule::from).collect(),
            version: portfolio.version,
            created_at: portfolio.created_at,
            updated_at: portfolio.updated_at,
        }
    }
}

impl From<&Holding> for ExportedHolding {
    fn from(holding: &Holding) -> Self {
        let (unit_cost, cost) = match holding.cost {
            None => (None, None),
            Some(CostBasis::Unit(price)) => (Some(Dec(price.amount())), None),
            Some(CostBasis::Total(money)) => (None, Some(Dec(money.amount()))),
        };
        Self {
            id: holding.id,
            asset: holding.asset.clone(),
            quantity: holding.quantity,
            unit_cost,
            cost,
            cost_currency: holding.cost.map(|cost| cost.currency()),
            acquired_on: holding.acquired_on,
            account: holding.account.clone(),
            tags: holding.tags.clone(),
            note: holding.note.clone(),
            external_id: holding.external_id.clone(),
        }
    }
}

impl From<&AlertRule> for ExportedRule {
    fn from(rule: &AlertRule) -> Self {
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
            channels: rule.channels.clone(),
        }
    }
}
