//! What is under way, for administrators: as a page and as JSON, and for nobody else.

use serde_json::{Value, json};

use crate::support::Server;

const PAGE: &str = "GET /admin/queue";
const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

#[tokio::test]
async fn programs_get_json_and_browsers_a_page() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core"})).await;
    let job = server.call(&format!("POST {path}/valuations")).send().await;
    assert_eq!(job.status, 202, "{}", job.text);
    let tick = server
        .post("/api/v1/jobs", json!({"type": "portfolio-valuation"}))
        .await;
    assert_eq!(tick.status, 202, "{}", tick.text);

    let queue = server.get("/admin/queue").await;
    assert_eq!((queue.status, queue.header("content-type")), (200, "application/json"));
    assert_eq!(queue.header("cache-control"), "no-store");
    assert_eq!(queue.json["jobs"][0]["id"], job.json["id"], "{}", queue.text);
    let ticks = queue.json["ticks"].as_array().unwrap();
    assert_eq!(ticks.len(), 1, "{}", queue.text);
    assert_eq!(
        (&ticks[0]["state"], &ticks[0]["chunks"]),
        (&json!("planning"), &Value::Null)
    );
    assert_eq!(ticks[0]["triggers"].as_array().unwrap().last(), Some(&json!("manual")));
    assert!(queue.json["waiting"].is_u64() && queue.json["schedule"].as_array().unwrap().len() == 3);

    let page = server.call(PAGE).header("accept", BROWSER).send().await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    assert!(page.text.contains(job.json["id"].as_str().unwrap()), "{}", page.text);
    for absent in ["<script", "onclick", "javascript:", "src="] {
        assert!(!page.text.contains(absent), "{absent}");
    }
    let asked = server
        .call("GET /admin/queue?format=json")
        .header("accept", BROWSER)
        .send()
        .await;
    assert_eq!(asked.header("content-type"), "application/json");
    server
        .call("GET /admin/queue?format=xml")
        .send()
        .await
        .problem(422, "invalid_input");
}

#[tokio::test]
async fn it_is_for_administrators_only() {
    let server = Server::new();
    for scope in ["read", "write"] {
        let token = server.token("admin", json!([scope])).await;
        server
            .call(PAGE)
            .token(&token)
            .send()
            .await
            .problem(403, "permission_denied");
        let page = server.call(PAGE).token(&token).header("accept", BROWSER).send().await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (403, "text/html; charset=utf-8")
        );
        assert!(page.text.contains("<code>admin</code>"), "{}", page.text);
    }
    server
        .call(PAGE)
        .without("authorization")
        .send()
        .await
        .problem(401, "unauthenticated");
    let page = server
        .call(PAGE)
        .without("authorization")
        .header("accept", BROWSER)
        .send()
        .await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (401, "text/html; charset=utf-8")
    );
    assert_eq!(page.header("www-authenticate"), "Bearer");
    assert!(page.text.contains("folio token link"), "{}", page.text);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    // Other addresses answer browsers as they do programs.
    let other = server
        .call("GET /api/v1/portfolios")
        .without("authorization")
        .header("accept", BROWSER)
        .send()
        .await;
    other.problem(401, "unauthenticated");
}

#[tokio::test]
async fn the_session_of_an_administrator_opens_it() {
    let server = Server::new();
    let link = server
        .call(&format!("GET /?token={}", crate::support::ADMIN))
        .without("authorization")
        .send()
        .await;
    assert_eq!(link.status, 303, "{}", link.text);
    let cookie = link.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = server
        .call(PAGE)
        .without("authorization")
        .header("cookie", &cookie)
        .header("accept", BROWSER)
        .send()
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
}
