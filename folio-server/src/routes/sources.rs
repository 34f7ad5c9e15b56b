//! The price sources.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::dto::{SourceDto, SourceList};
use crate::error::Result;

/// Lists the price sources and how they do
#[utoipa::path(get, path = "/sources", tag = "sources", operation_id = "list_sources",
    responses((status = 200, body = SourceList)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<SourceList>> {
    let items = app.tracker.sources().await?.into_iter().map(SourceDto::from).collect();
    Ok(Json(SourceList {
        items,
        next_cursor: None,
    }))
}
