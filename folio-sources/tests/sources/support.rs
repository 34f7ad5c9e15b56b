//! Sources, requests and answers as the tests need them.

use std::sync::Arc;
use std::time::Duration;

use folio_core::source::{BudgetLimit, LocalBudget};
use folio_core::{
    Clock, Deadline, HistoryRequest, ManualClock, PriceHistory, PriceKey, PriceSource, Priority, QuoteBatch,
    QuoteRequest, RateBudget, Result, SourceId,
};
use folio_sources::{CoinGecko, CoinGeckoConfig, Frankfurter, FrankfurterConfig, Yahoo, YahooConfig};

use crate::server::Server;

/// A Monday, while the shares of the tests are traded.
pub(crate) const NOW: &str = "2026-03-02T12:00:00Z";
/// A key that must never be seen.
pub(crate) const CANARY: &str = "CG-canary-51f0c2";

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(NOW.parse().unwrap()))
}

/// A clock that goes on from [`NOW`], for what waits a moment.
#[derive(Debug)]
pub(crate) struct Ticking(tokio::time::Instant);

impl Default for Ticking {
    fn default() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for Ticking {
    fn now(&self) -> jiff::Timestamp {
        NOW.parse::<jiff::Timestamp>().unwrap() + self.0.elapsed()
    }
}

/// A budget that is not in the way.
pub(crate) fn budget(clock: Arc<dyn Clock>) -> Arc<LocalBudget> {
    limited(clock, 10_000)
}

pub(crate) fn limited(clock: Arc<dyn Clock>, per_minute: u32) -> Arc<LocalBudget> {
    let limits = ["coingecko", "iex", "yahoo", "twelvedata", "frankfurter"];
    Arc::new(LocalBudget::new(
        clock,
        limits.map(|name| BudgetLimit::new(SourceId::new(name), per_minute)),
    ))
}

pub(crate) fn coingecko(server: &Server) -> CoinGecko {
    let clock = clock();
    coingecko_with(server, clock.clone(), budget(clock))
}

pub(crate) fn coingecko_with(server: &Server, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> CoinGecko {
    let url = format!("{}/api/v3", server.url());
    let pairs = [("url", url.as_str()), ("plan", "demo"), ("api_key", CANARY)];
    CoinGecko::new(CoinGeckoConfig::from_pairs(pairs).unwrap(), clock, budget).unwrap()
}

pub(crate) fn yahoo(server: &Server) -> Yahoo {
    let clock = clock();
    yahoo_with(server, clock.clone(), budget(clock))
}

pub(crate) fn yahoo_with(server: &Server, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Yahoo {
    let pairs = [("url", server.url()), ("spacing_ms", "0".to_owned())];
    Yahoo::new(YahooConfig::from_pairs(pairs).unwrap(), clock, budget).unwrap()
}

pub(crate) fn frankfurter(server: &Server) -> Frankfurter {
    let clock = clock();
    frankfurter_with(server, clock.clone(), budget(clock))
}

pub(crate) fn frankfurter_with(server: &Server, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Frankfurter {
    let config = FrankfurterConfig::from_pairs([("url", format!("{}/v2", server.url()))]).unwrap();
    Frankfurter::new(config, clock, budget).unwrap()
}

/// `crypto:bitcoin`, `stock:AAPL`, or `EUR/USD` for the dollars of one euro; `crypto:bitcoin@EUR` in euros.
pub(crate) fn key(text: &str) -> PriceKey {
    if let Some(currency) = text.strip_prefix("EUR/") {
        return PriceKey::per_euro(currency.parse().unwrap());
    }
    match text.split_once('@') {
        Some((asset, currency)) => PriceKey {
            asset: asset.parse().unwrap(),
            currency: Some(currency.parse().unwrap()),
        },
        None => PriceKey::native(text.parse().unwrap()),
    }
}

pub(crate) fn keys(texts: &[&str]) -> Vec<PriceKey> {
    texts.iter().map(|text| key(text)).collect()
}

pub(crate) async fn quotes(source: &dyn PriceSource, texts: &[&str]) -> Result<QuoteBatch> {
    quotes_within(source, texts, Duration::from_secs(20)).await
}

pub(crate) async fn quotes_within(source: &dyn PriceSource, texts: &[&str], time: Duration) -> Result<QuoteBatch> {
    let request = QuoteRequest::new(keys(texts)).for_caller(Priority::Interactive, Deadline::after(time));
    source.quotes(&request).await
}

pub(crate) async fn daily(source: &dyn PriceSource, text: &str, from: &str, to: &str) -> Result<PriceHistory> {
    let request = HistoryRequest::daily(key(text), from.parse().unwrap(), to.parse().unwrap());
    source
        .history(&request.for_caller(Priority::Interactive, Deadline::after(Duration::from_secs(20))))
        .await
}

/// A batch as text, an outcome a line: `61234.5 USD`, or the reason.
pub(crate) fn told(result: Result<QuoteBatch>) -> String {
    match result {
        Ok(batch) => {
            let outcomes = batch.outcomes.iter().map(|(_, outcome)| match outcome {
                Ok(quote) => quote.price.to_string(),
                Err(unpriced) => unpriced.reason.to_string(),
            });
            outcomes.collect::<Vec<_>>().join(", ")
        }
        Err(error) => format!("error {}", error.kind()),
    }
}

/// A history as text: `02-28 61000, 03-02 61234.5?`, a question mark where the day goes on.
pub(crate) fn told_history(result: Result<PriceHistory>) -> String {
    match result {
        Ok(history) => {
            let points = history.points.iter().map(|point| {
                let mark = if point.provisional { "?" } else { "" };
                format!("{} {}{mark}", point.date.strftime("%m-%d"), point.price)
            });
            points.collect::<Vec<_>>().join(", ")
        }
        Err(error) => format!("error {}", error.kind()),
    }
}

/// Midnight of a day of 2026 in UTC, in seconds, moved on by some.
pub(crate) fn at(day: &str, seconds: i64) -> i64 {
    let date: jiff::civil::Date = format!("2026-{day}").parse().unwrap();
    date.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second() + seconds
}

/// A coin in `/simple/price`, fresh.
pub(crate) fn coin(id: &str, price: &str) -> String {
    format!(
        r#""{id}":{{"usd":{price},"usd_24h_change":-2.71825,"usd_market_cap":1234567.5,"last_updated_at":{}}}"#,
        at("03-02", 43_100)
    )
}

pub(crate) fn coins(entries: &[(&str, &str)]) -> String {
    let entries: Vec<_> = entries.iter().map(|(id, price)| coin(id, price)).collect();
    format!("{{{}}}", entries.join(","))
}

/// `/market_chart` with these points, in milliseconds.
pub(crate) fn market_chart(points: &[(i64, &str)]) -> String {
    let points: Vec<_> = points.iter().map(|(ms, price)| format!("[{ms},{price}]")).collect();
    let points = points.join(",");
    format!(r#"{{"prices":[{points}],"market_caps":[],"total_volumes":[]}}"#)
}

/// A share on a chart: what it is worth now, and rows of closes by time in seconds.
pub(crate) struct Share<'a> {
    pub(crate) symbol: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) price: &'a str,
    pub(crate) time: i64,
    pub(crate) zone: &'a str,
    pub(crate) granularity: &'a str,
    pub(crate) rows: &'a [(i64, &'a str)],
    /// More members of `meta`, each after a comma.
    pub(crate) names: &'a str,
    /// What stands under `events`.
    pub(crate) events: &'a str,
}

impl Default for Share<'_> {
    fn default() -> Self {
        Self {
            symbol: "AAPL",
            currency: "USD",
            price: "201.5",
            time: at("03-02", 43_000),
            zone: "America/New_York",
            granularity: "1d",
            rows: &[],
            names: r#","instrumentType":"EQUITY""#,
            events: "{}",
        }
    }
}

impl Share<'_> {
    pub(crate) fn chart(&self) -> String {
        let times: Vec<_> = self.rows.iter().map(|(time, _)| time.to_string()).collect();
        let closes: Vec<_> = self.rows.iter().map(|(_, close)| (*close).to_owned()).collect();
        let (times, closes) = (times.join(","), closes.join(","));
        let rows = if self.rows.is_empty() {
            r#""indicators":{"quote":[{}],"adjclose":[{}]}"#.to_owned()
        } else {
            format!(
                r#""timestamp":[{times}],"indicators":{{"quote":[{{"close":[{closes}]}}],"adjclose":[{{"adjclose":[{closes}]}}]}}"#
            )
        };
        let Self {
            symbol,
            currency,
            price,
            time,
            zone,
            granularity,
            names,
            events,
            ..
        } = self;
        format!(
            r#"{{"chart":{{"result":[{{"meta":{{"currency":"{currency}","symbol":"{symbol}","regularMarketPrice":{price},"regularMarketTime":{time},"chartPreviousClose":1.5,"exchangeTimezoneName":"{zone}","gmtoffset":-18000,"priceHint":2,"dataGranularity":"{granularity}","currentTradingPeriod":{{"regular":{{"start":{},"end":{}}}}}{names}}},{rows},"events":{events}}}],"error":null}}}}"#,
            at("03-02", 40_000),
            at("03-02", 60_000),
        )
    }
}

pub(crate) fn share(symbol: &str, price: &str) -> String {
    Share {
        symbol,
        price,
        ..Share::default()
    }
    .chart()
}

/// Rows of `/rates`: the day, the currency, the units of it for one euro.
pub(crate) fn rates(rows: &[(&str, &str, &str)]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|(day, quote, rate)| format!(r#"{{"date":"2026-{day}","base":"EUR","quote":"{quote}","rate":{rate}}}"#))
        .collect();
    format!("[{}]", rows.join(","))
}
