//! The page at `/`, its files, and its views.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri, header};

use super::session::cookie;
use crate::app::App;
use crate::error::{Problem, Result};
use crate::query::Query;

/// The page; with `?token=` it logs the browser in and comes back without the token in the address.
pub(super) async fn page(State(app): State<App>, method: Method, headers: HeaderMap, query: Query) -> Result<Response> {
    // Whoever only looks whether a link is good does not log in.
    let Some(token) = query.text("token").filter(|_| method == Method::GET) else {
        return Ok(app.page.first(&method, &headers));
    };
    let Some(secret) = app.access.open_session(token).await? else {
        return Err(Problem::unauthenticated("the token of this link is not known"));
    };
    let headers = AppendHeaders([
        (header::SET_COOKIE, cookie(secret.reveal())),
        (header::LOCATION, "/".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]);
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// A file of the page, or one of its views, where nothing else is at an address.
pub(crate) async fn file(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Result<Response> {
    app.page.at(&method, &uri, &headers)
}
