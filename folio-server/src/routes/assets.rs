//! Finding assets.

use axum::Json;
use axum::extract::State;
use folio_core::{AssetClass, Error};

use super::PathParts;
use crate::app::App;
use crate::dto::{AssetDto, AssetList};
use crate::error::{Problem, Result};
use crate::query::Query;

/// Finds assets by name or ticker
#[utoipa::path(get, path = "/assets", tag = "assets", operation_id = "search_assets",
    params(
        ("q" = String, Query, description = "Part of a name or ticker."),
        ("class" = Option<String>, Query, description = "Only this class: crypto, stock, currency or custom."),
    ),
    responses((status = 200, body = AssetList)))]
pub(super) async fn search(State(app): State<App>, query: Query) -> Result<Json<AssetList>> {
    let text = query
        .text("q")
        .map(str::trim)
        .filter(|text| (1..=100).contains(&text.chars().count()));
    let text = text.ok_or_else(|| Problem::invalid("/q", "q has 1 to 100 characters"))?;
    let class: Option<AssetClass> = query.parsed("class")?;
    let items = app
        .tracker
        .search(text, class)
        .await?
        .iter()
        .map(AssetDto::from)
        .collect();
    Ok(Json(AssetList {
        items,
        next_cursor: None,
    }))
}

/// Says what is known of an asset
#[utoipa::path(get, path = "/assets/{class}/{symbol}", tag = "assets", operation_id = "show_asset",
    params(
        ("class" = String, Path, description = "crypto, stock, currency or custom."),
        ("symbol" = String, Path, description = "The symbol, percent-encoded."),
    ),
    responses((status = 200, body = AssetDto)))]
pub(super) async fn show(State(app): State<App>, path: PathParts<(String, String)>) -> Result<Json<AssetDto>> {
    let info = app.tracker.asset_info(&path.asset()?).await?;
    let info = info.ok_or_else(|| Error::not_found("asset"))?;
    Ok(Json(AssetDto::from(&info)))
}
