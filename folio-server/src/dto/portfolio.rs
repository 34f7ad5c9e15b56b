//! Portfolios, as clients send and receive them.

use std::collections::HashMap;

use folio_core::store::PortfolioSummary;
use folio_core::{
    AssetId, AssetInfo, Currency, Error, HoldingId, OwnerId, Policy, Portfolio, PortfolioId, Result, ValuationId,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{ChangesDto, Dec, HoldingDto, HoldingInput, words};
use crate::input::{self, Fields};

/// A portfolio to make.
#[derive(Clone, Debug, ToSchema)]
pub struct PortfolioInput {
    /// 1 to 200 characters, not blank.
    #[schema(min_length = 1, max_length = 200, example = "Core")]
    pub name: String,
    /// The currency of every total; it never changes.
    #[schema(value_type = Option<String>, example = "USD", default = "USD", pattern = "^[A-Z]{3}$")]
    pub base_currency: Currency,
    /// IANA name of the zone whose days "daily" means.
    #[schema(value_type = Option<String>, example = "Europe/Berlin", default = "UTC")]
    pub time_zone: String,
    /// What to do about a missing price.
    #[schema(value_type = Option<words::Policy>)]
    pub policy: Policy,
    /// At most 50 tags.
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    pub tags: Vec<String>,
    /// A note.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// The first lots, at most 10,000.
    #[schema(value_type = Option<Vec<HoldingInput>>)]
    pub holdings: Vec<HoldingInput>,
}

impl PortfolioInput {
    /// Reads a portfolio to make; `id` and `now` become its id and times.
    ///
    /// # Errors
    /// `InvalidInput`, `OutOfRange` or `Conflict` at every wrong field.
    pub fn read(value: Value, id: PortfolioId, owner: &OwnerId, now: Timestamp) -> Result<Portfolio> {
        let mut fields = Fields::of(value, "")?;
        let name = fields.required("name", input::text).unwrap_or_default();
        let base = fields
            .optional("base_currency", input::parsed::<Currency>)
            .unwrap_or(Currency::USD);
        let mut portfolio = Portfolio::new(name, base, now);
        portfolio.id = id;
        portfolio.owner = owner.clone();
        if let Some(zone) = fields.optional("time_zone", input::text) {
            portfolio.time_zone = zone;
        }
        if let Some(policy) = fields.optional("policy", policy) {
            portfolio.policy = policy;
        }
        portfolio.tags = fields.optional("tags", input::texts).unwrap_or_default();
        portfolio.note = fields.optional("note", input::text);
        match fields.take("holdings") {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) => {
                for (index, value) in list.into_iter().enumerate() {
                    match HoldingInput::read(value, &format!("/holdings/{index}"), HoldingId::new(now), base) {
                        Ok(holding) => portfolio.holdings.push(holding),
                        Err(error) => fields.absorb(&error),
                    }
                }
            }
            Some(_) => fields.refuse("holdings", Error::invalid("a list of holdings is expected here")),
        }
        fields.finish()?;
        portfolio.validate()?;
        Ok(portfolio)
    }
}

/// One of the three policies by name; the longer forms of the core are its own.
pub(crate) fn policy(value: &Value) -> Result<Policy> {
    match input::text(value)?.as_str() {
        "strict" => Ok(Policy::Strict),
        "carry_forward" => Ok(Policy::default()),
        "exclude" => Ok(Policy::Exclude),
        other => Err(Error::invalid(format!(
            "{other:?} is not a policy; write strict, carry_forward or exclude"
        ))),
    }
}

/// A merge patch of a portfolio: null clears, what is absent stays. Fields that only folio writes may be
/// sent back unchanged.
#[derive(Clone, Debug, ToSchema)]
pub struct PortfolioPatch {
    /// 1 to 200 characters, not blank.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// IANA name of a zone; null is UTC.
    pub time_zone: Option<String>,
    /// What to do about a missing price; null is carry_forward.
    #[schema(value_type = Option<words::Policy>)]
    pub policy: Option<String>,
    /// At most 50 tags.
    #[schema(max_items = 50)]
    pub tags: Option<Vec<String>>,
    /// A note.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// Whether it is out of the way; it is still valued.
    pub archived: Option<bool>,
}

impl PortfolioPatch {
    /// Applies a merge patch.
    ///
    /// # Errors
    /// `InvalidInput` at every wrong field.
    pub fn apply(value: Value, portfolio: &mut Portfolio) -> Result<()> {
        let mut fields = Fields::of(value, "")?;
        let holdings = fields.take("holdings");
        let current = serde_json::to_value(PortfolioDto::of(portfolio, &HashMap::new())).unwrap_or_default();
        for name in ["id", "owner", "base_currency", "version", "created_at", "updated_at"] {
            fields.read_only(name, &current[name]);
        }
        if let Some(holdings) = holdings
            && without_info(holdings) != without_info(current["holdings"].clone())
        {
            let detail = "holdings are changed one by one, under /portfolios/{id}/holdings";
            fields.refuse("holdings", Error::invalid(detail));
        }
        if let Some(name) = fields.patch_required("name", input::text) {
            portfolio.name = name;
        }
        if let Some(zone) = fields.patch("time_zone", input::text) {
            portfolio.time_zone = zone.unwrap_or_else(|| "UTC".to_owned());
        }
        if let Some(policy) = fields.patch("policy", policy) {
            portfolio.policy = policy.unwrap_or_default();
        }
        if let Some(tags) = fields.patch("tags", input::texts) {
            portfolio.tags = tags.unwrap_or_default();
        }
        if let Some(note) = fields.patch("note", input::text) {
            portfolio.note = note;
        }
        if let Some(archived) = fields.patch("archived", input::boolean) {
            portfolio.archived = archived.unwrap_or(false);
        }
        fields.finish()?;
        portfolio.validate()
    }
}

fn without_info(mut holdings: Value) -> Value {
    for holding in holdings.as_array_mut().into_iter().flatten() {
        if let Some(holding) = holding.as_object_mut() {
            holding.remove("info");
        }
    }
    holdings
}

/// A portfolio with its lots.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Portfolio)]
pub struct PortfolioDto {
    /// Its id.
    #[schema(value_type = String, example = "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90")]
    pub id: PortfolioId,
    /// Whose it is.
    #[schema(value_type = String, example = "admin")]
    pub owner: OwnerId,
    /// Its name.
    #[schema(example = "Core")]
    pub name: String,
    /// The currency of every total.
    #[schema(value_type = String, example = "USD")]
    pub base_currency: Currency,
    /// The zone whose days "daily" means.
    #[schema(example = "UTC")]
    pub time_zone: String,
    /// What is done about a missing price.
    #[schema(value_type = words::Policy)]
    pub policy: &'static str,
    /// The owner's tags.
    pub tags: Vec<String>,
    /// The owner's note.
    #[schema(required)]
    pub note: Option<String>,
    /// Whether it is out of the way.
    pub archived: bool,
    /// The lots, in the owner's order.
    pub holdings: Vec<HoldingDto>,
    /// Raised by one at every change; also the `ETag`.
    pub version: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl PortfolioDto {
    /// A portfolio with what is known of its assets.
    #[must_use]
    pub fn of(portfolio: &Portfolio, infos: &HashMap<AssetId, AssetInfo>) -> Self {
        Self {
            id: portfolio.id,
            owner: portfolio.owner.clone(),
            name: portfolio.name.clone(),
            base_currency: portfolio.base_currency,
            time_zone: portfolio.time_zone.clone(),
            policy: portfolio.policy.as_str(),
            tags: portfolio.tags.clone(),
            note: portfolio.note.clone(),
            archived: portfolio.archived,
            holdings: portfolio
                .holdings
                .iter()
                .map(|holding| HoldingDto::of(holding, infos.get(&holding.asset)))
                .collect(),
            version: portfolio.version,
            created_at: portfolio.created_at,
            updated_at: portfolio.updated_at,
        }
    }
}

/// A portfolio without its lots.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PortfolioSummary)]
pub struct SummaryDto {
    /// Its id.
    #[schema(value_type = String)]
    pub id: PortfolioId,
    /// Its name.
    pub name: String,
    /// The currency of its totals.
    #[schema(value_type = String, example = "USD")]
    pub base_currency: Currency,
    /// How many lots it has.
    pub holding_count: usize,
    /// Whether it is out of the way.
    pub archived: bool,
    /// Its version.
    pub version: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Its newest snapshot; null without one.
    #[schema(required)]
    pub latest_valuation: Option<LatestValuation>,
}

impl SummaryDto {
    /// A summary with its newest snapshot.
    #[must_use]
    pub fn of(summary: PortfolioSummary, latest_valuation: Option<LatestValuation>) -> Self {
        Self {
            id: summary.id,
            name: summary.name,
            base_currency: summary.base_currency,
            holding_count: summary.holding_count,
            archived: summary.archived,
            version: summary.version,
            created_at: summary.created_at,
            updated_at: summary.updated_at,
            latest_valuation,
        }
    }
}

/// The newest snapshot of a portfolio in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LatestValuation {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ValuationId,
    /// The instant it is for.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// Whether its totals cover everything.
    #[schema(value_type = words::Status)]
    pub status: &'static str,
    /// The value of every priced or carried holding.
    #[schema(required)]
    pub total_value: Option<Dec>,
    /// The gain over cost.
    #[schema(required)]
    pub gain: Option<Dec>,
    /// The gain in percent of the cost.
    #[schema(required)]
    pub gain_percent: Option<Dec>,
    /// How it moved.
    pub changes: ChangesDto,
}
