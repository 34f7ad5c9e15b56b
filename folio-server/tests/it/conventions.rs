//! Every fault in its form, and what holds for all addresses.

use serde_json::json;

use crate::support::{Options, Server};

#[tokio::test]
async fn every_fault_has_its_status_and_code() {
    let server = Server::new();
    let path = server
        .portfolio(json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1}]}))
        .await;
    let post = |body: &str| server.call("POST /v1/portfolios").raw("application/json", body);

    post("{\"name\": ").send().await.problem(400, "invalid_input");
    post("").send().await.problem(400, "invalid_input");
    post(&"[".repeat(500)).send().await.problem(400, "invalid_input");
    server.get("/v1/prices/crypto/%FF").await.problem(400, "invalid_input");
    server
        .call("GET /v1/portfolios")
        .without("authorization")
        .send()
        .await
        .problem(401, "unauthenticated");
    server
        .call("GET /v1/portfolios")
        .header("host", "evil.example")
        .send()
        .await
        .problem(403, "permission_denied");
    server.get("/v1/portfolios/nope").await.problem(404, "not_found");
    server
        .get("/v1/prices/crypto/unheard-of")
        .await
        .problem(404, "not_found");
    let stale = server
        .call(&format!("PATCH {path}"))
        .header("if-match", "\"7\"")
        .json(&json!({"name": "x"}));
    stale.send().await.problem(412, "precondition_failed");
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024));
    post(&large).send().await.problem(413, "payload_too_large");
    server
        .call("POST /v1/portfolios")
        .raw("text/plain", "{}")
        .send()
        .await
        .problem(415, "unsupported_media_type");
    server
        .call("POST /v1/portfolios")
        .without("content-type")
        .send()
        .await
        .problem(415, "unsupported_media_type");
    let reply = post("{\"name\": \" \"}").send().await;
    assert_eq!(reply.problem(422, "invalid_input").pointers(), ["/name"]);
    let digits = json!({"asset": "crypto:bitcoin", "quantity": "1.23456789012345678901234567890"});
    let reply = server.post(&format!("{path}/holdings"), digits).await;
    assert_eq!(reply.problem(422, "out_of_range").pointers(), ["/quantity"]);
    server
        .post(
            &format!("{path}/holdings"),
            json!({"asset": "crypto:bitcoin", "quantity": "1e400"}),
        )
        .await
        .problem(422, "out_of_range");
    server.source.set_failure(Some(folio_core::ErrorKind::Unavailable));
    server.get("/v1/prices/stock/AAPL").await.problem(503, "unavailable");
    server.source.set_failure(Some(folio_core::ErrorKind::RateLimited));
    server.clock.advance(jiff::SignedDuration::from_mins(1));
    server.get("/v1/prices/stock/AAPL").await.problem(503, "unavailable");
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_json() {
    let server = Server::new();
    for path in [
        "/api",
        "/api/v2/portfolios",
        "/api/v1/nope",
        "/api/v1/portfolios/",
        "/nope",
        "/api/v1/prices/x",
    ] {
        server.get(path).await.problem(404, "not_found");
    }
    let reply = server.call("PUT /v1/portfolios").json(&json!({})).send().await;
    assert_eq!(reply.status, 405, "{}", reply.text);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert!(reply.header("allow").contains("POST"));
    server
        .call("GET /api/v1/nope")
        .without("authorization")
        .send()
        .await
        .problem(401, "unauthenticated");
    server
        .call("GET /api/nope")
        .without("authorization")
        .send()
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_body_is_limited_by_what_comes_and_not_by_what_it_says() {
    let server = Server::new();
    let body = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024));
    let call = server
        .call("POST /v1/portfolios")
        .raw("application/json", &body)
        .header("content-length", "10");
    call.send().await.problem(413, "payload_too_large");
}

#[tokio::test]
async fn a_request_id_is_the_callers_or_a_new_one() {
    let server = Server::new();
    let named = server.call("GET /health").header("x-request-id", "abc-1").send().await;
    assert_eq!(named.header("x-request-id"), "abc-1");
    let odd = server.call("GET /health").header("x-request-id", "a b\"c").send().await;
    assert_ne!(odd.header("x-request-id"), "a b\"c");
    let (first, second) = (server.get("/health").await, server.get("/health").await);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn lists_have_limits_and_cursors() {
    let server = Server::new();
    for name in ["a", "b", "c", "d", "e"] {
        server.portfolio(json!({"name": name})).await;
        server.clock.advance(jiff::SignedDuration::from_millis(1));
    }
    for limit in ["0", "201", "-1", "x", "1.5"] {
        let reply = server.get(&format!("/v1/portfolios?limit={limit}")).await;
        assert_eq!(reply.problem(422, "invalid_input").pointers(), ["/limit"]);
    }
    let mut names = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = server.get(&format!("/v1/portfolios{query}")).await;
        names.extend(
            page.json["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["name"].as_str().unwrap().to_owned()),
        );
        match page.json["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    for cursor in ["x", "%20", "dmFsdWF0aW9uczox", "cG9ydGZvbGlvczp4"] {
        let reply = server.get(&format!("/v1/portfolios?cursor={cursor}")).await;
        assert_eq!(reply.problem(422, "invalid_input").pointers(), ["/cursor"]);
    }
}

#[tokio::test]
async fn the_same_idempotency_key_is_one_effect_and_one_answer() {
    let server = Server::new();
    let make = |name: &str| {
        server
            .call("POST /v1/portfolios")
            .header("idempotency-key", "k1")
            .json(&json!({"name": name}))
            .send()
    };
    let first = make("Core").await;
    let again = make("Core").await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.text, again.text);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    make("Other").await.problem(422, "invalid_input");
    assert_eq!(
        server.get("/v1/portfolios").await.json["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    server.clock.advance(jiff::SignedDuration::from_hours(24));
    let later = make("Other").await;
    assert_eq!(later.status, 201, "{}", later.text);

    let long = "k".repeat(256);
    let reply = server
        .call("POST /v1/portfolios")
        .header("idempotency-key", &long)
        .json(&json!({"name": "x"}))
        .send()
        .await;
    reply.problem(422, "invalid_input");
}

#[tokio::test]
async fn a_refused_request_frees_its_idempotency_key() {
    let server = Server::new();
    let make = |name: &str| {
        server
            .call("POST /v1/portfolios")
            .header("idempotency-key", "k")
            .json(&json!({"name": name}))
            .send()
    };
    make("").await.problem(422, "invalid_input");
    assert_eq!(make("Core").await.status, 201);
}

#[tokio::test]
async fn an_idempotency_key_is_bound_to_its_owner_and_address() {
    let server = Server::new();
    let bob = server.token("bob", json!(["write"])).await;
    let body = json!({"name": "Core"});
    let mine = server
        .call("POST /v1/portfolios")
        .header("idempotency-key", "k")
        .json(&body)
        .send()
        .await;
    let theirs = server
        .call("POST /v1/portfolios")
        .token(&bob)
        .header("idempotency-key", "k")
        .json(&body)
        .send()
        .await;
    assert_ne!(mine.json["id"], theirs.json["id"]);
    assert_eq!(theirs.status, 201);
}

#[tokio::test]
async fn a_running_key_is_a_conflict_and_a_crashed_one_frees_after_its_lease() {
    use folio_core::Store;
    use folio_core::store::{NewRecord, RecordKind};
    use std::sync::Arc;

    let server = Server::new();
    let store: Arc<dyn Store> = Arc::clone(server.app.tracker.store());
    let body = json!({"name": "Core"});
    let call = || {
        server
            .call("POST /v1/portfolios")
            .header("idempotency-key", "k")
            .json(&body)
            .send()
    };
    // The record that a first run leaves when its process dies after the insert.
    let made = call().await;
    let kind = RecordKind("idempotency");
    let scan = folio_core::store::Scan {
        limit: 1,
        ..Default::default()
    };
    let record = store.scan_records(kind, &scan).await.unwrap().remove(0);
    let mut row: serde_json::Value = serde_json::from_str(&record.body).unwrap();
    row["answer"] = serde_json::Value::Null;
    let crashed = NewRecord {
        key: record.key,
        due_at: None,
        expires_at: record.expires_at,
        body: row.to_string(),
    };
    assert!(store.replace_record(kind, &crashed, record.version).await.unwrap());

    call().await.problem(409, "conflict");
    server.clock.advance(jiff::SignedDuration::from_secs(61));
    let again = call().await;
    assert_eq!(
        (again.status, &again.json["id"]),
        (201, &made.json["id"]),
        "{}",
        again.text
    );
    assert_eq!(
        server.get("/v1/portfolios").await.json["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn if_match_is_compared_strongly() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core"})).await;
    let patch = |tag: &str| {
        server
            .call(&format!("PATCH {path}"))
            .header("if-match", tag)
            .json(&json!({"note": uuid::Uuid::new_v4()}))
            .send()
    };
    assert_eq!(server.get(&path).await.header("etag"), "\"1\"");
    let reply = patch("\"1\"").await;
    assert_eq!((reply.status, reply.header("etag")), (200, "\"2\""));
    for stale in ["\"1\"", "W/\"2\"", "\"x\"", "\"1\", \"9\""] {
        patch(stale).await.problem(412, "precondition_failed");
    }
    for malformed in ["2", "\"2"] {
        patch(malformed).await.problem(422, "invalid_input");
    }
    assert_eq!(patch("*").await.status, 200);
    assert_eq!(patch("\"1\", \"3\"").await.status, 200);
    let unchanged = server
        .call(&format!("GET {path}"))
        .header("if-none-match", "\"4\"")
        .send()
        .await;
    assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));
    server
        .call(&format!("DELETE {path}"))
        .header("if-match", "\"1\"")
        .send()
        .await
        .problem(412, "precondition_failed");
    assert_eq!(
        server
            .call(&format!("DELETE {path}"))
            .header("if-match", "\"4\"")
            .send()
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn other_sites_read_nothing_unless_they_are_named() {
    let closed = Server::new();
    let reply = closed
        .call("GET /v1/portfolios")
        .header("origin", "https://app.example")
        .send()
        .await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"));

    let server = Server::with(Options {
        cors_origins: vec!["https://app.example".into()],
        ..Options::default()
    });
    let reply = server
        .call("GET /v1/portfolios")
        .header("origin", "https://app.example")
        .send()
        .await;
    assert_eq!(reply.header("access-control-allow-origin"), "https://app.example");
    let other = server
        .call("GET /v1/portfolios")
        .header("origin", "https://evil.example")
        .send()
        .await;
    assert!(!other.headers.contains_key("access-control-allow-origin"));
    let preflight = server
        .call("OPTIONS /v1/portfolios")
        .without("authorization")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .send()
        .await;
    assert_eq!(preflight.status, 200);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_too_often_is_told_how_long_to_wait() {
    let server = Server::with(Options {
        requests_per_second: 5,
        ..Options::default()
    });
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(server.get("/v1/session").await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 20);
    let reply = server.get("/v1/session").await;
    let wait: u64 = reply
        .problem(429, "rate_limited")
        .header("retry-after")
        .parse()
        .unwrap();
    assert!(wait >= 1);
    tokio::time::advance(std::time::Duration::from_secs(wait)).await;
    assert_eq!(server.get("/v1/session").await.status, 200);

    for _ in 0..60 {
        server
            .call("GET /v1/session")
            .token("wrong")
            .send()
            .await
            .problem(401, "unauthenticated");
    }
    server
        .call("GET /v1/session")
        .token("wrong")
        .send()
        .await
        .problem(429, "rate_limited");
    server
        .call("POST /v1/session")
        .without("authorization")
        .json(&json!({"token": "x"}))
        .send()
        .await
        .problem(429, "rate_limited");
    assert_eq!(
        server.call("GET /health").without("authorization").send().await.status,
        200
    );
}

#[tokio::test]
async fn a_failed_store_is_503_everywhere() {
    use folio_core::SystemClock;
    use folio_store_sqlite::{SqliteConfig, SqliteStore};
    use std::sync::Arc;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("folio.db");
    let store = SqliteStore::open(SqliteConfig::new(&path), Arc::new(SystemClock))
        .await
        .unwrap();
    let store = Arc::new(store);
    let server = Server::with(Options {
        store: Some(Arc::clone(&store) as _),
        ..Options::default()
    });
    let id = server.portfolio(json!({"name": "Core"})).await;
    store.close().await.unwrap();
    for line in [
        "GET /v1/portfolios".to_owned(),
        format!("GET {id}"),
        format!("GET {id}/valuation"),
        format!("GET {id}/valuations"),
        format!("DELETE {id}"),
        format!("POST {id}/valuations"),
        "GET /v1/schedule".to_owned(),
        "GET /v1/tokens".to_owned(),
        "GET /v1/quotes/quarantined".to_owned(),
    ] {
        let reply = server.call(&line).send().await;
        assert_eq!(reply.status, 503, "{line}: {}", reply.text);
        reply.problem(503, "unavailable");
    }
    server
        .post("/v1/portfolios", json!({"name": "x"}))
        .await
        .problem(503, "unavailable");
    let ready = server.call("GET /ready").without("authorization").send().await;
    assert_eq!(ready.status, 503);
    assert!(ready.text.contains("store: not ready"), "{}", ready.text);
    assert_eq!(server.get("/health").await.status, 200);
}
