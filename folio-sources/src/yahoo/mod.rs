//! The Yahoo chart service: shares, funds and indices by ticker, without a key.
//!
//! It is unofficial and meant for personal use. One symbol a call, two calls at a time that begin half a
//! second apart, over HTTP/1.1 with a browser's name, because the service refuses what looks like a program.

mod config;
mod parse;
mod split;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::{
    AssetClass, AssetInfo, Capabilities, Clock, Error, ErrorKind, HistoryRequest, PriceHistory, PriceSource,
    QuoteBatch, QuoteRequest, RateBudget, Reason, Resolution, Result, SourceId, Unpriced,
};
use futures::StreamExt;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

pub use config::YahooConfig;

use crate::answers::Answers;
use crate::http::{BaseUrl, Caller, Failure, FailureKind, Http, Manner, Reply};
use wire::Series;

/// The name of the source.
const ID: &str = "yahoo";
/// How many calls are under way at a time.
const IN_FLIGHT: usize = 2;
/// When to come back after no turn came.
const TURN: Duration = Duration::from_secs(1);
/// How far back the history reaches.
const DAILY_DAYS: u32 = 3_650;
/// How many failures in a row end a request: the service is down then, and asking on only costs calls.
const FAILURES_IN_A_ROW: u32 = 3;

const MANNER: Manner = Manner {
    user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    http1_only: true,
};

/// Prices of whatever has a ticker from the Yahoo chart service.
#[derive(Debug)]
pub struct Yahoo {
    id: SourceId,
    hosts: Vec<BaseUrl>,
    /// Which host is asked: the other one after a block.
    host: AtomicUsize,
    http: Http,
    in_flight: Semaphore,
    answered: AtomicBool,
    crowds: AtomicU32,
}

impl Yahoo {
    /// A source with these settings. No connection is made before the first call.
    ///
    /// # Errors
    /// `NotConfigured` when the address is neither https nor on this machine, or has a path.
    pub fn new(config: YahooConfig, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Result<Self> {
        Ok(Self::with_hosts(config.hosts()?, config.spacing(), clock, budget))
    }

    fn with_hosts(hosts: Vec<BaseUrl>, spacing: Duration, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Self {
        let id = SourceId::new(ID);
        Self {
            http: Http::new(id.clone(), clock, budget, MANNER).with_spacing(spacing),
            id,
            hosts,
            host: AtomicUsize::new(0),
            in_flight: Semaphore::new(IN_FLIGHT),
            answered: AtomicBool::new(false),
            crowds: AtomicU32::new(0),
        }
    }

    async fn get<T>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        caller: Caller,
        read: fn(&Reply) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Ok(Ok(_permit)) = timeout_at(caller.deadline.instant(), self.in_flight.acquire()).await else {
            // No call was made, so nothing is known against the service.
            let detail = "yahoo is asked for two symbols at a time, and this one's turn did not come in time";
            return Err(Failure::new(FailureKind::Waiting, detail).retry_after(Some(TURN)));
        };
        self.http.check_circuit()?;
        let read = |reply: &Reply| self.observe(read(reply));
        let first = self.host.load(Ordering::Relaxed);
        let url = |host: usize| {
            self.hosts
                .get(host % self.hosts.len())
                .map(|base| base.join(segments, query))
        };
        let Some(address) = url(first) else {
            return Err(Failure::new(FailureKind::Unconfigured, "yahoo has no address"));
        };
        let mut result = self.http.send(address, caller, read).await;
        if matches!(&result, Err(failure) if failure.kind == FailureKind::Blocked)
            && self.hosts.len() > 1
            && let Some(other) = url(first + 1)
        {
            self.host.store((first + 1) % self.hosts.len(), Ordering::Relaxed);
            let second = self.http.send(other, caller, read).await;
            // A second try that could not be made says nothing against the first answer.
            if !matches!(&second, Err(failure) if failure.kind == FailureKind::Waiting) {
                result = second;
            }
        }
        self.http.settle(result)
    }

    /// Tells a crowd from a block, and how long to wait after one. A client that never got an answer
    /// and is told of too many requests is refused for what it is, unless it is told for how long.
    fn observe<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        match result {
            Err(failure) if failure.kind == FailureKind::RateLimited => {
                if failure.retry_after.is_none() && !self.answered.load(Ordering::Relaxed) {
                    let detail = format!("{}, at the first call already: it refuses this client", failure.detail);
                    return Err(Failure::new(FailureKind::Blocked, detail));
                }
                let count = self.crowds.fetch_add(1, Ordering::Relaxed) + 1;
                let delay = failure.retry_after.unwrap_or_else(|| wire::crowd_delay(count));
                Err(failure.retry_after(Some(delay)))
            }
            result => {
                if result.as_ref().map_or_else(Failure::is_about_symbol, |_| true) {
                    self.answered.store(true, Ordering::Relaxed);
                    self.crowds.store(0, Ordering::Relaxed);
                }
                result
            }
        }
    }

    async fn chart(&self, symbol: &str, query: &[(&str, &str)], caller: Caller) -> Result<Series, Failure> {
        self.get(&["v8", "finance", "chart", symbol], query, caller, wire::series)
            .await
    }
}

fn error(unpriced: Unpriced, source: &SourceId) -> Error {
    let kind = match unpriced.reason {
        Reason::NotFound => ErrorKind::NotFound,
        Reason::NoData => ErrorKind::MissingPrice,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, unpriced.detail).with_context("source", source)
}

/// The seconds of a day's beginning in UTC.
fn midnight(date: Date) -> Option<i64> {
    date.to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp().as_second())
}

/// `period1` and `period2` that hold every session from `from` to `to`. A session in New Zealand begins
/// on the day before by UTC; the second bound is exclusive.
fn periods(from: Date, to: Date, now: Timestamp) -> Option<(i64, i64)> {
    let start = midnight(from.checked_sub(1.day()).ok()?)?;
    let tomorrow = now.to_zoned(TimeZone::UTC).date().checked_add(1.day()).ok()?;
    let end = midnight(to.checked_add(2.days()).ok()?.min(tomorrow))?;
    (start < end).then_some((start, end))
}

#[async_trait]
impl PriceSource for Yahoo {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Stock])
            .with_history(DAILY_DAYS, None)
            .with_search()
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let mut answers = Answers::new(&request.keys);
        let mut wanted = Vec::new();
        for (index, key) in request.keys.iter().enumerate() {
            match key.asset.class() {
                AssetClass::Stock => wanted.push(index),
                _ => answers.refuse(index, format!("yahoo prices what has a ticker, not {}", key.asset)),
            }
        }
        let failures = AtomicU32::new(0);
        let calls = wanted.into_iter().map(|index| {
            let (symbol, failures) = (request.keys[index].asset.symbol(), &failures);
            async move {
                if failures.load(Ordering::Relaxed) >= FAILURES_IN_A_ROW {
                    let detail = "yahoo failed several times in a row and was not asked for this one";
                    return (index, Err(Failure::new(FailureKind::Upstream, detail)));
                }
                let query = [("range", "5d"), ("interval", "1d"), ("events", "split")];
                let result = self.chart(symbol, &query, caller).await;
                match &result {
                    Err(failure) if matches!(failure.kind, FailureKind::Upstream | FailureKind::Timeout) => {
                        failures.fetch_add(1, Ordering::Relaxed);
                    }
                    _ => failures.store(0, Ordering::Relaxed),
                }
                (index, result)
            }
        });
        let replies: Vec<_> = futures::stream::iter(calls).buffer_unordered(IN_FLIGHT).collect().await;
        let now = self.http.clock().now();
        for (index, result) in replies {
            match result {
                Ok(series) => {
                    let key = &request.keys[index];
                    if let Some(info) = parse::described(&series, key) {
                        answers.describe(info);
                    }
                    answers.answer(index, parse::quote(&series, key, &self.id, now));
                }
                Err(failure) => answers.fail(&[index], &failure, now),
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
                format!("yahoo keeps no {step} history of {}", key.asset),
            ));
        }
        let now = self.http.clock().now();
        let Some((start, end)) = periods(request.from, request.to, now) else {
            let detail = format!(
                "there are no prices of {} from {} to {} yet",
                key.asset, request.from, request.to
            );
            return Err(Failure::new(FailureKind::NoData, detail).into_error(&self.id));
        };
        let (start, end) = (start.to_string(), end.to_string());
        let query = [
            ("interval", "1d"),
            ("period1", start.as_str()),
            ("period2", end.as_str()),
            ("events", "div|split|capitalGains"),
            ("includeAdjustedClose", "true"),
        ];
        let caller = Caller {
            priority: request.priority,
            deadline: request.deadline,
        };
        let series = self.chart(key.asset.symbol(), &query, caller).await;
        let series = series.map_err(|failure| failure.into_error(&self.id))?;
        let now = self.http.clock().now();
        let (currency, points, splits) = parse::history(&series, key, request.from, request.to, now)
            .map_err(|unpriced| error(unpriced, &self.id))?;
        Ok(PriceHistory {
            asset: key.asset.clone(),
            currency,
            resolution: Resolution::Daily,
            source: self.id.clone(),
            fetched_at: now,
            points,
            splits,
        })
    }

    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let query = [("q", text.trim()), ("quotesCount", "8"), ("newsCount", "0")];
        let found = self
            .get(&["v1", "finance", "search"], &query, Caller::interactive(), wire::found)
            .await;
        let found = found.map_err(|failure| failure.into_error(&self.id))?;
        Ok(found.quotes.into_iter().filter_map(parse::info).collect())
    }
}

#[cfg(test)]
mod tests {
    use folio_core::source::{BudgetLimit, LocalBudget};
    use folio_core::{ManualClock, PriceKey};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A host that says the same each time and counts how often.
    async fn host(body: &'static str) -> (BaseUrl, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = BaseUrl::parse("url", &format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        (base, calls)
    }

    #[tokio::test]
    async fn a_block_switches_to_the_other_host_once() {
        const PAGE: &str = "<html>no</html>";
        const PRICED: &str = r#"{"chart":{"result":[{"meta":{"currency":"USD","symbol":"AAPL","regularMarketPrice":1.5,"regularMarketTime":1772452000}}],"error":null}}"#;
        for (second, priced, calls) in [(PRICED, true, [1, 3]), (PAGE, false, [1, 1])] {
            let ((one, first_calls), (two, second_calls)) = (host(PAGE).await, host(second).await);
            let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()));
            let limit = BudgetLimit::new(SourceId::new(ID), 100);
            let budget = Arc::new(LocalBudget::new(clock.clone(), [limit]));
            let yahoo = Yahoo::with_hosts(vec![one, two], Duration::ZERO, clock, budget);
            for _ in 0..3 {
                let key = PriceKey::native("stock:AAPL".parse().unwrap());
                let batch = yahoo.quotes(&QuoteRequest::new([key])).await;
                assert_eq!(batch.is_ok_and(|batch| batch.outcomes[0].1.is_ok()), priced);
            }
            assert_eq!(
                [&first_calls, &second_calls].map(|calls| calls.load(Ordering::SeqCst)),
                calls
            );
        }
    }
}
