//! The settings of the European Central Bank's files.

use folio_core::source::BudgetLimit;
use folio_core::{Result, SourceId};
use serde::Deserialize;

use crate::config::{per_minute, unknown_key};
use crate::http::BaseUrl;

const PUBLIC: &str = "https://www.ecb.europa.eu/stats/eurofxref";
/// Three files that change once a day: more calls than this are a mistake.
const PER_MINUTE: u32 = 10;

/// The settings of the European Central Bank's files: `url`, `per_minute`.
///
/// ```
/// let config = folio_sources::EcbConfig::from_pairs([("url", "http://127.0.0.1:8080/eurofxref")])?;
/// assert_eq!(config.budget().per_minute, 10);
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EcbConfig {
    /// The address of the directory that holds `eurofxref-daily.xml`; without one the bank's own.
    pub url: Option<String>,
    /// Calls in any sixty seconds; 10 without a number.
    pub per_minute: Option<u32>,
}

impl EcbConfig {
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
                "per_minute" => config.per_minute = Some(per_minute("ecb", &value)?),
                other => return Err(unknown_key("ecb", other, "url and per_minute")),
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

    pub(super) fn base_url(&self) -> Result<BaseUrl> {
        BaseUrl::parse("ecb: url", self.url.as_deref().unwrap_or(PUBLIC))
    }
}
