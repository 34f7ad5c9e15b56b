//! A fleet on MongoDB and Redis: servers that did none of the work tell all of it.

use std::process::Command;

use folio_testkit::{Mongod, RedisServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Stream;
use crate::process::Process;

const TOKEN: &str = "a-token-that-all-of-the-fleet-know-0123456789";

fn start(role: &str, mongo: &Mongod, redis: &RedisServer) -> (Process, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(dir.path(), |command: &mut Command| {
        command
            .args(["--role", role])
            .env("FOLIO_WORKER_BIND", "127.0.0.1:0")
            .env("FOLIO_STORE_URL", mongo.url("events"))
            .env("FOLIO_CACHE_URL", redis.url())
            .env("FOLIO_QUEUE_URL", redis.url())
            .env("FOLIO_ADMIN_TOKEN", TOKEN);
    });
    (process, dir)
}

/// A token of an owner; its id and its secret.
async fn token(server: &Process, owner: &str) -> (String, String) {
    let body = json!({"owner": owner, "scopes": ["read", "write"]});
    let (status, made) = server.call("POST", "/api/v1/tokens", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_tells_what_the_workers_did() {
    let (mongo, redis) = tokio::join!(Mongod::replica_set(), RedisServer::start());
    let (first, _dir1) = start("api", &mongo, &redis);
    let (mut second, _dir2) = start("api", &mongo, &redis);
    let (mut worker, _dir3) = start("worker", &mongo, &redis);
    let (id, bob) = token(&first, "bob").await;

    let body = json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1, "cost": 70000}]});
    let (status, made) = first.call("POST", "/api/v1/portfolios", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let portfolio = made["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/portfolios/{portfolio}");
    let mut of_first = Stream::from(&first, TOKEN, None).await.opened().await;
    let mut of_second = Stream::from(&second, TOKEN, None).await.opened().await;
    let mut of_bob = Stream::from(&second, &bob, None).await.opened().await;

    let (status, job) = first.call("POST", &format!("{path}/valuations"), None).await;
    assert_eq!(status, 202, "{job}");
    let is_over = |told: &Value| told["id"] == job["id"] && told["state"] == "succeeded";
    let mut ids = Vec::new();
    for stream in [&mut of_first, &mut of_second] {
        let events = stream.through("job", is_over).await;
        super::told::in_order(&events);
        for name in ["valuation", "notification"] {
            let told = events.iter().find(|event| event.name == name);
            let told = told.unwrap_or_else(|| panic!("no {name} in {events:?}"));
            assert_eq!(told.data["portfolio_id"], portfolio.as_str());
        }
        ids.push(stream.last_id.clone());
    }
    let (_, shown) = second
        .call("GET", &format!("/api/v1/jobs/{}", job["id"].as_str().unwrap()), None)
        .await;
    assert!(is_over(&shown), "{shown}");

    // A run over all portfolios, by the worker.
    let (status, all) = second
        .call("POST", "/api/v1/jobs", Some(json!({"type": "portfolio-valuation"})))
        .await;
    assert_eq!(status, 202, "{all}");
    let of_run = |told: &Value| told["portfolio_id"] == portfolio.as_str() && !told["book_id"].is_null();
    let run = of_first.until("valuation", of_run).await;
    assert_eq!(of_second.until("valuation", of_run).await.data, run.data);

    // The server that a client was at is killed: the other one tells what came since the client's last event.
    drop(of_second);
    second.kill();
    let mut moved = Stream::from(&first, TOKEN, Some(&ids[1])).await;
    let again = moved.until("valuation", of_run).await;
    assert_eq!(again.data, run.data);

    // What ends at one server ends at the others.
    let mut of_bob_at_first = Stream::from(&first, &bob, None).await.opened().await;
    let (third, _dir4) = start("api", &mongo, &redis);
    assert_eq!(third.call("DELETE", &format!("/api/v1/tokens/{id}"), None).await.0, 204);
    assert_eq!(of_bob_at_first.rest().await, []);
    assert_eq!(of_bob_at_first.ended_well, Some(true));
    // Bob has nothing, and heard nothing until his server was killed.
    assert_eq!(of_bob.rest().await, []);
    assert_eq!(of_bob.ended_well, Some(false));
    worker.stop();
    for mut process in [first, third] {
        process.stop();
    }
}
