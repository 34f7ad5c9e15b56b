//! Access tokens: kept as digests, shown once.

use std::sync::Arc;

use folio_core::store::{OpsStore, RecordKind, Row, Scan, Table, Versioned};
use folio_core::{Error, OwnerId, Result, Store};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Digest, Scopes, Secret};

/// The most tokens that are listed.
const MAX_TOKENS: usize = 10_000;

/// A token as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenRow {
    /// The digest's key.
    pub digest: String,
    /// The id that people name it by.
    pub id: Uuid,
    /// What it is for.
    pub name: Option<String>,
    /// Whose objects it opens.
    pub owner: OwnerId,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Row for TokenRow {
    const KIND: RecordKind = RecordKind("token");

    fn key(&self) -> String {
        self.digest.clone()
    }
}

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: Option<String>,
    /// Whose objects it opens.
    pub owner: OwnerId,
    /// What it may do.
    pub scopes: Scopes,
}

/// The tokens of a store.
#[derive(Clone, Debug)]
pub struct Tokens(Arc<dyn Store>);

impl Tokens {
    /// The tokens of a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    fn table(&self) -> Table<'_, TokenRow> {
        let store: &dyn OpsStore = &*self.0;
        Table::new(store)
    }

    /// Keeps a token with this secret. The same secret twice is one token.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn create(&self, token: NewToken, secret: &Secret, now: Timestamp) -> Result<TokenRow> {
        let NewToken {
            id,
            name,
            owner,
            scopes,
        } = token;
        let row = TokenRow {
            digest: secret.digest().key(),
            id,
            name,
            owner,
            scopes,
            created_at: now,
        };
        if self.table().insert(&row).await? {
            return Ok(row);
        }
        self.find(&secret.digest())
            .await?
            .ok_or_else(|| Error::not_found("token"))
    }

    /// The token with this digest.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find(&self, digest: &Digest) -> Result<Option<TokenRow>> {
        self.with_key(&digest.key()).await
    }

    /// The token whose digest has this key.
    pub(crate) async fn with_key(&self, key: &str) -> Result<Option<TokenRow>> {
        Ok(self.table().get(key).await?.map(Versioned::into_inner))
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list(&self) -> Result<Vec<TokenRow>> {
        let scan = Scan {
            limit: MAX_TOKENS,
            ..Scan::default()
        };
        let mut rows: Vec<_> = self
            .table()
            .scan(&scan)
            .await?
            .into_iter()
            .map(Versioned::into_inner)
            .collect();
        rows.sort_by_key(|row| (row.created_at, row.id));
        Ok(rows)
    }

    /// Removes a token.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn revoke(&self, id: &str) -> Result<()> {
        let row = self.list().await?.into_iter().find(|row| row.id.to_string() == id);
        let row = row.ok_or_else(|| Error::not_found("token"))?;
        self.table().remove(&row.digest).await?;
        Ok(())
    }
}
