//! Two servers on one data directory: both work, each tick is done once, and they share one budget.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use folio_core::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::process::Process;

/// An upstream with CoinGecko's shape that prices every coin and counts its calls.
async fn upstream() -> (SocketAddr, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let price = |State(calls): State<Arc<AtomicU32>>, Query(query): Query<Value>| async move {
        calls.fetch_add(1, Ordering::SeqCst);
        let now = SystemClock.now().as_second();
        let ids = query["ids"].as_str().unwrap_or_default().to_owned();
        let coins = ids
            .split(',')
            .map(|id| (id.to_owned(), json!({"usd": 2.5, "last_updated_at": now})));
        Json(Value::Object(coins.collect()))
    };
    let app = Router::new()
        .route("/api/v3/simple/price", get(price))
        .with_state(Arc::clone(&calls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, calls)
}

async fn finished(server: &Process, job: &Value) -> Value {
    let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
    for _ in 0..600 {
        let (status, job) = server.call("GET", &path, None).await;
        assert_eq!(status, 200, "{job}");
        if job["state"] == "succeeded" {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the job did not end: {job}")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_directory_do_each_tick_once_with_one_budget() {
    let (address, calls) = upstream().await;
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        Process::start(dir.path(), |command| {
            command
                .env("FOLIO_CRYPTO_SOURCES", "coingecko")
                .env("FOLIO_COINGECKO_PER_MINUTE", "5");
            command.env("FOLIO_COINGECKO_URL", format!("http://{address}/api/v3"));
        })
    };
    let (first, second) = (start(), start());
    let servers = [&first, &second];
    let mut portfolios = Vec::new();
    for n in 0..20 {
        let body = json!({"name": format!("P{n}"), "holdings": [{"asset": "crypto:bitcoin", "quantity": 1}]});
        let (status, made) = servers[n % 2].call("POST", "/api/v1/portfolios", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        portfolios.push(format!("/api/v1/portfolios/{}", made["id"].as_str().unwrap()));
    }
    // A tick is at the whole second, and the portfolios have to be older than it.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for _ in 0..2 {
        let body = || Some(json!({"type": "portfolio-valuation"}));
        let asked = tokio::join!(
            first.call("POST", "/api/v1/jobs", body()),
            second.call("POST", "/api/v1/jobs", body())
        );
        let ((a, job), (b, other)) = asked;
        assert_eq!((a, b), (202, 202), "{job} {other}");
        finished(&first, &job).await;
        finished(&second, &other).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
    let mut books = BTreeSet::new();
    let mut ticks = BTreeSet::new();
    for (n, path) in portfolios.iter().enumerate() {
        let (status, list) = servers[n % 2].call("GET", &format!("{path}/valuations"), None).await;
        assert_eq!(status, 200, "{list}");
        let items = list["items"].as_array().unwrap();
        let of: Vec<_> = items
            .iter()
            .map(|item| item["as_of"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            of.iter().collect::<BTreeSet<_>>().len(),
            items.len(),
            "one snapshot for an instant: {of:?}"
        );
        assert!(items.iter().all(|item| item["status"] == "complete"), "{list}");
        books.extend(items.iter().map(|item| item["book_id"].as_str().unwrap().to_owned()));
        ticks.insert(of);
    }
    assert_eq!(ticks.len(), 1, "every portfolio has the same ticks: {ticks:?}");
    assert_eq!(books.len(), ticks.first().unwrap().len(), "one book for a tick");
    assert!(books.len() >= 2, "{books:?}");

    // Each coin is a call of its own; five a minute are allowed, whoever asks.
    let mut refused = 0;
    for n in 0..12 {
        let (status, answer) = servers[n % 2]
            .call("GET", &format!("/api/v1/prices/crypto/coin-{n}"), None)
            .await;
        match status {
            200 => assert_eq!(answer["price"], "2.5"),
            503 => refused += 1,
            _ => panic!("{status} {answer}"),
        }
    }
    assert!(
        calls.load(Ordering::SeqCst) <= 5,
        "{} calls of 5 that are allowed",
        calls.load(Ordering::SeqCst)
    );
    assert!(refused >= 7, "{refused} of 12 were refused");

    // What was counted is what the vendor saw, and the jobs' own counters are shown as well.
    let mut counted = 0;
    let mut snapshots = 0;
    for server in servers {
        let (_, numbers) = server.call("GET", "/metrics", None).await;
        let numbers = numbers.as_str().unwrap();
        counted += sum(
            numbers,
            r#"folio_upstream_calls_total{source="coingecko",outcome="ok"}"#,
        );
        snapshots += sum(numbers, "folio_snapshots_total{");
    }
    assert_eq!(counted, calls.load(Ordering::SeqCst));
    assert_eq!(snapshots as usize, 20 * books.len());
}

/// The sum of the numbers whose lines begin so.
fn sum(numbers: &str, line: &str) -> u32 {
    let lines = numbers.lines().filter(|found| found.starts_with(line));
    let values = lines.map(|found| found.rsplit_once(' ').unwrap().1.parse::<u32>().unwrap());
    values.sum()
}
