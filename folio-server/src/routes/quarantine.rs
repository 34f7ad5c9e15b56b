//! The prices that were held back.

use axum::Json;
use axum::extract::State;
use folio_core::QuarantineId;
use folio_core::pricing::QuarantineQuery;

use super::PathId;
use crate::app::App;
use crate::cursor;
use crate::dto::{Page, QuarantinedDto};
use crate::error::Result;
use crate::query::Query;

/// The name of the list in its cursors.
const LIST: &str = "quarantined";

/// Lists the prices that were held back because they are implausible, by asset
///
/// Those that wait for a second source, three scheduled collections or a person to confirm them; with
/// `all` those of the last seven days with a verdict too.
#[utoipa::path(get, path = "/quotes/quarantined", tag = "prices", operation_id = "list_quarantined_quotes",
    params(
        ("all" = Option<bool>, Query, description = "Those with a verdict too."),
        ("limit" = Option<u32>, Query, description = "1 to 200, 50 unless told.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "Where the list goes on."),
    ),
    responses((status = 200, body = Page<QuarantinedDto>)))]
pub(super) async fn list(State(app): State<App>, query: Query) -> Result<Json<Page<QuarantinedDto>>> {
    let after = query
        .text("cursor")
        .map(|cursor| cursor::decode(LIST, cursor, |position| Some(position.to_owned())))
        .transpose()?;
    let wanted = QuarantineQuery {
        after,
        all: query.flag("all")?,
        limit: query.limit()?,
    };
    let page = app.tracker.quarantined(&wanted).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| cursor::encode(LIST, &last.position()));
    Ok(Json(Page {
        items: page.items.into_iter().map(QuarantinedDto::from).collect(),
        next_cursor,
    }))
}

/// Takes a price that was held back for right
///
/// It is the last accepted price from now on, by which the next is judged. For administrators: prices are
/// everybody's.
#[utoipa::path(post, path = "/quotes/quarantined/{id}/accept", tag = "prices", operation_id = "accept_quarantined_quote",
    params(("id" = String, Path, description = "The id of the price that was held back.")),
    responses((status = 200, body = QuarantinedDto)))]
pub(super) async fn accept(State(app): State<App>, PathId(id): PathId<QuarantineId>) -> Result<Json<QuarantinedDto>> {
    Ok(Json(app.tracker.accept_quarantined(id).await?.into()))
}
