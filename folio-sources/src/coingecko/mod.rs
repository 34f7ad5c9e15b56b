//! CoinGecko, version 3 of its API: coins by their CoinGecko id, in any currency it knows.
//!
//! See <https://docs.coingecko.com>. Folio's close of a UTC day is CoinGecko's point at the midnight
//! that ends it.

mod config;
mod parse;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::{
    AssetClass, AssetInfo, Capabilities, Clock, Currency, Deadline, Error, ErrorKind, HistoryRequest, PriceHistory,
    PriceKey, PriceSource, Priority, QuoteBatch, QuoteRequest, RateBudget, Resolution, Result, SourceId,
};
use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

pub use config::{CoinGeckoConfig, CoinGeckoPlan};

use crate::answers::Answers;
use crate::http::{BaseUrl, Caller, Failure, FailureKind, Http, Manner, Reply};
use parse::Span;
use wire::{Coin, MarketChart, RankedCoin, SimplePrice};

/// The name of the source.
const ID: &str = "coingecko";
/// How many ids one call asks for. The vendor states no limit; more make the address too long.
const BATCH: usize = 50;
/// How many calls of one request are under way at a time.
const IN_FLIGHT: usize = 3;
/// How far back prices by the hour reach.
const HOURLY_DAYS: u32 = 30;
/// How many coins have their place by capitalisation; as many as one call tells.
const RANKED: &str = "250";
/// How often "too many calls" is believed to mean the minute; after that the month is used up.
const RATE_LIMITS_IN_A_ROW: u32 = 3;
/// How long a used-up month is left alone; the vendor does not say when it ends.
const QUOTA_WAIT: Duration = Duration::from_secs(3600);

/// Prices of coins from CoinGecko.
#[derive(Debug)]
pub struct CoinGecko {
    id: SourceId,
    plan: CoinGeckoPlan,
    base: BaseUrl,
    http: Http,
    streak: Mutex<Streak>,
}

/// How often in a row, each time after the wait it asked for, the vendor said "too many calls".
#[derive(Debug, Default)]
struct Streak {
    count: u32,
    until: Option<Timestamp>,
}

/// What each call of a batch came to, with the places of its keys in the request.
type Prices = Vec<(Vec<usize>, Result<SimplePrice, Failure>)>;

impl CoinGecko {
    /// A source with these settings. No connection is made before the first call.
    ///
    /// # Errors
    /// `NotConfigured` when key, plan and address do not belong together, or the address is neither https
    /// nor on this machine.
    pub fn new(config: CoinGeckoConfig, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Result<Self> {
        let base = config.base_url()?;
        let id = SourceId::new(ID);
        let mut http = Http::new(id.clone(), clock, budget, Manner::PLAIN);
        if let Some(key) = config.api_key.filter(|key| !key.is_empty()) {
            http = http.with_key(config.plan.header(), &key)?;
        }
        Ok(Self {
            id,
            plan: config.plan,
            base,
            http,
            streak: Mutex::default(),
        })
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        caller: Caller,
    ) -> Result<T, Failure> {
        let url = self.base.join(segments, query);
        let read = |reply: &Reply| {
            wire::check(reply).map_err(|failure| self.count_rate_limits(failure))?;
            *self.streak.lock().unwrap_or_else(PoisonError::into_inner) = Streak::default();
            wire::content(reply)
        };
        self.http.get(url, caller, read).await
    }

    /// CoinGecko says the same whether the minute or the month is used up. If it still says so after
    /// each of several waits, it is the month.
    fn count_rate_limits(&self, failure: Failure) -> Failure {
        if failure.kind != FailureKind::RateLimited {
            return failure;
        }
        let now = self.http.clock().now();
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        if streak.until.is_none_or(|until| until <= now) {
            streak.count += 1;
            let wait = failure
                .retry_after
                .and_then(|delay| SignedDuration::try_from(delay).ok());
            streak.until = wait.and_then(|wait| now.checked_add(wait).ok());
        }
        if streak.count < RATE_LIMITS_IN_A_ROW {
            return failure;
        }
        let detail = format!("{}; the calls of the month seem to be used up", failure.detail);
        let wait = failure.retry_after.unwrap_or_default().max(QUOTA_WAIT);
        Failure::new(FailureKind::QuotaExhausted, detail).retry_after(Some(wait))
    }

    async fn prices(&self, ids: &str, currency: Currency, caller: Caller) -> Result<SimplePrice, Failure> {
        let vs = currency.as_str().to_ascii_lowercase();
        let query = [
            ("ids", ids),
            ("vs_currencies", vs.as_str()),
            ("include_last_updated_at", "true"),
            ("include_24hr_change", "true"),
            ("include_market_cap", "true"),
            ("precision", "full"),
        ];
        self.get(&["simple", "price"], &query, caller)
            .await
            .map_err(|failure| match failure.kind {
                // "Not found" for a list of ids can only mean the address; what a list lacks is left out.
                FailureKind::SymbolNotFound => Failure::new(FailureKind::BadRequest, failure.detail),
                _ => failure,
            })
    }

    /// Asks for the keys at `indices`, by halves if they are too many for one address.
    fn batch<'a>(
        &'a self,
        keys: &'a [PriceKey],
        currency: Currency,
        indices: Vec<usize>,
        caller: Caller,
    ) -> BoxFuture<'a, Prices> {
        Box::pin(async move {
            let ids: Vec<&str> = indices.iter().map(|index| keys[*index].asset.symbol()).collect();
            match self.prices(&ids.join(","), currency, caller).await {
                Err(failure) if failure.kind == FailureKind::TooLong && indices.len() > 1 => {
                    let (left, right) = indices.split_at(indices.len() / 2);
                    let mut results = self.batch(keys, currency, left.to_vec(), caller).await;
                    results.extend(self.batch(keys, currency, right.to_vec(), caller).await);
                    results
                }
                result => vec![(indices, result)],
            }
        })
    }

    /// The greatest coins by capitalisation, greatest first.
    async fn ranking(&self, caller: Caller) -> Result<Vec<RankedCoin>, Failure> {
        let query = [
            ("vs_currency", "usd"),
            ("order", "market_cap_desc"),
            ("per_page", RANKED),
            ("page", "1"),
        ];
        self.get(&["coins", "markets"], &query, caller).await
    }

    async fn chart(&self, request: &HistoryRequest, currency: Currency, span: Span) -> Result<MarketChart, Failure> {
        let hourly = request.resolution == Resolution::Hourly;
        let limit = if hourly { HOURLY_DAYS } else { self.plan.history_days() };
        let back = (parse::utc_date(span.now) - span.from).get_days();
        let wanted = u32::try_from(back).unwrap_or(0) + 1;
        // A single day comes in steps of five minutes, which is more than is needed.
        let days = wanted.clamp(2, limit).to_string();
        let vs = currency.as_str().to_ascii_lowercase();
        let mut query = vec![
            ("vs_currency", vs.as_str()),
            ("days", days.as_str()),
            ("precision", "full"),
        ];
        if !hourly {
            query.push(("interval", "daily"));
        }
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        self.get(&["coins", request.key.asset.symbol(), "market_chart"], &query, caller)
            .await
    }
}

/// The currency in which a key is priced: a coin has no trading currency of its own.
fn currency_of(key: &PriceKey) -> Option<Currency> {
    (key.asset.class() == AssetClass::Crypto)
        .then_some(key.currency)
        .map(|currency| currency.unwrap_or(Currency::USD))
}

#[async_trait]
impl PriceSource for CoinGecko {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Crypto])
            .batches_of(BATCH)
            .in_any_currency()
            .with_history(self.plan.history_days(), Some(HOURLY_DAYS))
            .with_list()
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let mut answers = Answers::new(&request.keys);
        let mut wanted = Vec::new();
        for (index, key) in request.keys.iter().enumerate() {
            match currency_of(key) {
                Some(currency) => wanted.push((index, currency)),
                None => answers.refuse(index, format!("coingecko prices coins only, not {}", key.asset)),
            }
        }
        let calls = parse::batches(wanted.into_iter(), BATCH)
            .into_iter()
            .map(|(currency, indices)| async move {
                (currency, self.batch(&request.keys, currency, indices, caller).await)
            });
        let replies: Vec<_> = futures::stream::iter(calls).buffered(IN_FLIGHT).collect().await;
        let now = self.http.clock().now();
        for (currency, results) in replies {
            for (indices, result) in results {
                match result {
                    Ok(body) => {
                        for index in indices {
                            let asset = &request.keys[index].asset;
                            answers.answer(index, parse::quote(&body, asset, currency, &self.id, now));
                        }
                    }
                    Err(failure) => answers.fail(&indices, &failure, now),
                }
            }
        }
        answers.finish(&self.id)
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let key = &request.key;
        let Some(currency) = currency_of(key) else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("coingecko keeps no history of {key}"),
            ));
        };
        let now = self.http.clock().now();
        let span = Span {
            from: request.from,
            to: request.to,
            now,
        };
        let none = || {
            let detail = format!(
                "coingecko has no prices of {} from {} to {}",
                key.asset, request.from, request.to
            );
            Failure::new(FailureKind::NoData, detail).into_error(&self.id)
        };
        if request.from > request.to || request.from > parse::utc_date(now) {
            return Err(none());
        }
        let chart = self
            .chart(request, currency, span)
            .await
            .map_err(|failure| failure.into_error(&self.id))?;
        let points = match request.resolution {
            Resolution::Daily => parse::daily(&chart, span),
            Resolution::Hourly => parse::hourly(&chart, span),
        };
        if points.is_empty() {
            return Err(none());
        }
        Ok(PriceHistory {
            asset: key.asset.clone(),
            currency,
            resolution: request.resolution,
            source: self.id.clone(),
            fetched_at: now,
            points,
            splits: Vec::new(),
        })
    }

    /// All coins that CoinGecko has now, in two calls: the list, and the 250 greatest, which come first.
    async fn list(&self, deadline: Deadline) -> Result<Vec<AssetInfo>> {
        let caller = Caller {
            priority: Priority::Interactive,
            deadline,
        };
        let query = [("include_platform", "false")];
        let coins: Vec<Coin> = self
            .get(&["coins", "list"], &query, caller)
            .await
            .map_err(|failure| failure.into_error(&self.id))?;
        let ranked = match self.ranking(caller).await {
            Ok(ranked) => ranked,
            Err(failure) => {
                tracing::warn!(source = %self.id, detail = failure.detail, "the list of coins is without its order");
                Vec::new()
            }
        };
        let infos = parse::coin_list(coins, &ranked);
        if infos.is_empty() {
            let failure = Failure::new(FailureKind::Malformed, "coingecko's list of coins is empty");
            return Err(failure.into_error(&self.id));
        }
        Ok(infos)
    }
}
