//! Prices that owners state by hand.

use axum::Json;
use axum::extract::State;
use http::StatusCode;

use super::{Caller, PathParts};
use crate::app::App;
use crate::dto::{ManualPriceDto, ManualPriceInput};
use crate::error::Result;
use crate::input::JsonBody;

/// Shows the price that was stated by hand last
///
/// It is shown also when it is no longer valid.
#[utoipa::path(get, path = "/prices/{class}/{symbol}/manual", tag = "prices", operation_id = "show_manual_price",
    params(
        ("class" = String, Path, description = "crypto, stock or custom."),
        ("symbol" = String, Path, description = "The symbol, percent-encoded."),
    ),
    responses((status = 200, body = ManualPriceDto)))]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    path: PathParts<(String, String)>,
) -> Result<Json<ManualPriceDto>> {
    let asset = path.asset()?;
    let point = app.tracker.manual_price(caller.owner(), &asset).await?;
    Ok(Json(ManualPriceDto::of(&asset, &point)))
}

/// States what an asset is worth
///
/// Used where no source has a price, and always for custom assets, in the caller's own portfolios. The answer is
/// what is kept; the same request again changes nothing. Not for currencies.
#[utoipa::path(put, path = "/prices/{class}/{symbol}/manual", tag = "prices", operation_id = "state_price",
    params(
        ("class" = String, Path, description = "crypto, stock or custom."),
        ("symbol" = String, Path, description = "The symbol, percent-encoded."),
    ),
    request_body = ManualPriceInput, responses((status = 200, body = ManualPriceDto)))]
pub(super) async fn state(
    State(app): State<App>,
    caller: Caller,
    path: PathParts<(String, String)>,
    body: JsonBody,
) -> Result<Json<ManualPriceDto>> {
    let asset = path.asset()?;
    let stated = ManualPriceInput::read(body.value)?;
    let point = app.tracker.set_manual_price(caller.owner(), &asset, stated).await?;
    Ok(Json(ManualPriceDto::of(&asset, &point)))
}

/// Takes back everything that was stated about an asset
///
/// Snapshots that were made with it stay.
#[utoipa::path(delete, path = "/prices/{class}/{symbol}/manual", tag = "prices", operation_id = "remove_manual_price",
    params(
        ("class" = String, Path, description = "crypto, stock or custom."),
        ("symbol" = String, Path, description = "The symbol, percent-encoded."),
    ),
    responses((status = 204, description = "Nothing is stated any more.")))]
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    path: PathParts<(String, String)>,
) -> Result<StatusCode> {
    let asset = path.asset()?;
    app.tracker.remove_manual_price(caller.owner(), &asset).await?;
    Ok(StatusCode::NO_CONTENT)
}
