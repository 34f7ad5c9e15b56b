//! A local upstream that answers as CoinGecko, Yahoo and Frankfurter do, 50 ms late, and counts its calls.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How late every answer is.
pub(crate) const LATENCY: Duration = Duration::from_millis(50);

/// How often each vendor was called.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// CoinGecko's simple price.
    pub(crate) coingecko: AtomicU64,
    /// Yahoo's chart.
    pub(crate) yahoo: AtomicU64,
    /// Frankfurter's rates.
    pub(crate) frankfurter: AtomicU64,
}

impl Calls {
    /// The counts so far, and zero from now on.
    pub(crate) fn take(&self) -> [u64; 3] {
        [&self.coingecko, &self.yahoo, &self.frankfurter].map(|count| count.swap(0, Ordering::SeqCst))
    }
}

/// Starts the upstream on a free port.
///
/// # Errors
/// When no port can be bound.
pub(crate) async fn start() -> std::io::Result<(SocketAddr, Arc<Calls>)> {
    let calls = Arc::new(Calls::default());
    let app = Router::new()
        .route("/api/v3/simple/price", get(simple_price))
        .route("/v8/finance/chart/{symbol}", get(chart))
        .route("/v2/rates", get(rates))
        .with_state(Arc::clone(&calls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok((address, calls))
}

async fn simple_price(State(calls): State<Arc<Calls>>, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    calls.coingecko.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(LATENCY).await;
    let now = Timestamp::now().as_second();
    let currencies = query.get("vs_currencies").map_or("usd", String::as_str);
    let coins = query.get("ids").into_iter().flat_map(|ids| ids.split(',')).map(|id| {
        let mut coin = json!({"last_updated_at": now});
        for currency in currencies.split(',') {
            coin[currency] = json!(1.25 + id.len() as f64);
            coin[format!("{currency}_24h_change")] = json!(0.5);
            coin[format!("{currency}_market_cap")] = json!(1_000_000);
        }
        (id.to_owned(), coin)
    });
    Json(Value::Object(coins.collect()))
}

async fn chart(State(calls): State<Arc<Calls>>, Path(symbol): Path<String>) -> Json<Value> {
    calls.yahoo.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(LATENCY).await;
    let now = Timestamp::now().as_second();
    let days = [now - 86_400, now];
    Json(json!({"chart": {"error": null, "result": [{
        "meta": {
            "currency": "USD", "symbol": symbol, "exchangeName": "NMS", "instrumentType": "EQUITY",
            "regularMarketPrice": 101.5, "regularMarketTime": now, "exchangeTimezoneName": "America/New_York",
            "gmtoffset": -18_000, "priceHint": 2, "dataGranularity": "1d", "chartPreviousClose": 99.5
        },
        "timestamp": days,
        "indicators": {"quote": [{"close": [100.5, 101.5]}], "adjclose": [{"adjclose": [100.5, 101.5]}]}
    }]}}))
}

async fn rates(State(calls): State<Arc<Calls>>, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    calls.frankfurter.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(LATENCY).await;
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let quotes = query.get("quotes").map_or("USD", String::as_str);
    let rows = quotes
        .split(',')
        .map(|quote| json!({"date": today, "base": "EUR", "quote": quote, "rate": 1.25}));
    Json(Value::Array(rows.collect()))
}
