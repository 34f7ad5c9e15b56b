//! The addresses: parse, call one use case, map the answer.

mod alerts;
mod assets;
mod docs;
mod events;
mod extract;
mod health;
mod history;
mod holdings;
mod jobs;
mod manual;
mod notifications;
mod page;
mod portfolios;
mod prices;
mod quarantine;
mod queue;
mod queue_page;
mod session;
mod sources;
mod summary;
mod tokens;
mod valuations;

use axum::Router;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use extract::{Caller, PathId, PathParts};
pub(crate) use health::Lines;
pub(crate) use notifications::notification_id;
pub(crate) use page::file as file_of_page;
pub(crate) use queue::{PATH as QUEUE_PAGE, accepts_page, refusal};

use crate::app::App;
use crate::error::Problem;

/// Addresses that the numbers count and the OpenAPI document leaves out.
pub const UNDOCUMENTED: [&str; 6] = ["/", "/openapi.json", "/docs", "/docs/", "/docs/{*rest}", QUEUE_PAGE];

/// Everything that is in the OpenAPI document.
#[must_use]
pub fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(crate::openapi::frame())
        .nest("/api/v1", api())
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::open, session::show, session::close))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(portfolios::list, portfolios::create))
        .routes(routes!(portfolios::show, portfolios::change, portfolios::delete))
        .routes(routes!(holdings::create))
        .routes(routes!(holdings::change, holdings::delete))
        .routes(routes!(valuations::live))
        .routes(routes!(valuations::list, valuations::start))
        .routes(routes!(valuations::latest))
        .routes(routes!(valuations::show))
        .routes(routes!(history::show))
        .routes(routes!(alerts::show, alerts::replace))
        .routes(routes!(summary::show))
        .routes(routes!(prices::batch))
        .routes(routes!(prices::quote))
        .routes(routes!(prices::history))
        .routes(routes!(manual::show, manual::state, manual::remove))
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::accept))
        .routes(routes!(assets::search))
        .routes(routes!(assets::show))
        .routes(routes!(jobs::start))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::schedule))
        .routes(routes!(sources::list))
        .routes(routes!(events::events))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::send_again))
        .routes(routes!(notifications::channels))
        .routes(routes!(notifications::test))
}

/// The page and the documentation.
pub fn undocumented() -> Router<App> {
    Router::new()
        .route("/", get(page::page))
        .route("/openapi.json", get(docs::document))
        .route(QUEUE_PAGE, get(queue::show))
        .merge(docs::swagger())
}

/// What a worker's port shows.
pub fn health_only() -> Router<App> {
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
}

/// The answer where there is no route.
pub async fn nothing_here() -> Problem {
    Problem::of_status(http::StatusCode::NOT_FOUND)
}
