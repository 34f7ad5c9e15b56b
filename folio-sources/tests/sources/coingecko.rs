//! What is particular to CoinGecko.

use std::time::Duration;

use folio_core::{AssetInfo, AssetKind, Deadline, ErrorKind, HistoryRequest, PriceSource, Priority};
use jiff::SignedDuration;

use crate::server::{Answer, Server};
use crate::support::*;

#[tokio::test]
async fn a_quote_has_time_change_and_capitalisation() {
    let server = Server::saying([Answer::ok(coins(&[("bitcoin", "61234.5")]))]).await;
    let batch = quotes(&coingecko(&server), &["crypto:bitcoin"]).await.unwrap();
    let quote = batch.outcomes[0].1.as_ref().unwrap();
    assert_eq!(quote.as_of.to_string(), "2026-03-02T11:58:20Z");
    assert_eq!(quote.fetched_at.to_string(), NOW);
    assert_eq!(quote.change_24h_percent.unwrap().to_string(), "-2.7182");
    assert_eq!(quote.market_cap.unwrap().to_string(), "1234567.5");
    let asked = &server.asked()[0];
    assert!(asked.target.starts_with("/api/v3/simple/price?"), "{}", asked.target);
    for (name, value) in [
        ("ids", "bitcoin"),
        ("vs_currencies", "usd"),
        ("precision", "full"),
        ("include_last_updated_at", "true"),
        ("include_24hr_change", "true"),
        ("include_market_cap", "true"),
    ] {
        assert_eq!(asked.query(name), Some(value));
    }
}

#[tokio::test]
async fn keys_are_grouped_by_currency_and_fifty_a_call() {
    let server = Server::start(|asked| {
        let vs = asked.query("vs_currencies").unwrap();
        let entry = |id: &str| format!(r#""{id}":{{"{vs}":2.5,"last_updated_at":{}}}"#, at("03-02", 43_100));
        let entries: Vec<_> = asked.query("ids").unwrap().split(',').map(entry).collect();
        Answer::ok(format!("{{{}}}", entries.join(",")))
    })
    .await;
    let asked: Vec<String> = (0..70)
        .flat_map(|n| [format!("crypto:coin{n}"), format!("crypto:coin{n}@EUR")])
        .collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let batch = quotes(&coingecko(&server), &asked).await.unwrap();
    for ((key, outcome), asked) in batch.outcomes.iter().zip(&asked) {
        assert_eq!(*key, crate::support::key(asked));
        assert_eq!(outcome.as_ref().unwrap().price.currency(), key.currency.unwrap());
    }
    let mut calls: Vec<_> = server
        .asked()
        .iter()
        .map(|asked| {
            (
                asked.query("vs_currencies").unwrap().to_owned(),
                asked.query("ids").unwrap().split(',').count(),
            )
        })
        .collect();
    calls.sort();
    assert_eq!(
        calls,
        [
            ("eur".into(), 20),
            ("eur".into(), 50),
            ("usd".into(), 20),
            ("usd".into(), 50)
        ]
    );
}

#[tokio::test]
async fn too_many_ids_are_asked_for_in_halves() {
    for refusal in [
        Answer::new(414, ""),
        Answer::new(400, r#"{"error":"too_many_coin_ids"}"#),
    ] {
        let server = Server::start(move |asked| {
            let ids: Vec<_> = asked.query("ids").unwrap().split(',').map(|id| (id, "2.5")).collect();
            if ids.len() > 15 {
                refusal.clone()
            } else {
                Answer::ok(coins(&ids))
            }
        })
        .await;
        let asked: Vec<String> = (0..40).map(|n| format!("crypto:coin{n}")).collect();
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let batch = quotes(&coingecko(&server), &asked).await.unwrap();
        assert!(batch.outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
        assert_eq!(server.calls(), 7);
    }
}

#[tokio::test]
async fn prices_that_are_not_there_are_told_apart() {
    let check = async |body: String, asked: &str, expected: &str| {
        let server = Server::saying([Answer::ok(body.clone())]).await;
        assert_eq!(told(quotes(&coingecko(&server), &[asked]).await), expected, "{body}");
    };
    let time = at("03-02", 43_100);
    // No coin is priced in the currency, or this one is in none.
    check(r#"{"bitcoin":{}}"#.into(), "crypto:bitcoin@XXA", "unavailable").await;
    check(
        format!(r#"{{"bitcoin":{{"last_updated_at":{time}}}}}"#),
        "crypto:bitcoin@XXA",
        "unavailable",
    )
    .await;
    check(r#"{"bitcoin":{}}"#.into(), "crypto:bitcoin", "no_data").await;
    check(r#"{"bitcoin":null}"#.into(), "crypto:bitcoin", "no_data").await;
    check(r#"{"bitcoin":{"usd":1.5}}"#.into(), "crypto:bitcoin", "no_data").await;
    check(
        r#"{"bitcoin":{"usd":1.5,"last_updated_at":null}}"#.into(),
        "crypto:bitcoin",
        "no_data",
    )
    .await;
    // Status is a coin, and no error.
    check(coins(&[("status", "0.025")]), "crypto:status", "0.025 USD").await;
    check(r#"{"error":"not found"}"#.into(), "crypto:bitcoin", "error unavailable").await;
    check(coins(&[("bitcoin", "1.5")]), "stock:AAPL", "not_configured").await;
}

#[tokio::test]
async fn the_month_is_used_up_when_waiting_does_not_help() {
    let server = Server::saying([Answer::new(429, "{}")]).await;
    let clock = clock();
    let source = coingecko_with(&server, clock.clone(), budget(clock.clone()));
    for seconds in [60, 60, 3600] {
        let error = quotes(&source, &["crypto:bitcoin"]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)), "{error}");
        clock.advance(SignedDuration::from_secs(61));
    }
}

#[tokio::test]
async fn the_close_of_a_day_is_the_price_at_the_next_midnight() {
    let body = market_chart(&[
        (at("02-27", 0) * 1000, "100.5"),
        (at("02-28", 0) * 1000, "null"),
        (at("02-28", 5_000) * 1000, "7"),
        (at("03-01", 0) * 1000, "0"),
        (at("03-02", 0) * 1000, "103.5"),
        (at("03-02", 43_150) * 1000 + 123, "104.5"),
    ]);
    let server = Server::saying([Answer::ok(body)]).await;
    let source = coingecko(&server);
    let history = daily(&source, "crypto:bitcoin", "2026-02-26", "2026-03-02").await;
    assert_eq!(
        history.as_ref().unwrap().points[0].time.to_string(),
        "2026-02-27T00:00:00Z"
    );
    assert_eq!(told_history(history), "02-26 100.5, 03-01 103.5, 03-02 104.5?");
    assert_eq!(
        told_history(daily(&source, "crypto:bitcoin", "2026-02-27", "2026-03-01").await),
        "03-01 103.5"
    );
    let asked = &server.asked()[0];
    assert!(
        asked.target.starts_with("/api/v3/coins/bitcoin/market_chart?"),
        "{}",
        asked.target
    );
    let query = ["vs_currency", "days", "interval", "precision"].map(|name| asked.query(name).unwrap());
    assert_eq!(query, ["usd", "5", "daily", "full"]);
}

#[tokio::test]
async fn no_plan_is_asked_for_more_days_than_it_has() {
    let server = Server::saying([Answer::ok(market_chart(&[(at("03-02", 0) * 1000, "1.5")]))]).await;
    let source = coingecko(&server);
    assert_eq!(
        told_history(daily(&source, "crypto:bitcoin", "2020-01-01", "2026-03-02").await),
        "03-01 1.5"
    );
    assert_eq!(server.asked()[0].query("days"), Some("365"));
    assert_eq!(
        told_history(daily(&source, "crypto:bitcoin", "2026-03-03", "2026-03-09").await),
        "error missing_price"
    );
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn an_unknown_coin_has_no_history() {
    let server = Server::saying([Answer::new(404, r#"{"error":"coin not found"}"#)]).await;
    let history = daily(&coingecko(&server), "crypto:nocoin", "2026-02-01", "2026-03-02").await;
    assert_eq!(told_history(history), "error not_found");
}

#[tokio::test]
async fn hours_have_one_point_each() {
    let hour = |hour: i64, minute: i64, price| ((at("03-02", hour * 3600 + minute * 60)) * 1000, price);
    let body = market_chart(&[
        hour(9, 4, "1.5"),
        hour(10, 2, "2.5"),
        hour(10, 58, "3.5"),
        hour(11, 55, "4.5"),
        hour(12, 0, "5.5"),
    ]);
    let server = Server::saying([Answer::ok(body)]).await;
    let request = HistoryRequest::daily(
        key("crypto:bitcoin"),
        "2026-03-01".parse().unwrap(),
        "2026-03-02".parse().unwrap(),
    );
    let request = request
        .hourly()
        .for_caller(Priority::Interactive, Deadline::after(Duration::from_secs(20)));
    let history = coingecko(&server).history(&request).await.unwrap();
    let points: Vec<_> = history
        .points
        .iter()
        .map(|point| (point.time.to_string(), point.price.to_string(), point.provisional))
        .collect();
    let expected = [
        ("09:04", "1.5", false),
        ("10:58", "3.5", false),
        ("11:55", "4.5", false),
        ("12:00", "5.5", true),
    ];
    assert_eq!(
        points,
        expected.map(|(time, price, open)| (format!("2026-03-02T{time}:00Z"), price.to_owned(), open))
    );
    assert_eq!(
        (server.asked()[0].query("days"), server.asked()[0].query("interval")),
        (Some("2"), None)
    );
}

/// The list in a few lines, and which of its coins are great.
const LIST: &str = r#"[
    {"id":"bridged-btc-of-somewhere","symbol":"btc","name":"Bridged Bitcoin"},
    {"id":"bitcoin","symbol":"btc","name":"Bitcoin"},
    {"id":"nameless","symbol":null,"name":" "},
    {"id":"mybit","symbol":"myb","name":"MyBit"},
    {"id":"bitcoin","symbol":"xyz","name":"Twice"},
    {"id":"not an id","symbol":"btc","name":"No id"},
    {"id":"Capital","symbol":"btc","name":"Not folio's spelling"},
    {"id":"ethereum","symbol":"eth","name":"Ethereum"}
]"#;
const GREAT: &str = r#"[
    {"id":"bitcoin","symbol":"btc","current_price":61234.5,"market_cap_rank":1},
    {"id":"ethereum","current_price":null},
    {"id":"gone-since","current_price":1e-7}
]"#;

async fn listed(list: Answer, great: Answer) -> (Server, folio_core::Result<Vec<AssetInfo>>) {
    let server = Server::start(move |asked| match asked.target.split('?').next().unwrap() {
        "/api/v3/coins/list" => list.clone(),
        "/api/v3/coins/markets" => great.clone(),
        _ => Answer::new(404, "{}"),
    })
    .await;
    let infos = coingecko(&server).list(Deadline::after(Duration::from_secs(20))).await;
    (server, infos)
}

fn symbols(infos: &[AssetInfo]) -> String {
    infos
        .iter()
        .map(|info| info.asset.symbol())
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn the_list_has_the_great_coins_first() {
    let (server, infos) = listed(Answer::ok(LIST), Answer::ok(GREAT)).await;
    let infos = infos.unwrap();
    assert_eq!(
        symbols(&infos),
        "bitcoin ethereum bridged-btc-of-somewhere nameless mybit"
    );
    let told = |info: &AssetInfo| (info.name.clone(), info.ticker.clone(), info.kind);
    assert_eq!(told(&infos[0]), ("Bitcoin".into(), Some("BTC".into()), AssetKind::Coin));
    assert_eq!(told(&infos[3]), ("nameless".into(), None, AssetKind::Coin));
    let targets: Vec<_> = server.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(
        targets,
        [
            "/api/v3/coins/list?include_platform=false",
            "/api/v3/coins/markets?vs_currency=usd&order=market_cap_desc&per_page=250&page=1",
        ]
    );
}

#[tokio::test]
async fn a_list_without_its_order_is_still_a_list() {
    for great in [
        Answer::new(401, r#"{"status":{"error_code":10005,"error_message":"plan"}}"#),
        Answer::new(429, "{}").with("retry-after", 100),
        Answer::ok("[{]"),
        Answer::ok("[]"),
    ] {
        let (_server, infos) = listed(Answer::ok(LIST), great).await;
        assert_eq!(
            symbols(&infos.unwrap()),
            "bridged-btc-of-somewhere bitcoin nameless mybit ethereum"
        );
    }
}

#[tokio::test]
async fn no_list_is_an_error_and_no_empty_list() {
    let check = async |list: Answer, expected: ErrorKind| {
        let (_server, infos) = listed(list, Answer::ok(GREAT)).await;
        assert_eq!(infos.unwrap_err().kind(), expected);
    };
    check(Answer::ok("[]"), ErrorKind::Unavailable).await;
    check(Answer::ok(r#"[{"id":"bitc"#), ErrorKind::Unavailable).await;
    check(Answer::html(), ErrorKind::Unavailable).await;
    check(Answer::new(429, "{}").with("retry-after", 100), ErrorKind::RateLimited).await;
    check(
        Answer::new(401, r#"{"status":{"error_code":10002,"error_message":"key"}}"#),
        ErrorKind::NotConfigured,
    )
    .await;
}
