//! The OpenAPI document, and a page to try it.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;

/// The OpenAPI document.
pub(super) async fn document(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], app.document())
}

/// The page that shows the document; its files are in the binary.
pub(super) fn swagger() -> Router<App> {
    let config = Config::new(["/openapi.json"])
        .try_it_out_enabled(true)
        .persist_authorization(false);
    SwaggerUi::new("/docs").config(config).into()
}
