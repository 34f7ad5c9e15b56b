//! The settings of the IEX-shaped source.

use folio_core::source::BudgetLimit;
use folio_core::{Error, ErrorKind, Result, SourceId};
use serde::Deserialize;

use crate::config::{given, per_minute, per_span, unknown_key};
use crate::http::{BaseUrl, Secret};

const PER_MINUTE: u32 = 60;

/// The settings of the IEX-shaped source: `url`, `token`, `per_minute`, `per_day`, `per_month`.
///
/// There is no address without one: IEX Cloud closed in 2024 and its domain has lapsed, so that a
/// default could send tokens to whoever owns it next. The source is off until it is given a `url`.
///
/// ```
/// use folio_sources::IexConfig;
///
/// assert!(!IexConfig::default().is_on());
/// let config = IexConfig::from_pairs([("url", "https://feed.example.org/v1"), ("token", "pk_invented")])?;
/// assert!(config.is_on());
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IexConfig {
    /// The address up to and with the version, as in `https://feed.example.org/v1`; https or this machine.
    pub url: Option<String>,
    /// The token, if the service wants one.
    pub token: Option<Secret>,
    /// Calls in any sixty seconds; 60 without a number.
    pub per_minute: Option<u32>,
    /// Calls in a day of UTC; no limit without a number.
    pub per_day: Option<u32>,
    /// Calls in a calendar month of UTC; no limit without a number.
    pub per_month: Option<u32>,
}

impl IexConfig {
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
                "token" => config.token = Some(Secret::new(value)),
                "per_minute" => config.per_minute = Some(per_minute("iex", &value)?),
                name @ "per_day" => config.per_day = Some(per_span("iex", name, &value)?),
                name @ "per_month" => config.per_month = Some(per_span("iex", name, &value)?),
                other => {
                    let allowed = "url, token, per_minute, per_day and per_month";
                    return Err(unknown_key("iex", other, allowed));
                }
            }
        }
        if config.is_on() {
            config.base_url()?;
        }
        if let Some(token) = given(config.token.as_ref()) {
            token.to_header("iex: token")?;
        }
        Ok(config)
    }

    /// Whether there is an address to ask.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.url.is_some()
    }

    /// The limit that the rate budget needs for this source.
    #[must_use]
    pub fn budget(&self) -> BudgetLimit {
        BudgetLimit::new(SourceId::new(super::ID), self.per_minute.unwrap_or(PER_MINUTE))
            .per_day(self.per_day)
            .per_month(self.per_month)
    }

    pub(super) fn base_url(&self) -> Result<BaseUrl> {
        match &self.url {
            Some(url) => BaseUrl::parse("iex: url", url),
            None => Err(Error::new(
                ErrorKind::NotConfigured,
                "iex: url is not set; IEX Cloud closed in 2024, so name the address of a service with its API",
            )),
        }
    }
}
