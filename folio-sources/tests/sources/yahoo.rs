//! What is particular to the Yahoo chart service.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use folio_core::{Clock, ErrorKind, PriceSource, QuoteKind, Reason};
use folio_sources::{Yahoo, YahooConfig};
use jiff::SignedDuration;

use crate::server::{Answer, Server};
use crate::support::*;

#[tokio::test]
async fn a_quote_has_the_change_since_the_close_before_today() {
    let rows = [
        (at("02-26", 52_200), "190"),
        (at("02-27", 52_200), "200"),
        (at("03-02", 43_000), "201.5"),
    ];
    let server = Server::saying([Answer::ok(
        Share {
            rows: &rows,
            ..Share::default()
        }
        .chart(),
    )])
    .await;
    let batch = quotes(&yahoo(&server), &["stock:AAPL"]).await.unwrap();
    let quote = batch.outcomes[0].1.as_ref().unwrap();
    assert_eq!(quote.change_24h_percent.unwrap().to_string(), "0.75");
    assert_eq!(quote.as_of.to_string(), "2026-03-02T11:56:40Z");
    assert_eq!(quote.kind, QuoteKind::Delayed);
    let asked = &server.asked()[0];
    assert_eq!(asked.target, "/v8/finance/chart/AAPL?range=5d&interval=1d&events=split");
    assert!(asked.headers["user-agent"].starts_with("Mozilla/5.0 ("));
    assert_eq!(asked.headers["accept"], "*/*");
}

#[tokio::test]
async fn minor_units_become_the_whole_currency() {
    for (code, price, expected) in [
        ("GBp", "7050", "70.5 GBP"),
        ("GBX", "7050", "70.5 GBP"),
        ("GBP", "70.5", "70.5 GBP"),
        ("ZAc", "12345", "123.45 ZAR"),
        ("ILA", "12345", "123.45 ILS"),
        ("USX", "450.25", "4.5025 USD"),
        ("", "1.5", "no_data"),
    ] {
        let body = Share {
            currency: code,
            price,
            ..Share::default()
        }
        .chart();
        let server = Server::saying([Answer::ok(body)]).await;
        assert_eq!(told(quotes(&yahoo(&server), &["stock:AAPL"]).await), expected, "{code}");
    }
}

#[tokio::test]
async fn another_currency_than_the_trading_currency_is_not_to_be_had() {
    let server = Server::saying([Answer::ok(share("AAPL", "201.5"))]).await;
    let outcomes = quotes(&yahoo(&server), &["stock:AAPL@USD", "stock:AAPL@EUR", "crypto:bitcoin"]).await;
    assert_eq!(told(outcomes), "201.5 USD, no_data, not_configured");
}

#[tokio::test]
async fn a_renamed_ticker_is_not_taken_for_the_old_one() {
    let server = Server::saying([Answer::ok(share("META", "201.5"))]).await;
    let batch = quotes(&yahoo(&server), &["stock:FB"]).await.unwrap();
    let unpriced = batch.outcomes[0].1.as_ref().unwrap_err();
    assert_eq!(unpriced.reason, Reason::NotFound);
    assert!(unpriced.detail.contains("META"), "{unpriced}");
}

#[tokio::test]
async fn a_chart_says_what_the_share_is() {
    let check = async |asked: &str, currency: &str, names: &str, expected: Option<&str>| {
        let body = Share {
            symbol: "VOD.L",
            currency,
            names,
            ..Share::default()
        }
        .chart();
        let server = Server::saying([Answer::ok(body)]).await;
        let batch = quotes(&yahoo(&server), &[asked, asked]).await.unwrap();
        assert!(batch.infos.len() <= 1, "{:?}", batch.infos);
        let told = batch.infos.first().map(|info| {
            let (kind, ticker) = (info.kind, info.ticker.as_deref().unwrap());
            let currency = info.currency.map(|currency| currency.to_string());
            let exchange = info.exchange.as_deref().unwrap_or("-");
            format!(
                "{} {} {ticker} {kind:?} {} {exchange}",
                info.asset,
                info.name,
                currency.unwrap_or_default()
            )
        });
        assert_eq!(told.as_deref(), expected, "{asked} {names}");
    };
    let full = r#","instrumentType":"ETF","longName":" Vodafone Group ","shortName":"VODAFONE","fullExchangeName":"LSE","exchangeName":"LSEX""#;
    check(
        "stock:VOD.L",
        "GBp",
        full,
        Some("stock:VOD.L Vodafone Group VOD.L Etf GBP LSE"),
    )
    .await;
    let short = r#","instrumentType":"MUTUALFUND","longName":"","shortName":"VODA      R ","exchangeName":"LSEX""#;
    check(
        "stock:VOD.L",
        "GBp",
        short,
        Some("stock:VOD.L VODA      R VOD.L Fund GBP LSEX"),
    )
    .await;
    check(
        "stock:VOD.L",
        "",
        r#","instrumentType":"FUTURE""#,
        Some("stock:VOD.L VOD.L VOD.L Other  -"),
    )
    .await;
    // Another share than the one asked for is none that may be described.
    check("stock:VOD", "GBp", full, None).await;
}

#[tokio::test]
async fn the_newest_split_comes_with_the_quote() {
    let event = |seconds: i64, ratio: &str| format!(r#""{seconds}":{{"date":{seconds},{ratio}}}"#);
    let check = async |events: &str, expected: Option<&str>| {
        let rows = [(at("02-27", 52_200), "200.5")];
        let body = Share {
            events,
            rows: &rows,
            ..Share::default()
        }
        .chart();
        let server = Server::saying([Answer::ok(body)]).await;
        let batch = quotes(&yahoo(&server), &["stock:AAPL"]).await.unwrap();
        let quote = batch.outcomes[0].1.as_ref().unwrap();
        assert_eq!(quote.price.to_string(), "201.5 USD", "{events}");
        let split = quote
            .split
            .map(|split| format!("{} {}:{}", split.on, split.numerator, split.denominator));
        assert_eq!(split.as_deref(), expected, "{events}");
    };
    let four = event(
        at("02-26", 52_200),
        r#""numerator":4,"denominator":1,"splitRatio":"4:1""#,
    );
    let tenth = event(at("02-27", 52_200), r#""numerator":1.0,"denominator":10.0"#);
    let odd = event(at("02-26", 52_200), r#""numerator":1.05,"denominator":1"#);
    let zero = event(at("02-27", 52_200), r#""numerator":0,"denominator":1"#);
    let tomorrow = event(at("03-03", 52_200), r#""numerator":4,"denominator":1"#);
    let splits = |events: &[&String]| {
        let events: Vec<_> = events.iter().map(|event| event.as_str()).collect();
        format!(r#"{{"splits":{{{}}}}}"#, events.join(","))
    };
    check(&splits(&[&tenth, &four]), Some("2026-02-27 1:10")).await;
    check(&splits(&[&odd]), Some("2026-02-26 21:20")).await;
    check(&splits(&[&four, &zero, &tomorrow]), Some("2026-02-26 4:1")).await;
    // The key may be another than the date.
    let moved = four.replacen(&at("02-26", 52_200).to_string(), "1", 1);
    check(&splits(&[&moved]), Some("2026-02-26 4:1")).await;
    // Events that are not understood cost no price.
    for events in [
        "{}",
        "null",
        "[]",
        r#"{"splits":[]}"#,
        r#"{"splits":{"1":{"date":"soon"}}}"#,
        r#"{"dividends":{"1":{"date":1,"amount":0.25}}}"#,
    ] {
        check(events, None).await;
    }
}

#[tokio::test]
async fn a_history_has_the_splits_of_its_days() {
    // The sessions of Auckland begin on the day before by UTC.
    let split = |day: &str| format!(r#"{{"date":{},"numerator":2,"denominator":1}}"#, at(day, 75_600));
    let events = ["02-24", "02-26", "02-25", "03-01"].map(|day| format!(r#""k{day}":{}"#, split(day)));
    let events = format!(r#"{{"splits":{{{}}}}}"#, events.join(","));
    let rows = [(at("02-25", 75_600), "17.5"), (at("02-26", 75_600), "18.5")];
    let body = Share {
        zone: "Pacific/Auckland",
        events: &events,
        rows: &rows,
        ..Share::default()
    };
    let server = Server::saying([Answer::ok(body.chart())]).await;
    let history = daily(&yahoo(&server), "stock:AAPL", "2026-02-26", "2026-02-27")
        .await
        .unwrap();
    let days: Vec<_> = history.splits.iter().map(|split| split.on.to_string()).collect();
    assert_eq!(days, ["2026-02-26", "2026-02-27"]);
}

#[tokio::test]
async fn calls_begin_at_intervals_and_what_has_no_turn_in_time_is_pending() {
    let server = Server::start(|asked| {
        let symbol = asked.target.split(['/', '?']).nth(4).unwrap();
        Answer::ok(share(symbol, "201.5"))
    })
    .await;
    let pairs = [("url", server.url()), ("spacing_ms", "30000".to_owned())];
    let clock = clock();
    let source = Yahoo::new(
        YahooConfig::from_pairs(pairs).unwrap(),
        clock.clone(),
        budget(clock.clone()),
    );
    let source = source.unwrap();
    let batch = quotes(&source, &["stock:AAPL", "stock:MSFT", "stock:NONE"])
        .await
        .unwrap();
    let later = &batch.outcomes[1].1.as_ref().unwrap_err();
    let wait = later.retry_at.unwrap().duration_since(clock.now());
    assert!(wait.is_positive() && wait <= SignedDuration::from_secs(30), "{wait}");
    assert_eq!(told(Ok(batch)), "201.5 USD, pending, pending");
    assert_eq!(server.calls(), 1);
    let history = daily(&source, "stock:AAPL", "2026-02-01", "2026-03-02").await;
    assert_eq!(told_history(history), "error rate_limited");
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn closes_are_by_the_exchange_s_day_without_float_noise() {
    // Sessions of Auckland begin on the day before by UTC.
    let rows = [
        (at("02-25", 75_600), "17.04800033569336"),
        (at("02-26", 75_600), "83.21499633789062"),
        (at("02-27", 75_600), "null"),
        (at("03-01", 75_600), "21.5"),
        (at("03-02", 30_000), "21.75"),
    ];
    let body = Share {
        zone: "Pacific/Auckland",
        time: at("03-02", 30_000),
        price: "21.75",
        rows: &rows,
        ..Share::default()
    };
    let server = Server::saying([Answer::ok(body.chart())]).await;
    let source = yahoo(&server);
    let history = daily(&source, "stock:AAPL", "2026-02-26", "2026-03-02").await;
    assert_eq!(told_history(history), "02-26 17.048, 02-27 83.215, 03-02 21.75?");
    let asked = &server.asked()[0];
    let query = ["interval", "period1", "period2", "events", "includeAdjustedClose"]
        .map(|name| asked.query(name).unwrap().to_owned());
    let (from, to) = (at("02-25", 0).to_string(), at("03-03", 0).to_string());
    assert_eq!(
        query,
        ["1d", from.as_str(), to.as_str(), "div%7Csplit%7CcapitalGains", "true"].map(str::to_owned)
    );
}

#[tokio::test]
async fn today_s_empty_close_is_the_present_price() {
    let rows = [(at("02-27", 52_200), "200.5"), (at("03-02", 40_000), "null")];
    let server = Server::saying([Answer::ok(
        Share {
            rows: &rows,
            ..Share::default()
        }
        .chart(),
    )])
    .await;
    let history = daily(&yahoo(&server), "stock:AAPL", "2026-02-01", "2026-03-02").await;
    assert_eq!(told_history(history), "02-27 200.5, 03-02 201.5?");
}

#[tokio::test]
async fn rows_of_another_step_are_not_taken_for_days() {
    let rows = [(at("02-27", 52_200), "200.5")];
    let body = Share {
        granularity: "3mo",
        rows: &rows,
        ..Share::default()
    }
    .chart();
    let server = Server::saying([Answer::ok(body)]).await;
    let source = yahoo(&server);
    let error = daily(&source, "stock:AAPL", "2026-02-01", "2026-03-02")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("3mo"), "{error}");
    // The present price is none of the rows.
    let batch = quotes(&source, &["stock:AAPL"]).await.unwrap();
    assert_eq!(batch.outcomes[0].1.as_ref().unwrap().change_24h_percent, None);
}

#[tokio::test]
async fn a_history_that_begins_tomorrow_is_not_asked_for() {
    let server = Server::saying([Answer::ok("")]).await;
    let history = daily(&yahoo(&server), "stock:AAPL", "2026-03-05", "2026-03-09").await;
    assert_eq!(told_history(history), "error missing_price");
    assert_eq!(server.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_two_calls_are_under_way() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, peak) = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::start(move |asked| {
        let under_way = counted.fetch_add(1, Ordering::SeqCst) + 1;
        peak.fetch_max(under_way, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        counted.fetch_sub(1, Ordering::SeqCst);
        let symbol = asked.target.split(['/', '?']).nth(4).unwrap();
        Answer::ok(share(symbol, "201.5"))
    })
    .await;
    let source = Arc::new(yahoo(&server));
    let asked: Vec<String> = (0..8).map(|n| format!("stock:S{n}")).collect();
    let requests = (0..3).map(|_| {
        let (source, asked) = (Arc::clone(&source), asked.clone());
        tokio::spawn(async move { quotes(&*source, &asked.iter().map(String::as_str).collect::<Vec<_>>()).await })
    });
    for request in requests.collect::<Vec<_>>() {
        let batch = request.await.unwrap().unwrap();
        assert!(batch.outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
    }
    assert_eq!(server.calls(), 24);
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn too_many_requests_double_the_wait() {
    let crowd = || Answer::new(429, "Too Many Requests");
    let server = Server::saying([Answer::ok(share("AAPL", "201.5")), crowd(), crowd(), crowd()]).await;
    let clock = clock();
    let source = yahoo_with(&server, clock.clone(), budget(clock.clone()));
    assert_eq!(told(quotes(&source, &["stock:AAPL"]).await), "201.5 USD");
    for seconds in [60, 120, 240] {
        let error = quotes(&source, &["stock:AAPL"]).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::RateLimited, Some(Duration::from_secs(seconds)))
        );
        clock.advance(jiff::SignedDuration::from_secs(seconds as i64 + 1));
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_not_asked_for_every_symbol() {
    let server = Server::saying([Answer::new(500, "")]).await;
    let source = yahoo(&server);
    let asked: Vec<String> = (0..30).map(|n| format!("stock:S{n}")).collect();
    let result = quotes(&source, &asked.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(server.calls() <= 12, "{} calls", server.calls());
}

#[tokio::test]
async fn search_finds_what_has_a_ticker() {
    let body = r#"{"count":6,"quotes":[
        {"symbol":"AAPL","shortname":"Apple Inc.","longname":"Apple Inc.","exchange":"NMS","exchDisp":"NASDAQ","quoteType":"EQUITY","score":1.0},
        {"symbol":"APC.F","shortname":"Apple Inc.                    R","exchange":"FRA","quoteType":"EQUITY"},
        {"symbol":"XYZ1.DE","quoteType":"ETF","exchDisp":"XETRA"},
        {"symbol":"BTC-USD","shortname":"Bitcoin USD","quoteType":"CRYPTOCURRENCY"},
        {"symbol":"^GSPC","shortname":"S&P 500","quoteType":"INDEX"},
        {"index":"lists"}
    ]}"#;
    let server = Server::saying([Answer::ok(body)]).await;
    let source = yahoo(&server);
    let found = source.search(" apple & co ").await.unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|info| format!("{} {:?} {}", info.asset, info.kind, info.name))
        .collect();
    assert_eq!(
        told,
        [
            "stock:AAPL Equity Apple Inc.",
            "stock:APC.F Equity Apple Inc.                    R",
            "stock:XYZ1.DE Etf XYZ1.DE",
            "stock:^GSPC Index S&P 500",
        ]
    );
    assert_eq!(found[0].exchange.as_deref(), Some("NASDAQ"));
    assert_eq!(
        server.asked()[0].target,
        "/v1/finance/search?q=apple%20%26%20co&quotesCount=8&newsCount=0"
    );
    assert_eq!(source.search(" ").await.unwrap(), []);
}
