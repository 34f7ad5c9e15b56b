//! The rarer faults, each brought about on purpose.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use folio_core::ErrorKind;
use folio_core::store::{NewRecord, RecordKind};
use folio_server::auth::Digest;
use folio_server::gate::GateLayer;

use crate::support::Server;

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    async fn broken() -> &'static str {
        panic!("canary of the inside")
    }
    let mut server = Server::new();
    let gate = GateLayer::new(server.app.clone());
    server.router = Router::new().route("/broken", get(broken)).layer(gate);
    let reply = server.get("/broken").await;
    reply.problem(500, "internal");
    assert!(!reply.text.contains("canary"), "{}", reply.text);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_end_is_a_timeout() {
    async fn endless() -> &'static str {
        std::future::pending().await
    }
    let mut server = Server::new();
    let gate = GateLayer::new(server.app.clone());
    server.router = Router::new().route("/endless", get(endless)).layer(gate);
    server.get("/endless").await.problem(503, "timeout");
}

#[tokio::test]
async fn data_that_cannot_be_read_back_is_said_to_be_corrupt() {
    let server = Server::new();
    let record = NewRecord {
        key: Digest::of("broken").key(),
        due_at: None,
        expires_at: None,
        body: r#"{"canary": true}"#.to_owned(),
    };
    let store = server.app.tracker.store();
    assert!(store.insert_record(RecordKind("token"), &record).await.unwrap());
    let reply = server.call("GET /v1/portfolios").token("broken").send().await;
    reply.problem(500, "corrupt_data");
    assert!(!reply.text.contains("canary"), "{}", reply.text);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_is_given_up_in_time() {
    let server = Server::new();
    server.source.set_latency(Duration::from_secs(3600));
    let started = tokio::time::Instant::now();
    server.get("/v1/prices/crypto/bitcoin").await.problem(503, "timeout");
    assert!(started.elapsed() <= Duration::from_secs(4), "{:?}", started.elapsed());
}

#[tokio::test]
async fn without_a_rate_there_is_no_price_in_another_currency() {
    let server = Server::new();
    let reply = server.get("/v1/prices/stock/AAPL?currency=JPY").await;
    reply.problem(422, "missing_rate");
    server.source.set_failure(Some(ErrorKind::NotConfigured));
    server.get("/v1/prices/stock/WALD.DE").await.problem(503, "unavailable");
}
