//! A portfolio over time, as a client sees it.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::Server;

async fn portfolio(server: &Server, holdings: Value) -> String {
    let body = json!({"name": "Core", "holdings": holdings});
    let reply = server.post("/v1/portfolios", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_days_before_the_first_snapshot_are_worked_out() {
    let server = Server::new();
    let lot = json!({"asset": "crypto:bitcoin", "quantity": "0.5", "unit_cost": "40000", "acquired_on": "2026-03-02"});
    let id = portfolio(&server, json!([lot])).await;
    let path = format!("/v1/portfolios/{id}/history");
    let point = |as_of: &str, value: &str| {
        json!({
            "as_of": as_of, "value": value, "value_with_cost": value, "cost": "20000", "status": "complete",
            "origin": "reconstructed",
        })
    };
    let days = [
        point("2026-03-02T23:59:59.999Z", "29500"),
        point("2026-03-03T23:59:59.999Z", "29750"),
    ];
    let reply = server.get(&path).await;
    assert_eq!(
        (reply.status, reply.json),
        (200, json!({"currency": "USD", "points": days, "missing": []}))
    );

    let at = "2026-03-04T10:00:00Z".parse().unwrap();
    let owner = folio_core::OwnerId::default();
    let caller = folio_core::pricing::Caller::live();
    let kept = server
        .app
        .tracker
        .snapshot(id.parse().unwrap(), &owner, at, folio_core::Trigger::Manual, caller);
    kept.await.unwrap();
    server.clock.advance(SignedDuration::from_hours(1));
    let points = server.get(&path).await.json["points"].clone();
    let now = json!({
        "as_of": "2026-03-04T10:00:00Z", "value": "30000", "value_with_cost": "30000", "cost": "20000",
        "status": "complete", "origin": "snapshot",
    });
    assert_eq!(points, json!([days[0], days[1], now]));
    let some = server
        .get(&format!("{path}?from=2026-03-03T00:00:00Z&to=2026-03-04T09:59:59Z"))
        .await;
    assert_eq!(some.json["points"], json!([days[1]]));
    let ends = server.get(&format!("{path}?points=2")).await;
    assert_eq!(ends.json["points"], json!([days[0], now]));
}

#[tokio::test]
async fn what_is_not_known_is_null_and_named() {
    let server = Server::new();
    let lot = |asset: &str| json!({"asset": asset, "quantity": "1", "acquired_on": "2026-03-02"});
    let id = portfolio(&server, json!([lot("crypto:nonsense")])).await;
    let reply = server.get(&format!("/v1/portfolios/{id}/history")).await.json;
    assert_eq!(reply["points"][0]["value"], Value::Null);
    assert_eq!(reply["points"][0]["status"], "unavailable");
    let missing = &reply["missing"][0];
    assert_eq!(
        json!([missing["asset"], missing["reason"]]),
        json!(["crypto:nonsense", "not_found"])
    );
}

#[tokio::test]
async fn a_wrong_question_is_refused() {
    let server = Server::new();
    let id = portfolio(&server, json!([])).await;
    let empty = server.get(&format!("/v1/portfolios/{id}/history")).await.json;
    assert_eq!(empty, json!({"currency": "USD", "points": [], "missing": []}));
    for query in [
        "points=1",
        "points=2001",
        "points=x",
        "from=yesterday",
        "to=2026-13-01T00:00:00Z",
        "from=2026-03-04T00:00:00Z&to=2026-03-03T00:00:00Z",
    ] {
        let reply = server.get(&format!("/v1/portfolios/{id}/history?{query}")).await;
        reply.problem(422, "invalid_input");
    }
    let absent = "/v1/portfolios/00000000-0000-7000-8000-000000000000/history";
    server.get(absent).await.problem(404, "not_found");
}
