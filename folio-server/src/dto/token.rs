//! Access tokens, as clients send and receive them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::words;

/// A token to make.
#[derive(Clone, Debug, ToSchema)]
pub struct TokenInput {
    /// What it is for; at most 200 characters.
    #[schema(max_length = 200, example = "notebook")]
    pub name: Option<String>,
    /// Whose objects it opens; the caller's own unless told.
    #[schema(max_length = 200, example = "admin")]
    pub owner: Option<String>,
    /// What it may do; read and write unless told.
    #[schema(value_type = Option<Vec<words::Scope>>, example = json!(["read"]))]
    pub scopes: Option<Vec<String>>,
}

/// A token without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenDto {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// What it is for.
    #[schema(required)]
    pub name: Option<String>,
    /// Whose objects it opens.
    pub owner: String,
    /// What it may do.
    #[schema(value_type = Vec<words::Scope>)]
    pub scopes: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A new token with its secret, which is shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NewToken)]
pub struct NewTokenDto {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// What it is for.
    #[schema(required)]
    pub name: Option<String>,
    /// Whose objects it opens.
    pub owner: String,
    /// What it may do.
    #[schema(value_type = Vec<words::Scope>)]
    pub scopes: Vec<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The secret: what to send as `Authorization: Bearer`.
    #[schema(format = Password)]
    pub secret: String,
}
