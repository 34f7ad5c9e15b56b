//! What the server and the command line are told: flag, environment variable, `folio.toml`, in that order.

mod channels;
mod load;
mod settings;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use folio_cache_redis::RedisConfig;
use folio_core::money::Decimal;
use folio_core::pricing::DEFAULT_JUMP_FACTOR;
use folio_core::{AlertDefaults, AssetClass, AssetId, Result, SourceId};
use folio_jobs::JobsConfig;
use folio_jobs::queue::RedisQueueConfig;
use folio_sources::{CoinGeckoConfig, EcbConfig, FrankfurterConfig, IexConfig, TwelveDataConfig, YahooConfig};
use folio_store_mongo::MongoConfig;
use jiff::SignedDuration;
use secrecy::SecretString;

pub use channels::{CHANNELS, ChannelsConfig};
pub use load::Sources;
pub use settings::{SETTINGS, Setting};

use load::Values;

/// What is logged unless told: `info`, without what libraries say of their own beginnings.
pub const DEFAULT_LOG: &str = "info,tokio_cron_scheduler=warn,apalis_core=warn";

/// Where portfolios and snapshots are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// In memory, forgotten at the end.
    Memory,
    /// In an SQLite file; the address as it was given.
    Sqlite(String),
    /// On MongoDB.
    Mongo(MongoConfig),
}

impl StoreUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// What is allowed, for an address that is not.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        values::store(text)
    }
}

/// Where prices are kept that all processes share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheUrl {
    /// In each process's own memory.
    Memory,
    /// On Redis.
    Redis(RedisConfig),
}

/// What the jobs are delivered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// Redis.
    Redis(RedisQueueConfig),
}

/// A source of prices by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceChoice {
    /// CoinGecko.
    CoinGecko,
    /// A service with the API of IEX Cloud.
    Iex,
    /// Twelve Data.
    TwelveData,
    /// Yahoo's chart.
    Yahoo,
    /// Files that are replayed.
    Recorded(PathBuf),
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For programs.
    Json,
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the API listens.
    pub bind: SocketAddr,
    /// Where the worker shows its health.
    pub worker_bind: Option<SocketAddr>,
    /// SQLite files and the token file.
    pub data_dir: PathBuf,
    /// Where portfolios and snapshots are kept.
    pub store: StoreUrl,
    /// Where prices are kept that all processes share.
    pub cache: CacheUrl,
    /// What the jobs are delivered by.
    pub queue: QueueUrl,
    /// The administrator's token, if it was given.
    pub admin_token: Option<SecretString>,
    /// Names beside loopback that requests may be for.
    pub allowed_hosts: Vec<String>,
    /// Pages of other sites that may read answers.
    pub cors_origins: Vec<String>,
    /// Requests a second of one token; zero is no limit.
    pub requests_per_second: u32,
    /// CoinGecko.
    pub coingecko: CoinGeckoConfig,
    /// A service with the API of IEX Cloud.
    pub iex: IexConfig,
    /// Yahoo.
    pub yahoo: YahooConfig,
    /// Twelve Data.
    pub twelvedata: TwelveDataConfig,
    /// The currency source.
    pub frankfurter: FrankfurterConfig,
    /// The currency source after that one.
    pub ecb: EcbConfig,
    /// The order of fallback for stocks, of sources that are configured.
    pub stock_sources: Vec<SourceChoice>,
    /// The order of fallback for crypto.
    pub crypto_sources: Vec<SourceChoice>,
    /// The order of fallback of single assets, of sources that their class has.
    pub asset_sources: Vec<(AssetId, Vec<SourceId>)>,
    /// How long a price is current.
    pub price_ttl: Duration,
    /// How long a history is current.
    pub history_ttl: Duration,
    /// By what factor a price may move within ten minutes before it is held back.
    pub jump_factor: Decimal,
    /// The schedules.
    pub jobs: JobsConfig,
    /// How long hourly snapshots are kept.
    pub keep_hourly: SignedDuration,
    /// The rules of a new portfolio.
    pub alert_defaults: AlertDefaults,
    /// The channels that owners are told through.
    pub channels: ChannelsConfig,
    /// What is logged.
    pub log: String,
    /// How it is written; `None` is for people on a terminal and for programs elsewhere.
    pub log_format: Option<LogFormat>,
    /// What should be said once and is no error.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// `NotConfigured` with one line that names the variable, the value unless it is a secret, and what
    /// is allowed.
    pub fn load(sources: &Sources) -> Result<Self> {
        let mut values = Values::load(sources)?;
        let data_dir = match values.take("data_dir", values::path)? {
            Some(path) => path,
            None => default_data_dir()?,
        };
        let coingecko = values.backend(
            "coingecko",
            &[
                ("coingecko_url", "url", values::url),
                ("coingecko_api_key", "api_key", values::any),
                ("coingecko_plan", "plan", values::plan),
                ("coingecko_per_minute", "per_minute", values::per_minute),
                ("coingecko_per_day", "per_day", values::per_span),
                ("coingecko_per_month", "per_month", values::per_span),
            ],
            CoinGeckoConfig::from_pairs,
        )?;
        let iex = values.backend(
            "iex",
            &[
                ("iex_url", "url", values::url),
                ("iex_token", "token", values::any),
                ("iex_per_minute", "per_minute", values::per_minute),
                ("iex_per_day", "per_day", values::per_span),
                ("iex_per_month", "per_month", values::per_span),
            ],
            IexConfig::from_pairs,
        )?;
        let twelvedata = values.backend(
            "twelvedata",
            &[
                ("twelvedata_url", "url", values::url),
                ("twelvedata_api_key", "api_key", values::any),
                ("twelvedata_per_minute", "per_minute", values::per_minute),
                ("twelvedata_per_day", "per_day", values::per_span),
                ("twelvedata_per_month", "per_month", values::per_span),
            ],
            TwelveDataConfig::from_pairs,
        )?;
        let yahoo = values.backend(
            "yahoo",
            &[
                ("yahoo_url", "url", values::url),
                ("yahoo_per_minute", "per_minute", values::per_minute),
                ("yahoo_per_day", "per_day", values::per_span),
                ("yahoo_per_month", "per_month", values::per_span),
            ],
            YahooConfig::from_pairs,
        )?;
        let frankfurter = values.backend(
            "frankfurter",
            &[("fx_url", "url", values::url)],
            FrankfurterConfig::from_pairs,
        )?;
        let ecb = values.backend("ecb", &[("ecb_url", "url", values::url)], EcbConfig::from_pairs)?;
        let mut cron = |name: &str, default: &str| {
            Ok::<_, folio_core::Error>(values.take(name, values::cron)?.unwrap_or_else(|| default.to_owned()))
        };
        let jobs = JobsConfig::with_schedule(
            &cron("cron_hourly", "0 * * * *")?,
            &cron("cron_daily", "0 9 * * *")?,
            &cron("cron_history", "0 */6 * * *")?,
        )?;
        let store = values.take("store_url", values::store)?;
        let authorities = values.take("redis_ca_file", values::path)?;
        let cache = values.take("cache_url", |text| values::cache(text, authorities.as_deref()))?;
        let queue = values.take("queue_url", |text| values::queue(text, authorities.as_deref()))?;
        let has_authorities = authorities.is_some();
        let stock_sources = values.take("stock_sources", values::stock_sources)?;
        let crypto_sources = values.take("crypto_sources", values::crypto_sources)?;
        let asset_sources = values.take("asset_sources", values::asset_sources)?;
        let defaults = AlertDefaults::default();
        let alert_defaults = AlertDefaults {
            loss_percent: values
                .take("alert_loss_percent", values::loss)?
                .unwrap_or(defaults.loss_percent),
            gain_percent: values
                .take("alert_gain_percent", values::gain)?
                .unwrap_or(defaults.gain_percent),
        };
        let channels = ChannelsConfig::read(&mut values)?;
        let mut config = Self {
            bind: values
                .take("bind", values::address)?
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000))),
            worker_bind: values.take("worker_bind", values::address)?,
            store: store.unwrap_or_else(|| StoreUrl::Sqlite(in_data_dir(&data_dir, "folio.db"))),
            cache: cache.unwrap_or(CacheUrl::Memory),
            queue: queue
                .flatten()
                .unwrap_or_else(|| QueueUrl::Sqlite(data_dir.join("queue.db"))),
            data_dir,
            admin_token: values.take("admin_token", values::token)?.map(SecretString::from),
            allowed_hosts: values.take("allowed_hosts", values::hosts)?.unwrap_or_default(),
            cors_origins: values.take("cors_origins", values::origins)?.unwrap_or_default(),
            requests_per_second: values.take("requests_per_second", values::rate)?.unwrap_or(500),
            coingecko,
            iex,
            yahoo,
            twelvedata,
            frankfurter,
            ecb,
            stock_sources: Vec::new(),
            crypto_sources: crypto_sources.unwrap_or_else(|| vec![SourceChoice::CoinGecko]),
            asset_sources: asset_sources.unwrap_or_default(),
            price_ttl: values
                .take("price_ttl", values::duration)?
                .unwrap_or(Duration::from_secs(300)),
            history_ttl: values
                .take("history_ttl", values::duration)?
                .unwrap_or(Duration::from_secs(3600)),
            jump_factor: values
                .take("jump_factor", values::jump_factor)?
                .unwrap_or(DEFAULT_JUMP_FACTOR),
            jobs,
            keep_hourly: values
                .take("keep_hourly", values::keep)?
                .unwrap_or(SignedDuration::from_hours(90 * 24)),
            alert_defaults,
            channels,
            log: values
                .take("log", values::filter)?
                .unwrap_or_else(|| DEFAULT_LOG.to_owned()),
            log_format: values.take("log_format", values::log_format)?,
            warnings: values.finish(),
        };
        config.choose_stock_sources(stock_sources);
        config.check_asset_sources();
        config.check_fleet();
        config.check_authorities(has_authorities);
        Ok(config)
    }

    /// Says what processes on several machines would not share.
    fn check_fleet(&mut self) {
        if !matches!(self.store, StoreUrl::Mongo(_)) {
            return;
        }
        if matches!(self.queue, QueueUrl::Sqlite(_)) {
            self.warnings.push(
                "FOLIO_STORE_URL is a store that many machines share and FOLIO_QUEUE_URL is a file of this one: that \
                 is right for one process; several need redis:// there"
                    .to_owned(),
            );
        }
        if self.admin_token.is_none() {
            self.warnings.push(
                "FOLIO_ADMIN_TOKEN is not set, so the administrator's token is the one in this machine's data directory, \
                 which other processes on the store do not know; set it, or FOLIO_ADMIN_TOKEN_FILE, to the same for all"
                    .to_owned(),
            );
        }
    }

    /// Says that nobody is asked for a certificate that the named authorities could have signed.
    fn check_authorities(&mut self, has_authorities: bool) {
        let with_tls = matches!(&self.cache, CacheUrl::Redis(config) if config.tls)
            || matches!(&self.queue, QueueUrl::Redis(config) if config.url.starts_with("rediss:"));
        if has_authorities && !with_tls {
            self.warnings.push(
                "FOLIO_REDIS_CA_FILE is set and neither FOLIO_CACHE_URL nor FOLIO_QUEUE_URL begins with rediss:// : \
                 it is not used"
                    .to_owned(),
            );
        }
    }

    /// Takes those of the sources that are configured; one that was named and is not is worth a word.
    fn choose_stock_sources(&mut self, named: Option<Vec<SourceChoice>>) {
        if self.iex.token.is_some() && !self.iex.is_on() {
            self.warnings
                .push("FOLIO_IEX_TOKEN is set and FOLIO_IEX_URL is not: the source iex stays off".to_owned());
        }
        let missing = |choice: &SourceChoice| match choice {
            SourceChoice::Iex if !self.iex.is_on() => Some(("iex", "FOLIO_IEX_URL")),
            SourceChoice::TwelveData if !self.twelvedata.is_on() => Some(("twelvedata", "FOLIO_TWELVEDATA_API_KEY")),
            _ => None,
        };
        let all = || values::STOCK_SOURCES.into_iter().map(|(_, choice)| choice).collect();
        let warnings: Vec<String> = named
            .iter()
            .flatten()
            .filter_map(missing)
            .map(|(name, variable)| format!("FOLIO_STOCK_SOURCES names {name}, which is off: {variable} is not set"))
            .collect();
        let chosen: Vec<_> = named
            .unwrap_or_else(all)
            .into_iter()
            .filter(|choice| missing(choice).is_none())
            .collect();
        self.stock_sources = chosen;
        self.warnings.extend(warnings);
    }

    /// Leaves out of the orders of single assets what their class does not have.
    fn check_asset_sources(&mut self) {
        for (asset, order) in &mut self.asset_sources {
            let (choices, setting) = match asset.class() {
                AssetClass::Crypto => (&self.crypto_sources, "FOLIO_CRYPTO_SOURCES"),
                _ => (&self.stock_sources, "FOLIO_STOCK_SOURCES"),
            };
            order.retain(|source| {
                let present = choices.iter().any(|choice| choice.id() == source.as_str());
                if !present {
                    self.warnings.push(format!(
                        "FOLIO_ASSET_SOURCES names {source} for {asset}, which is off or not in {setting}"
                    ));
                }
                present
            });
        }
        self.asset_sources.retain(|(_, order)| !order.is_empty());
    }
}

impl SourceChoice {
    /// The name under which the source's prices and health are kept.
    fn id(&self) -> &'static str {
        match self {
            Self::CoinGecko => "coingecko",
            Self::Iex => "iex",
            Self::TwelveData => "twelvedata",
            Self::Yahoo => "yahoo",
            Self::Recorded(_) => "recorded",
        }
    }
}

fn in_data_dir(data_dir: &Path, file: &str) -> String {
    format!("sqlite:{}", data_dir.join(file).display())
}

fn default_data_dir() -> Result<PathBuf> {
    match directories::ProjectDirs::from("", "", "folio") {
        Some(directories) => Ok(directories.data_dir().to_owned()),
        None => Err(folio_core::Error::new(
            folio_core::ErrorKind::NotConfigured,
            "FOLIO_DATA_DIR is not set and there is no home directory: set it to a directory that folio may write to",
        )),
    }
}
