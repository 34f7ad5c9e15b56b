//! Portfolios: made, listed, changed, deleted.

use serde_json::{Value, json};

use crate::support::Server;

#[tokio::test]
async fn a_portfolio_has_defaults_and_an_address() {
    let server = Server::new();
    let reply = server.post("/v1/portfolios", json!({"name": "Core"})).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    assert_eq!(reply.header("etag"), "\"1\"");
    let location = reply.header("location").to_owned();
    let shown = server.get(&location).await;
    assert_eq!(shown.json, reply.json);
    let expected = json!({
        "id": reply.json["id"], "owner": "admin", "name": "Core", "base_currency": "USD", "time_zone": "UTC",
        "policy": "carry_forward", "tags": [], "note": null, "archived": false, "holdings": [], "version": 1,
        "created_at": "2026-03-04T10:00:00Z", "updated_at": "2026-03-04T10:00:00Z",
    });
    assert_eq!(reply.json, expected);
}

#[tokio::test]
async fn wrong_fields_are_all_named() {
    let server = Server::new();
    let check = async |body: Value, pointers: &[&str]| {
        let reply = server.post("/v1/portfolios", body.clone()).await;
        assert_eq!(reply.status, 422, "{body}: {}", reply.text);
        assert_eq!(reply.pointers(), pointers, "{body}");
    };
    check(json!({}), &["/name"]).await;
    check(json!([]), &[""]).await;
    check(json!({"name": null}), &["/name"]).await;
    check(json!({"name": 5}), &["/name"]).await;
    check(json!({"name": ""}), &["/name"]).await;
    check(json!({"name": "x".repeat(201)}), &["/name"]).await;
    check(json!({"name": "a", "base_currency": "usd"}), &["/base_currency"]).await;
    check(json!({"name": "a", "base_currency": "EURO"}), &["/base_currency"]).await;
    check(json!({"name": "a", "time_zone": "Mars/Base"}), &["/time_zone"]).await;
    check(json!({"name": "a", "policy": "guess"}), &["/policy"]).await;
    check(json!({"name": "a", "policy": "carry_forward:60"}), &["/policy"]).await;
    check(json!({"name": "a", "tags": ["x", 1]}), &["/tags/1"]).await;
    check(json!({"name": "a", "owner": "bob"}), &["/owner"]).await;
    check(json!({"name": "a", "a/b~c": 1}), &["/a~1b~0c"]).await;
    check(json!({"name": "a", "holdings": {}}), &["/holdings"]).await;
    check(
        json!({"name": "a", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1}, {"asset": "bitcoin", "quantity": "0", "x": 1}]}),
        &["/holdings/1/asset", "/holdings/1/quantity", "/holdings/1/x"],
    )
    .await;
    let twice = json!({"name": "a", "holdings": [
        {"asset": "crypto:bitcoin", "quantity": 1, "external_id": "e"},
        {"asset": "crypto:bitcoin", "quantity": 2, "external_id": "e"},
    ]});
    let reply = server.post("/v1/portfolios", twice).await;
    assert_eq!(reply.problem(409, "conflict").pointers(), ["/holdings/1/external_id"]);
    assert_eq!(server.get("/v1/portfolios").await.json["items"], json!([]));
}

#[tokio::test]
async fn a_merge_patch_clears_with_null_and_takes_back_what_it_was_given() {
    let server = Server::new();
    let path = server
        .portfolio(
            json!({"name": "Core", "note": "n", "tags": ["t"], "policy": "strict", "time_zone": "Europe/Berlin",
        "holdings": [{"asset": "stock:AAPL", "quantity": "2.50", "unit_cost": 100}]}),
        )
        .await;
    let whole = server.get(&path).await.json;
    let reply = server.patch(&path, whole.clone()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);

    let reply = server
        .patch(
            &path,
            json!({"note": null, "tags": null, "policy": null, "time_zone": null, "archived": true}),
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let json = &reply.json;
    assert_eq!(
        json!([
            json["note"],
            json["tags"],
            json["policy"],
            json["time_zone"],
            json["archived"]
        ]),
        json!([null, [], "carry_forward", "UTC", true])
    );
    assert_eq!(reply.header("etag"), format!("\"{}\"", json["version"]));
    let merge = server
        .call(&format!("PATCH {path}"))
        .raw("application/merge-patch+json", r#"{"name": "New"}"#)
        .send()
        .await;
    assert_eq!(merge.json["name"], "New");

    for (body, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"base_currency": "EUR"}), "/base_currency"),
        (json!({"id": "x"}), "/id"),
        (json!({"owner": "bob"}), "/owner"),
        (json!({"version": 99}), "/version"),
        (json!({"created_at": "2020-01-01T00:00:00Z"}), "/created_at"),
        (json!({"holdings": []}), "/holdings"),
        (json!({"colour": "red"}), "/colour"),
        (json!({"archived": "yes"}), "/archived"),
    ] {
        let reply = server.patch(&path, body).await;
        assert_eq!(reply.problem(422, "invalid_input").pointers(), [pointer]);
    }
}

#[tokio::test]
async fn archived_portfolios_are_listed_apart() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Old"})).await;
    server.portfolio(json!({"name": "New"})).await;
    server.patch(&path, json!({"archived": true})).await;
    let names = async |query: &str| {
        let reply = server.get(&format!("/v1/portfolios{query}")).await;
        reply.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["New"]);
    assert_eq!(names("?archived=false").await, ["New"]);
    assert_eq!(names("?archived=true").await, ["Old"]);
    server
        .get("/v1/portfolios?archived=yes")
        .await
        .problem(422, "invalid_input");
}

#[tokio::test]
async fn a_deleted_portfolio_is_gone_with_all_that_belongs_to_it() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core"})).await;
    assert_eq!(server.delete(&path).await.status, 204);
    for line in [
        format!("GET {path}"),
        format!("DELETE {path}"),
        format!("GET {path}/valuation"),
        format!("GET {path}/valuations"),
        format!("GET {path}/valuations/latest"),
        format!("POST {path}/valuations"),
    ] {
        server.call(&line).send().await.problem(404, "not_found");
    }
    server.patch(&path, json!({})).await.problem(404, "not_found");
    server
        .post(
            &format!("{path}/holdings"),
            json!({"asset": "crypto:bitcoin", "quantity": 1}),
        )
        .await
        .problem(404, "not_found");
}
