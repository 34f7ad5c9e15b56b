//! Prices stated by hand, over REST.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::Server;

const HOUSE: &str = "/v1/prices/custom/house/manual";

async fn put(server: &Server, path: &str, body: Value) -> crate::support::Reply {
    server.call(&format!("PUT {path}")).json(&body).send().await
}

#[tokio::test]
async fn a_house_gets_a_price() {
    let server = Server::new();
    let path = server
        .portfolio(json!({"name": "Home", "holdings": [{"asset": "custom:house", "quantity": 1}]}))
        .await;
    let before = server.get(&format!("{path}/valuation")).await.json;
    let pricing = &before["holdings"][0]["pricing"];
    assert_eq!(
        json!([pricing["state"], pricing["reason"]]),
        json!(["unpriced", "no_data"])
    );
    assert!(pricing["remedy"].as_str().unwrap().contains("/manual"), "{pricing}");

    let stated = put(&server, HOUSE, json!({"price": "400000", "currency": "EUR"})).await;
    let expected = json!({
        "asset": "custom:house", "price": "400000", "currency": "EUR", "price_currency": "EUR",
        "as_of": "2026-03-04T10:00:00Z", "fetched_at": "2026-03-04T10:00:00Z", "source": "manual",
        "freshness": "cached", "valid_days": null, "valid_until": null,
    });
    assert_eq!((stated.status, &stated.json), (200, &expected));
    assert_eq!(server.get(HOUSE).await.json, expected);
    let valued = server.get(&format!("{path}/valuation")).await.json;
    assert_eq!(
        json!([
            valued["status"],
            valued["total_value"],
            valued["holdings"][0]["pricing"]["source"]
        ]),
        json!(["complete", "500000", "manual"])
    );
    let quote = server.get("/v1/prices/custom/house?currency=USD").await.json;
    assert_eq!(
        json!([
            quote["price"],
            quote["price_currency"],
            quote["source"],
            quote["freshness"]
        ]),
        json!(["500000", "EUR", "manual", "cached"])
    );
    let batch = server
        .post("/v1/prices/batch", json!({"assets": ["custom:house", "custom:boat"]}))
        .await
        .json;
    assert_eq!(
        json!([batch["quotes"][0]["price"], batch["unpriced"][0]["asset"]]),
        json!(["400000", "custom:boat"])
    );
    let history = server.get("/v1/prices/custom/house/history?days=3").await.json;
    assert_eq!(
        history["points"],
        json!([{"date": "2026-03-04", "time": "2026-03-04T10:00:00Z", "price": "400000", "provisional": true}])
    );

    let job = server.call(&format!("POST {path}/valuations")).send().await;
    assert_eq!(job.status, 202);
    assert_eq!(server.delete(HOUSE).await.status, 204);
    server.delete(HOUSE).await.problem(404, "not_found");
    server.get(HOUSE).await.problem(404, "not_found");
    server
        .get("/v1/prices/custom/house")
        .await
        .problem(404, "missing_price");
    let after = server.get(&format!("{path}/valuation")).await.json;
    assert_eq!(after["status"], "unavailable");
}

#[tokio::test]
async fn a_price_is_replaced_at_its_instant_and_ends_with_its_days() {
    let server = Server::new();
    let body = json!({"price": 1.50, "currency": "USD", "as_of": "2026-03-01T00:00:00+01:00", "valid_days": 5});
    for _ in 0..2 {
        let stated = put(&server, HOUSE, body.clone()).await.json;
        assert_eq!(
            json!([
                stated["price"],
                stated["as_of"],
                stated["valid_days"],
                stated["valid_until"]
            ]),
            json!(["1.5", "2026-02-28T23:00:00Z", 5, "2026-03-05T23:00:00Z"])
        );
        assert_eq!(
            stated["fetched_at"], "2026-03-04T10:00:00Z",
            "said again, nothing changes"
        );
        server.clock.advance(SignedDuration::from_mins(1));
    }
    server.clock.advance(SignedDuration::from_hours(48));
    server
        .get("/v1/prices/custom/house")
        .await
        .problem(404, "missing_price");
    assert_eq!(
        server.get(HOUSE).await.json["price"],
        "1.5",
        "what was stated is still shown"
    );
    let share = "/v1/prices/stock/NOPE/manual";
    assert_eq!(
        put(&server, share, json!({"price": "7", "currency": "USD"}))
            .await
            .status,
        200
    );
    assert_eq!(server.get("/v1/prices/stock/NOPE").await.json["price"], "7");
}

#[tokio::test]
async fn what_cannot_be_stated_is_refused_with_its_pointer() {
    let server = Server::new();
    let check = async |path: &str, body: Value, code: &str, pointers: &[&str]| {
        let reply = put(&server, path, body).await;
        assert_eq!(reply.problem(422, code).pointers(), pointers, "{path}");
    };
    let good = json!({"price": "1", "currency": "USD"});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    check(
        "/v1/prices/currency/EUR/manual",
        good.clone(),
        "unsupported",
        &["/class"],
    )
    .await;
    check("/v1/prices/bond/x/manual", good.clone(), "invalid_input", &["/class"]).await;
    check(HOUSE, json!({}), "invalid_input", &["/price", "/currency"]).await;
    check(HOUSE, with("price", json!("-1")), "out_of_range", &["/price"]).await;
    check(HOUSE, with("price", json!("1e13")), "out_of_range", &["/price"]).await;
    check(HOUSE, with("currency", json!("€")), "invalid_input", &["/currency"]).await;
    check(
        HOUSE,
        with("as_of", json!("2026-03-04T10:10:01Z")),
        "invalid_input",
        &["/as_of"],
    )
    .await;
    check(HOUSE, with("as_of", json!("yesterday")), "invalid_input", &["/as_of"]).await;
    check(HOUSE, with("valid_days", json!(0)), "out_of_range", &["/valid_days"]).await;
    check(
        HOUSE,
        with("valid_days", json!(36_501)),
        "out_of_range",
        &["/valid_days"],
    )
    .await;
    check(HOUSE, with("valid_days", json!(1.5)), "invalid_input", &["/valid_days"]).await;
    check(HOUSE, with("colour", json!(1)), "invalid_input", &["/colour"]).await;
    server.get(HOUSE).await.problem(404, "not_found");
}

#[tokio::test]
async fn nobody_sees_what_another_owner_stated() {
    let server = Server::new();
    let alice = server.token("alice", json!(["write"])).await;
    let bob = server.token("bob", json!(["write"])).await;
    let reader = server.token("alice", json!(["read"])).await;
    let body = json!({"price": "5", "currency": "USD"});
    let call = |line: &str, token: &str| server.call(line).token(token);
    let stated = call(&format!("PUT {HOUSE}"), &alice).json(&body).send().await;
    assert_eq!(stated.status, 200, "{}", stated.text);
    let refused = call(&format!("PUT {HOUSE}"), &reader).json(&body).send().await;
    refused.problem(403, "permission_denied");
    assert_eq!(call(&format!("GET {HOUSE}"), &reader).send().await.json["price"], "5");

    for (line, code) in [
        ("GET /v1/prices/custom/house/manual", "not_found"),
        ("DELETE /v1/prices/custom/house/manual", "not_found"),
        ("GET /v1/prices/custom/house", "missing_price"),
        ("GET /v1/prices/custom/house/history", "missing_price"),
    ] {
        let theirs = call(line, &bob).header("x-request-id", "same").send().await;
        theirs.problem(404, code);
        let nobodys = call(&line.replace("house", "boat"), &bob).header("x-request-id", "same");
        assert_eq!(theirs.text, nobodys.send().await.text, "{line}");
    }
    for (token, status) in [(&alice, "complete"), (&bob, "unavailable")] {
        let made = call("POST /v1/portfolios", token)
            .json(&json!({"name": "Home", "holdings": [{"asset": "custom:house", "quantity": 1}]}))
            .send()
            .await;
        let id = made.json["id"].as_str().unwrap();
        let valued = call(&format!("GET /v1/portfolios/{id}/valuation"), token).send().await;
        assert_eq!(valued.json["status"], status);
    }
}
