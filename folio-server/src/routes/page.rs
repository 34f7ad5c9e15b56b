//! The page at `/`.

use axum::extract::State;
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use http::{StatusCode, header};

use super::session::cookie;
use crate::app::App;
use crate::error::{Problem, Result};
use crate::query::Query;

const PAGE: &str = include_str!("page.html");
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page; with `?token=` it logs the browser in and comes back without the token in the address.
pub(super) async fn page(State(app): State<App>, query: Query) -> Result<Response> {
    let Some(token) = query.text("token") else {
        let headers = [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        return Ok((headers, Html(PAGE)).into_response());
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
