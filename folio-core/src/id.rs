//! Identifiers: opaque to clients, ordered by creation where folio makes them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use crate::{Error, Result};

/// A version 7 id made from a clock's reading, so that ids sort by creation and no clock is read here.
pub(crate) fn new_uuid(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, ordered by `now`.
            #[must_use]
            pub fn new(now: Timestamp) -> Self {
                Self(new_uuid(now))
            }

            /// The id with these bytes, for a backend that stores them.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bytes, for a backend that stores them.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Reads the hyphenated lower-case form, the only one that folio issues.
            fn from_str(text: &str) -> Result<Self> {
                match Uuid::try_parse(text) {
                    Ok(uuid) if uuid.hyphenated().to_string() == text => Ok(Self(uuid)),
                    _ => Err(Error::not_found($what)),
                }
            }
        }
    };
}

id!(
    /// Names a portfolio.
    PortfolioId,
    "portfolio"
);
id!(
    /// Names a holding within its portfolio.
    HoldingId,
    "holding"
);
id!(
    /// Names a snapshot; see [`ValuationId::derived`].
    ValuationId,
    "valuation"
);
id!(
    /// Names a price book.
    BookId,
    "price book"
);
id!(
    /// Names a price that was held back.
    QuarantineId,
    "quarantined quote"
);
id!(
    /// Names a job that a person or the clock asked for.
    JobId,
    "job"
);

impl ValuationId {
    /// The id of the one snapshot of `portfolio` at `as_of`: a version 5 UUID of both, the same on every
    /// store and in every process, so that a repeated insert finds the first one.
    #[must_use]
    pub fn derived(portfolio: PortfolioId, as_of: Timestamp) -> Self {
        Self(Uuid::new_v5(portfolio.as_uuid(), &as_of.as_millisecond().to_be_bytes()))
    }
}

/// Who owns portfolios; `"admin"` for somebody who runs the binary alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnerId(std::sync::Arc<str>);

impl OwnerId {
    /// The owner with this name.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for OwnerId {
    fn default() -> Self {
        Self::new("admin")
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_only_in_the_form_they_are_issued() {
        let id = PortfolioId::new("2026-03-01T00:00:00Z".parse().unwrap());
        assert_eq!(id.to_string().parse::<PortfolioId>().unwrap(), id);
        for bad in [
            "",
            "1",
            "{}",
            &id.to_string().to_uppercase(),
            &id.to_string().replace('-', ""),
        ] {
            assert_eq!(
                bad.parse::<PortfolioId>().unwrap_err().kind(),
                crate::ErrorKind::NotFound
            );
        }
    }

    #[test]
    fn snapshot_ids_are_derived_from_portfolio_and_instant() {
        let at: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let portfolio = PortfolioId::new(at);
        let id = ValuationId::derived(portfolio, at);
        assert_eq!(id, ValuationId::derived(portfolio, at));
        assert_ne!(
            id,
            ValuationId::derived(portfolio, at + jiff::SignedDuration::from_millis(1))
        );
        assert_ne!(id, ValuationId::derived(PortfolioId::new(at), at));
    }
}
