//! What a portfolio is worth: now, and at every instant that was kept.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use folio_core::store::SnapshotQuery;
use folio_core::{Policy, PortfolioId, Valuation};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::{Caller, PathId, PathParts};
use crate::app::App;
use crate::cursor;
use crate::dto::{ChangesDto, JobDto, Page, ValuationDto};
use crate::error::{Problem, Result};
use crate::idempotency::{self, Answer};
use crate::input::EmptyBody;
use crate::query::Query;

async fn full(app: &App, valuation: &Valuation) -> Result<ValuationDto> {
    let assets: Vec<_> = valuation.holdings.iter().map(|row| row.asset.clone()).collect();
    let infos = app.tracker.asset_infos(&assets).await?.into_iter().collect();
    let changes = ChangesDto::of(&app.tracker.changes(valuation).await?);
    Ok(ValuationDto::full(valuation, changes, &infos))
}

/// Values a portfolio now
///
/// The value is not stored.
#[utoipa::path(get, path = "/portfolios/{id}/valuation", tag = "valuations", operation_id = "value_portfolio",
    params(
        ("id" = String, Path, description = "The portfolio's id."),
        ("policy" = Option<crate::dto::words::Policy>, Query, description = "Another policy than the portfolio's own."),
    ),
    responses((status = 200, body = ValuationDto)))]
pub(super) async fn live(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    query: Query,
) -> Result<Json<ValuationDto>> {
    let words = [
        ("strict", Policy::Strict),
        ("carry_forward", Policy::default()),
        ("exclude", Policy::Exclude),
    ];
    let policy = query.word("policy", &words)?;
    let valuation = app.tracker.value(caller.owner(), id, policy).await?;
    Ok(Json(full(&app, &valuation).await?))
}

/// Asks for a snapshot
///
/// While one is queued or running, that job is answered.
#[utoipa::path(post, path = "/portfolios/{id}/valuations", tag = "valuations", operation_id = "start_valuation",
    params(("id" = String, Path, description = "The portfolio's id.")),
    responses((status = 202, body = JobDto)))]
pub(super) async fn start(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    headers: HeaderMap,
    _: EmptyBody,
) -> Result<Response> {
    let (state, owner) = (app.clone(), caller.owner().clone());
    let route = format!("portfolios/{id}/valuations");
    let made = idempotency::once(&app, &caller.0, &headers, &route, b"", move |_| async move {
        let job = JobDto::from(state.jobs.start_manual_valuation(&owner, id).await?);
        Ok(Answer::json(StatusCode::ACCEPTED, &job)?.at(format!("/api/v1/jobs/{}", job.id)))
    });
    made.await.map(IntoResponse::into_response)
}

/// Lists snapshots, newest first
#[utoipa::path(get, path = "/portfolios/{id}/valuations", tag = "valuations", operation_id = "list_valuations",
    params(
        ("id" = String, Path, description = "The portfolio's id."),
        ("from" = Option<String>, Query, format = DateTime, description = "Not earlier than this instant."),
        ("to" = Option<String>, Query, format = DateTime, description = "Not later than this instant."),
        ("resolution" = Option<String>, Query,
            description = "raw, or daily: the last of each local day of the portfolio. raw unless told."),
        ("include" = Option<String>, Query, description = "holdings: with the holdings and changes of each."),
        ("limit" = Option<u32>, Query, description = "At most so many, 50 unless told.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "Where the part before ended."),
    ),
    responses((status = 200, body = Page<ValuationDto>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    query: Query,
) -> Result<Json<Page<ValuationDto>>> {
    let (from, to) = (query.instant("from")?, query.instant("to")?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Problem::invalid("/from", "from is later than to"));
    }
    let daily = query
        .word("resolution", &[("raw", false), ("daily", true)])?
        .unwrap_or(false);
    let holdings = query.word("include", &[("holdings", true)])?.unwrap_or(false);
    let before = query
        .text("cursor")
        .map(|text| cursor::decode("valuations", text, instant))
        .transpose()?;
    let wanted = SnapshotQuery {
        portfolio_id: id,
        from,
        to,
        before,
        limit: query.limit()?,
        holdings,
    };
    let page = app.tracker.valuations(caller.owner(), &wanted, daily).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| cursor::encode("valuations", &last.as_of.as_millisecond().to_string()));
    let mut items = Vec::with_capacity(page.items.len());
    for valuation in &page.items {
        items.push(if holdings {
            full(&app, valuation).await?
        } else {
            ValuationDto::brief(valuation)
        });
    }
    Ok(Json(Page { items, next_cursor }))
}

fn instant(millis: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis.parse().ok()?).ok()
}

/// Shows the newest snapshot
#[utoipa::path(get, path = "/portfolios/{id}/valuations/latest", tag = "valuations", operation_id = "latest_valuation",
    params(("id" = String, Path, description = "The portfolio's id.")),
    responses((status = 200, body = ValuationDto)))]
pub(super) async fn latest(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
) -> Result<Json<ValuationDto>> {
    let valuation = app.tracker.latest(caller.owner(), id).await?;
    Ok(Json(full(&app, &valuation).await?))
}

/// Shows a snapshot
#[utoipa::path(get, path = "/portfolios/{id}/valuations/{valuation_id}", tag = "valuations",
    operation_id = "show_valuation",
    params(
        ("id" = String, Path, description = "The portfolio's id."),
        ("valuation_id" = String, Path, description = "The snapshot's id."),
    ),
    responses((status = 200, body = ValuationDto)))]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathParts((id, valuation_id)): PathParts<(String, String)>,
) -> Result<Json<ValuationDto>> {
    let valuation = app
        .tracker
        .valuation(caller.owner(), id.parse()?, valuation_id.parse()?)
        .await?;
    Ok(Json(full(&app, &valuation).await?))
}
