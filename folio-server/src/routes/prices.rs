//! Prices, now and in the past.

use axum::Json;
use axum::extract::State;
use folio_core::{AssetClass, AssetId, Currency, Error, Resolution};
use serde_json::Value;

use super::{Caller, PathParts};
use crate::app::App;
use crate::dto::{BatchAnswer, BatchRequest, HistoryDto, QuoteDto, UnpricedDto};
use crate::error::{Problem, Result};
use crate::input::{self, JsonBody};
use crate::query::Query;

/// The most assets of a batch.
const MAX_BATCH: usize = 500;
/// The most days of a history.
const MAX_DAYS: u32 = 365;
/// The most days of a history by hour.
const MAX_HOURLY_DAYS: u32 = 30;

/// Says what an asset costs
///
/// Where no source has a price, and always for custom assets, the price that the owner stated by hand is answered.
#[utoipa::path(get, path = "/prices/{class}/{symbol}", tag = "prices", operation_id = "price",
    params(
        ("class" = String, Path, description = "crypto, stock, currency or custom."),
        ("symbol" = String, Path, description = "The symbol, percent-encoded."),
        ("currency" = Option<String>, Query,
            description = "The currency of the price: USD unless told for crypto and currency, the trading currency for stocks, the stated one of a price by hand."),
    ),
    responses((status = 200, body = QuoteDto)))]
pub(super) async fn quote(
    State(app): State<App>,
    caller: Caller,
    path: PathParts<(String, String)>,
    query: Query,
) -> Result<Json<QuoteDto>> {
    let (asset, currency) = (path.asset()?, query.parsed("currency")?);
    let answer = app.tracker.quote(caller.owner(), &asset, currency).await?;
    Ok(Json(answer.into()))
}

/// Says what many assets cost
///
/// An asset without a price fails nobody else: it is under `unpriced` with the reason.
#[utoipa::path(post, path = "/prices/batch", tag = "prices", operation_id = "price_batch",
    request_body = BatchRequest, responses((status = 200, body = BatchAnswer)))]
pub(super) async fn batch(State(app): State<App>, caller: Caller, body: JsonBody) -> Result<Json<BatchAnswer>> {
    let mut fields = body.fields()?;
    let assets = fields.required("assets", assets);
    let currency = fields.optional("currency", input::parsed::<Currency>);
    fields.finish()?;
    let outcomes = app
        .tracker
        .quotes(caller.owner(), &assets.unwrap_or_default(), currency)
        .await?;
    let (mut quotes, mut unpriced) = (Vec::new(), Vec::new());
    for (asset, outcome) in outcomes {
        match outcome {
            Ok(answer) => quotes.push(answer.into()),
            Err(failure) => unpriced.push(UnpricedDto::of(asset, failure)),
        }
    }
    Ok(Json(BatchAnswer { quotes, unpriced }))
}

fn assets(value: &Value) -> folio_core::Result<Vec<AssetId>> {
    let list = value
        .as_array()
        .ok_or_else(|| Error::invalid("a list of assets is expected here"))?;
    if list.len() > MAX_BATCH {
        return Err(Error::invalid(format!("a batch has at most {MAX_BATCH} assets")));
    }
    let mut assets = Vec::with_capacity(list.len());
    for (index, entry) in list.iter().enumerate() {
        let asset: AssetId = input::parsed(entry).map_err(|error| error.at(&format!("/{index}")))?;
        if !assets.contains(&asset) {
            assets.push(asset);
        }
    }
    Ok(assets)
}

/// Says what an asset cost
///
/// Oldest first: the completed days before today, then today's provisional point where the source has one.
#[utoipa::path(get, path = "/prices/{class}/{symbol}/history", tag = "prices", operation_id = "price_history",
    params(
        ("class" = String, Path, description = "crypto, stock, currency or custom."),
        ("symbol" = String, Path, description = "The symbol, percent-encoded."),
        ("days" = Option<u32>, Query, description = "So many completed days, 30 unless told; by hour at most 30.",
            minimum = 1, maximum = 365),
        ("currency" = Option<String>, Query, description = "The currency of the prices."),
        ("resolution" = Option<crate::dto::words::Resolution>, Query, description = "daily unless told; hourly for crypto."),
    ),
    responses((status = 200, body = HistoryDto)))]
pub(super) async fn history(
    State(app): State<App>,
    caller: Caller,
    path: PathParts<(String, String)>,
    query: Query,
) -> Result<Json<HistoryDto>> {
    let asset = path.asset()?;
    let words = [("daily", Resolution::Daily), ("hourly", Resolution::Hourly)];
    let resolution = query.word("resolution", &words)?.unwrap_or(Resolution::Daily);
    let most = if resolution == Resolution::Hourly {
        MAX_HOURLY_DAYS
    } else {
        MAX_DAYS
    };
    if resolution == Resolution::Hourly && asset.class() != AssetClass::Crypto {
        return Err(Problem::invalid("/resolution", "only crypto has a history by hour"));
    }
    let days = query.whole("days", 1, most)?.unwrap_or(30);
    let history = app
        .tracker
        .history(caller.owner(), &asset, query.parsed("currency")?, resolution, days)
        .await?;
    Ok(Json(history.into()))
}
