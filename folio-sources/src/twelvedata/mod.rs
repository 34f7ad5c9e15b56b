//! Twelve Data: shares and funds listed in the United States, with a key that is free.
//!
//! See <https://twelvedata.com/docs>. Every symbol of a quote costs a credit, so a call for six takes
//! six from the budget. What Yahoo writes with the suffix of an exchange has no safe counterpart among
//! the vendor's exchange codes and is left to the next source, as are indices.

mod config;
mod parse;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{
    AssetClass, AssetId, AssetInfo, Capabilities, Clock, Error, ErrorKind, HistoryRequest, PriceHistory, PriceKey,
    PriceSource, QuoteBatch, QuoteRequest, RateBudget, Reason, Resolution, Result, SourceId, Unpriced,
};
use futures::StreamExt;
use jiff::{Timestamp, ToSpan};

pub use config::TwelveDataConfig;

use crate::answers::Answers;
use crate::http::{BaseUrl, Caller, Failure, FailureKind, Http, Manner, Reply};
use crate::symbol::{is_american, with_dotted_class};
use wire::Quotes;

/// The name of the source.
const ID: &str = "twelvedata";
/// How many calls of one request are under way at a time.
const IN_FLIGHT: usize = 2;
/// How far back the history reaches: ten years of trading days fit into one answer.
const DAILY_DAYS: u32 = 3_650;
/// The most rows that one answer has.
const ROWS: &str = "5000";

/// Prices of shares and funds from Twelve Data.
#[derive(Debug)]
pub struct TwelveData {
    id: SourceId,
    base: BaseUrl,
    http: Http,
    batch: usize,
}

/// What each call came to, with the places of its keys in the request.
type Replies = Vec<(Vec<usize>, Result<Quotes, Failure>)>;

impl TwelveData {
    /// A source with these settings. No connection is made before the first call.
    ///
    /// # Errors
    /// `NotConfigured` without a key, when the key cannot be sent, or when the address is neither https nor
    /// on this machine.
    pub fn new(config: TwelveDataConfig, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Result<Self> {
        let id = SourceId::new(ID);
        let http = Http::new(id.clone(), clock, budget, Manner::PLAIN);
        Ok(Self {
            http: http.with_authorization("apikey", "twelvedata: api_key", config.key()?)?,
            base: config.base_url()?,
            batch: config.batch(),
            id,
        })
    }

    async fn get<T>(
        &self,
        cost: usize,
        path: &str,
        query: &[(&str, &str)],
        caller: Caller,
        read: impl Fn(&Reply, Timestamp) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let read = |reply: &Reply| read(reply, self.http.clock().now());
        self.http
            .get_for(cost, self.base.join(&[path], query), caller, read)
            .await
    }

    async fn ask(&self, keys: &[PriceKey], indices: &[usize], caller: Caller) -> Result<Quotes, Failure> {
        let symbols: Vec<String> = indices.iter().map(|index| spelling(&keys[*index].asset)).collect();
        let read = |reply: &Reply, now| wire::quotes(reply, &symbols, now);
        let list = symbols.join(",");
        self.get(symbols.len(), "quote", &[("symbol", &list)], caller, read)
            .await
    }

    /// Asks for the keys at `indices`, one by one if they were refused together for what may be the fault
    /// of one.
    async fn batch(&self, keys: &[PriceKey], indices: Vec<usize>, caller: Caller) -> Replies {
        let result = self.ask(keys, &indices, caller).await;
        match result {
            Err(failure) if indices.len() > 1 && may_be_about_one(&failure) => {
                let mut replies = Replies::new();
                for index in indices {
                    replies.push((vec![index], self.ask(keys, &[index], caller).await));
                }
                replies
            }
            result => vec![(indices, result)],
        }
    }

    fn refuse(&self, asset: &AssetId) -> Option<String> {
        let symbol = asset.symbol();
        if asset.class() != AssetClass::Stock {
            Some(format!("twelvedata prices what has a ticker, not {asset}"))
        } else if !is_american(symbol) {
            Some(format!(
                "twelvedata is asked for listings in the United States only, and {symbol} is written as another exchange's"
            ))
        } else {
            None
        }
    }

    /// What is said of one symbol of several has not been cut to what may be shown.
    fn shown(&self, failure: Failure) -> Failure {
        Failure {
            detail: self.http.presentable(&failure.detail),
            ..failure
        }
    }
}

/// A symbol as the vendor writes it: a class of shares has a dot.
fn spelling(asset: &AssetId) -> String {
    with_dotted_class(asset.symbol())
}

fn may_be_about_one(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::SymbolNotFound
            | FailureKind::NoData
            | FailureKind::PlanRestricted
            | FailureKind::BadRequest
            | FailureKind::Malformed
    )
}

#[async_trait]
impl PriceSource for TwelveData {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Stock])
            .batches_of(self.batch)
            .with_history(DAILY_DAYS, None)
            .with_search()
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let keys = &request.keys;
        let mut answers = Answers::new(keys);
        let mut wanted = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            match self.refuse(&key.asset) {
                None => wanted.push(index),
                Some(why) => answers.refuse(index, why),
            }
        }
        let calls: Vec<_> = wanted
            .chunks(self.batch)
            .map(|indices| self.batch(keys, indices.to_vec(), caller))
            .collect();
        let replies: Vec<Replies> = futures::stream::iter(calls).buffered(IN_FLIGHT).collect().await;
        let now = self.http.clock().now();
        for (indices, result) in replies.into_iter().flatten() {
            let quotes = match result {
                Ok(quotes) => quotes,
                // The plan leaves out this one; the key itself is good.
                Err(failure) if failure.kind == FailureKind::PlanRestricted => {
                    for index in indices {
                        answers.answer(index, Err(failure.to_unpriced(now)));
                    }
                    continue;
                }
                Err(failure) => {
                    answers.fail(&indices, &failure, now);
                    continue;
                }
            };
            for index in indices {
                let key = &keys[index];
                let symbol = spelling(&key.asset);
                let outcome = match quotes.get(&symbol) {
                    Some(Ok(quote)) => {
                        parse::info(quote, &key.asset)
                            .into_iter()
                            .for_each(|info| answers.describe(info));
                        parse::quote(quote, key, &self.id, now)
                    }
                    Some(Err(failure)) => Err(self.shown(failure.clone()).to_unpriced(now)),
                    None => Err(Unpriced::new(
                        Reason::NotFound,
                        format!("twelvedata says nothing of the symbol {symbol:?}"),
                    )),
                };
                answers.answer(index, outcome);
            }
        }
        answers.finish(&self.id)
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        let key = &request.key;
        let unsupported = |why: String| Err(Error::new(ErrorKind::Unsupported, why).with_context("source", &self.id));
        if let Some(why) = self.refuse(&key.asset) {
            return unsupported(why);
        }
        if request.resolution != Resolution::Daily {
            let step = request.resolution.as_str();
            return unsupported(format!("twelvedata keeps no {step} history of {}", key.asset));
        }
        let none = |detail: String| Failure::new(FailureKind::NoData, detail).into_error(&self.id);
        let (from, to) = (request.from, request.to);
        let end = to.checked_add(1.day()).unwrap_or(to);
        if from > to || from > self.http.clock().now().to_zoned(jiff::tz::TimeZone::UTC).date() {
            let detail = format!("there are no prices of {} from {from} to {to} yet", key.asset);
            return Err(none(detail));
        }
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let (symbol, start, end) = (spelling(&key.asset), from.to_string(), end.to_string());
        let query = [
            ("symbol", symbol.as_str()),
            ("interval", "1day"),
            ("start_date", &start),
            ("end_date", &end),
            ("order", "asc"),
            ("outputsize", ROWS),
        ];
        let series = match self.get(1, "time_series", &query, caller, wire::series).await {
            Ok(series) => series,
            // That the plan leaves a share out says nothing against the source.
            Err(failure) if failure.kind == FailureKind::PlanRestricted => return unsupported(failure.detail),
            Err(failure) => return Err(failure.into_error(&self.id)),
        };
        let now = self.http.clock().now();
        let (currency, points) =
            parse::history(&series, key, from, to, now).map_err(|unpriced| match unpriced.reason {
                Reason::NoData => none(unpriced.detail),
                _ => Failure::new(FailureKind::Malformed, unpriced.detail).into_error(&self.id),
            })?;
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

    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let query = [("symbol", text), ("outputsize", "30")];
        let found = self
            .get(1, "symbol_search", &query, Caller::interactive(), wire::found)
            .await
            .map_err(|failure| failure.into_error(&self.id))?;
        let mut infos: Vec<AssetInfo> = Vec::new();
        for info in found.data.into_iter().filter_map(parse::found) {
            if infos.iter().all(|known| known.asset != info.asset) {
                infos.push(info);
            }
        }
        Ok(infos)
    }
}
