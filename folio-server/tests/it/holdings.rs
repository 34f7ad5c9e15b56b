//! Lots: what is accepted, what is derived, what is refused.

use serde_json::{Value, json};

use crate::support::Server;

#[tokio::test]
async fn what_was_given_is_kept_and_the_other_form_derived() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core", "base_currency": "EUR"})).await;
    let add = async |body: Value| {
        let reply = server.post(&format!("{path}/holdings"), body.clone()).await;
        assert_eq!(reply.status, 201, "{body}: {}", reply.text);
        reply.json
    };
    let unit = add(json!({"asset": "stock:brk.b", "quantity": "2.50", "unit_cost": 10.10})).await;
    assert_eq!(
        json!([
            unit["asset"],
            unit["quantity"],
            unit["unit_cost"],
            unit["cost"],
            unit["cost_currency"]
        ]),
        json!(["stock:BRK-B", "2.5", "10.1", "25.25", "EUR"])
    );
    let total = add(json!({"asset": "crypto:bitcoin", "quantity": 4e-1, "cost": "100", "cost_currency": "USD", "acquired_on": "2025-01-15",
        "account": "wallet", "tags": ["a"], "note": "n", "external_id": "e1"})).await;
    assert_eq!(total["unit_cost"], "250");
    assert_eq!(
        json!([
            total["quantity"],
            total["acquired_on"],
            total["account"],
            total["tags"],
            total["note"],
            total["external_id"]
        ]),
        json!(["0.4", "2025-01-15", "wallet", ["a"], "n", "e1"])
    );
    let debt = add(json!({"asset": "currency:usd", "quantity": "-100"})).await;
    assert_eq!(
        json!([debt["asset"], debt["quantity"], debt["cost"], debt["cost_currency"]]),
        json!(["currency:USD", "-100", null, null])
    );
    let unknown = add(json!({"asset": "crypto:no-such-coin", "quantity": "0.000000000000000001"})).await;
    assert_eq!(
        json!([unknown["quantity"], unknown["info"]]),
        json!(["0.000000000000000001", null])
    );
    let whole = server.get(&path).await.json;
    let order: Vec<_> = whole["holdings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|holding| holding["id"].clone())
        .collect();
    assert_eq!(
        order,
        [
            unit["id"].clone(),
            total["id"].clone(),
            debt["id"].clone(),
            unknown["id"].clone()
        ]
    );
    assert_eq!(whole["version"], 5);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core"})).await;
    let check = async |body: Value, status: u16, pointer: &str| {
        let reply = server.post(&format!("{path}/holdings"), body.clone()).await;
        assert_eq!(
            (reply.status, reply.pointers()),
            (status, vec![pointer]),
            "{body}: {}",
            reply.text
        );
    };
    let with = |name: &str, value: Value| {
        let mut body = json!({"asset": "crypto:bitcoin", "quantity": "1"});
        body[name] = value;
        body
    };
    check(json!({"quantity": 1}), 422, "/asset").await;
    check(json!({"asset": "crypto:bitcoin"}), 422, "/quantity").await;
    for quantity in [
        json!("0"),
        json!(-1),
        json!("-0.5"),
        json!("NaN"),
        json!("1,5"),
        json!(""),
        json!(true),
        json!([1]),
        json!("1e16"),
        json!("0x10"),
    ] {
        check(with("quantity", quantity), 422, "/quantity").await;
    }
    for asset in [
        json!("bitcoin"),
        json!("bond:X"),
        json!("crypto:"),
        json!(1),
        json!("stock:a b"),
    ] {
        check(with("asset", asset), 422, "/asset").await;
    }
    check(with("unit_cost", json!(-1)), 422, "/unit_cost").await;
    check(with("cost", json!(-1)), 422, "/cost").await;
    check(with("cost", json!("1e400")), 422, "/cost").await;
    check(with("cost_currency", json!("EUR")), 422, "/cost_currency").await;
    check(with("acquired_on", json!("15.01.2025")), 422, "/acquired_on").await;
    check(with("acquired_on", json!("2025-02-30")), 422, "/acquired_on").await;
    check(with("acquired_on", json!("2025-01-15T00:00:00Z")), 422, "/acquired_on").await;
    check(with("note", json!("x".repeat(4001))), 422, "/note").await;
    check(with("id", json!("x")), 422, "/id").await;
    let mut both = with("cost", json!(1));
    both["unit_cost"] = json!(1);
    check(both, 422, "/cost").await;
    assert_eq!(server.get(&path).await.json["version"], 1);

    let first = server
        .post(&format!("{path}/holdings"), with("external_id", json!("e")))
        .await;
    assert_eq!(first.status, 201);
    check(with("external_id", json!("e")), 409, "/external_id").await;
}

#[tokio::test]
async fn a_lot_is_patched_and_may_be_sent_back_whole() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core"})).await;
    let made = server
        .post(
            &format!("{path}/holdings"),
            json!({"asset": "stock:AAPL", "quantity": 2, "unit_cost": 100, "external_id": "a", "note": "n"}),
        )
        .await;
    let other = server
        .post(
            &format!("{path}/holdings"),
            json!({"asset": "stock:AAPL", "quantity": 1, "external_id": "b"}),
        )
        .await;
    let address = format!("{path}/holdings/{}", made.json["id"].as_str().unwrap());
    let patch = async |body: Value| server.patch(&address, body).await;
    let costs = |json: &Value| json!([json["quantity"], json["unit_cost"], json["cost"], json["cost_currency"]]);

    let mut whole = patch(made.json.clone()).await.json;
    assert_eq!(costs(&whole), json!(["2", "100", "200", "USD"]));
    whole["quantity"] = json!("4");
    whole = patch(whole).await.json;
    assert_eq!(
        costs(&whole),
        json!(["4", "100", "400", "USD"]),
        "the form that was given stays"
    );
    whole["cost"] = json!(500);
    whole = patch(whole).await.json;
    assert_eq!(costs(&whole), json!(["4", "125", "500", "USD"]));
    assert_eq!(
        costs(&patch(json!({"cost_currency": "EUR"})).await.json),
        json!(["4", "125", "500", "EUR"])
    );
    assert_eq!(
        costs(&patch(json!({"cost_currency": null})).await.json),
        json!(["4", "125", "500", "USD"])
    );
    assert_eq!(
        costs(&patch(json!({"unit_cost": "7"})).await.json),
        json!(["4", "7", "28", "USD"])
    );
    assert_eq!(
        costs(&patch(json!({"cost": null})).await.json),
        json!(["4", null, null, null])
    );
    let cleared = patch(json!({"note": null, "external_id": null})).await;
    assert_eq!(
        (cleared.status, &cleared.json["note"], &cleared.json["external_id"]),
        (200, &Value::Null, &Value::Null)
    );
    let moved = patch(json!({"asset": "currency:EUR", "quantity": "-3"})).await;
    assert_eq!(moved.json["asset"], "currency:EUR");

    for (body, status, pointer) in [
        (json!({"quantity": null}), 422, "/quantity"),
        (json!({"asset": null}), 422, "/asset"),
        (json!({"asset": "stock:AAPL"}), 422, "/quantity"),
        (json!({"cost": 1, "unit_cost": 2}), 422, "/cost"),
        (json!({"id": "x"}), 422, "/id"),
        (json!({"colour": 1}), 422, "/colour"),
        (json!({"external_id": "b"}), 409, "/external_id"),
    ] {
        let reply = patch(body.clone()).await;
        assert_eq!(
            (reply.status, reply.pointers()),
            (status, vec![pointer]),
            "{body}: {}",
            reply.text
        );
    }
    let other = format!("{path}/holdings/{}", other.json["id"].as_str().unwrap());
    assert_eq!(server.delete(&other).await.status, 204);
    server.delete(&other).await.problem(404, "not_found");
    server.patch(&other, json!({})).await.problem(404, "not_found");
    server
        .patch(&format!("{path}/holdings/nope"), json!({}))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_portfolio_has_at_most_ten_thousand_lots() {
    let server = Server::new();
    let lots: Vec<_> = (0..10_000)
        .map(|_| json!({"asset": "currency:EUR", "quantity": 1}))
        .collect();
    let path = server.portfolio(json!({"name": "Core", "holdings": lots})).await;
    let reply = server
        .post(
            &format!("{path}/holdings"),
            json!({"asset": "currency:EUR", "quantity": 1}),
        )
        .await;
    reply.problem(422, "invalid_input");
}

#[tokio::test]
async fn a_repeated_addition_adds_once() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core"})).await;
    let body = json!({"asset": "crypto:bitcoin", "quantity": 1});
    let add = || {
        server
            .call(&format!("POST {path}/holdings"))
            .header("idempotency-key", "h")
            .json(&body)
            .send()
    };
    let (first, again) = (add().await, add().await);
    assert_eq!((first.status, &first.json), (201, &again.json));
    assert_eq!(server.get(&path).await.json["holdings"].as_array().unwrap().len(), 1);
}
