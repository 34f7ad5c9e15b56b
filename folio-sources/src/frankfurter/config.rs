//! The settings of Frankfurter.

use folio_core::source::BudgetLimit;
use folio_core::{Result, SourceId};
use serde::Deserialize;

use crate::config::{per_minute, unknown_key};
use crate::http::BaseUrl;

const PUBLIC: &str = "https://api.frankfurter.dev/v2";
/// The service states no limit; this is far below the five calls a second that are called polite.
const PER_MINUTE: u32 = 120;

/// The settings of Frankfurter: `url`, `per_minute`.
///
/// ```
/// let config = folio_sources::FrankfurterConfig::from_pairs([("url", "http://127.0.0.1:8080/v2")])?;
/// assert_eq!(config.budget().per_minute, 120);
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FrankfurterConfig {
    /// The address up to and with `/v2`; without one the public service. It can be hosted by oneself.
    pub url: Option<String>,
    /// Calls in any sixty seconds; 120 without a number.
    pub per_minute: Option<u32>,
}

impl FrankfurterConfig {
    /// Reads settings by name.
    ///
    /// # Errors
    /// `NotConfigured` with the name of the setting that is unknown or wrong and what is allowed.
    pub fn from_pairs<K: AsRef<str>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self> {
        let mut config = Self::default();
        for (key, value) in pairs {
            let value = value.into();
            match key.as_ref() {
                "url" => config.url = Some(value),
                "per_minute" => config.per_minute = Some(per_minute("frankfurter", &value)?),
                other => return Err(unknown_key("frankfurter", other, "url and per_minute")),
            }
        }
        config.base_url()?;
        Ok(config)
    }

    /// The limit that the rate budget needs for this source.
    #[must_use]
    pub fn budget(&self) -> BudgetLimit {
        BudgetLimit::new(SourceId::new(super::ID), self.per_minute.unwrap_or(PER_MINUTE))
    }

    /// Whether the public service is asked, and not one of one's own or a copy on this machine.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let public = BaseUrl::parse("frankfurter: url", PUBLIC);
        match (self.base_url(), public) {
            (Ok(base), Ok(public)) => base.host() == public.host(),
            _ => false,
        }
    }

    pub(super) fn base_url(&self) -> Result<BaseUrl> {
        BaseUrl::parse("frankfurter: url", self.url.as_deref().unwrap_or(PUBLIC))
    }
}
