//! What is particular to Frankfurter.

use folio_core::{Clock, ErrorKind, PriceSource};
use jiff::SignedDuration;

use crate::server::{Answer, Asked, Server};
use crate::support::*;

fn is_ecb(asked: &Asked) -> bool {
    asked.query("providers") == Some("ECB")
}

#[tokio::test]
async fn the_central_bank_is_asked_first_and_the_rest_is_a_blend() {
    let server = Server::start(|asked| {
        if is_ecb(asked) {
            Answer::ok(rates(&[
                ("02-27", "USD", "1.25"),
                ("02-27", "EUR", "1.0"),
                ("02-26", "USD", "1.24"),
            ]))
        } else {
            Answer::ok(rates(&[("03-02", "KWD", "0.3125"), ("03-02", "EUR", "1.0")]))
        }
    })
    .await;
    let batch = quotes(&frankfurter(&server), &["EUR/USD", "EUR/KWD", "EUR/XXA"])
        .await
        .unwrap();
    let told: Vec<_> = batch
        .outcomes
        .iter()
        .map(|(_, outcome)| match outcome {
            Ok(quote) => format!("{} {} {} {}", quote.asset, quote.price, quote.source, quote.as_of),
            Err(unpriced) => unpriced.reason.to_string(),
        })
        .collect();
    assert_eq!(
        told,
        [
            "currency:EUR 1.25 USD ecb 2026-02-27T15:00:00Z",
            // Not yet four in the afternoon: never later than now.
            "currency:EUR 0.3125 KWD frankfurter-blend 2026-03-02T12:00:00Z",
            "not_found",
        ]
    );
    let targets: Vec<_> = server.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(
        targets,
        [
            "/v2/rates?base=EUR&quotes=USD,KWD,XXA&providers=ECB",
            "/v2/rates?base=EUR&quotes=KWD,XXA"
        ]
    );
}

#[tokio::test]
async fn only_rates_over_the_euro_are_answered() {
    let server = Server::saying([Answer::ok(rates(&[("03-02", "USD", "1.25")]))]).await;
    let source = frankfurter(&server);
    let outcomes = quotes(
        &source,
        &[
            "currency:USD@GBP",
            "EUR/EUR",
            "crypto:bitcoin",
            "currency:EUR",
            "EUR/USD",
        ],
    )
    .await;
    assert_eq!(
        told(outcomes),
        "not_configured, not_configured, not_configured, not_configured, 1.25 USD"
    );
    assert_eq!(server.asked()[0].query("quotes"), Some("USD"));
    let error = daily(&source, "currency:USD@GBP", "2026-02-01", "2026-03-02")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(
        source.search("dollar").await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

#[tokio::test]
async fn a_currency_that_is_refused_fails_nobody_else() {
    let server = Server::start(|asked| {
        let quotes = asked.query("quotes").unwrap();
        if quotes.contains("XXA") {
            return Answer::new(422, r#"{"status":422,"message":"invalid currency: XXA"}"#);
        }
        let rows: Vec<_> = quotes.split(',').map(|code| ("03-02", code, "1.25")).collect();
        Answer::ok(rates(&rows))
    })
    .await;
    let outcomes = quotes(&frankfurter(&server), &["EUR/USD", "EUR/XXA", "EUR/GBP", "EUR/CHF"]).await;
    assert_eq!(told(outcomes), "1.25 USD, not_found, 1.25 GBP, 1.25 CHF");
}

#[tokio::test]
async fn history_begins_with_the_last_rate_before_the_range() {
    let rows = [
        ("01-29", "USD", "1.20"),
        ("01-30", "USD", "1.21"),
        ("02-02", "USD", "1.22"),
        ("02-03", "GBP", "0.84"),
        ("02-03", "USD", "null"),
        ("02-27", "USD", "1.24"),
        ("03-03", "USD", "1.26"),
    ];
    let server = Server::saying([Answer::ok(rates(&rows))]).await;
    let history = daily(&frankfurter(&server), "EUR/USD", "2026-02-01", "2026-03-31")
        .await
        .unwrap();
    assert_eq!(history.source.as_str(), "ecb");
    assert_eq!(history.points[0].time.to_string(), "2026-01-30T15:00:00Z");
    assert_eq!(told_history(Ok(history)), "01-30 1.21, 02-02 1.22, 02-27 1.24");
    assert_eq!(
        server.asked()[0].target,
        "/v2/rates?base=EUR&quotes=USD&from=2026-02-01&to=2026-03-02&providers=ECB"
    );
}

#[tokio::test]
async fn a_currency_that_the_bank_lacks_has_the_blend_s_history() {
    let server = Server::start(|asked| match is_ecb(asked) {
        true => Answer::new(404, r#"{"status":404,"message":"not found"}"#),
        false => Answer::ok(rates(&[("02-27", "KWD", "0.3125")])),
    })
    .await;
    let history = daily(&frankfurter(&server), "EUR/KWD", "2026-02-01", "2026-03-02")
        .await
        .unwrap();
    assert_eq!(history.source.as_str(), "frankfurter-blend");
    assert_eq!(told_history(Ok(history)), "02-27 0.3125");
}

#[tokio::test]
async fn a_long_history_is_asked_for_in_pieces_of_five_years() {
    let server = Server::start(|asked| {
        let (from, to) = (asked.query("from").unwrap(), asked.query("to").unwrap());
        let row = |day: &str| format!(r#"{{"date":"{day}","base":"EUR","quote":"USD","rate":1.25}}"#);
        // The first row of a piece may be the last of the one before.
        Answer::ok(format!("[{},{},{}]", row("2019-12-31"), row(from), row(to)))
    })
    .await;
    let history = daily(&frankfurter(&server), "EUR/USD", "2014-01-01", "2026-03-02")
        .await
        .unwrap();
    assert_eq!(server.calls(), 3);
    let days: Vec<_> = history.points.iter().map(|point| point.date.to_string()).collect();
    let expected = [
        "2014-01-01",
        "2018-12-31",
        "2019-01-01",
        "2019-12-31",
        "2023-12-31",
        "2024-01-01",
        "2026-03-02",
    ];
    assert_eq!(days, expected);
}

/// Answers with rates under a name, and confirms them to whoever knows the name.
fn confirming(control: &'static str) -> impl Fn(&Asked) -> Answer {
    move |asked| {
        let answer = match asked.headers.get("if-none-match").map(String::as_str) {
            Some("\"v1\"") => Answer::new(304, ""),
            _ => Answer::ok(rates(&[("03-02", asked.query("quotes").unwrap(), "1.25")])).with("etag", "\"v1\""),
        };
        answer.with("cache-control", control)
    }
}

#[tokio::test]
async fn what_is_asked_again_is_confirmed() {
    let server = Server::start(confirming("no-cache")).await;
    let clock = clock();
    let source = frankfurter_with(&server, clock.clone(), budget(clock.clone()));
    for asked in ["EUR/USD", "EUR/USD", "EUR/GBP", "EUR/USD"] {
        clock.advance(SignedDuration::from_mins(1));
        let batch = quotes(&source, &[asked]).await.unwrap();
        let quote = batch.outcomes[0].1.as_ref().unwrap();
        assert_eq!(quote.fetched_at, clock.now());
        assert_eq!(quote.price.to_string(), asked.replace("EUR/", "1.25 "));
    }
    let names: Vec<_> = server
        .asked()
        .into_iter()
        .map(|asked| asked.headers.contains_key("if-none-match"))
        .collect();
    assert_eq!(names, [false, true, false, true]);
}

#[tokio::test]
async fn what_is_fresh_by_its_vendor_s_word_is_not_asked_again() {
    let check = async |control: &'static str, calls: [usize; 3]| {
        let server = Server::start(confirming(control)).await;
        let clock = clock();
        let source = frankfurter_with(&server, clock.clone(), budget(clock.clone()));
        for calls in calls {
            assert_eq!(told(quotes(&source, &["EUR/USD"]).await), "1.25 USD", "{control}");
            assert_eq!(server.calls(), calls, "{control}");
            clock.advance(SignedDuration::from_mins(6));
        }
    };
    check("public, max-age=600", [1, 1, 2]).await;
    check("public, max-age=60", [1, 2, 3]).await;
    check("no-store, max-age=600", [1, 2, 3]).await;
}

#[tokio::test]
async fn an_answer_that_was_not_understood_is_not_kept() {
    let broken = Answer::ok("[{")
        .with("etag", "\"v1\"")
        .with("cache-control", "max-age=600");
    let whole = Answer::ok(rates(&[("03-02", "USD", "1.25")]));
    let server = Server::saying([broken, whole]).await;
    let source = frankfurter(&server);
    assert_eq!(told(quotes(&source, &["EUR/USD"]).await), "error unavailable");
    assert_eq!(told(quotes(&source, &["EUR/USD"]).await), "1.25 USD");
    assert!(!server.asked()[1].headers.contains_key("if-none-match"));
    // A confirmation of what was never said is none.
    let server = Server::saying([Answer::new(304, "")]).await;
    assert_eq!(
        told(quotes(&frankfurter(&server), &["EUR/USD"]).await),
        "error unavailable"
    );
}
