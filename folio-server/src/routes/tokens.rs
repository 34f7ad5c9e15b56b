//! Access tokens, for administrators.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use folio_core::{Error, ErrorKind, OwnerId};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::{Caller, PathParts};
use crate::app::App;
use crate::auth::{NewToken, Scopes, Secret, TokenRow, shown};
use crate::dto::{NewTokenDto, Page, TokenDto, TokenInput};
use crate::error::{Problem, Result};
use crate::idempotency::{self, Answer};
use crate::input::{self, Fields, JsonBody};

/// Lists the tokens, without their secrets
///
/// The administrator's own token is in the data directory and not in this list.
#[utoipa::path(get, path = "/tokens", tag = "tokens", operation_id = "list_tokens",
    responses((status = 200, body = Page<TokenDto>)))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<Page<TokenDto>>> {
    let items = app
        .access
        .tokens()
        .list()
        .await?
        .into_iter()
        .map(TokenDto::from)
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}

/// Makes a token and shows its secret this once
#[utoipa::path(post, path = "/tokens", tag = "tokens", operation_id = "create_token", request_body = TokenInput,
    responses((status = 201, body = NewTokenDto)))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response> {
    let bytes = body.bytes.clone();
    let wanted = read(body.value, caller.owner())?;
    let secrets = Secrets::of(&headers)?;
    let (state, making) = (app.clone(), secrets.clone());
    let mut made = idempotency::once(&app, &caller.0, &headers, "tokens", &bytes, move |run| async move {
        let token = NewToken { id: run.id, ..wanted };
        let row = state
            .access
            .tokens()
            .create(token, &making.secret(run.id), state.clock().now())
            .await?;
        Answer::json(StatusCode::CREATED, &TokenDto::from(row))
    })
    .await?;
    show_secret(&app, &mut made.answer, &secrets).await?;
    Ok(made.into_response())
}

/// Where the secret of a new token comes from. With an `Idempotency-Key` it follows from what the caller
/// showed, the key and the token's id, so that a repetition shows it again although it is never kept.
#[derive(Clone)]
struct Secrets {
    shown: String,
    key: Option<Vec<u8>>,
    random: Secret,
}

impl Secrets {
    fn of(headers: &HeaderMap) -> Result<Self> {
        let shown = shown(headers).map(|(secret, _)| secret.to_owned()).unwrap_or_default();
        let key = headers.get("idempotency-key").map(|key| key.as_bytes().to_vec());
        Ok(Self {
            shown,
            key,
            random: Secret::random()?,
        })
    }

    fn secret(&self, id: Uuid) -> Secret {
        match &self.key {
            Some(key) => Secret::derived(&[self.shown.as_bytes(), key, id.as_bytes()]),
            None => self.random.clone(),
        }
    }
}

async fn show_secret(app: &App, answer: &mut Answer, secrets: &Secrets) -> Result<()> {
    let broken = |error: serde_json::Error| Problem::internal(error.to_string());
    let mut body: Value = serde_json::from_str(&answer.body).map_err(broken)?;
    let id = body["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
    let secret = secrets.secret(id);
    if app.access.tokens().find(&secret.digest()).await?.is_none() {
        let detail = "this Idempotency-Key made a token that was shown to another credential or is revoked";
        return Err(Problem::new(ErrorKind::Conflict, detail));
    }
    body["secret"] = secret.reveal().into();
    answer.body = body.to_string();
    Ok(())
}

fn read(value: Value, owner: &OwnerId) -> Result<NewToken> {
    let mut fields = Fields::of(value, "")?;
    let short = |value: &Value| {
        let text = input::text(value)?;
        let count = text.chars().count();
        let fits = (1..=200).contains(&count) && !text.trim().is_empty() && !text.chars().any(char::is_control);
        if fits {
            Ok(text)
        } else {
            Err(Error::invalid("1 to 200 characters, not blank"))
        }
    };
    let name = fields.optional("name", short);
    let owner = fields
        .optional("owner", short)
        .map_or_else(|| owner.clone(), OwnerId::new);
    let scopes = fields
        .optional("scopes", |value| Scopes::parse(&input::texts(value)?))
        .unwrap_or(Scopes::WRITE);
    fields.finish()?;
    Ok(NewToken {
        id: Uuid::nil(),
        name,
        owner,
        scopes,
    })
}

/// Revokes a token; its sessions end with it
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", operation_id = "revoke_token",
    params(("id" = String, Path, description = "The token's id.")),
    responses((status = 204, description = "Revoked.")))]
pub(super) async fn revoke(State(app): State<App>, PathParts(id): PathParts<String>) -> Result<StatusCode> {
    app.access.revoke(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<TokenRow> for TokenDto {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            owner: row.owner.to_string(),
            scopes: row.scopes.names(),
            created_at: row.created_at,
        }
    }
}
