//! Live events.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::Caller;
use crate::app::{App, LAST_EVENT_ID};
use crate::error::{Problem, Result};
use crate::query::Query;

/// Tells what happens, as it happens
///
/// Server-sent events of what belongs to the caller. `quote` is a price that changed, in the currencies of the
/// caller's portfolios, as `GET /prices/{class}/{symbol}` answers it (schema Quote). `valuation` is a new snapshot, as
/// `GET /portfolios/{id}/valuations` lists it (schema Valuation, without holdings and changes). `notification` is
/// something that the caller was told, or a delivery of it that got further, as `GET /notifications` lists it (schema
/// Notification). `job` is a job of the caller's that got further, as `GET /jobs/{id}` answers it (schema Job). `reset`
/// says that more happened than is told one by one: read everything again.
///
/// An event may come twice, and of several snapshots of a portfolio in short order only the newest. With the id of the
/// last event that a client has, it is told what came since, of the last hour; with an older one it gets `reset`. A
/// comment comes every 15 seconds where nothing happens. The stream ends when the token is revoked or the session
/// ends, when the client does not keep up, and when the server stops.
#[utoipa::path(get, path = "/events", tag = "events", operation_id = "events",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that the client has."),
        ("last_event_id" = Option<String>, Query,
            description = "The same for a client that cannot send the header; the header counts first."),
    ),
    responses((status = 200, description = "The events.", body = String, content_type = "text/event-stream")))]
pub(super) async fn events(
    State(app): State<App>,
    caller: Caller,
    method: Method,
    headers: HeaderMap,
    query: Query,
) -> Result<Response> {
    if method != Method::GET {
        // A stream has no head that could be shown without it.
        let problem = Problem::of_status(StatusCode::METHOD_NOT_ALLOWED);
        return Err(problem.with_header(header::ALLOW, HeaderValue::from_static("GET")));
    }
    let last = headers.get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or_default());
    let last = last.filter(|id| !id.is_empty()).or_else(|| query.text("last_event_id"));
    let listener = app.events.listen(&app, caller.0, last).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx holds answers back unless it is told.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(listener.into_stream())).into_response())
}
