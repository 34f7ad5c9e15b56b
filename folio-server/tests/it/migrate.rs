//! `folio migrate`: one store copied into another, compared, and copied again.

use std::path::Path;
use std::sync::Arc;

use folio_core::memory::MemoryStore;
use folio_core::store::{NewRecord, NewSnapshot, OpsStore, PortfolioStore, RecordKind, Store, ValuationStore};
use folio_core::{Clock, ErrorKind, ManualClock, OwnerId, Portfolio, PriceBook, Result, Valuation};
use folio_server::migrate::{LEFT_BEHIND, Report, Side, begin_serving, migrate, record_kinds};
use folio_store_sqlite::{SqliteConfig, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::command_line::{bad, good, run};
use crate::process::Process;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(at("2026-03-04T10:00:00Z")))
}

const TICKS: RecordKind = RecordKind("ticks");

fn record(key: &str, body: &str, due: bool) -> NewRecord {
    NewRecord {
        key: key.to_owned(),
        due_at: due.then(|| at("2026-03-04T10:00:05Z")),
        expires_at: Some(at("2026-03-11T10:00:00Z")),
        body: body.to_owned(),
    }
}

/// Portfolios of three owners, snapshots of some, and records.
async fn fill(store: &dyn Store, portfolios: usize) -> Vec<Portfolio> {
    let now = at("2026-03-01T00:00:00Z");
    let mut made = Vec::new();
    for n in 0..portfolios {
        let mut portfolio = Portfolio::new(format!("P{n}"), ["USD", "EUR"][n % 2].parse().unwrap(), now);
        portfolio.owner = OwnerId::new(["admin", "ann", "bob/é"][n % 3]);
        let holding = folio_core::Holding::new(
            folio_core::HoldingId::new(now),
            format!("currency:{}", portfolio.base_currency).parse().unwrap(),
            format!("{}.12345678901234567", n + 1).parse().unwrap(),
        );
        portfolio.holdings.push(holding.unwrap());
        store.create_portfolio(&portfolio).await.unwrap();
        let snapshots: Vec<_> = (0..n % 7)
            .map(|hour| {
                let as_of = now + SignedDuration::from_hours(hour as i64);
                let book = PriceBook::default();
                let valuation: Valuation = folio_core::value(&portfolio, &book, portfolio.policy, as_of);
                NewSnapshot {
                    valuation,
                    expire_at: (hour % 2 == 1).then(|| at("2026-06-01T00:00:00Z")),
                }
            })
            .collect();
        store.insert_valuations(&snapshots).await.unwrap();
        made.push(portfolio);
    }
    for n in 0..1_203 {
        let done = record(&format!("valuation:{n:05}"), "{\"n\":1}", n == 7);
        store.insert_record(TICKS, &done).await.unwrap();
    }
    made
}

async fn copy(from: &dyn Store, to: &dyn Store, ids: (u128, u128), clock: &dyn Clock) -> Result<Report> {
    let side = |store, id| Side {
        store,
        id: Uuid::from_u128(id),
    };
    migrate(side(from, ids.0), side(to, ids.1), clock, &|_| {}).await
}

#[tokio::test]
async fn everything_arrives_and_again_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let clock = clock();
    let (from, url) = (
        MemoryStore::new(),
        format!("sqlite:{}", dir.path().join("to.db").display()),
    );
    let made = fill(&from, 260).await;
    let to = SqliteStore::open(SqliteConfig::from_url(&url).unwrap(), Arc::clone(&clock) as _)
        .await
        .unwrap();
    let first = copy(&from, &to, (1, 2), &*clock).await.unwrap();
    let snapshots: usize = (0..260).map(|n| n % 7).sum();
    assert_eq!((first.portfolios, first.snapshots), (260, snapshots as u64));
    assert_eq!(first.records["ticks"], 1_203);
    assert_eq!(first.open_work["ticks"], 1);
    assert_eq!(first.totals.len(), 2);
    for portfolio in &made {
        let found = to.portfolio(&portfolio.owner, portfolio.id).await.unwrap();
        assert_eq!(found, *portfolio);
        let kept = from.snapshots_after(portfolio.id, None, 100).await.unwrap();
        assert_eq!(to.snapshots_after(portfolio.id, None, 100).await.unwrap(), kept);
    }
    let total: folio_core::money::Decimal = made
        .iter()
        .enumerate()
        .filter(|(n, _)| n % 2 == 1)
        .map(|(n, portfolio)| portfolio.holdings[0].quantity.value() * folio_core::money::Decimal::from(n % 7))
        .sum();
    assert_eq!(first.totals[&folio_core::Currency::EUR], total);
    assert_eq!(copy(&from, &to, (1, 2), &*clock).await.unwrap(), first);
}

#[tokio::test]
async fn what_changed_at_the_source_is_brought_over() {
    let clock = clock();
    let (from, to) = (MemoryStore::new(), MemoryStore::new());
    let made = fill(&from, 5).await;
    copy(&from, &to, (1, 2), &*clock).await.unwrap();
    let mut changed = made[3].clone();
    (changed.name, changed.version) = ("Changed".to_owned(), 2);
    from.update_portfolio(&changed, 1).await.unwrap();
    from.replace_record(TICKS, &record("valuation:00002", "{}", true), 1)
        .await
        .unwrap();
    from.remove_record(TICKS, "valuation:00000").await.unwrap();
    from.remove_record(TICKS, "valuation:01202").await.unwrap();
    from.insert_record(TICKS, &record("valuation:9", "{}", false))
        .await
        .unwrap();
    let report = copy(&from, &to, (1, 2), &*clock).await.unwrap();
    assert_eq!((report.records["ticks"], report.open_work["ticks"]), (1_202, 2));
    assert_eq!(to.portfolio(&changed.owner, changed.id).await.unwrap(), changed);
    assert_eq!(to.record(TICKS, "valuation:00002").await.unwrap().unwrap().body, "{}");
}

/// What a copy into a target says that was prepared.
async fn refused(prepare: impl AsyncFn(&MemoryStore, &MemoryStore), says: &str) {
    let clock = clock();
    let (from, to) = (MemoryStore::new(), MemoryStore::new());
    fill(&from, 3).await;
    prepare(&from, &to).await;
    let error = copy(&from, &to, (1, 2), &*clock).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains(says), "{error}");
}

#[tokio::test]
async fn a_target_that_is_in_use_is_refused() {
    refused(async |_, to| drop(fill(to, 1).await), "not empty").await;
    let token = async |_: &MemoryStore, to: &MemoryStore| {
        to.insert_record(RecordKind("token"), &record("t", "{}", false))
            .await
            .unwrap();
    };
    refused(token, "not empty").await;
    let other = async |_: &MemoryStore, to: &MemoryStore| {
        copy(&MemoryStore::new(), to, (7, 2), &*clock()).await.unwrap();
    };
    refused(other, "copy of another store").await;
    let served = async |from: &MemoryStore, to: &MemoryStore| {
        copy(from, to, (1, 2), &*clock()).await.unwrap();
        begin_serving(to, at("2026-03-04T10:01:00Z")).await.unwrap();
    };
    refused(served, "a server has run on the target").await;
    let deleted = async |from: &MemoryStore, to: &MemoryStore| {
        let made = fill(from, 1).await.remove(0);
        copy(from, to, (1, 2), &*clock()).await.unwrap();
        from.delete_portfolio(&made.owner, made.id).await.unwrap();
    };
    refused(deleted, "differ in the portfolio").await;

    let store = MemoryStore::new();
    let error = copy(&store, &store, (1, 1), &*clock()).await.unwrap_err();
    assert!(error.message().contains("the same store"), "{error}");
}

#[tokio::test]
async fn a_copy_that_is_not_whole_is_not_served() {
    let (from, to) = (MemoryStore::new(), MemoryStore::new());
    let now = at("2026-03-04T10:01:00Z");
    begin_serving(&to, now).await.unwrap();
    fill(&from, 3).await;
    copy(&from, &to, (1, 2), &*clock()).await.unwrap();
    // As a copy that ended early leaves it.
    let kind = RecordKind("migration");
    let kept = to.record(kind, "source").await.unwrap().unwrap();
    let mut body: serde_json::Value = serde_json::from_str(&kept.body).unwrap();
    body["finished_at"] = serde_json::Value::Null;
    let begun = NewRecord {
        key: kept.key,
        due_at: None,
        expires_at: None,
        body: body.to_string(),
    };
    to.replace_record(kind, &begun, kept.version).await.unwrap();
    let error = begin_serving(&to, now).await.unwrap_err();
    assert!(error.message().contains("not whole"), "{error}");
    copy(&from, &to, (1, 2), &*clock()).await.unwrap();
    begin_serving(&to, now).await.unwrap();
    begin_serving(&to, now).await.unwrap();
}

/// The kinds that the sources of these crates declare.
fn declared() -> Vec<String> {
    fn walk(path: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("conformance") {
                continue;
            }
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                // What follows the tests of a file is no record of folio.
                let text = text.split("#[cfg(test)]").next().unwrap();
                let parts = text.split("const KIND: RecordKind = RecordKind(\"").skip(1);
                found.extend(parts.map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }
    let mut found = Vec::new();
    for package in ["folio-core", "folio-jobs", "folio-server"] {
        walk(
            &Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(package)
                .join("src"),
            &mut found,
        );
    }
    found.sort();
    found
}

#[test]
fn every_kind_of_record_is_copied_or_left_behind_on_purpose() {
    let mut listed: Vec<_> = record_kinds()
        .chain(LEFT_BEHIND.iter().copied())
        .map(|kind| kind.0.to_owned())
        .collect();
    listed.sort();
    assert_eq!(declared(), listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_refuses_a_running_server_and_copies_a_stopped_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    good(dir, &["new", "Core", "--currency", "EUR"]);
    good(dir, &["add", "Core", "crypto:bitcoin", "0.5"]);
    let to = format!("sqlite:{}", dir.join("copy.db").display());
    let mut server = Process::start(dir, |_| {});
    let (_, list) = server.call("GET", "/api/v1/portfolios", None).await;
    let path = format!("/api/v1/portfolios/{}", list["items"][0]["id"].as_str().unwrap());
    let (status, job) = server.call("POST", &format!("{path}/valuations"), None).await;
    assert_eq!(status, 202, "{job}");
    server
        .wait_for(&format!("{path}/valuations/latest"), |answer| {
            answer["status"] == "complete"
        })
        .await;
    bad(dir, &["migrate", "--to", &to], 1, "a server runs (role all");
    server.stop();

    let report = good(dir, &["migrate", "--to", &to, "--json"]);
    assert_eq!(
        (report["portfolios"].as_u64(), report["snapshots"].as_u64()),
        (Some(1), Some(1)),
        "{report}"
    );
    let total = report["totals"]["EUR"].as_str().unwrap();
    assert!(total.parse::<f64>().unwrap() > 0.0, "{report}");
    assert_eq!(good(dir, &["migrate", "--to", &to, "--json"]), report);
    let said = String::from_utf8(run(dir, &["migrate", "--to", &to]).stdout).unwrap();
    assert!(
        said.contains("1 portfolios, 1 snapshots") && said.contains(&format!("in EUR: {total}")),
        "{said}"
    );

    // The copy is a store like any other, with what was told and valued at the source.
    let copied = good(dir, &["list", "--json", "--store-url", &to]);
    assert_eq!(copied[0]["name"], "Core");
    let mut server = Process::start(dir, |command| {
        command.env("FOLIO_STORE_URL", &to);
    });
    let (status, latest) = server.call("GET", &format!("{path}/valuations/latest"), None).await;
    assert_eq!((status, &latest["total_value"]), (200, &json!(total)));
    server.stop();
    bad(dir, &["migrate", "--to", &to], 1, "a server has run on the target");

    bad(dir, &["migrate"], 2, "--from");
    bad(dir, &["migrate", "--to", "memory:"], 2, "in memory");
    bad(dir, &["migrate", "--to", "postgres://x"], 2, "--to is not valid");
    bad(dir, &["migrate", "--from", "sqlite:absent.db"], 1, "there is no store");
    assert!(!dir.join("absent.db").exists());
}
