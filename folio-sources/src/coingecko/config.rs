//! The settings of CoinGecko.

use std::str::FromStr;

use folio_core::source::BudgetLimit;
use folio_core::{Error, ErrorKind, Result, SourceId};
use serde::Deserialize;

use crate::config::{per_minute, per_span, unknown_key};
use crate::http::{BaseUrl, Secret};

const PUBLIC_HOST: &str = "api.coingecko.com";
const PRO_HOST: &str = "pro-api.coingecko.com";

/// What CoinGecko calls the kind of access. The key does not tell: all keys begin alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoinGeckoPlan {
    /// Without a key: 5 calls a minute.
    #[default]
    Public,
    /// With a free key: 30 calls a minute, 10,000 a month.
    Demo,
    /// With a paid key.
    Pro,
}

impl CoinGeckoPlan {
    pub(super) fn host(self) -> &'static str {
        match self {
            Self::Public | Self::Demo => PUBLIC_HOST,
            Self::Pro => PRO_HOST,
        }
    }

    /// The header that carries the key.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Public | Self::Demo => "x-cg-demo-api-key",
            Self::Pro => "x-cg-pro-api-key",
        }
    }

    fn calls_per_minute(self) -> u32 {
        match self {
            Self::Public => 5,
            Self::Demo => 30,
            Self::Pro => 250,
        }
    }

    /// The free plan with a key ends with its ten-thousandth call of a month.
    fn calls_per_month(self) -> Option<u32> {
        match self {
            Self::Demo => Some(10_000),
            Self::Public | Self::Pro => None,
        }
    }

    /// How many days back the history reaches; the free plans stop after a year.
    pub(super) fn history_days(self) -> u32 {
        match self {
            Self::Public | Self::Demo => 365,
            Self::Pro => 4_000,
        }
    }
}

impl FromStr for CoinGeckoPlan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "public" => Ok(Self::Public),
            "demo" => Ok(Self::Demo),
            "pro" => Ok(Self::Pro),
            _ => Err(Error::new(
                ErrorKind::NotConfigured,
                format!("coingecko: plan is {text:?}; it has to be public, demo or pro"),
            )),
        }
    }
}

/// The settings of CoinGecko: `url`, `api_key`, `plan`, `per_minute`, `per_day`, `per_month`.
///
/// ```
/// use folio_sources::{CoinGeckoConfig, CoinGeckoPlan};
///
/// let config = CoinGeckoConfig::from_pairs([("plan", "demo"), ("api_key", "CG-invented")])?;
/// assert_eq!(config.plan, CoinGeckoPlan::Demo);
/// assert_eq!(config.budget().per_minute, 30);
/// # Ok::<(), folio_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CoinGeckoConfig {
    /// The address up to and with `/api/v3`; without one that of the plan.
    pub url: Option<String>,
    /// The key; the plans `demo` and `pro` need one, `public` takes none.
    pub api_key: Option<Secret>,
    /// Which kind of access.
    pub plan: CoinGeckoPlan,
    /// Calls in any sixty seconds; without a number what the plan allows: 5, 30, 250.
    pub per_minute: Option<u32>,
    /// Calls in a day of UTC; no limit without a number.
    pub per_day: Option<u32>,
    /// Calls in a calendar month of UTC; without a number 10,000 for the plan demo, else no limit.
    pub per_month: Option<u32>,
}

impl CoinGeckoConfig {
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
                "plan" => config.plan = value.parse()?,
                "per_minute" => config.per_minute = Some(per_minute("coingecko", &value)?),
                name @ "per_day" => config.per_day = Some(per_span("coingecko", name, &value)?),
                name @ "per_month" => config.per_month = Some(per_span("coingecko", name, &value)?),
                other => {
                    let allowed = "url, api_key, plan, per_minute, per_day and per_month";
                    return Err(unknown_key("coingecko", other, allowed));
                }
            }
        }
        config.base_url()?;
        Ok(config)
    }

    /// The limit that the rate budget needs for this source.
    #[must_use]
    pub fn budget(&self) -> BudgetLimit {
        BudgetLimit::new(
            SourceId::new(super::ID),
            self.per_minute.unwrap_or_else(|| self.plan.calls_per_minute()),
        )
        .per_day(self.per_day)
        .per_month(self.per_month.or_else(|| self.plan.calls_per_month()))
    }

    /// The address, once key, plan and host are known to belong together.
    pub(super) fn base_url(&self) -> Result<BaseUrl> {
        let refuse = |message: &str| Err(Error::new(ErrorKind::NotConfigured, format!("coingecko: {message}")));
        let has_key = self.api_key.as_ref().is_some_and(|key| !key.is_empty());
        match self.plan {
            CoinGeckoPlan::Public if has_key => {
                return refuse(
                    "plan is public, which takes no key, and api_key is set; set plan to demo or pro, whichever the key is for",
                );
            }
            CoinGeckoPlan::Demo | CoinGeckoPlan::Pro if !has_key => {
                return refuse("plan is demo or pro, and api_key is not set; set it, or set plan to public");
            }
            _ => {}
        }
        let url = match &self.url {
            Some(url) => BaseUrl::parse("coingecko: url", url)?,
            None => BaseUrl::parse("coingecko: url", &format!("https://{}/api/v3", self.plan.host()))?,
        };
        match (url.host(), self.plan) {
            (PRO_HOST, CoinGeckoPlan::Public | CoinGeckoPlan::Demo) => {
                refuse("url is the address of the plan pro, and plan is not; leave url out or set plan to pro")
            }
            (PUBLIC_HOST, CoinGeckoPlan::Pro) => {
                refuse("url is the address of the plans public and demo, and plan is pro; leave url out or change plan")
            }
            _ => Ok(url),
        }
    }
}
