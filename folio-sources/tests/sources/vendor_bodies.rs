//! Bodies that vendors really sent, from a folder outside the project: the prices are theirs and are not
//! kept here. Without `FOLIO_RECORDED_DIR` the test says that it did not run.

use std::path::PathBuf;
use std::sync::Arc;

use folio_core::{
    Clock, Currency, ErrorKind, HistoryRequest, Holding, HoldingId, ManualClock, OwnerId, Portfolio, PriceHistory,
    PriceSource, QuoteKind, Reason, Status, Tracker,
};
use serde_json::Value;

use crate::iex::{iex, iex_with};
use crate::server::{Answer, Server};
use crate::support::*;

fn body(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("FOLIO_RECORDED_DIR") else {
        eprintln!("NOT RUN: {file} needs FOLIO_RECORDED_DIR, a folder with recorded bodies of the vendors");
        return None;
    };
    let path = PathBuf::from(folder).join(file);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

async fn replay(source: &dyn PriceSource, asset: &str, days: [&str; 2]) -> PriceHistory {
    let [from, to] = days.map(|day| day.parse().unwrap());
    source
        .history(&HistoryRequest::daily(key(asset), from, to))
        .await
        .unwrap()
}

/// The digits of a JSON number in plain notation.
fn text_of(value: &Value) -> String {
    folio_core::money::decimal::to_text(folio_core::money::decimal::parse(&value.to_string()).unwrap())
        .as_str()
        .to_owned()
}

#[tokio::test]
async fn ninety_days_of_coingecko() {
    let Some(body) = body("coingecko/ruby2021_gets_daily_historical_prices_for_one_coin.json") else {
        return;
    };
    let file: Value = serde_json::from_str(&body).unwrap();
    let prices = file["prices"].as_array().unwrap();
    let server = Server::saying([Answer::ok(body)]).await;
    let now: jiff::Timestamp = "2021-05-15T14:40:00Z".parse().unwrap();
    let clock = std::sync::Arc::new(folio_core::ManualClock::new(now));
    let source = coingecko_with(&server, clock.clone(), budget(clock));
    let history = replay(&source, "crypto:bitcoin", ["2021-02-01", "2021-05-15"]).await;
    assert_eq!((prices.len(), history.points.len()), (91, 91));
    let (first, last) = (&history.points[0], &history.points[90]);
    assert_eq!(
        (first.date.to_string(), first.price.to_string()),
        ("2021-02-14".into(), text_of(&prices[0][1]))
    );
    assert_eq!(
        (last.date.to_string(), last.price.to_string()),
        ("2021-05-15".into(), text_of(&prices[90][1]))
    );
    let provisional: Vec<_> = history.points.iter().map(|point| point.provisional).collect();
    assert_eq!(provisional, [vec![false; 90], vec![true]].concat());
}

#[tokio::test]
async fn thirty_days_of_coingecko_by_the_hour() {
    let Some(body) = body("coingecko/ruby2021_gets_hourly_historical_prices_for_one_coin.json") else {
        return;
    };
    let file: Value = serde_json::from_str(&body).unwrap();
    let prices = file["prices"].as_array().unwrap();
    let last = prices.last().unwrap()[0].as_i64().unwrap();
    let now = jiff::Timestamp::from_millisecond(last + 1000).unwrap();
    let server = Server::saying([Answer::ok(body)]).await;
    let clock = std::sync::Arc::new(folio_core::ManualClock::new(now));
    let source = coingecko_with(&server, clock.clone(), budget(clock));
    let request = HistoryRequest::daily(
        key("crypto:bitcoin"),
        "2021-04-01".parse().unwrap(),
        "2021-06-01".parse().unwrap(),
    );
    let history = source.history(&request.hourly()).await.unwrap();
    let mut hours: Vec<_> = prices
        .iter()
        .map(|point| point[0].as_i64().unwrap() / 3_600_000)
        .collect();
    hours.dedup();
    assert_eq!(history.points.len(), hours.len());
    assert!(history.points.last().unwrap().provisional);
}

#[tokio::test]
async fn charts_of_yahoo() {
    for (asset, file, first, last) in [
        (
            "stock:GS2C.DE",
            "yahoo/yfrs_history_chart_GS2C.DE.json",
            "2025-10-23",
            "2025-10-29",
        ),
        (
            "stock:AAPL",
            "yahoo/yfrs_history_chart_AAPL.json",
            "2025-04-30",
            "2025-10-29",
        ),
    ] {
        let Some(body) = body(file) else { return };
        let file: Value = serde_json::from_str(&body).unwrap();
        let result = &file["chart"]["result"][0];
        let closes = result["indicators"]["quote"][0]["close"].as_array().unwrap();
        let meta = result["meta"]["regularMarketPrice"].to_string();
        let server = Server::saying([Answer::ok(body)]).await;
        let now: jiff::Timestamp = "2025-10-29T21:00:00Z".parse().unwrap();
        let clock = std::sync::Arc::new(folio_core::ManualClock::new(now));
        let source = yahoo_with(&server, clock.clone(), budget(clock));
        let history = replay(&source, asset, ["2025-01-01", "2025-10-29"]).await;
        assert_eq!(history.points.len(), closes.len(), "{asset}");
        let (oldest, newest) = (&history.points[0], history.points.last().unwrap());
        assert_eq!(
            (oldest.date.to_string(), newest.date.to_string()),
            (first.into(), last.into())
        );
        assert!(newest.provisional && history.points.iter().filter(|point| point.provisional).count() == 1);
        // The market's price is written without float noise, and the last close is the same price.
        assert_eq!(newest.price.to_string(), meta, "{asset}");
        // The first close begins with the digits of the file, up to where a 32-bit float ends.
        let (digits, noisy) = (oldest.price.to_string(), closes[0].to_string());
        let agree = digits.bytes().zip(noisy.bytes()).take_while(|(a, b)| a == b).count();
        assert!(
            digits.len() <= 9 && agree + 1 >= digits.len(),
            "{asset}: {digits} of {noisy}"
        );
        let batch = quotes(&source, &[asset]).await.unwrap();
        assert_eq!(batch.outcomes[0].1.as_ref().unwrap().price.amount().to_string(), meta);
    }
}

#[tokio::test]
async fn a_quote_of_iex() {
    let Some(body) = body("iex/ruby_quote_msft.body") else {
        return;
    };
    let file: Value = serde_json::from_str(&body).unwrap();
    let server = Server::saying([Answer::ok(format!(r#"{{"MSFT":{{"quote":{body}}}}}"#))]).await;
    let clock = Arc::new(ManualClock::new("2019-04-04T21:00:00Z".parse().unwrap()));
    let source = iex_with(&server, clock.clone(), budget(clock));
    let batch = quotes(&source, &["stock:MSFT"]).await.unwrap();
    let quote = batch.outcomes[0].1.as_ref().unwrap();
    assert_eq!(quote.price.amount().to_string(), text_of(&file["latestPrice"]));
    assert_eq!(quote.price.currency(), Currency::USD);
    assert_eq!(quote.as_of.as_millisecond(), file["latestUpdate"].as_i64().unwrap());
    assert_eq!(quote.kind, QuoteKind::Close);
    // The vendor's own change is a fraction of five digits.
    let change: f64 = quote.change_24h_percent.unwrap().to_string().parse().unwrap();
    assert!(
        (change - file["changePercent"].as_f64().unwrap() * 100.0).abs() < 0.001,
        "{change}"
    );
    assert_eq!(batch.infos[0].name, file["companyName"].as_str().unwrap());
}

#[tokio::test]
async fn charts_of_iex() {
    for (file, now, range) in [
        (
            "iex/ruby_historical_prices_msft.body",
            "2020-11-07T12:00:00Z",
            ["2020-10-08", "2020-11-06"],
        ),
        (
            "iex/ruby_historical_prices_msft_5d.body",
            "2020-11-11T12:00:00Z",
            ["2020-11-07", "2020-11-10"],
        ),
    ] {
        let (Some(chart), Some(quote)) = (body(file), body("iex/ruby_quote_msft.body")) else {
            return;
        };
        let rows: Vec<Value> = serde_json::from_str(&chart).unwrap();
        let [from, to] = range;
        let within = |row: &&Value| (from..=to).contains(&row["date"].as_str().unwrap());
        let wanted: Vec<_> = rows
            .iter()
            .filter(within)
            .map(|row| (row["date"].as_str().unwrap().to_owned(), text_of(&row["close"])))
            .collect();
        assert!(!wanted.is_empty(), "{file} has no rows from {from} to {to}");
        let server = Server::saying([
            Answer::ok(chart),
            Answer::ok(format!(r#"{{"MSFT":{{"quote":{quote}}}}}"#)),
        ])
        .await;
        let clock = Arc::new(ManualClock::new(now.parse().unwrap()));
        let source = iex_with(&server, clock.clone(), budget(clock));
        let history = replay(&source, "stock:MSFT", range).await;
        let got: Vec<_> = history
            .points
            .iter()
            .map(|point| (point.date.to_string(), point.price.normalize().to_string()))
            .collect();
        assert_eq!(got, wanted, "{file}");
        assert_eq!(history.currency, Currency::USD);
    }
}

#[tokio::test]
async fn errors_of_iex() {
    for (file, status, wanted) in [
        ("iex/ruby_historical_prices_invalid.body", 404, ErrorKind::NotFound),
        ("iex/ruby_client_access_denied.body", 403, ErrorKind::NotConfigured),
    ] {
        let Some(body) = body(file) else { return };
        let answer = Answer::new(status, body).with("content-type", "text/html; charset=utf-8");
        let server = Server::saying([answer]).await;
        let error = daily(&iex(&server), "stock:MSFT", "2026-02-01", "2026-03-02")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), wanted, "{file}: {error}");
    }
}

#[tokio::test]
async fn a_portfolio_at_the_time_of_recording() {
    let Some(body) = body("yahoo/yfrs_history_chart_AAPL.json") else {
        return;
    };
    let file: Value = serde_json::from_str(&body).unwrap();
    let recorded = text_of(&file["chart"]["result"][0]["meta"]["regularMarketPrice"]);
    let price = folio_core::money::decimal::parse(&recorded).unwrap();
    let worth = folio_core::money::decimal::mul(price, folio_core::money::Decimal::from(10)).unwrap();
    for (now, status, total) in [
        ("2025-10-29T21:00:00Z", Status::Complete, Some(worth)),
        ("2025-11-29T21:00:00Z", Status::Unavailable, None),
    ] {
        let server = Server::saying([Answer::ok(body.clone())]).await;
        let clock = Arc::new(ManualClock::new(now.parse().unwrap()));
        let source = Arc::new(yahoo_with(&server, clock.clone(), budget(clock.clone())));
        let tracker = Tracker::builder().clock(clock.clone()).source(source).build().unwrap();
        let shares = Holding::new(
            HoldingId::new(clock.now()),
            "stock:AAPL".parse().unwrap(),
            "10".parse().unwrap(),
        );
        let portfolio = Portfolio::new("Recorded", Currency::USD, clock.now()).with(shares.unwrap());
        let portfolio = tracker.create_portfolio(portfolio).await.unwrap();
        let valuation = tracker.value(&OwnerId::default(), portfolio.id, None).await.unwrap();
        assert_eq!(
            (valuation.status, valuation.total_value.map(|total| total.amount())),
            (status, total),
            "{now}"
        );
        let outdated = valuation.holdings[0].pricing.reason == Some(Reason::Outdated);
        assert_eq!(
            outdated,
            total.is_none(),
            "a month later the price is too old to be used"
        );
    }
}
