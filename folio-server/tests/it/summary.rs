//! All portfolios of an owner together, as a client sees them.

use serde_json::{Value, json};

use crate::support::Server;

async fn portfolio(server: &Server, name: &str, currency: &str, holding: Value) -> String {
    let body = json!({"name": name, "base_currency": currency, "holdings": [holding]});
    let reply = server.post("/v1/portfolios", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn portfolios_of_different_currencies_are_summed_over_one_rate() {
    let server = Server::new();
    let coin = json!({"asset": "crypto:bitcoin", "quantity": "0.5", "unit_cost": "40000"});
    let dollars = portfolio(&server, "Coins", "USD", coin).await;
    let cash = json!({"asset": "currency:EUR", "quantity": "1000"});
    let euros = portfolio(&server, "Cash", "EUR", cash).await;
    let yen = portfolio(&server, "Yen", "JPY", json!({"asset": "currency:JPY", "quantity": "7"})).await;
    let away = portfolio(
        &server,
        "Archived",
        "USD",
        json!({"asset": "stock:AAPL", "quantity": "9"}),
    )
    .await;
    server
        .patch(&format!("/v1/portfolios/{away}"), json!({"archived": true}))
        .await;

    let summary = server.get("/v1/summary").await;
    let fx = json!({"from": "EUR", "to": "USD", "rate": "1.25", "source": "memory", "as_of": "2026-03-04T10:00:00Z"});
    let expected = json!({
        "currency": "USD", "as_of": "2026-03-04T10:00:00Z", "status": "partial",
        "total_value": "31250", "value_with_cost": "30000", "total_cost": "20000", "gain": "10000",
        "gain_percent": "50", "excluded_cost": null,
        "coverage": {"priced": 2, "carried": 0, "unpriced": 1, "without_cost": 2, "percent_by_cost": "100"},
        "portfolio_count": 3, "more": false,
        "portfolios": [
            {"id": dollars, "name": "Coins", "base_currency": "USD", "status": "complete", "total_value": "30000",
             "value": "30000", "weight_percent": "96", "fx": null, "reason": null},
            {"id": euros, "name": "Cash", "base_currency": "EUR", "status": "complete", "total_value": "1000",
             "value": "1250", "weight_percent": "4", "fx": fx, "reason": null},
            {"id": yen, "name": "Yen", "base_currency": "JPY", "status": "complete", "total_value": "7",
             "value": null, "weight_percent": null, "fx": null, "reason": "no_rate"},
        ],
    });
    assert_eq!((summary.status, summary.json), (200, expected));
    let euros = server.get("/v1/summary?currency=EUR").await.json;
    assert_eq!(
        json!([euros["currency"], euros["total_value"]]),
        json!(["EUR", "25000"])
    );
    server
        .get("/v1/summary?currency=euro")
        .await
        .problem(422, "invalid_input");
}

#[tokio::test]
async fn nothing_is_complete_and_nobody_elses_is_in_it() {
    let server = Server::new();
    portfolio(
        &server,
        "Mine",
        "EUR",
        json!({"asset": "currency:EUR", "quantity": "5"}),
    )
    .await;
    let bob = server.token("bob", json!(["read"])).await;
    let his = server.call("GET /v1/summary").token(&bob).send().await.json;
    assert_eq!(
        json!([
            his["currency"],
            his["status"],
            his["total_value"],
            his["portfolio_count"],
            his["gain"]
        ]),
        json!(["USD", "complete", "0", 0, null])
    );
    let mine = server.get("/v1/summary").await.json;
    assert_eq!(
        json!([mine["currency"], mine["total_value"]]),
        json!(["EUR", "5"]),
        "the currency of all"
    );
}

#[tokio::test]
async fn a_price_stated_by_hand_counts_in_its_own_currency() {
    let server = Server::new();
    let house = json!({"asset": "custom:house", "quantity": "2"});
    portfolio(&server, "House", "USD", house).await;
    let before = server.get("/v1/summary").await.json;
    assert_eq!(
        json!([before["status"], before["total_value"]]),
        json!(["unavailable", null])
    );
    let stated = json!({"price": "500", "currency": "EUR"});
    let reply = server.put("/v1/prices/custom/house/manual", stated).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let after = server.get("/v1/summary").await.json;
    assert_eq!(
        json!([after["status"], after["total_value"], after["coverage"]["priced"]]),
        json!(["complete", "1250", 1])
    );
}
