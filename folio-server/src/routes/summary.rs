//! All portfolios of an owner together.

use axum::Json;
use axum::extract::State;

use super::Caller;
use crate::app::App;
use crate::dto::OwnerSummaryDto;
use crate::error::Result;
use crate::query::Query;

/// Says what all portfolios are worth together
///
/// Each is valued now by its own policy, all with the same prices. One without a total, or without a rate
/// into the currency, is named with its reason and in no sum.
#[utoipa::path(get, path = "/summary", tag = "valuations", operation_id = "summary",
    params(
        ("currency" = Option<String>, Query,
            description = "The currency of the sums: the one that all portfolios have, else USD, unless told."),
    ),
    responses((status = 200, body = OwnerSummaryDto)))]
pub(super) async fn show(State(app): State<App>, caller: Caller, query: Query) -> Result<Json<OwnerSummaryDto>> {
    let summary = app.tracker.summary(caller.owner(), query.parsed("currency")?).await?;
    Ok(Json(summary.into()))
}
