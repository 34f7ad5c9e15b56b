//! What is particular to the IEX-shaped source.

use std::sync::Arc;
use std::time::Duration;

use folio_core::{AssetKind, Clock, ErrorKind, ManualClock, QuoteKind, RateBudget, Reason};
use folio_sources::{Iex, IexConfig};

use crate::server::{Answer, Asked, Server};
use crate::support::*;

pub(crate) fn iex(server: &Server) -> Iex {
    let clock = clock();
    iex_with(server, clock.clone(), budget(clock))
}

pub(crate) fn iex_with(server: &Server, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>) -> Iex {
    let url = format!("{}/v1", server.url());
    let config = IexConfig::from_pairs([("url", url.as_str()), ("token", CANARY)]).unwrap();
    Iex::new(config, clock, budget).unwrap()
}

/// An entry of `/stock/market/batch`; the time is in milliseconds.
pub(crate) fn stock(symbol: &str, price: &str, currency: &str, time: i64) -> String {
    format!(
        r#""{symbol}":{{"quote":{{"symbol":"{symbol}","companyName":"{symbol} Invented","primaryExchange":"NASDAQ","latestPrice":{price},"latestSource":"IEX real time price","latestUpdate":{time},"currency":"{currency}"}}}}"#
    )
}

/// `/stock/market/batch` with fresh prices in dollars.
pub(crate) fn stocks(entries: &[(&str, &str)]) -> String {
    let time = at("03-02", 43_000) * 1000;
    let entries: Vec<_> = entries
        .iter()
        .map(|(symbol, price)| stock(symbol, price, "USD", time))
        .collect();
    format!("{{{}}}", entries.join(","))
}

/// `/stock/{symbol}/chart/{range}`, with a currency.
pub(crate) fn closes(rows: &[(&str, &str)]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|(day, close)| format!(r#"{{"date":"2026-{day}","close":{close},"volume":12345,"currency":"USD"}}"#))
        .collect();
    format!("[{}]", rows.join(","))
}

/// What the service says when something is wrong: a sentence that it calls HTML.
pub(crate) fn sentence(status: u16, text: &str) -> Answer {
    Answer::new(status, text).with("content-type", "text/html; charset=utf-8")
}

fn symbols(asked: &Asked) -> Vec<String> {
    let symbols = asked.query("symbols").unwrap_or_default();
    symbols.split(',').map(str::to_owned).collect()
}

/// Prices every symbol of a batch with 1.5.
fn price_all(asked: &Asked) -> Answer {
    let symbols = symbols(asked);
    let entries: Vec<_> = symbols.iter().map(|symbol| (symbol.as_str(), "1.5")).collect();
    Answer::ok(stocks(&entries))
}

#[tokio::test]
async fn a_hundred_symbols_are_one_call_and_the_token_comes_last() {
    let server = Server::start(price_all).await;
    let asked: Vec<String> = (0..250).map(|n| format!("stock:S{n}")).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let batch = quotes(&iex(&server), &asked).await.unwrap();
    assert!(batch.outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
    assert_eq!(batch.infos.len(), 250);
    let mut sizes: Vec<_> = server.asked().iter().map(|asked| symbols(asked).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100, 100]);
    for asked in server.asked() {
        assert!(
            asked.target.starts_with("/v1/stock/market/batch?symbols=S"),
            "{}",
            asked.target
        );
        let end = format!("&types=quote&token={CANARY}");
        assert!(asked.target.ends_with(&end), "{}", asked.target);
        assert!(!format!("{:?}", asked.headers).contains(CANARY));
    }
}

#[tokio::test]
async fn without_a_token_none_is_sent() {
    let server = Server::start(price_all).await;
    let config = IexConfig::from_pairs([("url", server.url())]).unwrap();
    let source = Iex::new(config, clock(), budget(clock())).unwrap();
    assert_eq!(told(quotes(&source, &["stock:AAPL"]).await), "1.5 USD");
    assert_eq!(server.asked()[0].target, "/stock/market/batch?symbols=AAPL&types=quote");
}

#[tokio::test]
async fn symbols_are_asked_for_in_the_spelling_of_the_service() {
    let server = Server::start(price_all).await;
    let asked = ["stock:BRK-B", "stock:VWCE.DE", "stock:^GSPC", "crypto:bitcoin"];
    assert_eq!(
        told(quotes(&iex(&server), &asked).await),
        "1.5 USD, 1.5 USD, not_found, not_configured"
    );
    assert_eq!(symbols(&server.asked()[0]), ["BRK.B", "VWCE.DE", "%5EGSPC"]);
}

#[tokio::test]
async fn a_restricted_symbol_is_found_by_halves_and_fails_nobody_else() {
    let check = async |asked: &[&str], bad: &'static str, answer: Answer, wanted: &str, calls: usize| {
        let server = Server::start(move |asked| {
            if symbols(asked).iter().any(|symbol| symbol == bad) {
                answer.clone()
            } else {
                price_all(asked)
            }
        })
        .await;
        assert_eq!(told(quotes(&iex(&server), asked).await), wanted);
        assert_eq!(server.calls(), calls);
    };
    let asked = ["A", "B", "C", "D", "E", "F", "G", "H"].map(|symbol| format!("stock:{symbol}"));
    let asked = asked.each_ref().map(String::as_str);
    let one_of_eight = "1.5 USD, 1.5 USD, 1.5 USD, 1.5 USD, 1.5 USD, not_configured, 1.5 USD, 1.5 USD";
    check(&asked, "F", sentence(451, "Not in your plan"), one_of_eight, 7).await;
    let unknown = one_of_eight.replace("not_configured", "not_found");
    check(&asked, "F", sentence(404, "Unknown symbol"), &unknown, 7).await;
    check(&["stock:F"], "F", sentence(451, ""), "not_configured", 1).await;
}

#[tokio::test]
async fn a_restricted_symbol_is_left_out_for_a_day() {
    let server = Server::start(|asked| {
        if symbols(asked).iter().any(|symbol| symbol == "BAD") {
            sentence(451, "Not in your plan")
        } else {
            price_all(asked)
        }
    })
    .await;
    let clock = clock();
    let source = iex_with(&server, clock.clone(), budget(clock.clone()));
    for (hours, calls) in [(0, 3), (12, 4), (11, 5), (2, 8)] {
        clock.advance(jiff::SignedDuration::from_hours(hours));
        let batch = quotes(&source, &["stock:AAPL", "stock:BAD"]).await;
        assert_eq!(told(batch), "1.5 USD, not_configured");
        assert_eq!(server.calls(), calls);
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_a_wrong_address_and_not_a_missing_price() {
    let server = Server::saying([sentence(404, "Cannot GET /stock/market/batch")]).await;
    let error = quotes(&iex(&server), &["stock:AAPL", "stock:MSFT"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("/stable or /v1"), "{error}");
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn the_price_is_the_latest_else_the_close_else_the_one_before() {
    let check = async |members: &str, wanted: &str, kind: QuoteKind, change: Option<&str>| {
        let body = format!(r#"{{"AAPL":{{"quote":{{"symbol":"AAPL",{members}}}}}}}"#);
        let server = Server::saying([Answer::ok(body)]).await;
        let batch = quotes(&iex(&server), &["stock:AAPL"]).await.unwrap();
        let quote = batch.outcomes[0].1.as_ref().unwrap();
        let as_of = quote.as_of.as_second();
        assert_eq!(
            (format!("{} at {as_of}", quote.price), quote.kind),
            (wanted.to_owned(), kind),
            "{members}"
        );
        assert_eq!(
            quote.change_24h_percent.map(|change| change.to_string()).as_deref(),
            change,
            "{members}"
        );
    };
    check(
        r#""latestPrice":201,"latestSource":"IEX real time price","latestUpdate":1772452000123,"previousClose":200,"changePercent":0.00512"#,
        "201 USD at 1772452000",
        QuoteKind::Realtime,
        Some("0.5"),
    )
    .await;
    check(
        r#""latestPrice":201,"latestSource":"15 minute delayed price","latestUpdate":1772452000123,"changePercent":-0.00512"#,
        "201 USD at 1772452000",
        QuoteKind::Delayed,
        Some("-0.512"),
    )
    .await;
    check(
        r#""latestPrice":201,"latestSource":"Close","latestUpdate":1772452000123,"currency":"EUR""#,
        "201 EUR at 1772452000",
        QuoteKind::Close,
        None,
    )
    .await;
    check(
        r#""latestPrice":null,"close":200.5,"closeTime":1772226000000,"latestUpdate":null,"previousClose":200"#,
        "200.5 USD at 1772226000",
        QuoteKind::Close,
        None,
    )
    .await;
    check(
        r#""latestPrice":null,"close":null,"closeTime":0,"latestUpdate":1772226000000,"previousClose":199.25,"iexRealtimePrice":0"#,
        "199.25 USD at 1772226000",
        QuoteKind::Close,
        None,
    )
    .await;
}

#[tokio::test]
async fn a_quote_names_its_asset() {
    let body = r#"{"AAPL":{"quote":{"companyName":" Apple Invented ","primaryExchange":"NASDAQ","latestPrice":2,"latestUpdate":1772452000123,"marketCap":2500000000}},"MSFT":{"quote":{"companyName":"","latestPrice":2,"latestUpdate":1772452000123}}}"#;
    let server = Server::saying([Answer::ok(body)]).await;
    let batch = quotes(&iex(&server), &["stock:AAPL", "stock:MSFT"]).await.unwrap();
    let [info] = &batch.infos[..] else {
        panic!("{:?}", batch.infos)
    };
    assert_eq!(
        (
            info.asset.to_string().as_str(),
            info.name.as_str(),
            info.kind,
            info.exchange.as_deref()
        ),
        ("stock:AAPL", "Apple Invented", AssetKind::Other, Some("NASDAQ"))
    );
    assert_eq!(
        info.currency.map(|currency| currency.to_string()).as_deref(),
        Some("USD")
    );
    let cap = batch.outcomes[0].1.as_ref().unwrap().market_cap;
    assert_eq!(cap.map(|cap| cap.to_string()).as_deref(), Some("2500000000"));
}

#[tokio::test]
async fn another_currency_than_the_trading_one_is_not_invented() {
    let server = Server::start(price_all).await;
    let source = iex(&server);
    assert_eq!(
        told(quotes(&source, &["stock:AAPL@EUR", "stock:AAPL@USD"]).await),
        "no_data, 1.5 USD"
    );
    let history = daily(&source, "stock:AAPL@EUR", "2026-02-01", "2026-03-02").await;
    assert_eq!(history.unwrap_err().kind(), ErrorKind::Unavailable);
}

/// A share in pence whose chart states no currency.
fn vodafone(asked: &Asked) -> Answer {
    let path = asked.target.split('?').next().unwrap_or_default();
    match path.strip_prefix("/v1/stock/").unwrap_or_default() {
        "market/batch" => {
            let entry = stock("VOD.L", "7050", "GBp", at("03-02", 43_000) * 1000);
            Answer::ok(format!("{{{entry}}}"))
        }
        "VOD.L/chart/ytd" | "VOD.L/chart/5d" => {
            Answer::ok(r#"[{"date":"2026-02-26","close":7010,"uClose":14020},{"date":"2026-02-27","close":7020.5}]"#)
        }
        _ => sentence(404, "Unknown symbol"),
    }
}

#[tokio::test]
async fn a_chart_is_in_the_currency_of_the_quote_which_is_asked_for_once() {
    let server = Server::start(vodafone).await;
    let source = iex(&server);
    for (from, calls) in [("2026-02-01", 2), ("2026-02-27", 3)] {
        let history = daily(&source, "stock:VOD.L", from, "2026-03-02").await.unwrap();
        assert_eq!(history.currency.to_string(), "GBP");
        let last = history.points.last().unwrap();
        assert_eq!((last.price.to_string(), last.provisional), ("70.205".to_owned(), false));
        assert_eq!(last.time.to_string(), "2026-02-27T21:00:00Z");
        assert_eq!(server.calls(), calls);
    }
    let asked = &server.asked()[2].target;
    assert_eq!(
        *asked,
        format!("/v1/stock/VOD.L/chart/5d?chartCloseOnly=true&token={CANARY}")
    );
    let error = daily(&source, "stock:NONE", "2026-02-01", "2026-03-02")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_the_plan_leaves_out_of_the_history_is_left_to_the_next_source() {
    let check = async |answer: Answer, wanted: ErrorKind| {
        let server = Server::saying([answer]).await;
        let error = daily(&iex(&server), "stock:AAPL", "2026-02-01", "2026-03-02")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), wanted, "{error}");
    };
    check(sentence(451, "Not in your plan"), ErrorKind::Unsupported).await;
    check(sentence(402, "This endpoint needs a paid plan"), ErrorKind::Unsupported).await;
    check(
        sentence(403, "The API key provided is not valid."),
        ErrorKind::NotConfigured,
    )
    .await;
    check(sentence(404, "Unknown symbol"), ErrorKind::NotFound).await;
    check(Answer::ok("[]"), ErrorKind::MissingPrice).await;
}

#[tokio::test]
async fn a_used_up_quota_is_left_alone_for_an_hour() {
    let server = Server::saying([sentence(402, "You have exceeded your allotted message quota")]).await;
    let source = iex(&server);
    let error = quotes(&source, &["stock:AAPL"]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(3600)))
    );
    let batch = quotes(&source, &["stock:AAPL"]).await.unwrap();
    assert_eq!(batch.outcomes[0].1.as_ref().unwrap_err().reason, Reason::Pending);
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn whoever_cannot_be_reached_may_be_the_service_that_closed() {
    let server = Server::start(price_all).await;
    let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
    let source = iex_with(&server, clock.clone(), budget(clock));
    drop(server);
    tokio::task::yield_now().await;
    let error = quotes(&source, &["stock:AAPL"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("closed in 2024"), "{error}");
    assert!(!format!("{error:?} {source:?}").contains(CANARY));
}

#[test]
fn it_is_off_without_an_address_and_has_no_default() {
    let config = IexConfig::from_pairs([("token", CANARY)]).unwrap();
    assert!(!config.is_on());
    let error = Iex::new(config, clock(), budget(clock())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    assert!(error.message().contains("url is not set"), "{error}");
}
