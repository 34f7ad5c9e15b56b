//! Browser sessions, as clients send and receive them.

use folio_core::OwnerId;
use serde::Serialize;
use utoipa::ToSchema;

use super::words;

/// A token to log in with.
#[derive(Clone, Debug, ToSchema)]
pub struct SessionRequest {
    /// The token.
    #[schema(format = Password)]
    pub token: String,
}

/// Who is logged in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionDto {
    /// Whose objects are seen.
    #[schema(value_type = String, example = "admin")]
    pub owner: OwnerId,
    /// What may be done.
    #[schema(value_type = Vec<words::Scope>, example = json!(["read", "write"]))]
    pub scopes: Vec<&'static str>,
}
