//! What a portfolio is worth, and what was kept of it.

use folio_core::pricing::Caller;
use folio_core::{ErrorKind, OwnerId, PortfolioId, Trigger};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::Server;

async fn snapshot(server: &Server, path: &str, as_of: Timestamp) -> String {
    let id: PortfolioId = path.rsplit('/').next().unwrap().parse().unwrap();
    let owner = OwnerId::default();
    let kept = server
        .app
        .tracker
        .snapshot(id, &owner, as_of, Trigger::Hourly, Caller::manual_job())
        .await
        .unwrap();
    kept.id.to_string()
}

#[tokio::test]
async fn a_live_value_says_what_it_covers() {
    let server = Server::new();
    let path = server
        .portfolio(json!({"name": "Core", "base_currency": "EUR", "holdings": [
            {"asset": "crypto:bitcoin", "quantity": "0.5", "cost": 20000},
            {"asset": "stock:NOPE", "quantity": 10, "unit_cost": 7},
            {"asset": "currency:EUR", "quantity": 100},
        ]}))
        .await;
    let reply = server.get(&format!("{path}/valuation")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let value = &reply.json;
    assert_eq!(
        json!([
            value["trigger"],
            value["status"],
            value["policy"],
            value["base_currency"],
            value["book_id"],
            value["max_age"]
        ]),
        json!(["live", "partial", "carry_forward", "EUR", null, null])
    );
    assert_eq!(
        json!([
            value["total_value"],
            value["value_with_cost"],
            value["total_cost"],
            value["gain"],
            value["gain_percent"],
            value["excluded_cost"]
        ]),
        json!(["24100", "24000", "20000", "4000", "20", "70"])
    );
    assert_eq!(
        json!([
            value["coverage"]["priced"],
            value["coverage"]["unpriced"],
            value["coverage"]["without_cost"]
        ]),
        json!([2, 1, 1])
    );
    let rows = value["holdings"].as_array().unwrap();
    assert_eq!(
        json!([
            rows[0]["price"],
            rows[0]["price_currency"],
            rows[0]["fx"]["rate"],
            rows[0]["value"]
        ]),
        json!(["60000", "USD", "0.8", "24000"])
    );
    assert_eq!(
        json!([
            rows[1]["value"],
            rows[1]["pricing"]["state"],
            rows[1]["pricing"]["reason"]
        ]),
        json!([null, "unpriced", "not_found"])
    );
    assert!(
        rows[1]["pricing"]["remedy"]
            .as_str()
            .is_some_and(|remedy| !remedy.is_empty())
    );
    assert_eq!(
        value["changes"],
        json!({"24h": null, "7d": null, "30d": null, "1y": null})
    );

    let strict = server.get(&format!("{path}/valuation?policy=strict")).await.json;
    assert_eq!(
        json!([strict["status"], strict["total_value"]]),
        json!(["unavailable", null])
    );
    server
        .get(&format!("{path}/valuation?policy=guess"))
        .await
        .problem(422, "invalid_input");
    assert_eq!(
        server.get(&format!("{path}/valuations")).await.json["items"],
        json!([]),
        "a live value is not kept"
    );
    server
        .get(&format!("{path}/valuations/latest"))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn an_empty_portfolio_is_complete_and_worth_nothing() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core"})).await;
    let value = server.get(&format!("{path}/valuation")).await.json;
    assert_eq!(
        json!([value["status"], value["total_value"], value["gain"]]),
        json!(["complete", "0", null])
    );
}

#[tokio::test]
async fn with_its_sources_down_a_portfolio_is_unavailable_and_not_zero() {
    let server = Server::new();
    server.source.set_failure(Some(ErrorKind::Unavailable));
    let path = server
        .portfolio(json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1}]}))
        .await;
    let value = server.get(&format!("{path}/valuation")).await.json;
    assert_eq!(
        json!([
            value["status"],
            value["total_value"],
            value["holdings"][0]["pricing"]["reason"]
        ]),
        json!(["unavailable", null, "unavailable"])
    );
}

#[tokio::test]
async fn snapshots_are_listed_newest_first() {
    let server = Server::new();
    let path = server.portfolio(json!({"name": "Core", "time_zone": "Europe/Berlin", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1}]})).await;
    let start: Timestamp = "2026-03-04T11:00:00Z".parse().unwrap();
    let mut ids = Vec::new();
    for hour in 0..30 {
        let as_of = start + SignedDuration::from_hours(hour);
        server.clock.set(as_of);
        ids.push(snapshot(&server, &path, as_of).await);
    }
    let list = async |query: &str| server.get(&format!("{path}/valuations{query}")).await;
    let all = list("?limit=200").await;
    let listed: Vec<_> = all.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, ids.iter().rev().cloned().collect::<Vec<_>>());
    let first = &all.json["items"][0];
    assert!(first.get("holdings").is_none() && first["changes"].is_null(), "{first}");
    let with = list("?limit=1&include=holdings").await.json;
    assert_eq!(with["items"][0]["holdings"].as_array().unwrap().len(), 1);
    assert_eq!(with["items"][0]["changes"]["24h"]["amount"], "0");

    let (mut paged, mut query) = (Vec::new(), "?limit=7".to_owned());
    loop {
        let page = list(&query).await.json;
        paged.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=7&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, listed);
    let window = list("?from=2026-03-04T12:00:00Z&to=2026-03-04T14:00:00Z").await.json;
    assert_eq!(window["items"].as_array().unwrap().len(), 3);
    let daily = list("?resolution=daily").await.json;
    let instants: Vec<_> = daily["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["as_of"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(instants, ["2026-03-05T16:00:00Z", "2026-03-04T22:00:00Z"]);
    for query in [
        "?from=yesterday",
        "?resolution=weekly",
        "?include=all",
        "?from=2026-03-05T00:00:00Z&to=2026-03-04T00:00:00Z",
    ] {
        list(query).await.problem(422, "invalid_input");
    }

    let latest = server.get(&format!("{path}/valuations/latest")).await;
    assert_eq!(latest.json["id"].as_str(), ids.last().map(String::as_str));
    let shown = server.get(&format!("{path}/valuations/{}", ids[3])).await;
    assert_eq!((shown.status, shown.json["trigger"].as_str()), (200, Some("hourly")));
    server
        .get(&format!("{path}/valuations/nope"))
        .await
        .problem(404, "not_found");
    let summary = server.get("/v1/portfolios").await.json;
    assert_eq!(
        summary["items"][0]["latest_valuation"]["id"].as_str(),
        ids.last().map(String::as_str)
    );
    assert_eq!(
        summary["items"][0]["latest_valuation"]["changes"]["24h"]["percent"],
        "0"
    );
}
