//! Part of a list.

use serde::Serialize;
use utoipa::ToSchema;

/// Part of a list, and where the next part begins.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next part; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
