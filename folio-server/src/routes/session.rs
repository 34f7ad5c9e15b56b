//! Logging in and out with a browser.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use axum::{Json, http};
use folio_core::ErrorKind;
use http::{HeaderMap, StatusCode, Uri, header};

use super::Caller;
use crate::app::App;
use crate::auth::{COOKIE, SESSION_SECONDS};
use crate::dto::{SessionDto, SessionRequest};
use crate::error::{Problem, Result};
use crate::hosts;
use crate::input::{self, JsonBody};

/// The cookie of a session.
pub(super) fn cookie(secret: &str) -> String {
    format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_SECONDS}")
}

/// Logs a browser in
///
/// The answer sets the cookie `folio_session`.
#[utoipa::path(post, path = "/session", tag = "session", operation_id = "open_session", security(()),
    request_body = SessionRequest, responses((status = 204, description = "Logged in; the answer sets the cookie.")))]
pub(super) async fn open(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<impl IntoResponse> {
    if headers.contains_key(header::ORIGIN) && !hosts::is_own_origin(&headers, &uri) {
        return Err(Problem::new(
            ErrorKind::PermissionDenied,
            "only this server's own page logs a browser in",
        ));
    }
    let mut fields = body.fields()?;
    let token = fields.required("token", input::text);
    fields.finish()?;
    match app.access.open_session(&token.unwrap_or_default()).await? {
        Some(secret) => Ok((
            StatusCode::NO_CONTENT,
            AppendHeaders([(header::SET_COOKIE, cookie(secret.reveal()))]),
        )),
        None => Err(Problem::unauthenticated("this token is not known")),
    }
}

/// Says who is logged in
#[utoipa::path(get, path = "/session", tag = "session", operation_id = "show_session",
    responses((status = 200, body = SessionDto)))]
pub(super) async fn show(caller: Caller) -> Json<SessionDto> {
    Json(SessionDto {
        owner: caller.owner().clone(),
        scopes: caller.0.scopes.names(),
    })
}

/// Logs a browser out
#[utoipa::path(delete, path = "/session", tag = "session", operation_id = "close_session",
    responses((status = 204, description = "Logged out.")))]
pub(super) async fn close(State(app): State<App>, caller: Caller) -> Result<impl IntoResponse> {
    app.access.close_session(&caller.0).await?;
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, gone)])))
}
