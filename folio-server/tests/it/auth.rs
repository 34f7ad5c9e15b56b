//! Who may do what, with which credential.

use serde_json::json;

use crate::support::{ADMIN, Options, Server};

#[tokio::test]
async fn everything_under_api_needs_a_credential() {
    let server = Server::new();
    for line in [
        "GET /v1/session",
        "GET /v1/portfolios",
        "POST /v1/portfolios",
        "GET /v1/portfolios/x",
        "GET /v1/prices/crypto/bitcoin",
        "POST /v1/prices/batch",
        "GET /v1/quotes/quarantined",
        "POST /v1/quotes/quarantined/x/accept",
        "GET /v1/assets?q=bit",
        "GET /v1/jobs/x",
        "POST /v1/jobs",
        "GET /v1/schedule",
        "GET /v1/sources",
        "GET /v1/tokens",
        "DELETE /v1/session",
        "GET /metrics",
    ] {
        for call in [
            server.call(line).without("authorization"),
            server.call(line).token("wrong"),
            server.call(line).header("authorization", "Basic YTpi"),
            server
                .call(line)
                .without("authorization")
                .header("cookie", "folio_session=wrong"),
        ] {
            let reply = call.send().await;
            assert_eq!(
                reply.problem(401, "unauthenticated").header("www-authenticate"),
                "Bearer",
                "{line}"
            );
        }
    }
    for path in ["/health", "/ready", "/openapi.json", "/docs/", "/"] {
        let reply = server
            .call(&format!("GET {path}"))
            .without("authorization")
            .send()
            .await;
        assert_eq!(reply.status, 200, "{path}");
    }
}

#[tokio::test]
async fn only_allowed_hosts_are_answered() {
    let server = Server::with(Options {
        allowed_hosts: vec!["folio.example".into()],
        ..Options::default()
    });
    for host in [
        "localhost",
        "127.0.0.1:3000",
        "[::1]:3000",
        "folio.example",
        "folio.example:443",
    ] {
        assert_eq!(
            server.call("GET /health").header("host", host).send().await.status,
            200,
            "{host}"
        );
    }
    for path in ["/health", "/", "/docs/", "/api/v1/portfolios", "/metrics", "/nope"] {
        let reply = server
            .call(&format!("GET {path}"))
            .header("host", "rebound.example")
            .send()
            .await;
        reply.problem(403, "permission_denied");
    }
    server
        .call("GET /health")
        .without("host")
        .send()
        .await
        .problem(403, "permission_denied");
}

#[tokio::test]
async fn a_session_is_a_cookie_that_ends() {
    let server = Server::new();
    server
        .call("POST /v1/session")
        .without("authorization")
        .json(&json!({"token": "wrong"}))
        .send()
        .await
        .problem(401, "unauthenticated");
    let login = server
        .call("POST /v1/session")
        .without("authorization")
        .json(&json!({"token": ADMIN}))
        .send()
        .await;
    assert_eq!((login.status, login.text.as_str()), (204, ""));
    let cookie = login.header("set-cookie").to_owned();
    assert!(cookie.starts_with("folio_session=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let pair = cookie.split(';').next().unwrap().to_owned();
    let by_cookie = |line: &str| {
        server
            .call(line)
            .without("authorization")
            .header("cookie", &format!("a=b; {pair}"))
    };

    let session = by_cookie("GET /v1/session").send().await;
    assert_eq!(
        session.json,
        json!({"owner": "admin", "scopes": ["read", "write", "admin"]})
    );
    let body = json!({"name": "Core"});
    by_cookie("POST /v1/portfolios")
        .json(&body)
        .send()
        .await
        .problem(403, "permission_denied");
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:3001",
        "localhost:3000",
    ] {
        by_cookie("POST /v1/portfolios")
            .header("origin", origin)
            .json(&body)
            .send()
            .await
            .problem(403, "permission_denied");
    }
    let own = by_cookie("POST /v1/portfolios")
        .header("origin", "http://localhost:3000")
        .json(&body)
        .send()
        .await;
    assert_eq!(own.status, 201);
    assert_eq!(
        server.post("/v1/portfolios", body).await.status,
        201,
        "a bearer token needs no Origin"
    );

    let out = by_cookie("DELETE /v1/session")
        .header("origin", "http://localhost:3000")
        .send()
        .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    by_cookie("GET /v1/session")
        .send()
        .await
        .problem(401, "unauthenticated");
}

#[tokio::test(start_paused = true)]
async fn a_session_expires() {
    let server = Server::new();
    let login = server
        .call("POST /v1/session")
        .json(&json!({"token": ADMIN}))
        .send()
        .await;
    let pair = login.header("set-cookie").split(';').next().unwrap().to_owned();
    server.clock.advance(jiff::SignedDuration::from_hours(30 * 24));
    let reply = server
        .call("GET /v1/session")
        .without("authorization")
        .header("cookie", &pair)
        .send()
        .await;
    reply.problem(401, "unauthenticated");
}

#[tokio::test]
async fn the_login_link_leaves_no_token_in_the_address() {
    let server = Server::new();
    let reply = server
        .call(&format!("GET /?token={ADMIN}"))
        .without("authorization")
        .send()
        .await;
    assert_eq!((reply.status, reply.header("location")), (303, "/"));
    let pair = reply.header("set-cookie").split(';').next().unwrap().to_owned();
    let session = server
        .call("GET /v1/session")
        .without("authorization")
        .header("cookie", &pair)
        .send()
        .await;
    assert_eq!(session.status, 200);
    server
        .call("GET /?token=wrong")
        .without("authorization")
        .send()
        .await
        .problem(401, "unauthenticated");
    let page = server.call("GET /").without("authorization").send().await;
    assert!(
        page.text.contains("make web")
            && page.text.contains("/docs/")
            && page.header("content-type").starts_with("text/html")
    );
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
}

#[tokio::test]
async fn tokens_are_shown_once_and_end_at_once() {
    let server = Server::new();
    let made = server
        .post(
            "/v1/tokens",
            json!({"name": "notebook", "owner": "bob", "scopes": ["read"]}),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let secret = made.json["secret"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 43);
    let id = made.json["id"].as_str().unwrap().to_owned();
    let list = server.get("/v1/tokens").await;
    assert_eq!(list.json["items"][0]["id"], made.json["id"]);
    assert_eq!(list.json["items"][0]["name"], "notebook");
    assert!(!list.text.contains(&secret));

    let session = server.call("GET /v1/session").token(&secret).send().await;
    assert_eq!(session.json, json!({"owner": "bob", "scopes": ["read"]}));
    let login = server
        .call("POST /v1/session")
        .without("authorization")
        .json(&json!({"token": secret}))
        .send()
        .await;
    let pair = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let by_cookie = || {
        server
            .call("GET /v1/session")
            .without("authorization")
            .header("cookie", &pair)
            .send()
    };
    assert_eq!(by_cookie().await.status, 200);

    assert_eq!(server.delete(&format!("/v1/tokens/{id}")).await.status, 204);
    server
        .call("GET /v1/session")
        .token(&secret)
        .send()
        .await
        .problem(401, "unauthenticated");
    by_cookie().await.problem(401, "unauthenticated");
    server
        .delete(&format!("/v1/tokens/{id}"))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_repeated_creation_shows_the_same_token_and_the_store_never_has_it() {
    let server = Server::new();
    let make = || {
        server
            .call("POST /v1/tokens")
            .header("idempotency-key", "t")
            .json(&json!({"name": "x"}))
            .send()
    };
    let (first, again) = (make().await, make().await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json, again.json);
    let secret = first.json["secret"].as_str().unwrap();
    assert_eq!(server.call("GET /v1/session").token(secret).send().await.status, 200);
    for kind in ["token", "idempotency", "session"] {
        let scan = folio_core::store::Scan {
            limit: 100,
            ..Default::default()
        };
        let records = server
            .app
            .tracker
            .store()
            .scan_records(folio_core::store::RecordKind(kind), &scan)
            .await
            .unwrap();
        assert!(
            records
                .iter()
                .all(|record| !record.body.contains(secret) && !record.key.contains(secret)),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn scopes_are_kept() {
    let server = Server::new();
    let (read, write) = (
        server.token("admin", json!(["read"])).await,
        server.token("admin", json!(["write"])).await,
    );
    let body = json!({"name": "Core"});
    let check = async |token: &str, line: &str, body: serde_json::Value, status: u16| {
        let reply = server.call(line).token(token).json(&body).send().await;
        assert_eq!(reply.status, status, "{line}: {}", reply.text);
    };
    check(&read, "POST /v1/portfolios", body.clone(), 403).await;
    check(
        &read,
        "POST /v1/prices/batch",
        json!({"assets": ["crypto:bitcoin"]}),
        200,
    )
    .await;
    check(&write, "POST /v1/portfolios", body.clone(), 201).await;
    for token in [&read, &write] {
        check(token, "POST /v1/tokens", json!({}), 403).await;
        check(token, "POST /v1/jobs", json!({"type": "historical-data"}), 403).await;
        assert_eq!(server.call("GET /v1/tokens").token(token).send().await.status, 403);
        assert_eq!(server.call("GET /v1/portfolios").token(token).send().await.status, 200);
        assert_eq!(server.call("GET /metrics").token(token).send().await.status, 200);
    }
    for scopes in [json!([]), json!(["root"]), json!("read"), json!([1])] {
        let reply = server.post("/v1/tokens", json!({"scopes": scopes})).await;
        assert_eq!(reply.status, 422);
        assert!(reply.pointers()[0].starts_with("/scopes"));
    }
    for owner in [json!(""), json!(" "), json!(7), json!("a\nb"), json!("x".repeat(201))] {
        server
            .post("/v1/tokens", json!({"owner": owner}))
            .await
            .problem(422, "invalid_input");
    }
}
