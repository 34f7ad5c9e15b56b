//! Finds out who is asking.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use folio_core::store::{OpsStore, Table};
use folio_core::{Clock, OwnerId, Result, Store};
use http::{HeaderMap, header};
use tokio::time::Instant;

use super::session::{COOKIE, SessionRow};
use super::{Digest, Limits, RequestLimit, Scope, Scopes, Secret, Tokens};

/// How long somebody who was found is not looked up again: so long a revocation by another process takes.
const REMEMBERED: Duration = Duration::from_secs(5);
/// How many are remembered.
const MAX_REMEMBERED: usize = 10_000;

/// What somebody showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer`.
    Bearer,
    /// The session cookie.
    Session,
}

/// Who is asking.
#[derive(Debug)]
pub struct Principal {
    /// Whose objects they see.
    pub owner: OwnerId,
    /// What they may do.
    pub scopes: Scopes,
    /// What they showed.
    pub credential: Credential,
    /// The digest of it.
    pub digest: Digest,
    /// The token behind it, by its digest's key.
    token: String,
    /// How often they may ask, kept over look-ups.
    pub limit: Arc<RequestLimit>,
}

/// Finds out who is asking.
pub struct Access {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    admin: Option<Digest>,
    /// The limits of requests.
    pub limits: Limits,
    known: RwLock<HashMap<Digest, (Arc<Principal>, Instant)>>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Access {
    /// Access with the administrator's token, if there is one, and the tokens of the store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, admin: Option<&str>, per_second: u32) -> Self {
        Self {
            store,
            clock,
            admin: admin.map(Digest::of),
            limits: Limits::new(per_second),
            known: RwLock::default(),
        }
    }

    /// The tokens of the store.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens::new(Arc::clone(&self.store))
    }

    /// Who shows these headers; `None` for nobody that is known.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be looked up.
    pub async fn principal(&self, headers: &HeaderMap) -> Result<Option<Arc<Principal>>> {
        let Some((secret, credential)) = shown(headers) else {
            return Ok(None);
        };
        let digest = Digest::of(secret);
        if let Some(principal) = self.remembered(&digest) {
            return Ok((principal.credential == credential).then_some(principal));
        }
        self.look_up(digest, credential).await
    }

    /// Whether somebody who was found may still go on: their token, or session, is there and still theirs.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be looked up.
    pub async fn is_valid(&self, principal: &Principal) -> Result<bool> {
        let found = match self.remembered(&principal.digest) {
            Some(found) => Some(found),
            None => self.look_up(principal.digest, principal.credential).await?,
        };
        Ok(found.is_some_and(|found| found.owner == principal.owner && found.scopes.include(Scope::Read)))
    }

    fn remembered(&self, digest: &Digest) -> Option<Arc<Principal>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (principal, until) = known.get(digest)?;
        (*until > Instant::now()).then(|| Arc::clone(principal))
    }

    async fn look_up(&self, digest: Digest, credential: Credential) -> Result<Option<Arc<Principal>>> {
        let found = match credential {
            Credential::Bearer => self
                .by_token(&digest)
                .await?
                .map(|(owner, scopes)| (owner, scopes, digest.key())),
            Credential::Session => self.by_session(&digest).await?,
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Some((owner, scopes, token)) = found else {
            known.remove(&digest);
            return Ok(None);
        };
        let now = Instant::now();
        if known.len() >= MAX_REMEMBERED {
            known.retain(|_, (_, until)| *until > now);
        }
        // A token and its sessions share one limit, however many sessions there are.
        let same = known.values().find(|(earlier, _)| earlier.token == token);
        let limit = same.map_or_else(
            || Arc::new(self.limits.for_token()),
            |(earlier, _)| Arc::clone(&earlier.limit),
        );
        let principal = Arc::new(Principal {
            owner,
            scopes,
            credential,
            digest,
            token,
            limit,
        });
        if known.len() < MAX_REMEMBERED {
            known.insert(digest, (Arc::clone(&principal), now + REMEMBERED));
        }
        Ok(Some(principal))
    }

    async fn by_token(&self, digest: &Digest) -> Result<Option<(OwnerId, Scopes)>> {
        if self.admin.is_some_and(|admin| admin.matches(digest)) {
            return Ok(Some((OwnerId::default(), Scopes::ADMIN)));
        }
        Ok(self.tokens().find(digest).await?.map(|row| (row.owner, row.scopes)))
    }

    async fn by_session(&self, digest: &Digest) -> Result<Option<(OwnerId, Scopes, String)>> {
        let Some(session) = self.sessions().get(&digest.key()).await? else {
            return Ok(None);
        };
        let token_is_valid = self.admin.is_some_and(|admin| admin.key() == session.token)
            || self.tokens().with_key(&session.token).await?.is_some();
        if session.expires <= self.clock.now() || !token_is_valid {
            return Ok(None);
        }
        let session = session.into_inner();
        Ok(Some((session.owner, session.scopes, session.token)))
    }

    fn sessions(&self) -> Table<'_, SessionRow> {
        let store: &dyn OpsStore = &*self.store;
        Table::new(store)
    }

    /// Opens a session with a token; its secret is the cookie's value. `None` for a token that is not known.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be looked up or kept.
    pub async fn open_session(&self, token: &str) -> Result<Option<Secret>> {
        let digest = Digest::of(token);
        let Some((owner, scopes)) = self.by_token(&digest).await? else {
            return Ok(None);
        };
        let secret = Secret::random()?;
        let session = SessionRow::new(&secret, digest.key(), owner, scopes, self.clock.now());
        self.sessions().insert(&session).await?;
        Ok(Some(secret))
    }

    /// Ends the session of a principal; a bearer token stays as it is.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn close_session(&self, principal: &Principal) -> Result<()> {
        if principal.credential == Credential::Session {
            self.sessions().remove(&principal.digest.key()).await?;
            self.known
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&principal.digest);
        }
        Ok(())
    }

    /// Removes a token; it and its sessions end at once in this process.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn revoke(&self, id: &str) -> Result<()> {
        self.tokens().revoke(id).await?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }
}

/// The secret that a request shows; a bearer token counts before the cookie.
pub(crate) fn shown(headers: &HeaderMap) -> Option<(&str, Credential)> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| (token.trim(), Credential::Bearer));
    }
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| (value, Credential::Session))
}
