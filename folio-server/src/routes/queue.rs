//! What is under way, for administrators: a page, or JSON.

use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::queue_page;
use crate::app::App;
use crate::dto::QueueDto;
use crate::error::Result;
use crate::presence;
use crate::query::Query;

/// Where the page is.
pub(crate) const PATH: &str = "/admin/queue";
/// The page has no script and loads nothing.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What is under way: a page for a browser, JSON for `?format=json` and for whoever accepts no page.
pub(super) async fn show(State(app): State<App>, query: Query, headers: HeaderMap) -> Result<Response> {
    let format = query.word("format", &[("json", false), ("html", true)])?;
    let overview = app.jobs.overview().await?;
    let processes = presence::alive(&**app.tracker.store(), overview.at).await?;
    let queue = QueueDto::of(overview, processes);
    if !format.unwrap_or_else(|| accepts_page(&headers)) {
        return Ok(([(header::CACHE_CONTROL, "no-store")], Json(queue)).into_response());
    }
    Ok(page(StatusCode::OK, queue_page::of(&queue)))
}

fn page(status: StatusCode, html: String) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(html)).into_response()
}

/// Whether a browser is asking.
pub(crate) fn accepts_page(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|line| line.split(','))
        .any(|media| media.split(';').next().unwrap_or_default().trim() == "text/html")
}

/// What a browser is shown in place of the page when it may not see it.
pub(crate) fn refusal(status: StatusCode) -> Option<Response> {
    let html = match status {
        StatusCode::UNAUTHORIZED => queue_page::log_in(),
        StatusCode::FORBIDDEN => queue_page::not_allowed(),
        _ => return None,
    };
    let mut response = page(status, html);
    if status == StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    }
    Some(response)
}
