//! What is particular to the European Central Bank's files.

use std::sync::Arc;
use std::time::Duration;

use folio_core::conformance::{SourceFixture, price_source};
use folio_core::source::{BudgetLimit, LocalBudget};
use folio_core::{
    Clock, Deadline, ErrorKind, HistoryRequest, ManualClock, PriceSource, Priority, QuoteRequest, RateBudget,
    Resolution, SourceId,
};
use folio_sources::{Ecb, EcbConfig};
use jiff::{SignedDuration, ToSpan};

use crate::server::{Answer, Asked, Server};
use crate::support::*;

pub(crate) fn ecb(server: &Server) -> Ecb {
    ecb_with(server, clock())
}

fn ecb_with(server: &Server, clock: Arc<ManualClock>) -> Ecb {
    let limit = BudgetLimit::new(SourceId::new("ecb-xml"), 10_000);
    let budget: Arc<dyn RateBudget> = Arc::new(LocalBudget::new(clock.clone(), [limit]));
    let config = EcbConfig::from_pairs([("url", format!("{}/stats/eurofxref", server.url()))]).unwrap();
    Ecb::new(config, clock, budget).unwrap()
}

/// A file with these days of 2026, in the order given.
pub(crate) fn envelope(days: &[(&str, &[(&str, &str)])]) -> String {
    let days = days.iter().map(|(day, rates)| {
        let rates = rates
            .iter()
            .map(|(currency, rate)| format!(r#"<Cube currency="{currency}" rate="{rate}"/>"#));
        format!(r#"<Cube time="2026-{day}">{}</Cube>"#, rates.collect::<String>())
    });
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>{}</Cube></gesmes:Envelope>"#,
        days.collect::<String>()
    )
}

/// The file of one day.
pub(crate) fn one_day(day: &str, rates: &[(&str, &str)]) -> String {
    envelope(&[(day, rates)])
}

/// What a content server says in XML instead of the file.
pub(crate) fn no_page() -> String {
    r#"<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>The file does not exist.</Message></Error>"#.into()
}

fn xml(body: impl Into<Vec<u8>>) -> Answer {
    Answer::ok(body).with("content-type", "text/xml")
}

/// Answers with the file that is asked for: one day, 90 days back, or all days.
fn files(asked: &Asked) -> Answer {
    let rates: &[(&str, &str)] = &[("USD", "1.25"), ("GBP", "0.84")];
    match asked.target.as_str() {
        "/stats/eurofxref/eurofxref-daily.xml" => xml(one_day("03-02", rates)),
        "/stats/eurofxref/eurofxref-hist-90d.xml" => {
            let days = ["03-02", "02-27", "02-26"].map(|day| (day, rates));
            xml(envelope(&days).replace(
                "</Cube></gesmes",
                &format!("{}</Cube></gesmes", old("2025-12-02", "1.16")),
            ))
        }
        "/stats/eurofxref/eurofxref-hist.xml" => {
            let days = ["03-02", "02-27", "02-26"].map(|day| (day, rates));
            let old = [("2025-12-02", "1.16"), ("2019-05-31", "1.11"), ("2019-05-30", "1.1")]
                .map(|(day, rate)| old(day, rate));
            xml(envelope(&days).replace("</Cube></gesmes", &format!("{}</Cube></gesmes", old.concat())))
        }
        _ => Answer::new(404, no_page()),
    }
}

fn old(day: &str, rate: &str) -> String {
    format!(r#"<Cube time="{day}"><Cube currency="USD" rate="{rate}"/></Cube>"#)
}

fn targets(server: &Server) -> Vec<String> {
    let file = |asked: Asked| asked.target.rsplit_once('/').unwrap().1.to_owned();
    server.asked().into_iter().map(file).collect()
}

#[tokio::test]
async fn a_quote_is_the_bank_s_as_frankfurter_s_is() {
    let server = Server::saying([xml(one_day("02-27", &[("USD", "1.2500"), ("JPY", "171.64")]))]).await;
    let batch = quotes(&ecb(&server), &["EUR/USD", "EUR/JPY"]).await.unwrap();
    let rows = [("02-27", "USD", "1.2500"), ("02-27", "JPY", "171.64")];
    let other = Server::saying([Answer::ok(rates(&rows))]).await;
    let frankfurter = quotes(&frankfurter(&other), &["EUR/USD", "EUR/JPY"]).await.unwrap();
    assert_eq!(batch.outcomes, frankfurter.outcomes);
    // On Monday noon the newest rate is Friday's, of four in the afternoon.
    let quote = batch.outcomes[0].1.as_ref().unwrap();
    assert_eq!(
        (quote.source.as_str(), quote.as_of.to_string()),
        ("ecb", "2026-02-27T15:00:00Z".into())
    );
    assert_eq!(targets(&server), ["eurofxref-daily.xml"]);
}

#[tokio::test]
async fn any_number_of_currencies_and_callers_make_one_call() {
    let server = Server::start(|_| {
        let codes: Vec<String> = (b'A'..=b'T')
            .map(|letter| format!("X{}A", char::from(letter)))
            .collect();
        let rates: Vec<(&str, &str)> = codes.iter().map(|code| (code.as_str(), "1.5")).collect();
        xml(one_day("03-02", &rates))
    })
    .await;
    let source = Arc::new(ecb(&server));
    let requests = (b'A'..=b'T').map(|letter| {
        let source = Arc::clone(&source);
        async move { quotes(&*source, &[&format!("EUR/X{}A", char::from(letter))]).await }
    });
    for batch in futures::future::join_all(requests).await {
        assert!(batch.unwrap().outcomes[0].1.is_ok());
    }
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_file_is_asked_for_again_after_an_hour_and_after_the_publication() {
    let server = Server::start(files).await;
    let clock = clock();
    let source = ecb_with(&server, clock.clone());
    // From noon, in minutes; the rates are published at 15:00.
    for (minutes, calls) in [
        (0, 1),
        (59, 1),
        (60, 2),
        (119, 2),
        (121, 3),
        (179, 3),
        (180, 4),
        (200, 4),
        (239, 4),
        (240, 5),
    ] {
        clock.set(NOW.parse::<jiff::Timestamp>().unwrap() + SignedDuration::from_mins(minutes));
        let batch = quotes(&source, &["EUR/USD"]).await.unwrap();
        assert_eq!(batch.outcomes[0].1.as_ref().unwrap().fetched_at, clock.now());
        assert_eq!(server.calls(), calls, "{minutes} minutes");
    }
}

#[tokio::test]
async fn a_failure_is_not_kept_and_no_old_file_is_passed_off_as_new() {
    let page = xml(one_day("03-02", &[("USD", "1.25")]));
    let server = Server::saying([Answer::ok(no_page()), page, Answer::ok(no_page())]).await;
    let clock = clock();
    let source = ecb_with(&server, clock.clone());
    assert_eq!(told(quotes(&source, &["EUR/USD"]).await), "error unavailable");
    assert_eq!(told(quotes(&source, &["EUR/USD"]).await), "1.25 USD");
    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(told(quotes(&source, &["EUR/USD"]).await), "error unavailable");
}

#[tokio::test]
async fn history_is_in_the_smallest_file_that_covers_it() {
    let check = async |from: &str, to: &str, expected: &str, asked: &[&str]| {
        let server = Server::start(files).await;
        let source = ecb(&server);
        for _ in 0..2 {
            let history = daily(&source, "EUR/USD", from, to).await;
            assert_eq!(told_history(history), expected, "{from} {to}");
        }
        assert_eq!(targets(&server), asked, "{from} {to}");
    };
    let (quarter, whole) = ("eurofxref-hist-90d.xml", "eurofxref-hist.xml");
    let new = "02-26 1.25, 02-27 1.25, 03-02 1.25?";
    check("2026-02-26", "2026-03-02", new, &[quarter]).await;
    // A Sunday has Friday's rate before it.
    check("2026-03-01", "2026-03-01", "02-27 1.25", &[quarter]).await;
    check("2026-02-20", "2026-02-26", "12-02 1.16, 02-26 1.25", &[quarter]).await;
    check("2025-12-02", "2025-12-31", "12-02 1.16", &[quarter]).await;
    check("2025-11-30", "2025-12-31", "05-31 1.11, 12-02 1.16", &[whole]).await;
    check("2019-05-31", "2019-06-01", "05-31 1.11", &[whole]).await;
    check("1990-01-01", "2019-05-30", "05-30 1.1", &[whole]).await;
    check("1990-01-01", "1998-12-31", "error missing_price", &[whole]).await;
    check("2026-03-03", "2026-03-09", "error missing_price", &[]).await;
    check("2026-03-02", "2026-03-01", "error missing_price", &[]).await;
}

#[tokio::test]
async fn a_quarter_that_is_shorter_than_it_says_is_made_up_for() {
    let server = Server::start(|asked| match asked.target.contains("90d") {
        true => xml(one_day("03-02", &[("USD", "1.25")])),
        false => files(asked),
    })
    .await;
    let history = daily(&ecb(&server), "EUR/USD", "2026-02-27", "2026-03-02").await;
    assert_eq!(told_history(history), "02-27 1.25, 03-02 1.25?");
    assert_eq!(targets(&server), ["eurofxref-hist-90d.xml", "eurofxref-hist.xml"]);
}

#[tokio::test]
async fn of_a_history_beyond_eight_mebibytes_the_newest_days_are_taken() {
    let mut cubes = String::new();
    let mut date: jiff::civil::Date = "2026-03-02".parse().unwrap();
    let rates: String = (0..40)
        .map(|n| format!(r#"<Cube currency="X{}A" rate="1.125"/>"#, char::from(b'A' + n % 26)))
        .collect();
    while cubes.len() < 9 * 1024 * 1024 {
        cubes.push_str(&format!(
            r#"<Cube time="{date}"><Cube currency="USD" rate="1.25"/>{rates}</Cube>"#
        ));
        date -= 1.day();
    }
    let body = envelope(&[]).replace("<Cube></Cube>", &format!("<Cube>{cubes}</Cube>"));
    let server = Server::saying([xml(body).gzipped()]).await;
    let history = daily(&ecb(&server), "EUR/USD", "1990-01-01", "2026-03-02")
        .await
        .unwrap();
    let (first, last) = (&history.points[0], history.points.last().unwrap());
    assert!(first.date > date && first.date < date + 2.years(), "{first:?}");
    assert_eq!(last.date.to_string(), "2026-03-02");
    let days = (last.date - first.date).get_days() as usize + 1;
    assert_eq!(history.points.len(), days);
}

#[tokio::test]
async fn a_web_page_in_the_place_of_the_file_opens_the_circuit() {
    for page in [
        Answer::html(),
        xml("<!doctype html><title>Consent</title>"),
        xml(r#"<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html/>"#),
        Answer::ok("Just a moment").with("content-type", "text/html"),
    ] {
        let server = Server::saying([page]).await;
        let source = ecb(&server);
        for _ in 0..2 {
            let error = quotes(&source, &["EUR/USD"]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(
                error.retry_after().is_some_and(|wait| wait > Duration::from_secs(600)),
                "{error:?}"
            );
        }
        assert_eq!(server.calls(), 1);
    }
    // The file itself may be called HTML.
    let named = xml(one_day("03-02", &[("USD", "1.25")])).with("content-type", "text/html");
    let server = Server::saying([named]).await;
    assert_eq!(told(quotes(&ecb(&server), &["EUR/USD"]).await), "1.25 USD");
}

#[tokio::test]
async fn a_document_type_is_refused_before_it_grows() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>"#;
    let body = one_day("03-02", &[("USD", "&b;")]).replacen(r#"<?xml version="1.0" encoding="UTF-8"?>"#, bomb, 1);
    let server = Server::saying([xml(body)]).await;
    let error = quotes(&ecb(&server), &["EUR/USD"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("document type"), "{error}");
}

#[tokio::test]
async fn only_rates_over_the_euro_are_answered() {
    let server = Server::start(files).await;
    let source = ecb(&server);
    let asked = [
        "currency:USD@GBP",
        "EUR/EUR",
        "crypto:bitcoin",
        "currency:EUR",
        "EUR/USD",
    ];
    assert_eq!(
        told(quotes(&source, &asked).await),
        "not_configured, not_configured, not_configured, not_configured, 1.25 USD"
    );
    let only = quotes(&source, &asked[..4]).await;
    assert_eq!(
        told(only),
        "not_configured, not_configured, not_configured, not_configured"
    );
    assert_eq!(server.calls(), 1);
    let error = daily(&source, "currency:USD@GBP", "2026-02-01", "2026-03-02")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn who_waits_for_another_s_call_keeps_to_his_own_deadline() {
    let server = Server::saying([Answer::never()]).await;
    let source = Arc::new(ecb(&server));
    let (first, waiting) = (Arc::clone(&source), server.counter());
    let first = tokio::spawn(async move { quotes(&*first, &["EUR/USD"]).await });
    while waiting() == 0 {
        tokio::task::yield_now().await;
    }
    let request = QuoteRequest::new(keys(&["EUR/GBP"]));
    let request = request.for_caller(Priority::Interactive, Deadline::after(Duration::from_millis(50)));
    assert_eq!(source.quotes(&request).await.unwrap_err().kind(), ErrorKind::Timeout);
    let request = HistoryRequest::daily(
        key("EUR/USD"),
        "2026-03-01".parse().unwrap(),
        "2026-03-02".parse().unwrap(),
    );
    let request = request.for_caller(Priority::Interactive, Deadline::after(Duration::ZERO));
    assert_eq!(source.history(&request).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(!first.is_finished());
    first.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn ecb_conforms() {
    let server = Server::start(files).await;
    let clock = clock();
    let source = Arc::new(ecb_with(&server, clock.clone()));
    let day = |text: &str| format!("2026-{text}").parse().unwrap();
    let fixture = SourceFixture::new(clock, keys(&["EUR/USD", "EUR/GBP"]), key("EUR/XXA"))
        .with_history(key("EUR/USD"), Resolution::Daily, day("02-01"), day("03-02"))
        .with_calls(server.counter());
    price_source(source, fixture).await;
}
