//! The replay of files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use folio_core::{
    AssetKind, Deadline, ErrorKind, HistoryRequest, ManualClock, PriceSource, Priority, QuoteRequest, Reason,
};
use folio_sources::{Outage, Recorded, RecordedInfo, Recording};
use jiff::{SignedDuration, Timestamp};

use crate::support::*;

fn time(text: &str) -> Timestamp {
    format!("2026-{text}:00Z").parse().unwrap()
}

fn recording(asset: &str, currency: &str, points: &[(&str, &str)]) -> Recording {
    let mut recording = Recording::new(asset.parse().unwrap(), currency.parse().unwrap());
    for (at, price) in points {
        recording.push(time(at), price).unwrap();
    }
    recording
}

fn write(directory: &Path, file: &str, text: &str) {
    let path = directory.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A directory with a coin, a share, a rate, and a coin that is out of order.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let bitcoin = recording(
        "crypto:bitcoin",
        "USD",
        &[
            ("02-28T12:00", "60000"),
            ("03-01T00:00", "60500.5"),
            ("03-01T12:00", "61000"),
            ("03-02T00:00", "61500"),
            ("03-02T11:30", "62000"),
            ("03-02T13:00", "99999"),
        ],
    );
    let bitcoin = bitcoin.with_info(RecordedInfo {
        name: "Bitcoin".into(),
        ticker: Some("BTC".into()),
        kind: AssetKind::Coin,
        exchange: None,
    });
    bitcoin.save(directory.path()).unwrap();
    recording(
        "stock:^GSPC",
        "USD",
        &[("02-27T21:00", "5000"), ("03-02T11:45", "5100")],
    )
    .save(directory.path())
    .unwrap();
    recording(
        "currency:USD",
        "USD",
        &[("02-27T15:00", "1.25"), ("03-02T10:00", "1.26")],
    )
    .save(directory.path())
    .unwrap();
    let mut broken = recording("crypto:broken", "USD", &[("02-27T15:00", "1.25")]);
    broken.outages.push(Outage {
        from: time("03-02T11:00"),
        to: time("03-02T13:00"),
    });
    broken.save(directory.path()).unwrap();
    directory
}

#[tokio::test]
async fn the_last_price_of_the_moment_is_replayed_and_no_later_one() {
    let directory = directory();
    let clock = clock();
    let source = Recorded::open(directory.path(), clock.clone()).unwrap();
    let asked = [
        "crypto:bitcoin",
        "stock:^GSPC",
        "EUR/USD",
        "crypto:nocoin",
        "crypto:broken",
        "EUR/GBP",
        "crypto:bitcoin@EUR",
    ];
    let batch = quotes(&source, &asked).await.unwrap();
    let quote = batch.outcomes[0].1.as_ref().unwrap();
    assert_eq!(
        (quote.as_of, quote.fetched_at),
        (time("03-02T11:30"), NOW.parse().unwrap())
    );
    assert_eq!(quote.change_24h_percent.unwrap().to_string(), "1.6393");
    assert_eq!(
        batch.outcomes[1]
            .1
            .as_ref()
            .unwrap()
            .change_24h_percent
            .unwrap()
            .to_string(),
        "2"
    );
    let broken = batch.outcomes[4].1.as_ref().unwrap_err();
    assert_eq!(
        (broken.reason, broken.retry_at),
        (Reason::Unavailable, Some(time("03-02T13:00")))
    );
    assert_eq!(
        told(Ok(batch)),
        "62000 USD, 5100 USD, 1.26 USD, not_found, unavailable, not_found, no_data"
    );

    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(
        told(quotes(&source, &["crypto:bitcoin", "crypto:broken"]).await),
        "99999 USD, 1.25 USD"
    );
    clock.set(time("01-01T00:00"));
    assert_eq!(told(quotes(&source, &["crypto:bitcoin"]).await), "no_data");
}

#[tokio::test]
async fn history_is_by_day_and_by_hour() {
    let directory = directory();
    let source = Recorded::open(directory.path(), clock()).unwrap();
    let bitcoin = daily(&source, "crypto:bitcoin", "2026-02-01", "2026-03-02").await;
    assert_eq!(told_history(bitcoin), "02-28 60500.5, 03-01 61500, 03-02 62000?");
    let rate = daily(&source, "EUR/USD", "2026-03-01", "2026-03-02").await;
    assert_eq!(told_history(rate), "02-27 1.25, 03-02 1.26?");
    assert_eq!(
        told_history(daily(&source, "crypto:nocoin", "2026-03-01", "2026-03-02").await),
        "error not_found"
    );
    assert_eq!(
        told_history(daily(&source, "crypto:bitcoin", "2025-03-01", "2025-03-02").await),
        "error missing_price"
    );
    let request = HistoryRequest::daily(
        key("crypto:bitcoin"),
        "2026-03-02".parse().unwrap(),
        "2026-03-02".parse().unwrap(),
    );
    let request = request
        .hourly()
        .for_caller(Priority::Job, Deadline::after(Duration::from_secs(1)));
    assert_eq!(told_history(source.history(&request).await), "03-02 61500, 03-02 62000");
}

#[tokio::test]
async fn search_finds_names_tickers_and_symbols() {
    let directory = directory();
    let source = Recorded::open(directory.path(), clock()).unwrap();
    for (text, expected) in [
        ("BTC", "crypto:bitcoin"),
        ("bitc", "crypto:bitcoin"),
        ("gspc", "stock:^GSPC"),
        ("", ""),
        ("nothing", ""),
    ] {
        let found = source.search(text).await.unwrap();
        let found: Vec<_> = found.iter().map(|info| info.asset.to_string()).collect();
        assert_eq!(found.join(" "), expected, "{text:?}");
    }
    assert_eq!(source.assets().count(), 4);
}

#[tokio::test]
async fn an_outage_of_the_source_fails_everything_until_it_ends() {
    let directory = directory();
    let clock: Arc<ManualClock> = clock();
    let outages = r#"{"outages":[{"from":"2026-03-02T11:59:00Z","to":"2026-03-02T12:10:00Z"}]}"#;
    write(directory.path(), "source.json", outages);
    let source = Recorded::open(directory.path(), clock.clone()).unwrap();
    let error = source
        .quotes(&QuoteRequest::new(keys(&["crypto:bitcoin"])))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::Unavailable, Some(Duration::from_secs(600)))
    );
    assert_eq!(
        told_history(daily(&source, "crypto:bitcoin", "2026-02-01", "2026-03-02").await),
        "error unavailable"
    );
    clock.advance(SignedDuration::from_mins(10));
    assert_eq!(told(quotes(&source, &["crypto:bitcoin"]).await), "62000 USD");

    write(directory.path(), "source.json", r#"{"outage":true}"#);
    let source = Recorded::open(directory.path(), clock).unwrap();
    assert_eq!(told(quotes(&source, &["crypto:bitcoin"]).await), "error unavailable");
}

#[test]
fn a_wrong_file_is_named_with_its_field() {
    let check = |file: &str, text: &str, words: &[&str]| {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), file, text);
        let error = Recorded::open(directory.path(), clock()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConfigured);
        for word in words
            .iter()
            .chain(&[Path::new(file).file_name().unwrap().to_str().unwrap()])
        {
            assert!(error.message().contains(word), "{word:?} is not in {error}");
        }
    };
    let file = "crypto/x.json";
    let with = |fields: &str| format!(r#"{{"asset":"crypto:x","currency":"USD",{fields}}}"#);
    check(file, "[]", &["JSON object"]);
    check(file, "{", &["JSON object"]);
    check(file, r#"{"currency":"USD","points":[]}"#, &["asset", "missing"]);
    check(file, r#"{"asset":"x","currency":"USD","points":[]}"#, &["asset"]);
    check(
        file,
        r#"{"asset":"crypto:x","currency":"usd","points":[]}"#,
        &["currency", "upper case"],
    );
    check(file, r#"{"asset":"crypto:x","currency":"USD"}"#, &["points", "missing"]);
    check(file, &with(r#""prices":[]"#), &["prices", "no such field"]);
    check(
        file,
        &with(r#""points":[{"time":"yesterday","price":"1"}]"#),
        &["points[0].time"],
    );
    check(
        file,
        &with(r#""points":[{"time":"2026-03-01T00:00:00Z"}]"#),
        &["points[0].price"],
    );
    check(
        file,
        &with(r#""points":[{"time":"2026-03-01T00:00:00Z","price":"0"}]"#),
        &["points[0]", "above zero"],
    );
    check(
        file,
        &with(r#""points":[{"time":"2026-03-01T00:00:00Z","price":"-1"}]"#),
        &["points[0]", "negative"],
    );
    check(
        file,
        &with(r#""points":[{"time":"2026-03-01T00:00:00Z","price":1e30}]"#),
        &["points[0]"],
    );
    let twice = r#"{"time":"2026-03-01T00:00:00Z","price":"1"}"#;
    check(
        file,
        &with(&format!(r#""points":[{twice},{twice}]"#)),
        &["points[1]", "oldest first"],
    );
    check(file, &with(r#""points":[],"outage":"yes""#), &["outage"]);
    check(
        file,
        &with(r#""points":[],"outages":[{"from":"2026-03-01T00:00:00Z"}]"#),
        &["outages", "to"],
    );
    check(
        file,
        &with(r#""points":[],"info":{"name":"X","kind":"thing"}"#),
        &["info", "thing", "equity"],
    );
    check("crypto/y.json", &with(r#""points":[]"#), &["asset", "x.json"]);
    check(
        "currency/USD.json",
        r#"{"asset":"currency:USD","currency":"EUR","points":[]}"#,
        &["currency"],
    );
}

#[test]
fn a_directory_without_recordings_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = Recorded::open(directory.path(), clock()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    assert!(Recorded::open(directory.path().join("nowhere"), clock()).is_err());
}
