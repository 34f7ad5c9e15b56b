//! What a token may do.

use folio_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// One permission; a greater one includes the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read what is the owner's.
    Read,
    /// Change what is the owner's.
    Write,
    /// Make tokens, start everybody's jobs and decide on everybody's prices.
    Admin,
}

impl Scope {
    /// All scopes, the smallest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The word for the scope.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// The permissions of a token: the greatest of them decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Scope);

impl Scopes {
    /// Everything.
    pub const ADMIN: Self = Self(Scope::Admin);
    /// What a token may do unless told.
    pub const WRITE: Self = Self(Scope::Write);

    /// The scopes with these names.
    ///
    /// # Errors
    /// `InvalidInput` when there is none or an unknown one.
    pub fn parse<S: AsRef<str>>(names: &[S]) -> Result<Self> {
        let find = |name: &str| Scope::ALL.into_iter().find(|scope| scope.as_str() == name);
        let scopes: Option<Vec<_>> = names.iter().map(|name| find(name.as_ref().trim())).collect();
        scopes
            .and_then(|scopes| scopes.into_iter().max())
            .map(Self)
            .ok_or_else(|| Error::invalid("scopes are one or more of read, write, admin"))
    }

    /// Whether these include `wanted`.
    #[must_use]
    pub fn include(self, wanted: Scope) -> bool {
        self.0 >= wanted
    }

    /// The names of all scopes included.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        Scope::ALL
            .into_iter()
            .filter(|scope| self.include(*scope))
            .map(Scope::as_str)
            .collect()
    }
}
