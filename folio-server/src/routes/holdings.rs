//! The lots of a portfolio.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use folio_core::{
    AssetId, AssetInfo, Error, ErrorKind, Holding, HoldingId, Portfolio, PortfolioId, Result as CoreResult,
};
use http::{HeaderMap, StatusCode};

use super::{Caller, PathId, PathParts};
use crate::app::App;
use crate::dto::{HoldingDto, HoldingInput, HoldingPatch};
use crate::error::{Problem, Result};
use crate::idempotency::{self, Answer};
use crate::input::JsonBody;
use crate::precondition;

async fn info(app: &App, asset: &AssetId) -> Result<Option<AssetInfo>> {
    Ok(app
        .tracker
        .asset_infos(std::slice::from_ref(asset))
        .await?
        .remove(asset))
}

/// Whether another lot of the portfolio has the external id; its pointer is the lot's own.
fn check_external_id(portfolio: &Portfolio, holding: &Holding) -> CoreResult<()> {
    let Some(external_id) = &holding.external_id else {
        return Ok(());
    };
    let mut others = portfolio.holdings.iter().filter(|other| other.id != holding.id);
    if others.any(|other| other.external_id.as_ref() == Some(external_id)) {
        let detail = format!("another holding of this portfolio has the external_id {external_id:?}");
        return Err(Error::field(ErrorKind::Conflict, "/external_id", detail));
    }
    Ok(())
}

/// Adds a lot to a portfolio
///
/// No source is asked whether the asset exists: an unknown one is accepted and stays unpriced.
#[utoipa::path(post, path = "/portfolios/{id}/holdings", tag = "holdings", operation_id = "create_holding",
    params(("id" = String, Path, description = "The portfolio's id.")), request_body = HoldingInput,
    responses((status = 201, body = HoldingDto)))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let owner = caller.owner().clone();
    let expected = precondition::expected(&headers, &app.tracker, &owner, id).await?;
    let (bytes, value, state) = (body.bytes, body.value, app.clone());
    let route = format!("portfolios/{id}/holdings");
    let made = idempotency::once(&app, &caller.0, &headers, &route, &bytes, move |run| async move {
        let holding_id = HoldingId::from_uuid(run.id);
        let mut portfolio = state.tracker.portfolio(&owner, id).await?;
        if portfolio.holding(holding_id).is_err() {
            let holding = HoldingInput::read(value, "", holding_id, portfolio.base_currency)?;
            let add = move |portfolio: &mut Portfolio| {
                check_external_id(portfolio, &holding)?;
                portfolio.holdings.push(holding.clone());
                Ok(())
            };
            portfolio = state.tracker.update_portfolio(&owner, id, expected, add).await?;
        }
        let holding = portfolio.holding(holding_id)?;
        let dto = HoldingDto::of(holding, info(&state, &holding.asset).await?.as_ref());
        let answer = Answer::json(StatusCode::CREATED, &dto)?.with_version(portfolio.version);
        Ok(answer.at(format!("/api/v1/portfolios/{id}/holdings/{holding_id}")))
    });
    made.await.map(IntoResponse::into_response)
}

/// Changes a lot
///
/// A merge patch: null clears, what is absent stays.
#[utoipa::path(patch, path = "/portfolios/{id}/holdings/{holding_id}", tag = "holdings",
    operation_id = "change_holding",
    params(
        ("id" = String, Path, description = "The portfolio's id."),
        ("holding_id" = String, Path, description = "The lot's id."),
    ),
    request_body = HoldingPatch, responses((status = 200, body = HoldingDto)))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    PathParts((id, holding_id)): PathParts<(String, String)>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let (id, holding_id): (PortfolioId, HoldingId) = (id.parse()?, holding_id.parse()?);
    let expected = precondition::expected(&headers, &app.tracker, caller.owner(), id).await?;
    let value = body.value;
    let change = move |portfolio: &mut Portfolio| {
        let mut holding = portfolio.holding(holding_id)?.clone();
        HoldingPatch::apply(value.clone(), &mut holding, portfolio.base_currency)?;
        check_external_id(portfolio, &holding)?;
        replace(portfolio, holding);
        Ok(())
    };
    let portfolio = app
        .tracker
        .update_portfolio(caller.owner(), id, expected, change)
        .await?;
    let holding = portfolio.holding(holding_id)?;
    let dto = HoldingDto::of(holding, info(&app, &holding.asset).await?.as_ref());
    precondition::versioned(&HeaderMap::new(), portfolio.version, &dto)
}

fn replace(portfolio: &mut Portfolio, holding: Holding) {
    for place in portfolio.holdings.iter_mut().filter(|place| place.id == holding.id) {
        place.clone_from(&holding);
    }
}

/// Removes a lot
#[utoipa::path(delete, path = "/portfolios/{id}/holdings/{holding_id}", tag = "holdings",
    operation_id = "delete_holding",
    params(
        ("id" = String, Path, description = "The portfolio's id."),
        ("holding_id" = String, Path, description = "The lot's id."),
    ),
    responses((status = 204, description = "Removed.")))]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    PathParts((id, holding_id)): PathParts<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (id, holding_id): (PortfolioId, HoldingId) = (id.parse()?, holding_id.parse()?);
    let expected = precondition::expected(&headers, &app.tracker, caller.owner(), id).await?;
    let remove = move |portfolio: &mut Portfolio| {
        portfolio.holding(holding_id)?;
        portfolio.holdings.retain(|holding| holding.id != holding_id);
        Ok(())
    };
    app.tracker
        .update_portfolio(caller.owner(), id, expected, remove)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
