//! The settings of Twelve Data.

use folio_core::source::BudgetLimit;
use folio_core::{Error, ErrorKind, Result, SourceId};
use serde::Deserialize;

use crate::config::{given, per_minute, per_span, unknown_key};
use crate::http::{BaseUrl, Secret};

const PUBLIC: &str = "https://api.twelvedata.com";
/// What the free plan allows.
const PER_MINUTE: u32 = 8;
const PER_DAY: u32 = 800;
/// The most symbols that one call asks for, however large the plan: the address stays short.
const LARGEST_BATCH: u32 = 50;

/// The settings of Twelve Data: `url`, `api_key`, `per_minute`, `per_day`, `per_month`.
///
/// The limits are in credits: a quote costs one for every symbol, any other call one. The source is off
/// without a key.
///
/// ```
/// use folio_sources::TwelveDataConfig;
///
/// assert!(!TwelveDataConfig::default().is_on());
/// let config = TwelveDataConfig::from_pairs([("api_key", "invented")])?;
/// assert!(config.is_on());
/// assert_eq!((config.budget().per_minute, config.budget().per_day), (8, Some(800)));
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TwelveDataConfig {
    /// The address; without one the public one.
    pub url: Option<String>,
    /// The key.
    pub api_key: Option<Secret>,
    /// Credits in any sixty seconds; 8 without a number, as the free plan has it.
    pub per_minute: Option<u32>,
    /// Credits in a day of UTC; without a number 800 where `per_minute` is not set either, else no limit.
    pub per_day: Option<u32>,
    /// Credits in a calendar month of UTC; no limit without a number.
    pub per_month: Option<u32>,
}

impl TwelveDataConfig {
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
                "api_key" => config.api_key = Some(Secret::new(value)),
                "per_minute" => config.per_minute = Some(per_minute("twelvedata", &value)?),
                name @ "per_day" => config.per_day = Some(per_span("twelvedata", name, &value)?),
                name @ "per_month" => config.per_month = Some(per_span("twelvedata", name, &value)?),
                other => {
                    let allowed = "url, api_key, per_minute, per_day and per_month";
                    return Err(unknown_key("twelvedata", other, allowed));
                }
            }
        }
        config.base_url()?;
        if let Some(key) = given(config.api_key.as_ref()) {
            key.to_header("twelvedata: api_key")?;
        }
        Ok(config)
    }

    /// Whether there is a key.
    #[must_use]
    pub fn is_on(&self) -> bool {
        given(self.api_key.as_ref()).is_some()
    }

    /// The limit that the rate budget needs for this source.
    #[must_use]
    pub fn budget(&self) -> BudgetLimit {
        BudgetLimit::new(SourceId::new(super::ID), self.credits_per_minute())
            .per_day(self.per_day.or(self.per_minute.is_none().then_some(PER_DAY)))
            .per_month(self.per_month)
    }

    fn credits_per_minute(&self) -> u32 {
        self.per_minute.unwrap_or(PER_MINUTE)
    }

    /// How many symbols one call asks for: no more than the budget allows a job at once, which is four
    /// fifths of it. A call for more would wait for ever, or cost more than is noted.
    pub(super) fn batch(&self) -> usize {
        let credits = self.credits_per_minute();
        let for_jobs = credits - credits.div_ceil(5).min(credits);
        for_jobs.clamp(1, LARGEST_BATCH) as usize
    }

    pub(super) fn base_url(&self) -> Result<BaseUrl> {
        BaseUrl::parse("twelvedata: url", self.url.as_deref().unwrap_or(PUBLIC))
    }

    pub(super) fn key(&self) -> Result<&Secret> {
        given(self.api_key.as_ref()).ok_or_else(|| {
            Error::new(
                ErrorKind::NotConfigured,
                "twelvedata: api_key is not set; Twelve Data answers nobody without one",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_what_a_job_may_take_at_once() {
        let check = |per_minute: Option<u32>, batch: usize| {
            let config = TwelveDataConfig {
                per_minute,
                ..TwelveDataConfig::default()
            };
            assert_eq!(config.batch(), batch, "{per_minute:?}");
        };
        check(None, 6);
        check(Some(1), 1);
        check(Some(2), 1);
        check(Some(5), 4);
        check(Some(10), 8);
        check(Some(55), 44);
        check(Some(610), 50);
    }
}
