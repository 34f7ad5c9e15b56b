//! The settings of the Yahoo chart source.

use std::time::Duration;

use folio_core::source::BudgetLimit;
use folio_core::{Error, ErrorKind, Result, SourceId};
use serde::Deserialize;

use crate::config::{per_minute, per_span, unknown_key};
use crate::http::BaseUrl;

/// The two public addresses; both serve the same.
const PUBLIC: [&str; 2] = ["https://query1.finance.yahoo.com", "https://query2.finance.yahoo.com"];
const PER_MINUTE: u32 = 60;
/// The least milliseconds between two calls; whoever calls more densely is refused as a program.
const SPACING_MS: u32 = 500;

/// The settings of the Yahoo chart source: `url`, `per_minute`, `per_day`, `per_month`, `spacing_ms`.
///
/// ```
/// let config = folio_sources::YahooConfig::from_pairs([("per_minute", "30")])?;
/// assert_eq!(config.budget().per_minute, 30);
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct YahooConfig {
    /// The address without a path; without one the public ones.
    pub url: Option<String>,
    /// Calls in any sixty seconds; 60 without a number.
    pub per_minute: Option<u32>,
    /// Calls in a day of UTC; no limit without a number.
    pub per_day: Option<u32>,
    /// Calls in a calendar month of UTC; no limit without a number.
    pub per_month: Option<u32>,
    /// The least time between the beginnings of two calls, in milliseconds; 500 without a number.
    pub spacing_ms: Option<u32>,
}

impl YahooConfig {
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
                "per_minute" => config.per_minute = Some(per_minute("yahoo", &value)?),
                name @ "per_day" => config.per_day = Some(per_span("yahoo", name, &value)?),
                name @ "per_month" => config.per_month = Some(per_span("yahoo", name, &value)?),
                "spacing_ms" => config.spacing_ms = Some(spacing(&value)?),
                other => {
                    let allowed = "url, per_minute, per_day, per_month and spacing_ms";
                    return Err(unknown_key("yahoo", other, allowed));
                }
            }
        }
        config.hosts()?;
        Ok(config)
    }

    /// The limit that the rate budget needs for this source.
    #[must_use]
    pub fn budget(&self) -> BudgetLimit {
        BudgetLimit::new(SourceId::new(super::ID), self.per_minute.unwrap_or(PER_MINUTE))
            .per_day(self.per_day)
            .per_month(self.per_month)
    }

    pub(super) fn spacing(&self) -> Duration {
        Duration::from_millis(self.spacing_ms.unwrap_or(SPACING_MS).into())
    }

    /// The addresses to use, the first one first. Only the public ones come in two.
    pub(super) fn hosts(&self) -> Result<Vec<BaseUrl>> {
        match &self.url {
            None => PUBLIC
                .into_iter()
                .map(|url| BaseUrl::parse("yahoo: url", url))
                .collect(),
            Some(url) => {
                let base = BaseUrl::parse("yahoo: url", url)?;
                if !base.is_bare() {
                    return Err(Error::new(
                        ErrorKind::NotConfigured,
                        format!("yahoo: url is {base:?}; write it without a path, folio adds /v8/finance/chart"),
                    ));
                }
                if PUBLIC.contains(&format!("{base:?}").trim_end_matches('/')) {
                    return Self::default().hosts();
                }
                Ok(vec![base])
            }
        }
    }
}

fn spacing(text: &str) -> Result<u32> {
    text.trim()
        .parse()
        .ok()
        .filter(|milliseconds| *milliseconds <= 60_000)
        .ok_or_else(|| {
            let message =
                format!("yahoo: spacing_ms is {text:?}; it has to be a whole number of milliseconds from 0 to 60000");
            Error::new(ErrorKind::NotConfigured, message)
        })
}
