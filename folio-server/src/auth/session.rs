//! Browser sessions: a cookie that scripts cannot read, kept as a digest.

use folio_core::OwnerId;
use folio_core::store::{RecordKind, Row};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Scopes, Secret};

/// The name of the cookie.
pub const COOKIE: &str = "folio_session";
/// How long a session lasts.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;

/// A session as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionRow {
    /// The digest's key.
    pub digest: String,
    /// The token it was opened with, by its digest's key: the session ends with it.
    pub token: String,
    /// Whose objects it opens.
    pub owner: OwnerId,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends.
    pub expires: Timestamp,
}

impl Row for SessionRow {
    const KIND: RecordKind = RecordKind("session");

    fn key(&self) -> String {
        self.digest.clone()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}

impl SessionRow {
    /// A session that begins at `now`.
    #[must_use]
    pub fn new(secret: &Secret, token: String, owner: OwnerId, scopes: Scopes, now: Timestamp) -> Self {
        let expires = now
            .checked_add(SignedDuration::from_secs(SESSION_SECONDS))
            .unwrap_or(Timestamp::MAX);
        Self {
            digest: secret.digest().key(),
            token,
            owner,
            scopes,
            expires,
        }
    }
}
