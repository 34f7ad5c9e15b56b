//! Portfolios.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use folio_core::store::{PortfolioQuery, PortfolioSummary};
use folio_core::{AssetId, AssetInfo, Portfolio, PortfolioId};
use http::{HeaderMap, StatusCode};

use super::{Caller, PathId};
use crate::app::App;
use crate::cursor;
use crate::dto::{ChangesDto, Dec, LatestValuation, Page, PortfolioDto, PortfolioInput, PortfolioPatch, SummaryDto};
use crate::error::{Problem, Result};
use crate::idempotency::{self, Answer, made_before};
use crate::input::JsonBody;
use crate::precondition;
use crate::query::Query;

/// What is known of the assets of a portfolio.
pub(super) async fn infos(app: &App, portfolio: &Portfolio) -> Result<HashMap<AssetId, AssetInfo>> {
    let assets: Vec<_> = portfolio.holdings.iter().map(|holding| holding.asset.clone()).collect();
    Ok(app.tracker.asset_infos(&assets).await?.into_iter().collect())
}

async fn dto(app: &App, portfolio: &Portfolio) -> Result<PortfolioDto> {
    Ok(PortfolioDto::of(portfolio, &infos(app, portfolio).await?))
}

/// Makes a portfolio
#[utoipa::path(post, path = "/portfolios", tag = "portfolios", operation_id = "create_portfolio",
    request_body = PortfolioInput, responses((status = 201, body = PortfolioDto)))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let (bytes, value, owner) = (body.bytes, body.value, caller.owner().clone());
    let state = app.clone();
    let made = idempotency::once(&app, &caller.0, &headers, "portfolios", &bytes, move |run| async move {
        let id = PortfolioId::from_uuid(run.id);
        let portfolio = PortfolioInput::read(value, id, &owner, state.clock().now())?;
        let portfolio = match state.tracker.create_portfolio(portfolio).await {
            Ok(portfolio) => portfolio,
            Err(error) => {
                made_before(run, error)?;
                state.tracker.portfolio(&owner, id).await?
            }
        };
        let answer = Answer::json(StatusCode::CREATED, &dto(&state, &portfolio).await?)?;
        Ok(answer
            .at(format!("/api/v1/portfolios/{id}"))
            .with_version(portfolio.version))
    });
    made.await.map(IntoResponse::into_response)
}

/// Lists portfolios, oldest first
#[utoipa::path(get, path = "/portfolios", tag = "portfolios", operation_id = "list_portfolios",
    params(
        ("archived" = Option<bool>, Query, description = "The archived ones instead of the others."),
        ("limit" = Option<u32>, Query, description = "At most so many, 50 unless told.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "Where the part before ended."),
    ),
    responses((status = 200, body = Page<SummaryDto>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Result<Json<Page<SummaryDto>>> {
    let after = query
        .text("cursor")
        .map(|text| cursor::decode("portfolios", text, |id| id.parse().ok()))
        .transpose()?;
    let wanted = PortfolioQuery {
        owner: caller.owner().clone(),
        archived: query.flag("archived")?,
        after,
        limit: query.limit()?,
    };
    let page = app.tracker.portfolios(&wanted).await?;
    let last = page.items.last().filter(|_| page.more).map(|last| last.id);
    let items = with_latest(&app, &caller, page.items).await?;
    Ok(Json(Page {
        items,
        next_cursor: last.map(|id| cursor::encode("portfolios", &id.to_string())),
    }))
}

/// The newest snapshots of all in one query; the changes of those that have one, each for itself.
async fn with_latest(app: &App, caller: &Caller, summaries: Vec<PortfolioSummary>) -> Result<Vec<SummaryDto>> {
    let ids: Vec<_> = summaries.iter().map(|summary| summary.id).collect();
    let found = app.tracker.store().latest_valuations(&ids).await?;
    let mut latest = HashMap::with_capacity(found.len());
    for brief in found {
        let full = app
            .tracker
            .valuation(caller.owner(), brief.portfolio_id, brief.id)
            .await?;
        let changes = ChangesDto::of(&app.tracker.changes(&full).await?);
        let dto = LatestValuation {
            id: brief.id,
            as_of: brief.as_of,
            status: brief.status.as_str(),
            total_value: brief.total_value.map(|money| Dec(money.amount())),
            gain: brief.gain.map(|money| Dec(money.amount())),
            gain_percent: brief.gain_percent.map(|percent| Dec(percent.value())),
            changes,
        };
        latest.insert(brief.portfolio_id, dto);
    }
    Ok(summaries
        .into_iter()
        .map(|summary| {
            let latest = latest.remove(&summary.id);
            SummaryDto::of(summary, latest)
        })
        .collect())
}

/// Shows a portfolio
#[utoipa::path(get, path = "/portfolios/{id}", tag = "portfolios", operation_id = "show_portfolio",
    params(("id" = String, Path, description = "The portfolio's id.")),
    responses((status = 200, body = PortfolioDto), (status = 304, description = "If-None-Match names this version.")))]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    headers: HeaderMap,
) -> Result<Response> {
    let portfolio = app.tracker.portfolio(caller.owner(), id).await?;
    precondition::versioned(&headers, portfolio.version, &dto(&app, &portfolio).await?)
}

/// Changes a portfolio
///
/// A merge patch: null clears, what is absent stays.
#[utoipa::path(patch, path = "/portfolios/{id}", tag = "portfolios", operation_id = "change_portfolio",
    params(("id" = String, Path, description = "The portfolio's id.")), request_body = PortfolioPatch,
    responses((status = 200, body = PortfolioDto)))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let expected = precondition::expected(&headers, &app.tracker, caller.owner(), id).await?;
    let value = body.value;
    let change = move |portfolio: &mut Portfolio| PortfolioPatch::apply(value.clone(), portfolio);
    let portfolio = app
        .tracker
        .update_portfolio(caller.owner(), id, expected, change)
        .await?;
    precondition::versioned(&HeaderMap::new(), portfolio.version, &dto(&app, &portfolio).await?)
}

/// Deletes a portfolio with all that belongs to it
#[utoipa::path(delete, path = "/portfolios/{id}", tag = "portfolios", operation_id = "delete_portfolio",
    params(("id" = String, Path, description = "The portfolio's id.")),
    responses((status = 204, description = "Deleted.")))]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let expected = precondition::expected(&headers, &app.tracker, caller.owner(), id).await?;
    app.tracker.delete_portfolio(caller.owner(), id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
