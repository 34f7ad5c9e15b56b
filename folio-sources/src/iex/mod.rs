//! Any service with the API that IEX Cloud had: shares and funds, a hundred in a call.
//!
//! IEX Cloud itself closed in 2024. Its API lives on in other services, and it is small enough to be
//! put in front of a price feed of one's own: folio's README says which routes and members it reads.

mod config;
mod parse;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use folio_core::money::Decimal;
use folio_core::{
    AssetClass, Capabilities, Clock, Currency, Error, ErrorKind, HistoryRequest, PriceHistory, PriceKey, PriceSource,
    QuoteBatch, QuoteRequest, RateBudget, Reason, Resolution, Result, SourceId, Unpriced,
};
use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

pub use config::IexConfig;

use crate::answers::Answers;
use crate::config::given;
use crate::http::{BaseUrl, Caller, Failure, FailureKind, Http, Manner, Reply};
use wire::{Batch, Entries};

/// The name of the source.
const ID: &str = "iex";
/// How many symbols one call asks for; more are cut off without a word.
const BATCH: usize = 100;
/// How many calls of one request are under way at a time.
const IN_FLIGHT: usize = 3;
/// How far back the history reaches: what `max` held at IEX Cloud.
const DAILY_DAYS: u32 = 5_475;
/// How many symbols something is remembered of.
const REMEMBERED: usize = 20_000;
/// How long a symbol that the plan leaves out is not asked for: finding it among a hundred takes a dozen calls.
const RESTRICTED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// HTTP/1.1 only: the token is in the address, which the tracing of an HTTP/2 library may show.
const MANNER: Manner = Manner {
    http1_only: true,
    ..Manner::PLAIN
};

/// Prices of shares and funds from a service with the API of IEX Cloud.
#[derive(Debug)]
pub struct Iex {
    id: SourceId,
    base: BaseUrl,
    http: Http,
    /// In what a symbol trades, from its quotes: a chart does not say.
    currencies: Mutex<HashMap<String, (Currency, Decimal)>>,
    /// Until when a symbol is left out of the batches that it would spoil.
    restricted: Mutex<HashMap<String, Timestamp>>,
}

/// What each call of a batch came to, with the places of its keys in the request.
type Prices = Vec<(Vec<usize>, Result<Batch, Failure>)>;

impl Iex {
    /// A source with these settings. No connection is made before the first call.
    ///
    /// # Errors
    /// `NotConfigured` without an address, or when it is neither https nor on this machine, or when the
    /// token cannot be sent.
    pub fn new(config: IexConfig, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Result<Self> {
        let id = SourceId::new(ID);
        let mut http = Http::new(id.clone(), clock, budget, MANNER).with_sentences();
        if let Some(token) = given(config.token.as_ref()) {
            http = http.with_key_in_query("token", "iex: token", token)?;
        }
        Ok(Self {
            base: config.base_url()?,
            http,
            id,
            currencies: Mutex::default(),
            restricted: Mutex::default(),
        })
    }

    async fn get<T>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        caller: Caller,
        read: fn(&Reply) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let result = self.http.get(self.base.join(segments, query), caller, read).await;
        result.map_err(|mut failure| {
            if failure.is_unreachable() {
                failure.detail.push_str(" (IEX Cloud itself closed in 2024)");
            }
            failure
        })
    }

    /// Asks for the keys at `indices`, by halves while one of them makes the service refuse them all.
    fn batch<'a>(&'a self, keys: &'a [PriceKey], indices: Vec<usize>, caller: Caller) -> BoxFuture<'a, Prices> {
        Box::pin(async move {
            let symbols: Vec<String> = indices.iter().map(|index| spelling(&keys[*index])).collect();
            let query = [("symbols", symbols.join(",")), ("types", "quote".to_owned())];
            let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
            let result = self
                .get(&["stock", "market", "batch"], &query, caller, wire::batch)
                .await;
            match result {
                Ok(Batch::Refused(_)) if indices.len() > 1 => {
                    let (left, right) = indices.split_at(indices.len() / 2);
                    let mut results = self.batch(keys, left.to_vec(), caller).await;
                    results.extend(self.batch(keys, right.to_vec(), caller).await);
                    results
                }
                result => vec![(indices, result)],
            }
        })
    }

    fn note_currency(&self, symbol: &str, stated: Option<&str>) {
        let mut currencies = self.currencies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parse::currency(stated)
            && (currencies.len() < REMEMBERED || currencies.contains_key(symbol))
        {
            currencies.insert(symbol.to_owned(), known);
        }
    }

    fn is_restricted(&self, key: &PriceKey, now: Timestamp) -> bool {
        let restricted = self.restricted.lock().unwrap_or_else(PoisonError::into_inner);
        restricted.get(&spelling(key)).is_some_and(|until| *until > now)
    }

    fn restrict(&self, key: &PriceKey, now: Timestamp) {
        let mut restricted = self.restricted.lock().unwrap_or_else(PoisonError::into_inner);
        restricted.retain(|_, until| *until > now);
        if restricted.len() < REMEMBERED {
            restricted.insert(spelling(key), now + RESTRICTED_FOR);
        }
    }

    /// In what a key trades: as the chart says, as a quote has said, or as a quote says now.
    async fn currency(
        &self,
        key: &PriceKey,
        stated: Option<&str>,
        caller: Caller,
    ) -> Result<(Currency, Decimal), Failure> {
        let unknown = |code: Option<&str>| {
            let detail = parse::no_currency(key.asset.symbol(), code).detail;
            Failure::new(FailureKind::NoData, detail)
        };
        if let Some(code) = stated.filter(|code| !code.is_empty()) {
            return parse::currency(Some(code)).ok_or_else(|| unknown(Some(code)));
        }
        let symbol = spelling(key);
        let known = {
            let currencies = self.currencies.lock().unwrap_or_else(PoisonError::into_inner);
            currencies.get(&symbol).copied()
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let query = [("symbols", symbol.as_str()), ("types", "quote")];
        match self
            .get(&["stock", "market", "batch"], &query, caller, wire::batch)
            .await?
        {
            Batch::Quotes(entries) => {
                let Some(quote) = find(&entries, key) else {
                    return Err(unknown(None));
                };
                let stated = quote.currency.as_deref();
                self.note_currency(&symbol, stated);
                parse::currency(stated).ok_or_else(|| unknown(stated))
            }
            Batch::Refused(failure) => Err(failure),
        }
    }
}

/// A symbol as the service writes it: a class of shares has a dot, everything else is as folio has it.
fn spelling(key: &PriceKey) -> String {
    crate::symbol::with_dotted_class(key.asset.symbol())
}

/// What a batch says of a key.
fn find<'a>(entries: &'a Entries, key: &PriceKey) -> Option<&'a wire::Quote> {
    let (dotted, plain) = (spelling(key), key.asset.symbol());
    let exact = entries.get(&dotted).or_else(|| entries.get(plain));
    let entry = exact.or_else(|| {
        let mut others = entries.iter();
        others
            .find(|(symbol, _)| symbol.eq_ignore_ascii_case(&dotted) || symbol.eq_ignore_ascii_case(plain))
            .map(|(_, entry)| entry)
    });
    entry?.as_ref()?.quote.as_ref()
}

#[async_trait]
impl PriceSource for Iex {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Stock])
            .batches_of(BATCH)
            .with_history(DAILY_DAYS, None)
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let keys = &request.keys;
        let mut answers = Answers::new(keys);
        let mut wanted = Vec::new();
        let now = self.http.clock().now();
        for (index, key) in keys.iter().enumerate() {
            match key.asset.class() {
                AssetClass::Stock if self.is_restricted(key, now) => {
                    let detail = format!(
                        "iex said within the last day that the plan leaves out {}",
                        spelling(key)
                    );
                    answers.refuse(index, detail);
                }
                AssetClass::Stock => wanted.push(index),
                _ => answers.refuse(index, format!("iex prices what has a ticker, not {}", key.asset)),
            }
        }
        let calls: Vec<_> = wanted
            .chunks(BATCH)
            .map(|indices| self.batch(keys, indices.to_vec(), caller))
            .collect();
        let replies: Vec<Prices> = futures::stream::iter(calls).buffered(IN_FLIGHT).collect().await;
        let now = self.http.clock().now();
        for (indices, result) in replies.into_iter().flatten() {
            match result {
                Ok(Batch::Quotes(entries)) => {
                    for index in indices {
                        let key = &keys[index];
                        let Some(quote) = find(&entries, key) else {
                            let detail = format!("iex knows no symbol {:?}", spelling(key));
                            answers.answer(index, Err(Unpriced::new(Reason::NotFound, detail)));
                            continue;
                        };
                        self.note_currency(&spelling(key), quote.currency.as_deref());
                        parse::info(quote, &key.asset)
                            .into_iter()
                            .for_each(|info| answers.describe(info));
                        answers.answer(index, parse::quote(quote, key, &self.id, now));
                    }
                }
                // One symbol is left, and what is said is said of it.
                Ok(Batch::Refused(failure)) => {
                    let detail = self.http.presentable(&failure.detail);
                    let failure = Failure { detail, ..failure };
                    for index in indices {
                        if failure.kind == FailureKind::PlanRestricted {
                            self.restrict(&keys[index], now);
                        }
                        answers.answer(index, Err(failure.to_unpriced(now)));
                    }
                }
                Err(failure) => answers.fail(&indices, &failure, now),
            }
        }
        answers.finish(&self.id)
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let key = &request.key;
        if key.asset.class() != AssetClass::Stock || request.resolution != Resolution::Daily {
            let step = request.resolution.as_str();
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("iex keeps no {step} history of {}", key.asset),
            ));
        }
        let (from, to) = (request.from, request.to);
        let none = || {
            let detail = format!("iex has no prices of {} from {from} to {to}", key.asset);
            Failure::new(FailureKind::NoData, detail).into_error(&self.id)
        };
        let today = parse::day(self.http.clock().now());
        if from > to || from > today {
            return Err(none());
        }
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let symbol = spelling(key);
        let segments = ["stock", symbol.as_str(), "chart", parse::range(from, today)];
        let rows = self.get(&segments, &[("chartCloseOnly", "true")], caller, wire::chart);
        let rows = rows.await.map_err(|failure| self.error(failure))?;
        if rows.is_empty() {
            return Err(none());
        }
        let stated = rows.iter().rev().find_map(|row| row.currency.as_deref());
        let currency = self.currency(key, stated, caller).await;
        let (currency, factor) = currency.map_err(|failure| self.error(failure))?;
        parse::check_currency(key, currency)
            .map_err(|unpriced| Failure::new(FailureKind::NoData, unpriced.detail).into_error(&self.id))?;
        let now = self.http.clock().now();
        let points = parse::history(&rows, factor, from, to, now);
        if points.is_empty() {
            return Err(none());
        }
        Ok(PriceHistory {
            asset: key.asset.clone(),
            currency,
            resolution: Resolution::Daily,
            source: self.id.clone(),
            fetched_at: now,
            points,
            splits: Vec::new(),
        })
    }
}

impl Iex {
    /// A history that the plan leaves out is none that this source has: it says nothing against the rest.
    fn error(&self, failure: Failure) -> Error {
        let detail = self.http.presentable(&failure.detail);
        if failure.kind == FailureKind::PlanRestricted {
            return Error::new(ErrorKind::Unsupported, detail).with_context("source", &self.id);
        }
        Failure { detail, ..failure }.into_error(&self.id)
    }
}
