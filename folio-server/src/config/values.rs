//! Reads the values of settings. Each says what is allowed when it refuses one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use folio_cache_redis::RedisConfig;
use folio_core::money::{Decimal, Percent, decimal};
use folio_core::pricing::LEAST_JUMP_FACTOR;
use folio_core::{AssetClass, AssetId, SourceId};
use folio_jobs::queue::RedisQueueConfig;
use folio_sources::CoinGeckoPlan;
use folio_store_mongo::MongoConfig;
use folio_store_sqlite::SqliteConfig;
use jiff::SignedDuration;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{CacheUrl, LogFormat, QueueUrl, SourceChoice, StoreUrl};
use crate::auth::is_token;

type Read<T> = Result<T, String>;

pub(super) fn path(text: &str) -> Read<PathBuf> {
    Ok(PathBuf::from(text))
}

pub(super) fn address(text: &str) -> Read<SocketAddr> {
    text.parse()
        .map_err(|_| "an address with a port is allowed, such as 127.0.0.1:3000 or [::1]:3000".to_owned())
}

pub(super) fn any(_: &str) -> Read<()> {
    Ok(())
}

pub(super) fn url(text: &str) -> Read<()> {
    let is_web = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_web {
        Ok(())
    } else {
        Err("an address that begins with https:// or http:// is allowed".to_owned())
    }
}

pub(super) fn plan(text: &str) -> Read<()> {
    text.parse::<CoinGeckoPlan>()
        .map(|_| ())
        .map_err(|_| "public, demo or pro is allowed".to_owned())
}

pub(super) fn per_minute(text: &str) -> Read<()> {
    let valid = text.parse().is_ok_and(|calls: u32| (1..=100_000).contains(&calls));
    if valid {
        Ok(())
    } else {
        Err("a whole number of calls from 1 to 100000 is allowed".to_owned())
    }
}

pub(super) fn store(text: &str) -> Read<StoreUrl> {
    if text == "memory:" {
        return Ok(StoreUrl::Memory);
    }
    if text.starts_with("mongodb:") || text.starts_with("mongodb+srv:") {
        let config = MongoConfig::from_url(text).map_err(|error| error.message().to_owned())?;
        return Ok(StoreUrl::Mongo(config));
    }
    let allowed = |why: &str| format!("memory:, sqlite:PATH, mongodb:// or mongodb+srv:// is allowed{why}");
    match SqliteConfig::from_url(text) {
        Ok(_) => Ok(StoreUrl::Sqlite(text.to_owned())),
        Err(error) if text.starts_with("sqlite:") => Err(allowed(&format!(" ({})", error.message()))),
        Err(_) => Err(allowed("")),
    }
}

/// An address of a cache. `authorities` are for TLS.
pub(super) fn cache(text: &str, authorities: Option<&Path>) -> Read<CacheUrl> {
    if text == "memory:" {
        return Ok(CacheUrl::Memory);
    }
    if !text.starts_with("redis") {
        return Err("memory:, redis://, rediss:// or redis+cluster:// is allowed".to_owned());
    }
    let mut config = RedisConfig::from_url(text).map_err(|error| error.message().to_owned())?;
    if config.tls && config.ca_file.is_none() {
        config.ca_file = authorities.map(Path::to_owned);
    }
    Ok(CacheUrl::Redis(config))
}

/// An address of a queue; `None` is the file in the data directory. `authorities` are for TLS.
pub(super) fn queue(text: &str, authorities: Option<&Path>) -> Read<Option<QueueUrl>> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return Ok((!path.is_empty()).then(|| QueueUrl::Sqlite(PathBuf::from(path))));
    }
    let with_tls = text.starts_with("rediss://");
    if !with_tls && !text.starts_with("redis://") {
        return Err("sqlite:PATH, redis:// or rediss:// is allowed".to_owned());
    }
    let config = RedisQueueConfig::from_url(text).map_err(|error| error.message().to_owned())?;
    Ok(Some(QueueUrl::Redis(match authorities.filter(|_| with_tls) {
        Some(file) => config.with_ca_file(file),
        None => config,
    })))
}

pub(super) fn token(text: &str) -> Read<String> {
    if is_token(text) {
        Ok(text.to_owned())
    } else {
        Err("32 to 256 printable ASCII characters are allowed".to_owned())
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

pub(super) fn hosts(text: &str) -> Read<Vec<String>> {
    let valid = |host: &str| {
        host.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]*_".contains(&byte))
    };
    if list(text).all(valid) {
        Ok(list(text).map(str::to_owned).collect())
    } else {
        Err("names or addresses with commas between them are allowed, such as folio.example,192.168.1.5".to_owned())
    }
}

pub(super) fn origins(text: &str) -> Read<Vec<String>> {
    let valid = |origin: &str| {
        url::Url::parse(origin)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin)
    };
    if list(text).all(valid) {
        Ok(list(text).map(str::to_owned).collect())
    } else {
        Err("origins with commas between them are allowed, such as https://folio.example".to_owned())
    }
}

pub(super) fn rate(text: &str) -> Read<u32> {
    let rate = text.parse().ok().filter(|rate| *rate <= 1_000_000);
    rate.ok_or_else(|| "a whole number from 0 to 1000000 is allowed, 0 is off".to_owned())
}

pub(super) fn per_span(text: &str) -> Read<()> {
    let valid = text
        .parse()
        .is_ok_and(|calls: u32| (1..=1_000_000_000).contains(&calls));
    if valid {
        Ok(())
    } else {
        Err("a whole number of calls from 1 to 1000000000 is allowed".to_owned())
    }
}

/// The sources of stocks by name, in the order of fallback.
pub(super) const STOCK_SOURCES: [(&str, SourceChoice); 3] = [
    ("iex", SourceChoice::Iex),
    ("twelvedata", SourceChoice::TwelveData),
    ("yahoo", SourceChoice::Yahoo),
];

/// The sources of crypto by name.
pub(super) const CRYPTO_SOURCES: [(&str, SourceChoice); 1] = [("coingecko", SourceChoice::CoinGecko)];

pub(super) fn stock_sources(text: &str) -> Read<Vec<SourceChoice>> {
    sources(text, &STOCK_SOURCES)
}

pub(super) fn crypto_sources(text: &str) -> Read<Vec<SourceChoice>> {
    sources(text, &CRYPTO_SOURCES)
}

fn sources(text: &str, known: &[(&str, SourceChoice)]) -> Read<Vec<SourceChoice>> {
    let mut choices = Vec::new();
    for entry in list(text) {
        let named = known
            .iter()
            .find(|(name, _)| *name == entry)
            .map(|(_, choice)| choice.clone());
        let choice = match entry.strip_prefix("recorded:") {
            Some(directory) if !directory.is_empty() => Some(SourceChoice::Recorded(PathBuf::from(directory))),
            _ => named,
        };
        let Some(choice) = choice else {
            let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "{} and recorded:DIR with commas between them are allowed",
                names.join(", ")
            ));
        };
        // Named twice it is asked once, at its first place.
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    Ok(choices)
}

/// `stock:VOD.L=twelvedata,yahoo;crypto:bitcoin=coingecko`.
pub(super) fn asset_sources(text: &str) -> Read<Vec<(AssetId, Vec<SourceId>)>> {
    let allowed =
        "assets with their sources are allowed, such as stock:VOD.L=twelvedata,yahoo;crypto:bitcoin=coingecko";
    let mut orders: Vec<(AssetId, Vec<SourceId>)> = Vec::new();
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let refuse = |why: String| format!("{allowed} ({why})");
        // A symbol may have an equals sign of its own: EURUSD=X.
        let (asset, names) = entry
            .rsplit_once('=')
            .ok_or_else(|| refuse(format!("{entry:?} names no source")))?;
        let asset: AssetId = asset
            .trim()
            .parse()
            .map_err(|_| refuse(format!("{:?} is no asset", asset.trim())))?;
        let known: Vec<&str> = match asset.class() {
            AssetClass::Stock => STOCK_SOURCES.iter().map(|(name, _)| *name).collect(),
            AssetClass::Crypto => CRYPTO_SOURCES.iter().map(|(name, _)| *name).collect(),
            class => return Err(refuse(format!("a {class} asset has no order of its own"))),
        };
        let mut order: Vec<SourceId> = Vec::new();
        for name in list(names) {
            if name != "recorded" && !known.contains(&name) {
                let known = known.join(", ");
                return Err(refuse(format!(
                    "{name:?} prices no {}: {known} and recorded do",
                    asset.class()
                )));
            }
            let source = SourceId::new(name);
            if !order.contains(&source) {
                order.push(source);
            }
        }
        if order.is_empty() {
            return Err(refuse(format!("{asset} has no source")));
        }
        if orders.iter().any(|(known, _)| *known == asset) {
            return Err(refuse(format!("{asset} is there twice")));
        }
        orders.push((asset, order));
    }
    Ok(orders)
}

/// A span as a whole number and a unit: `30s`, `5m`, `1h`, `90d`.
pub(super) fn duration(text: &str) -> Read<Duration> {
    let read = || {
        let unit = text.chars().last()?;
        let seconds: u64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
        count
            .checked_mul(seconds)
            .filter(|total| (1..=36_500 * 86_400).contains(total))
            .map(Duration::from_secs)
    };
    read().ok_or_else(|| "a whole number with s, m, h or d behind it is allowed, such as 5m".to_owned())
}

pub(super) fn jump_factor(text: &str) -> Read<Decimal> {
    decimal::parse(text)
        .ok()
        .filter(|factor| *factor >= LEAST_JUMP_FACTOR)
        .ok_or_else(|| "a number from 1.1 is allowed, such as 2 or 2.5".to_owned())
}

/// Without debts nobody loses more than everything.
pub(super) fn loss(text: &str) -> Read<Percent> {
    percent(text, Decimal::ONE_HUNDRED).ok_or_else(|| "a number above 0 and up to 100 is allowed, such as 5".to_owned())
}

pub(super) fn gain(text: &str) -> Read<Percent> {
    percent(text, Decimal::from(1_000_000))
        .ok_or_else(|| "a number above 0 and up to 1000000 is allowed, such as 10".to_owned())
}

fn percent(text: &str, most: Decimal) -> Option<Percent> {
    let percent = Percent::parse(text).ok()?;
    (percent > Percent::ZERO && percent.value() <= most).then_some(percent)
}

pub(super) fn keep(text: &str) -> Read<SignedDuration> {
    let allowed = "8d or more is allowed, such as 90d";
    let span = duration(text).map_err(|_| allowed.to_owned())?;
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    if span >= SignedDuration::from_hours(8 * 24) {
        Ok(span)
    } else {
        Err(allowed.to_owned())
    }
}

pub(super) fn cron(text: &str) -> Read<String> {
    folio_jobs::Schedule::parse(text, text, text)
        .map(|_| text.to_owned())
        .map_err(|_| "a cron expression of five fields is allowed, such as 0 9 * * *".to_owned())
}

pub(super) fn filter(text: &str) -> Read<String> {
    // A word that is no level would be taken for a module, and nothing else would be logged.
    let is_level = |part: &str| part.trim().parse::<LevelFilter>().is_ok();
    let is_meant = text.split(',').all(|part| is_level(part) || part.contains(['=', '[']));
    EnvFilter::try_new(text)
        .ok()
        .filter(|_| is_meant)
        .map(|_| text.to_owned())
        .ok_or_else(|| {
            "error, warn, info, debug, trace, or a filter such as info,folio_jobs=debug is allowed".to_owned()
        })
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err("pretty or json is allowed".to_owned()),
    }
}
