//! The suite that every price source runs, over each of these.

use std::sync::Arc;

use folio_core::conformance::{SourceFixture, price_source};
use folio_core::{PriceSource, Resolution};
use folio_sources::{Recorded, Recording};

use crate::iex::{closes, iex_with, sentence, stocks};
use crate::server::{Answer, Asked, Server};
use crate::support::*;
use crate::twelvedata::{self, twelvedata_with};

fn day(text: &str) -> jiff::civil::Date {
    format!("2026-{text}").parse().unwrap()
}

fn coingecko_answer(asked: &Asked) -> Answer {
    let path = asked.target.split('?').next().unwrap_or_default();
    match path.strip_prefix("/api/v3/").unwrap_or_default() {
        "simple/price" => {
            let known = asked
                .query("ids")
                .unwrap_or_default()
                .split(',')
                .filter(|id| *id != "nocoin");
            let entries: Vec<_> = known
                .map(|id| {
                    let vs = asked.query("vs_currencies").unwrap_or_default();
                    format!(r#""{id}":{{"{vs}":2.5,"last_updated_at":{}}}"#, at("03-02", 43_100))
                })
                .collect();
            Answer::ok(format!("{{{}}}", entries.join(",")))
        }
        "coins/list" => Answer::ok(r#"[{"id":"bitcoin","symbol":"btc","name":"Bitcoin"}]"#),
        "coins/markets" => Answer::ok(r#"[{"id":"bitcoin"}]"#),
        "coins/bitcoin/market_chart" if asked.query("interval").is_some() => Answer::ok(market_chart(&[
            (at("03-01", 0) * 1000, "1.5"),
            (at("03-02", 0) * 1000, "2.5"),
            (at("03-02", 43_000) * 1000, "3.5"),
        ])),
        "coins/bitcoin/market_chart" => Answer::ok(market_chart(&[
            (at("03-02", 36_000) * 1000, "1.5"),
            (at("03-02", 40_000) * 1000, "2.5"),
        ])),
        _ => Answer::new(404, r#"{"error":"coin not found"}"#),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn coingecko_conforms() {
    let server = Server::start(coingecko_answer).await;
    let clock = clock();
    let source = Arc::new(coingecko_with(&server, clock.clone(), budget(clock.clone())));
    let mut known = keys(&["crypto:bitcoin", "crypto:bitcoin@EUR"]);
    known.extend((0..60).map(|n| key(&format!("crypto:coin{n}"))));
    let fixture = SourceFixture::new(clock, known, key("crypto:nocoin"))
        .with_history(key("crypto:bitcoin"), Resolution::Daily, day("02-01"), day("03-02"))
        .with_history(key("crypto:bitcoin"), Resolution::Hourly, day("03-01"), day("03-02"))
        .with_listed("crypto:bitcoin".parse().unwrap())
        .with_secret(CANARY)
        .with_calls(server.counter());
    price_source(source, fixture).await;
}

fn yahoo_answer(asked: &Asked) -> Answer {
    let path = asked.target.split('?').next().unwrap_or_default();
    match path.rsplit('/').next().unwrap_or_default() {
        "search" => Answer::ok(r#"{"quotes":[{"symbol":"AAPL","longname":"Apple Inc.","quoteType":"EQUITY"}]}"#),
        symbol @ ("AAPL" | "MSFT") => {
            let rows = [
                (at("02-26", 52_200), "200"),
                (at("02-27", 52_200), "200.5"),
                (at("03-02", 43_000), "201.5"),
            ];
            Answer::ok(
                Share {
                    symbol,
                    rows: &rows,
                    ..Share::default()
                }
                .chart(),
            )
        }
        _ => Answer::new(
            404,
            r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found"}}}"#,
        ),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yahoo_conforms() {
    let server = Server::start(yahoo_answer).await;
    let clock = clock();
    let source = Arc::new(yahoo_with(&server, clock.clone(), budget(clock.clone())));
    let fixture = SourceFixture::new(
        clock,
        keys(&["stock:AAPL", "stock:MSFT", "stock:AAPL@USD"]),
        key("stock:NONE"),
    )
    .with_history(key("stock:AAPL"), Resolution::Daily, day("02-01"), day("03-02"))
    .with_search("apple")
    .with_calls(server.counter());
    price_source(source, fixture).await;
}

fn iex_answer(asked: &Asked) -> Answer {
    let path = asked.target.split('?').next().unwrap_or_default();
    match path.strip_prefix("/v1/stock/").unwrap_or_default() {
        "market/batch" => {
            let asked = asked.query("symbols").unwrap_or_default().split(',');
            let known: Vec<_> = asked
                .filter(|symbol| *symbol != "NONE")
                .map(|symbol| (symbol, "2.5"))
                .collect();
            Answer::ok(stocks(&known))
        }
        "AAPL/chart/ytd" => Answer::ok(closes(&[("01-30", "1.5"), ("02-27", "2.5"), ("03-02", "3.5")])),
        _ => sentence(404, "Unknown symbol"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iex_conforms() {
    let server = Server::start(iex_answer).await;
    let clock = clock();
    let source = Arc::new(iex_with(&server, clock.clone(), budget(clock.clone())));
    let mut known = keys(&["stock:AAPL", "stock:BRK-B", "stock:AAPL@USD"]);
    known.extend((0..150).map(|n| key(&format!("stock:S{n}"))));
    let fixture = SourceFixture::new(clock, known, key("stock:NONE"))
        .with_history(key("stock:AAPL"), Resolution::Daily, day("02-01"), day("03-02"))
        .with_secret(CANARY)
        .with_calls(server.counter());
    price_source(source, fixture).await;
}

fn twelvedata_answer(asked: &Asked) -> Answer {
    let symbols = asked.query("symbol").unwrap_or_default();
    let of = |symbol: &str| match symbol {
        "NONE" => twelvedata::error(400, "**symbol** not found: NONE"),
        symbol => twelvedata::share(symbol, "\"2.5\"", "USD", at("03-02", 43_000)),
    };
    match asked.target.split('?').next().unwrap_or_default() {
        "/quote" if symbols.contains(',') => {
            let entries = symbols.split(',').map(|symbol| format!(r#""{symbol}":{}"#, of(symbol)));
            Answer::ok(format!("{{{}}}", entries.collect::<Vec<_>>().join(",")))
        }
        "/quote" => Answer::ok(of(symbols)),
        "/time_series" if symbols == "AAPL" => Answer::ok(twelvedata::series(
            "USD",
            &[("02-26", "1.5"), ("02-27", "2.5"), ("03-02", "3.5")],
        )),
        "/symbol_search" => Answer::ok(
            r#"{"data":[{"symbol":"AAPL","instrument_name":"Apple Invented","instrument_type":"Common Stock","country":"United States","currency":"USD"}]}"#,
        ),
        _ => Answer::ok(twelvedata::error(400, "**symbol** not found")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twelvedata_conforms() {
    let server = Server::start(twelvedata_answer).await;
    let clock = clock();
    let source = Arc::new(twelvedata_with(&server, clock.clone(), budget(clock.clone())));
    let mut known = keys(&["stock:AAPL", "stock:BRK-B", "stock:AAPL@USD"]);
    known.extend((0..10).map(|n| key(&format!("stock:S{n}"))));
    let fixture = SourceFixture::new(clock, known, key("stock:NONE"))
        .with_history(key("stock:AAPL"), Resolution::Daily, day("02-01"), day("03-02"))
        .with_search("apple")
        .with_secret(CANARY)
        .with_calls(server.counter());
    price_source(source, fixture).await;
}

fn frankfurter_answer(asked: &Asked) -> Answer {
    let quotes = asked.query("quotes").unwrap_or_default();
    let known: Vec<_> = quotes.split(',').filter(|code| ["USD", "GBP"].contains(code)).collect();
    let days: &[&str] = if asked.query("from").is_some() {
        &["01-30", "02-27", "03-02"]
    } else {
        &["03-02"]
    };
    let rows: Vec<_> = known
        .iter()
        .flat_map(|code| days.iter().map(|day| (*day, *code, "1.25")))
        .collect();
    Answer::ok(rates(&rows))
}

#[tokio::test(flavor = "multi_thread")]
async fn frankfurter_conforms() {
    let server = Server::start(frankfurter_answer).await;
    let clock = clock();
    let source = Arc::new(frankfurter_with(&server, clock.clone(), budget(clock.clone())));
    let fixture = SourceFixture::new(clock, keys(&["EUR/USD", "EUR/GBP"]), key("EUR/XXA"))
        .with_history(key("EUR/USD"), Resolution::Daily, day("02-01"), day("03-02"))
        .with_calls(server.counter());
    price_source(source, fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_conforms() {
    let clock = clock();
    let recordings = [
        ("crypto:bitcoin", "USD"),
        ("stock:AAPL", "USD"),
        ("currency:GBP", "GBP"),
    ]
    .map(|(asset, currency)| {
        let mut recording = Recording::new(asset.parse().unwrap(), currency.parse().unwrap());
        for time in [
            "2026-02-27T15:00:00Z",
            "2026-03-01T09:00:00Z",
            "2026-03-02T09:00:00Z",
            "2026-03-02T13:00:00Z",
        ] {
            recording.push(time.parse().unwrap(), "1.25").unwrap();
        }
        recording
    });
    let source: Arc<dyn PriceSource> = Arc::new(Recorded::from_recordings(recordings, clock.clone()));
    let fixture = SourceFixture::new(
        clock,
        keys(&["crypto:bitcoin", "stock:AAPL", "EUR/GBP"]),
        key("crypto:nocoin"),
    )
    .with_history(key("crypto:bitcoin"), Resolution::Daily, day("02-01"), day("03-02"))
    .with_history(key("crypto:bitcoin"), Resolution::Hourly, day("02-01"), day("03-02"))
    .with_history(key("EUR/GBP"), Resolution::Daily, day("03-01"), day("03-02"))
    .with_search("bit");
    price_source(source, fixture).await;
}
