//! What is known of an asset beside its price.

use folio_core::{AssetClass, AssetId, AssetInfo, AssetKind, Currency};
use serde::Serialize;
use utoipa::ToSchema;

/// What is known of an asset beside its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AssetInfo)]
pub struct AssetDto {
    /// `class:symbol`.
    #[schema(value_type = String, example = "crypto:bitcoin")]
    pub asset: AssetId,
    /// Its name.
    #[schema(example = "Bitcoin")]
    pub name: String,
    /// The ticker that people know it by.
    #[schema(required, example = "BTC")]
    pub ticker: Option<String>,
    /// The class; more may come.
    #[schema(value_type = String, example = "crypto")]
    pub class: AssetClass,
    /// equity, etf, fund, index, coin, cash or other.
    #[schema(value_type = String, example = "coin")]
    pub kind: AssetKind,
    /// The trading currency, where it is known.
    #[schema(required, value_type = Option<String>, example = "USD")]
    pub currency: Option<Currency>,
    /// The exchange, in the source's words.
    #[schema(required, example = "NASDAQ")]
    pub exchange: Option<String>,
}

impl From<&AssetInfo> for AssetDto {
    fn from(info: &AssetInfo) -> Self {
        Self {
            asset: info.asset.clone(),
            name: info.name.clone(),
            ticker: info.ticker.clone(),
            class: info.asset.class(),
            kind: info.kind,
            currency: info.currency,
            exchange: info.exchange.clone(),
        }
    }
}

/// Assets found, the most important first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssetList {
    /// The assets.
    pub items: Vec<AssetDto>,
    /// Always null: a search has one part.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
