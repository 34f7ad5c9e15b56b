//! What the suite cannot know: the closing time, the file's faults, and what a portfolio makes of it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use example_custom_source::{Closing, CsvFeed, parse};
use folio_core::{ErrorKind, ManualClock, PriceKey, PriceSource, QuoteRequest};

fn prices() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("prices.csv")
}

fn feed(path: PathBuf, now: &str) -> CsvFeed {
    let clock = ManualClock::new(now.parse().unwrap());
    CsvFeed::new(path, Closing::new("17:30", "Europe/Berlin").unwrap(), Arc::new(clock))
}

#[tokio::test]
async fn a_close_counts_from_the_close_on() {
    #[track_caller]
    fn check(outcome: &Result<folio_core::Quote, folio_core::Unpriced>, expected: &str) {
        let seen = match outcome {
            Ok(quote) => format!("{} at {}", quote.price, quote.as_of),
            Err(unpriced) => unpriced.reason.to_string(),
        };
        assert_eq!(seen, expected);
    }
    for (now, asset, expected) in [
        (
            "2026-03-02T16:29:59Z",
            "stock:HARBOR",
            "42.1 EUR at 2026-02-27T16:30:00Z",
        ),
        (
            "2026-03-02T16:30:00Z",
            "stock:HARBOR",
            "42.65 EUR at 2026-03-02T16:30:00Z",
        ),
        ("2026-02-24T12:00:00Z", "stock:HARBOR", "no_data"),
        ("2026-03-02T19:00:00Z", "stock:NOSUCH", "not_found"),
    ] {
        let keys = [PriceKey::native(asset.parse().unwrap())];
        let batch = feed(prices(), now).quotes(&QuoteRequest::new(keys)).await.unwrap();
        check(&batch.outcomes[0].1, expected);
    }
}

#[test]
fn a_bad_line_fails_the_file_and_is_named() {
    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let error = parse(lines).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().starts_with(expected), "{lines:?}: {error}");
    }
    let after_header = |line: &str| format!("symbol,date,close,currency\nA,2026-03-02,1,EUR\n{line}\n");
    check("", "line 1 ");
    check("A,2026-03-02,1,EUR\n", "line 1 ");
    check(&after_header("A,2026-03-03,1"), "line 3: there are not four fields");
    check(&after_header("A,3.3.2026,1,EUR"), "line 3: \"3.3.2026\" is not a day");
    check(
        &after_header("A,2026-03-03,0,EUR"),
        "line 3: a close is greater than zero",
    );
    check(&after_header("A,2026-03-03,-1,EUR"), "line 3: ");
    check(&after_header("A,2026-03-03,NaN,EUR"), "line 3: ");
    check(&after_header("A,2026-03-03,1,GBp"), "line 3: ");
    check(
        &after_header("A,2026-03-03,1,USD"),
        "line 3: A is in EUR on an earlier line",
    );
}

#[test]
fn a_later_line_corrects_an_earlier_one_and_digits_are_kept() {
    let text = "symbol,date,close,currency\nA,2026-03-02,1,EUR\n\nA,2026-03-02,0.1000000000000000000000000001,EUR\n";
    let shares = parse(text).unwrap();
    let closes = &shares[&"stock:A".parse().unwrap()];
    let digits: Vec<_> = closes.by_day.values().map(ToString::to_string).collect();
    assert_eq!(digits, ["0.1000000000000000000000000001"]);
}

#[tokio::test]
async fn a_file_that_is_missing_is_unavailable_and_one_that_is_replaced_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("prices.csv");
    let feed = feed(path.clone(), "2026-03-02T19:00:00Z");
    let request = || QuoteRequest::new([PriceKey::native("stock:A".parse().unwrap())]);
    assert_eq!(
        feed.quotes(&request()).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    for close in ["1.5", "1.75"] {
        std::fs::write(&path, format!("symbol,date,close,currency\nA,2026-03-02,{close},EUR\n")).unwrap();
        let batch = feed.quotes(&request()).await.unwrap();
        assert_eq!(
            batch.outcomes[0].1.as_ref().unwrap().price.to_string(),
            format!("{close} EUR")
        );
    }
}

#[test]
fn the_program_prints_what_its_readme_shows() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-custom-source"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        include_str!("../README.md").contains(&format!("```text\n{printed}```")),
        "{printed}"
    );
}
