//! A portfolio over time.

use axum::Json;
use axum::extract::State;
use folio_core::PortfolioId;

use super::{Caller, PathId};
use crate::app::App;
use crate::dto::PortfolioHistoryDto;
use crate::error::{Problem, Result};
use crate::query::Query;

/// How many points a curve has unless told otherwise.
const POINTS: u32 = 500;

/// Shows how a portfolio's worth went
///
/// Snapshots, and before the first of them each day since the first lot was acquired, worked out from the
/// lots that are held and the day's closes and rates. A day without a price has a null value.
#[utoipa::path(get, path = "/portfolios/{id}/history", tag = "valuations", operation_id = "portfolio_history",
    params(
        ("id" = String, Path, description = "The portfolio's id."),
        ("from" = Option<String>, Query, format = DateTime, description = "Not earlier than this instant."),
        ("to" = Option<String>, Query, format = DateTime, description = "Not later than this instant."),
        ("points" = Option<u32>, Query, description = "At most so many points, 500 unless told.",
            minimum = 2, maximum = 2000),
    ),
    responses((status = 200, body = PortfolioHistoryDto)))]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    query: Query,
) -> Result<Json<PortfolioHistoryDto>> {
    let (from, to) = (query.instant("from")?, query.instant("to")?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Problem::invalid("/from", "from is later than to"));
    }
    let points = query.whole("points", 2, 2_000)?.unwrap_or(POINTS) as usize;
    let history = app
        .tracker
        .portfolio_history(caller.owner(), id, from, to, points)
        .await?;
    Ok(Json(history.into()))
}
