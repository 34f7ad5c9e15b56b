//! Lots, as clients send and receive them.

use folio_core::money::Decimal;
use folio_core::{AssetId, AssetInfo, CostBasis, Currency, Error, Holding, HoldingId, Money, Price, Quantity, Result};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{AssetDto, Dec};
use crate::input::{self, Fields};

/// A lot to add. Decimals may be texts or numbers.
#[derive(Clone, Debug, ToSchema)]
pub struct HoldingInput {
    /// `class:symbol`.
    #[schema(value_type = String, example = "crypto:bitcoin")]
    pub asset: AssetId,
    /// How much; greater than 0, of a currency not 0.
    #[schema(value_type = String, example = "0.5")]
    pub quantity: Quantity,
    /// What was paid for one unit; not together with `cost`.
    #[schema(value_type = Option<String>, example = "42000")]
    pub unit_cost: Option<Decimal>,
    /// What was paid for the whole lot with fees; not together with `unit_cost`.
    #[schema(value_type = Option<String>)]
    pub cost: Option<Decimal>,
    /// The currency of the cost; that of the portfolio unless told.
    #[schema(value_type = Option<String>, example = "USD", pattern = "^[A-Z]{3}$")]
    pub cost_currency: Option<Currency>,
    /// The day it was acquired; a cost in another currency is converted at that day's rate.
    #[schema(value_type = Option<String>, format = Date, example = "2025-01-15")]
    pub acquired_on: Option<Date>,
    /// The account or wallet it lies in.
    #[schema(max_length = 200)]
    pub account: Option<String>,
    /// At most 50 tags.
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    pub tags: Vec<String>,
    /// A note.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// The owner's own id for it, unique within the portfolio.
    #[schema(max_length = 200)]
    pub external_id: Option<String>,
}

impl HoldingInput {
    /// Reads a lot to add from `value`, which is at `pointer` of the body.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at every wrong field.
    pub fn read(value: Value, pointer: &str, id: HoldingId, base: Currency) -> Result<Holding> {
        let mut fields = Fields::of(value, pointer)?;
        let asset = fields.required("asset", input::parsed::<AssetId>);
        let quantity = fields.required("quantity", |value| Quantity::new(input::number(value)?));
        let cost = read_cost(&mut fields, base);
        let acquired_on = fields.optional("acquired_on", input::date);
        let account = fields.optional("account", input::text);
        let tags = fields.optional("tags", input::texts).unwrap_or_default();
        let note = fields.optional("note", input::text);
        let external_id = fields.optional("external_id", input::text);
        let holding = match (asset, quantity) {
            (Some(asset), Some(quantity)) => Some(Holding {
                id,
                asset,
                quantity,
                cost,
                acquired_on,
                account,
                tags,
                note,
                external_id,
            }),
            _ => None,
        };
        fields.finish()?;
        let holding = holding.ok_or_else(|| Error::invalid("a holding needs an asset and a quantity").at(pointer))?;
        holding.validate().map_err(|error| error.at(pointer))?;
        Ok(holding)
    }
}

/// A merge patch of a lot: null clears, what is absent stays. A lot may be sent back whole.
#[derive(Clone, Debug, ToSchema)]
pub struct HoldingPatch {
    /// `class:symbol`.
    #[schema(example = "crypto:bitcoin")]
    pub asset: Option<String>,
    /// How much.
    #[schema(example = "0.75")]
    pub quantity: Option<String>,
    /// What was paid for one unit; not together with a new `cost`.
    pub unit_cost: Option<String>,
    /// What was paid for the whole lot; not together with a new `unit_cost`.
    pub cost: Option<String>,
    /// The currency of the cost; null is that of the portfolio.
    pub cost_currency: Option<String>,
    /// The day it was acquired.
    #[schema(format = Date)]
    pub acquired_on: Option<String>,
    /// The account or wallet it lies in.
    #[schema(max_length = 200)]
    pub account: Option<String>,
    /// At most 50 tags.
    #[schema(max_items = 50)]
    pub tags: Option<Vec<String>>,
    /// A note.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// The owner's own id for it.
    #[schema(max_length = 200)]
    pub external_id: Option<String>,
}

impl HoldingPatch {
    /// Applies a merge patch to a lot.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at every wrong field.
    pub fn apply(value: Value, holding: &mut Holding, base: Currency) -> Result<()> {
        let mut fields = Fields::of(value, "")?;
        let current = serde_json::to_value(HoldingDto::of(holding, None)).unwrap_or_default();
        fields.read_only("id", &current["id"]);
        // What is known of an asset changes by itself, so a client that sends it back is never wrong.
        fields.take("info");
        if let Some(asset) = fields.patch_required("asset", input::parsed::<AssetId>) {
            holding.asset = asset;
        }
        if let Some(quantity) = fields.patch_required("quantity", |value| Quantity::new(input::number(value)?)) {
            holding.quantity = quantity;
        }
        patch_cost(&mut fields, holding, base, &current);
        if let Some(date) = fields.patch("acquired_on", input::date) {
            holding.acquired_on = date;
        }
        if let Some(account) = fields.patch("account", input::text) {
            holding.account = account;
        }
        if let Some(tags) = fields.patch("tags", input::texts) {
            holding.tags = tags.unwrap_or_default();
        }
        if let Some(note) = fields.patch("note", input::text) {
            holding.note = note;
        }
        if let Some(external_id) = fields.patch("external_id", input::text) {
            holding.external_id = external_id;
        }
        fields.finish()?;
        holding.validate()
    }
}

const BOTH: &str = "give either unit_cost or cost: the other one is derived";

fn read_cost(fields: &mut Fields, base: Currency) -> Option<CostBasis> {
    let unit = fields.optional("unit_cost", input::number);
    let total = fields.optional("cost", input::number);
    let stated = fields.optional("cost_currency", input::parsed::<Currency>);
    let currency = stated.unwrap_or(base);
    match (unit, total) {
        (Some(_), Some(_)) => {
            fields.refuse("cost", Error::invalid(BOTH));
            None
        }
        (Some(unit), None) => unit_cost(fields, unit, currency),
        (None, Some(total)) => Some(CostBasis::Total(Money::new(total, currency))),
        (None, None) => {
            if stated.is_some_and(|stated| stated != base) {
                fields.refuse(
                    "cost_currency",
                    Error::invalid("there is no cost that this could be the currency of"),
                );
            }
            None
        }
    }
}

fn unit_cost(fields: &mut Fields, amount: Decimal, currency: Currency) -> Option<CostBasis> {
    match Price::new(amount, currency) {
        Ok(price) => Some(CostBasis::Unit(price)),
        Err(error) => {
            fields.refuse("unit_cost", error);
            None
        }
    }
}

/// A client may send the whole lot back, the derived form of the cost included: a form that is as it was
/// counts as not sent.
fn patch_cost(fields: &mut Fields, holding: &mut Holding, base: Currency, current: &Value) {
    let mut changed = |name: &str| {
        let sent = fields.patch(name, input::number)?;
        let was = current[name]
            .as_str()
            .and_then(|text| folio_core::money::decimal::from_text(text).ok());
        (sent != was).then_some(sent)
    };
    let (unit, total) = (changed("unit_cost"), changed("cost"));
    let currency = fields
        .patch("cost_currency", input::parsed::<Currency>)
        .map(|sent| sent.unwrap_or(base));
    let paid_in = currency
        .or_else(|| holding.cost.map(|cost| cost.currency()))
        .unwrap_or(base);
    holding.cost = match (unit, total) {
        (Some(Some(_)), Some(Some(_))) => {
            fields.refuse("cost", Error::invalid(BOTH));
            return;
        }
        (Some(Some(unit)), _) => match unit_cost(fields, unit, paid_in) {
            Some(cost) => Some(cost),
            None => return,
        },
        (_, Some(Some(total))) => Some(CostBasis::Total(Money::new(total, paid_in))),
        (Some(None), _) | (_, Some(None)) => None,
        (None, None) => match holding.cost {
            Some(CostBasis::Unit(price)) => match unit_cost(fields, price.amount(), paid_in) {
                Some(cost) => Some(cost),
                None => return,
            },
            Some(CostBasis::Total(money)) => Some(CostBasis::Total(Money::new(money.amount(), paid_in))),
            None => {
                if currency.is_some_and(|sent| sent != base) {
                    let error = Error::invalid("there is no cost that this could be the currency of");
                    fields.refuse("cost_currency", error);
                }
                None
            }
        },
    };
}

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Holding)]
pub struct HoldingDto {
    /// Its id.
    #[schema(value_type = String, example = "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90")]
    pub id: HoldingId,
    /// What is held.
    #[schema(value_type = String, example = "crypto:bitcoin")]
    pub asset: AssetId,
    /// What is known of the asset; null until a source has said it.
    #[schema(required)]
    pub info: Option<AssetDto>,
    /// How much; negative only for a currency, which is a debt.
    #[schema(value_type = Dec)]
    pub quantity: Quantity,
    /// What one unit cost.
    #[schema(required)]
    pub unit_cost: Option<Dec>,
    /// What the whole lot cost.
    #[schema(required)]
    pub cost: Option<Dec>,
    /// The currency that was paid in; null without a cost.
    #[schema(required, value_type = Option<String>, example = "USD")]
    pub cost_currency: Option<Currency>,
    /// The day it was acquired.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub acquired_on: Option<Date>,
    /// The account or wallet it lies in.
    #[schema(required)]
    pub account: Option<String>,
    /// The owner's tags.
    pub tags: Vec<String>,
    /// The owner's note.
    #[schema(required)]
    pub note: Option<String>,
    /// The owner's own id for it.
    #[schema(required)]
    pub external_id: Option<String>,
}

impl HoldingDto {
    /// A lot with what is known of its asset.
    #[must_use]
    pub fn of(holding: &Holding, info: Option<&AssetInfo>) -> Self {
        let cost = holding.cost.as_ref();
        Self {
            id: holding.id,
            asset: holding.asset.clone(),
            info: info.map(AssetDto::from),
            quantity: holding.quantity,
            unit_cost: cost
                .and_then(|cost| cost.unit(holding.quantity).ok())
                .map(|price| Dec(price.amount())),
            cost: cost
                .and_then(|cost| cost.total(holding.quantity).ok())
                .map(|money| Dec(money.amount())),
            cost_currency: cost.map(CostBasis::currency),
            acquired_on: holding.acquired_on,
            account: holding.account.clone(),
            tags: holding.tags.clone(),
            note: holding.note.clone(),
            external_id: holding.external_id.clone(),
        }
    }
}
