//! Prices stated by hand, as clients send and receive them.

use folio_core::money::Decimal;
use folio_core::{AssetId, Currency, Error, Freshness, ManualPoint, ManualPrice, Price, Result, SourceId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Dec, words};
use crate::input::{self, Fields};

/// A price to state. The price may be text or number.
#[derive(Clone, Debug, ToSchema)]
pub struct ManualPriceInput {
    /// What one unit is worth; 0 for what is worth nothing.
    #[schema(value_type = String, example = "450000")]
    pub price: Decimal,
    /// In which currency.
    #[schema(value_type = String, example = "CHF", pattern = "^[A-Z]{3}$")]
    pub currency: Currency,
    /// Since when; now unless told. An earlier price for the same instant is replaced.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// For how many days from then; until another price is stated unless told.
    #[schema(minimum = 1, maximum = 36500)]
    pub valid_days: Option<u32>,
}

/// Reads a price and its currency; what is wrong with them is kept in `fields`.
pub(super) fn price(fields: &mut Fields) -> Option<Price> {
    let amount = fields.required("price", input::number);
    let currency = fields.required("currency", input::parsed::<Currency>);
    let price = amount
        .zip(currency)
        .map(|(amount, currency)| Price::new(amount, currency));
    price?.map_err(|error| fields.refuse("price", error)).ok()
}

impl ManualPriceInput {
    /// Reads a price to state.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at every wrong field.
    pub fn read(value: Value) -> Result<ManualPrice> {
        let mut fields = Fields::of(value, "")?;
        let price = price(&mut fields);
        let as_of = fields.optional("as_of", input::instant);
        let valid_days = fields.optional("valid_days", input::whole);
        fields.finish()?;
        let price = price.ok_or_else(|| Error::invalid("a price and its currency are needed"))?;
        Ok(ManualPrice {
            price,
            as_of,
            valid_days,
        })
    }
}

/// A price that was stated by hand: a quote of the source `manual`, and how long it is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ManualPrice)]
pub struct ManualPriceDto {
    /// The asset.
    #[schema(value_type = String, example = "custom:house")]
    pub asset: AssetId,
    /// What one unit is worth.
    pub price: Dec,
    /// The currency of the price.
    #[schema(value_type = String, example = "CHF")]
    pub currency: Currency,
    /// The same currency, as every quote says what it was quoted in.
    #[schema(value_type = String, example = "CHF")]
    pub price_currency: Currency,
    /// Since when the price holds.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// When it was stated.
    #[schema(value_type = String, format = DateTime)]
    pub fetched_at: Timestamp,
    /// Always manual.
    #[schema(value_type = String, example = "manual")]
    pub source: SourceId,
    /// Always cached.
    #[schema(value_type = words::Freshness)]
    pub freshness: Freshness,
    /// For how many days it is good; null is until another one is stated.
    #[schema(required)]
    pub valid_days: Option<u32>,
    /// Until when it is good; null is until another one is stated.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub valid_until: Option<Timestamp>,
}

impl ManualPriceDto {
    /// What was stated about an asset.
    #[must_use]
    pub fn of(asset: &AssetId, point: &ManualPoint) -> Self {
        let quote = point.quote(asset.clone());
        Self {
            price: Dec(quote.price.amount()),
            currency: quote.price.currency(),
            price_currency: quote.price.currency(),
            as_of: quote.as_of,
            fetched_at: quote.fetched_at,
            source: quote.source,
            freshness: Freshness::Cached,
            valid_days: point.valid_days,
            valid_until: point.valid_until(),
            asset: quote.asset,
        }
    }
}
