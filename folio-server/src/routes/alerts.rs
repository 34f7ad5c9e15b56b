//! The alert rules of portfolios.

use axum::extract::State;
use axum::response::Response;
use folio_core::PortfolioId;
use http::HeaderMap;

use super::{Caller, PathId};
use crate::app::App;
use crate::dto::{AlertRulesDto, AlertRulesInput};
use crate::error::Result;
use crate::input::JsonBody;
use crate::precondition;

/// What happens to a rule does not raise the version of the rules, so a reader who has the version still wants
/// the answer: `If-None-Match` is not looked at.
fn answer(rules: AlertRulesDto) -> Result<Response> {
    precondition::versioned(&HeaderMap::new(), rules.version, &rules)
}

/// Shows a portfolio's alert rules and how they stand
///
/// A new portfolio has one for a loss and one for a gain. A rule is `inactive` where it can say
/// nothing: a loss without a known cost, an asset that is not held any more.
#[utoipa::path(get, path = "/portfolios/{id}/alert-rules", tag = "alerts", operation_id = "show_alert_rules",
    params(("id" = String, Path, description = "The portfolio's id.")),
    responses((status = 200, body = AlertRulesDto)))]
pub(super) async fn show(State(app): State<App>, caller: Caller, PathId(id): PathId<PortfolioId>) -> Result<Response> {
    answer(app.tracker.alert_rules(caller.owner(), id).await?.into())
}

/// Puts other alert rules in the place of a portfolio's
///
/// A rule that is sent with its id keeps what is remembered of it, unless it watches something else now; so does
/// one without an id that is in all else one that is there. The owner of a portfolio that has snapshots is not
/// told of what is so already: a new or changed rule fires at the next crossing. The same request again changes
/// nothing.
#[utoipa::path(put, path = "/portfolios/{id}/alert-rules", tag = "alerts", operation_id = "replace_alert_rules",
    params(("id" = String, Path, description = "The portfolio's id.")), request_body = AlertRulesInput,
    responses((status = 200, body = AlertRulesDto)))]
pub(super) async fn replace(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PortfolioId>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let (tracker, owner) = (&app.tracker, caller.owner());
    let portfolio = tracker.portfolio(owner, id).await?;
    let present = async { Ok(tracker.alert_rules(owner, id).await?.version) };
    let expected = precondition::expected_of(&headers, present).await?;
    let rules = AlertRulesInput::read(body.value, portfolio.base_currency)?;
    answer(tracker.set_alert_rules(owner, id, &rules, expected).await?.into())
}
