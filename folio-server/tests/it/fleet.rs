//! A fleet: API servers and workers, each with a directory of its own, on one MongoDB and one Redis.

use std::process::Command;

use folio_testkit::{Mongod, RedisServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command_line::folio;
use crate::process::Process;

const TOKEN: &str = "a-token-that-all-of-the-fleet-know-0123456789";

/// What all processes of a fleet are told.
fn settings(command: &mut Command, mongo: &Mongod, redis: &RedisServer) {
    command
        .env("FOLIO_STORE_URL", mongo.url("fleet"))
        .env("FOLIO_CACHE_URL", redis.url())
        .env("FOLIO_QUEUE_URL", redis.url())
        .env("FOLIO_ADMIN_TOKEN", TOKEN);
}

/// One process, with a directory that nobody else has.
fn start(role: &str, mongo: &Mongod, redis: &RedisServer) -> (Process, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(dir.path(), |command| {
        settings(command, mongo, redis);
        command.args(["--role", role]).env("FOLIO_WORKER_BIND", "127.0.0.1:0");
    });
    (process, dir)
}

/// Waits for a line of `/ready`; the whole answer.
async fn ready(process: &Process, says: &str) -> (u16, String) {
    let mut last = (0, String::new());
    for _ in 0..600 {
        let (status, answer) = process.call("GET", "/ready", None).await;
        let text = answer.as_str().unwrap_or_default().to_owned();
        last = (status, text);
        if last.1.contains(says) {
            return last;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("/ready never says {says:?}: {last:?} {}", process.log())
}

/// Asks one server for a snapshot and waits until the other has it.
async fn valued(asked: &Process, seen: &Process, path: &str) -> Value {
    let (status, job) = asked.call("POST", &format!("{path}/valuations"), None).await;
    assert_eq!(status, 202, "{job}");
    let job = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
    let done = seen.wait_for(&job, |job| job["state"] == "succeeded").await;
    let id = done["result"]["valuation_id"].as_str().unwrap().to_owned();
    let (status, valuation) = seen.call("GET", &format!("{path}/valuations/{id}"), None).await;
    assert_eq!(status, 200, "{valuation}");
    valuation
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_and_workers_are_one_folio_whatever_dies() {
    let (mut mongo, mut redis) = tokio::join!(Mongod::replica_set(), RedisServer::start());
    let (first, _dir1) = start("api", &mongo, &redis);
    let (second, _dir2) = start("api", &mongo, &redis);
    let (worker, _dir3) = start("worker", &mongo, &redis);
    let (other, _dir4) = start("worker", &mongo, &redis);

    // What is made at one server is there at the other, and a worker does what is asked at either.
    let body = json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": "0.5", "cost": "20000"}]});
    let (status, made) = first.call("POST", "/api/v1/portfolios", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/portfolios/{}", made["id"].as_str().unwrap());
    let (status, seen) = second.call("GET", &path, None).await;
    assert_eq!((status, &seen["version"]), (200, &made["version"]), "{seen}");
    let valuation = valued(&first, &second, &path).await;
    assert_eq!(
        (&valuation["status"], &valuation["total_value"]),
        (&json!("complete"), &json!("30000"))
    );
    valued(&second, &first, &path).await;

    // Everybody is seen, and says how it is.
    let queue = first
        .wait_for("/admin/queue", |queue| {
            queue["processes"].as_array().is_some_and(|all| all.len() == 4)
        })
        .await;
    let mut roles: Vec<_> = queue["processes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["role"].as_str().unwrap())
        .collect();
    roles.sort_unstable();
    assert_eq!(roles, ["api", "api", "worker", "worker"]);
    for process in [&first, &second] {
        let (status, text) = ready(process, "cache: ok\n").await;
        assert_eq!(status, 200, "{text}");
        assert!(
            text.contains("store: ok") && text.contains("queue: ok (0 waiting)") && !text.contains("worker:"),
            "{text}"
        );
    }
    for process in [&worker, &other] {
        let (status, text) = ready(process, "worker: ok").await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains("dispatcher: ok"), "{text}");
    }

    // Redis dies: everything answers, and says what is missing; the work waits for the queue and is done then.
    redis.kill();
    let (status, text) = ready(&first, "cache: ok (degraded").await;
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("queue: ok (degraded"), "{text}");
    let (status, list) = second.call("GET", "/api/v1/portfolios", None).await;
    assert_eq!((status, list["items"].as_array().unwrap().len()), (200, 1));
    let (status, price) = second.call("GET", "/api/v1/prices/crypto/bitcoin", None).await;
    assert_eq!((status, &price["price"]), (200, &json!("60000")), "{price}");
    let (_, numbers) = first.call("GET", "/metrics", None).await;
    let numbers = numbers.as_str().unwrap();
    for line in [
        r#"folio_up{dependency="cache"} 0"#,
        r#"folio_up{dependency="queue"} 0"#,
        r#"folio_up{dependency="store"} 1"#,
    ] {
        assert!(numbers.contains(line), "{line} in {numbers}");
    }
    let (status, job) = first.call("POST", &format!("{path}/valuations"), None).await;
    assert_eq!(status, 202, "{job}");
    redis.start_again().await;
    let job = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
    second.wait_for(&job, |job| job["state"] == "succeeded").await;
    ready(&first, "cache: ok\n").await;

    // The store dies: 503 with the time to come back, and all is well when it does, without a new start of folio.
    mongo.kill();
    let (status, retry_after, problem) = first.refused(&path).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("unavailable")),
        "{problem}"
    );
    assert!(retry_after.parse::<u32>().unwrap() > 0);
    for process in [&second, &worker] {
        let (status, text) = ready(process, "store: not ready").await;
        assert_eq!(status, 503, "{text}");
        assert_eq!(process.call("GET", "/health", None).await.0, 200);
    }
    mongo.start_again().await;
    for process in [&first, &second, &worker, &other] {
        assert_eq!(ready(process, "store: ok").await.0, 200);
    }
    let again = valued(&first, &second, &path).await;
    assert_eq!(again["total_value"], "30000");
    for mut process in [first, second, worker, other] {
        process.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_moves_to_mongodb_and_goes_on_there() {
    let mongo = Mongod::replica_set().await;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut server = Process::start(dir, |_| {});
    let body = json!({"name": "Core", "base_currency": "EUR", "holdings": [
        {"asset": "crypto:bitcoin", "quantity": "0.123456789012345678", "unit_cost": "20000.01"},
        {"asset": "stock:NIMB", "quantity": 3, "cost": "200", "cost_currency": "USD", "acquired_on": "2025-01-15"},
    ]});
    let (status, made) = server.call("POST", "/api/v1/portfolios", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/portfolios/{}", made["id"].as_str().unwrap());
    let before = valued(&server, &server, &path).await;
    let token = json!({"name": "t", "owner": "ann", "scopes": ["read"]});
    assert_eq!(server.call("POST", "/api/v1/tokens", Some(token)).await.0, 201);
    let (_, rules) = server.call("GET", &format!("{path}/alert-rules"), None).await;
    server.stop();

    let url = mongo.url("moved");
    let migrate = || folio(dir).args(["migrate", "--to", &url, "--json"]).output().unwrap();
    let output = migrate();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["portfolios"], &report["snapshots"]),
        (&json!(1), &json!(1)),
        "{report}"
    );
    assert_eq!(report["totals"]["EUR"], before["total_value"], "{report}");
    assert_eq!(report["records"]["token"], 1, "{report}");
    assert_eq!(
        serde_json::from_slice::<Value>(&migrate().stdout).unwrap(),
        report,
        "again"
    );

    let mut server = Process::start(dir, |command| {
        command.env("FOLIO_STORE_URL", &url);
    });
    let (status, after) = server
        .call(
            "GET",
            &format!("{path}/valuations/{}", before["id"].as_str().unwrap()),
            None,
        )
        .await;
    assert_eq!((status, &after), (200, &before));
    assert_eq!(server.call("GET", &path, None).await, (200, made));
    assert_eq!(
        server.call("GET", &format!("{path}/alert-rules"), None).await,
        (200, rules)
    );
    let later = valued(&server, &server, &path).await;
    // One machine's queue and token on a store for many are said, once each.
    for says in ["FOLIO_QUEUE_URL is a file of this one", "FOLIO_ADMIN_TOKEN is not set"] {
        assert_eq!(server.log().matches(says).count(), 1, "{says}: {}", server.log());
    }
    server.stop();

    // And back into a file.
    let output = folio(dir)
        .args(["migrate", "--from", &url, "--to", "sqlite:back.db", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let back: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&back["portfolios"], &back["snapshots"]),
        (&json!(1), &json!(2)),
        "{back}"
    );
    let server = Process::start(dir, |command| {
        command.env("FOLIO_STORE_URL", "sqlite:back.db");
    });
    let (status, found) = server
        .call(
            "GET",
            &format!("{path}/valuations/{}", later["id"].as_str().unwrap()),
            None,
        )
        .await;
    assert_eq!((status, &found["total_value"]), (200, &later["total_value"]));
}
