//! What is particular to Twelve Data.

use std::sync::Arc;
use std::time::Duration;

use folio_core::source::LocalBudget;
use folio_core::{AssetKind, Clock, ErrorKind, PriceSource, QuoteKind, RateBudget, Reason, SourceId};
use folio_sources::{TwelveData, TwelveDataConfig};

use crate::server::{Answer, Asked, Server};
use crate::support::*;

fn config(server: &Server) -> TwelveDataConfig {
    TwelveDataConfig::from_pairs([("url", server.url()), ("api_key", CANARY.to_owned())]).unwrap()
}

pub(crate) fn twelvedata(server: &Server) -> TwelveData {
    let clock = clock();
    twelvedata_with(server, clock.clone(), budget(clock))
}

pub(crate) fn twelvedata_with(server: &Server, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> TwelveData {
    TwelveData::new(config(server), clock, budget).unwrap()
}

/// `/quote` of one symbol; the price is JSON, the time in seconds.
pub(crate) fn share(symbol: &str, price: &str, currency: &str, time: i64) -> String {
    format!(
        r#"{{"symbol":"{symbol}","name":"{symbol} Invented","exchange":"NASDAQ","mic_code":"XNAS","currency":"{currency}","datetime":"2026-03-02","timestamp":{},"last_quote_at":{time},"close":{price},"previous_close":"1.25","is_market_open":true,"fifty_two_week":{{"low":"1.00000"}}}}"#,
        at("03-02", 0)
    )
}

/// `/quote` of several symbols, each at 1.5 dollars.
pub(crate) fn shares(symbols: &[&str]) -> String {
    let entries: Vec<_> = symbols
        .iter()
        .map(|symbol| {
            format!(
                r#""{symbol}":{}"#,
                share(symbol, "\"1.50000\"", "USD", at("03-02", 43_000))
            )
        })
        .collect();
    format!("{{{}}}", entries.join(","))
}

/// `/time_series` of days.
pub(crate) fn series(currency: &str, rows: &[(&str, &str)]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|(day, close)| format!(r#"{{"datetime":"2026-{day}","open":"1.0","close":"{close}","volume":"12345"}}"#))
        .collect();
    format!(
        r#"{{"meta":{{"symbol":"AAPL","interval":"1day","currency":"{currency}","exchange_timezone":"America/New_York","exchange":"NASDAQ","mic_code":"XNAS","type":"Common Stock"}},"values":[{}],"status":"ok"}}"#,
        rows.join(",")
    )
}

pub(crate) fn error(code: u16, message: &str) -> String {
    format!(r#"{{"code":{code},"message":"{message}","status":"error"}}"#)
}

fn symbols(asked: &Asked) -> Vec<String> {
    let symbols = asked.query("symbol").unwrap_or_default();
    symbols.split(',').map(str::to_owned).collect()
}

/// Prices every symbol with 1.5, in the shape for as many as were asked for.
fn price_all(asked: &Asked) -> Answer {
    match &symbols(asked)[..] {
        [symbol] => Answer::ok(share(symbol, "\"1.5\"", "USD", at("03-02", 43_000))),
        symbols => Answer::ok(shares(&symbols.iter().map(String::as_str).collect::<Vec<_>>())),
    }
}

#[tokio::test]
async fn a_call_costs_a_credit_for_each_symbol() {
    let server = Server::start(price_all).await;
    let clock = clock();
    let budget = Arc::new(LocalBudget::new(clock.clone(), [config(&server).budget()]));
    let source = twelvedata_with(&server, clock, budget.clone());
    assert_eq!(source.capabilities().batch_limit, 6);
    let asked: Vec<String> = (0..12).map(|n| format!("stock:S{n}")).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let batch = quotes_within(&source, &asked, Duration::from_secs(5)).await.unwrap();
    let priced = batch.outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let pending = batch.outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().err());
    let pending: Vec<_> = pending.map(|unpriced| (unpriced.reason, unpriced.retry_at)).collect();
    assert_eq!(
        (priced, pending),
        (
            6,
            vec![(Reason::Pending, Some("2026-03-02T12:01:00Z".parse().unwrap())); 6]
        )
    );
    assert_eq!(server.calls(), 1);
    let left = budget.state(&SourceId::new("twelvedata")).await.unwrap().unwrap();
    assert_eq!((left.limit_per_minute, left.remaining), (8, 2));
}

#[tokio::test]
async fn the_key_travels_in_a_header_and_nowhere_else() {
    let server = Server::start(price_all).await;
    assert_eq!(told(quotes(&twelvedata(&server), &["stock:AAPL"]).await), "1.5 USD");
    let asked = &server.asked()[0];
    assert_eq!(asked.headers.get("authorization"), Some(&format!("apikey {CANARY}")));
    assert_eq!(asked.target, "/quote?symbol=AAPL");
}

#[tokio::test]
async fn a_class_of_shares_has_a_dot_and_other_exchanges_are_left_to_others() {
    let server = Server::start(price_all).await;
    let source = twelvedata(&server);
    let asked = [
        "stock:BRK-B",
        "stock:VWCE.DE",
        "stock:^GSPC",
        "stock:EURUSD=X",
        "crypto:bitcoin",
    ];
    let batch = quotes(&source, &asked).await.unwrap();
    let german = batch.outcomes[1].1.as_ref().unwrap_err();
    assert!(
        german.detail.contains("VWCE.DE is written as another exchange's"),
        "{german}"
    );
    assert_eq!(
        told(Ok(batch)),
        "1.5 USD, not_configured, not_configured, not_configured, not_configured"
    );
    let error = daily(&source, "stock:VWCE.DE", "2026-02-01", "2026-03-02")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let targets: Vec<_> = server.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(targets, ["/quote?symbol=BRK.B"]);
}

#[tokio::test]
async fn a_batch_that_fails_for_what_may_be_one_is_asked_for_one_by_one() {
    let check = async |answer: Answer, wanted: &str, calls: usize| {
        let server = Server::start(move |asked| {
            let of_bad = symbols(asked).iter().any(|symbol| symbol == "BAD");
            if of_bad { answer.clone() } else { price_all(asked) }
        })
        .await;
        let asked = ["stock:AAPL", "stock:BAD", "stock:MSFT"];
        assert_eq!(told(quotes(&twelvedata(&server), &asked).await), wanted);
        assert_eq!(server.calls(), calls);
    };
    let one = |code: u16, text: &str| Answer::ok(error(code, text));
    check(one(400, "**symbol** not found"), "1.5 USD, not_found, 1.5 USD", 4).await;
    check(one(404, "no data"), "1.5 USD, no_data, 1.5 USD", 4).await;
    check(
        one(403, "available on the Pro plan"),
        "1.5 USD, not_configured, 1.5 USD",
        4,
    )
    .await;
    check(one(400, "something else"), "1.5 USD, unavailable, 1.5 USD", 4).await;
    check(one(401, "**apikey** is incorrect"), "error not_configured", 1).await;
    check(one(429, "credits for the day"), "error rate_limited", 1).await;
}

#[tokio::test]
async fn a_used_up_day_ends_at_midnight_of_utc() {
    let server = Server::saying([Answer::ok(error(429, "You have run out of API credits for the day."))]).await;
    let source = twelvedata(&server);
    let refused = quotes(&source, &["stock:AAPL"]).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(12 * 3600 + 1)))
    );
    let batch = quotes(&source, &["stock:AAPL"]).await.unwrap();
    let waiting = batch.outcomes[0].1.as_ref().unwrap_err();
    assert_eq!(
        (waiting.reason, waiting.retry_at),
        (Reason::Pending, Some("2026-03-03T00:00:01Z".parse().unwrap()))
    );
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_quote_names_its_asset_and_its_change() {
    let body = share("AAPL", "\"1.5\"", "USD", at("03-02", 43_000))
        .replace("\"is_market_open\":true", "\"is_market_open\":false");
    let server = Server::saying([Answer::ok(body)]).await;
    let batch = quotes(&twelvedata(&server), &["stock:AAPL"]).await.unwrap();
    let quote = batch.outcomes[0].1.as_ref().unwrap();
    assert_eq!(
        (
            quote.kind,
            quote.change_24h_percent.unwrap().to_string(),
            quote.as_of.as_second()
        ),
        (QuoteKind::Close, "20".to_owned(), at("03-02", 43_000))
    );
    let info = &batch.infos[0];
    assert_eq!(
        (
            info.asset.to_string().as_str(),
            info.name.as_str(),
            info.kind,
            info.exchange.as_deref()
        ),
        ("stock:AAPL", "AAPL Invented", AssetKind::Other, Some("NASDAQ"))
    );
}

#[tokio::test]
async fn a_key_that_is_repeated_in_the_place_of_one_quote_is_blotted_out() {
    let body = format!(
        r#"{{"AAPL":{},"BAD":{}}}"#,
        share("AAPL", "\"1.5\"", "USD", at("03-02", 43_000)),
        error(403, &format!("the key {CANARY} has no access"))
    );
    let server = Server::saying([Answer::ok(body)]).await;
    let batch = quotes(&twelvedata(&server), &["stock:AAPL", "stock:BAD"])
        .await
        .unwrap();
    let shown = format!("{batch:?}");
    assert!(
        shown.contains("the key *** has no access") && !shown.contains(CANARY),
        "{shown}"
    );
    assert_eq!(told(Ok(batch)), "1.5 USD, not_configured");
}

#[tokio::test]
async fn a_history_is_asked_for_with_the_day_after_its_end() {
    let server = Server::saying([Answer::ok(series("GBX", &[("02-26", "7010.5"), ("02-27", "7025")]))]).await;
    let source = twelvedata(&server);
    let history = daily(&source, "stock:BRK-B", "2026-02-26", "2026-03-02").await.unwrap();
    assert_eq!(history.currency.to_string(), "GBP");
    assert_eq!(told_history(Ok(history)), "02-26 70.105, 02-27 70.25");
    assert_eq!(
        server.asked()[0].target,
        "/time_series?symbol=BRK.B&interval=1day&start_date=2026-02-26&end_date=2026-03-03&order=asc&outputsize=5000"
    );
    let error = daily(&source, "stock:AAPL@EUR", "2026-02-26", "2026-03-02")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingPrice);
}

#[tokio::test]
async fn what_the_plan_leaves_out_of_the_history_is_left_to_the_next_source() {
    let check = async |code: u16, text: &str, wanted: ErrorKind| {
        let server = Server::saying([Answer::ok(error(code, text))]).await;
        let source = twelvedata(&server);
        let error = daily(&source, "stock:AAPL", "2026-02-01", "2026-03-02")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), wanted, "{error}");
    };
    check(403, "available on the Pro plan", ErrorKind::Unsupported).await;
    check(404, "available with the Grow plan", ErrorKind::Unsupported).await;
    check(404, "no data on these dates", ErrorKind::MissingPrice).await;
    check(400, "**symbol** not found", ErrorKind::NotFound).await;
    check(401, "**apikey** is incorrect", ErrorKind::NotConfigured).await;
}

#[tokio::test]
async fn a_search_finds_what_folio_can_ask_for() {
    let found = |symbol: &str, kind: &str, country: &str| {
        format!(
            r#"{{"symbol":"{symbol}","instrument_name":"{symbol} Invented","exchange":"NYSE","mic_code":"XNYS","instrument_type":"{kind}","country":"{country}","currency":"USD"}}"#
        )
    };
    let rows = [
        found("BRK.B", "Common Stock", "United States"),
        found("BRK.B", "Common Stock", "United States"),
        found("BRK", "ETF", "United States"),
        found("BRK", "Common Stock", "Germany"),
        found("BRK/USD", "Digital Currency", ""),
    ];
    let server = Server::saying([Answer::ok(format!(r#"{{"data":[{}],"status":"ok"}}"#, rows.join(",")))]).await;
    let source = twelvedata(&server);
    let found = source.search(" brk ").await.unwrap();
    let found: Vec<_> = found.iter().map(|info| (info.asset.to_string(), info.kind)).collect();
    assert_eq!(
        found,
        [
            ("stock:BRK-B".to_owned(), AssetKind::Equity),
            ("stock:BRK".to_owned(), AssetKind::Etf)
        ]
    );
    assert_eq!(server.asked()[0].target, "/symbol_search?symbol=brk&outputsize=30");
    assert!(source.search("  ").await.unwrap().is_empty());
    assert_eq!(server.calls(), 1);
}

#[test]
fn it_is_off_without_a_key() {
    for pairs in [&[][..], &[("api_key", "")]] {
        let config = TwelveDataConfig::from_pairs(pairs.iter().copied()).unwrap();
        assert!(!config.is_on());
        let error = TwelveData::new(config, clock(), budget(clock())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConfigured);
        assert!(error.message().contains("api_key is not set"), "{error}");
    }
}
