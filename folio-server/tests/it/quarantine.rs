//! Prices that were held back, as an operator sees them.

use folio_core::{Currency, Price};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Reply, Server};

const LIST: &str = "/v1/quotes/quarantined";

/// A server whose source has been asked for these prices and then says others.
async fn jumped(assets: &[(&str, &str)]) -> Server {
    let server = Server::new();
    for (asset, price) in assets {
        let path = asset.replace(':', "/");
        assert_eq!(server.get(&format!("/v1/prices/{path}")).await.status, 200);
        let price = Price::parse(price, Currency::USD).unwrap();
        server.source.set_price(asset.parse().unwrap(), price);
    }
    server.clock.advance(SignedDuration::from_hours(1));
    let holdings: Vec<_> = assets
        .iter()
        .map(|(asset, _)| json!({"asset": asset, "quantity": 1}))
        .collect();
    let path = server.portfolio(json!({"name": "Core", "holdings": holdings})).await;
    let value = server.get(&format!("{path}/valuation")).await;
    for holding in value.json["holdings"].as_array().unwrap() {
        assert_eq!(holding["pricing"]["state"], "carried", "{}", value.text);
        assert_eq!(holding["pricing"]["reason"], "quarantined", "{}", value.text);
        let remedy = holding["pricing"]["remedy"].as_str().unwrap();
        assert!(remedy.contains("/api/v1/quotes/quarantined"), "{remedy}");
    }
    server
}

fn items(reply: &Reply) -> &Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json["items"].as_array().unwrap()
}

#[tokio::test]
async fn a_price_that_was_held_back_is_shown_and_accepted_once() {
    let server = jumped(&[("crypto:bitcoin", "6000000")]).await;
    let list = server.get(LIST).await;
    assert_eq!(list.json["next_cursor"], Value::Null);
    let [row] = &items(&list)[..] else {
        panic!("{}", list.text)
    };
    let expected = json!({
        "id": row["id"],
        "asset": "crypto:bitcoin",
        "currency": "USD",
        "reason": "jump",
        "candidate": {"price": "6000000", "currency": "USD", "as_of": "2026-03-04T11:00:00Z", "source": "memory",
            "fetched_at": "2026-03-04T11:00:00Z"},
        "reference": {"price": "60000", "currency": "USD", "as_of": "2026-03-04T10:00:00Z", "source": "memory",
            "fetched_at": "2026-03-04T10:00:00Z"},
        "expected": {"low": "20000", "high": "180000"},
        "first_seen": "2026-03-04T11:00:00Z",
        "last_seen": "2026-03-04T11:00:00Z",
        "books": 0,
        "verdict": null,
    });
    assert_eq!(*row, expected);

    let accept = format!("POST {LIST}/{}/accept", row["id"].as_str().unwrap());
    let accepted = server.call(&accept).send().await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    assert_eq!(accepted.json["verdict"], "accepted");
    let price = server.get("/v1/prices/crypto/bitcoin").await;
    assert_eq!(price.json["price"], "6000000", "{}", price.text);
    server.call(&accept).send().await.problem(409, "conflict");

    assert!(items(&server.get(LIST).await).is_empty());
    let all = server.get(&format!("{LIST}?all=true")).await;
    assert_eq!(items(&all)[..], [accepted.json]);
}

#[tokio::test]
async fn what_nobody_can_accept_is_refused_with_the_reason() {
    let server = Server::new();
    let price = Price::parse("60000", Currency::USD).unwrap();
    let later = folio_core::Clock::now(&*server.clock) + SignedDuration::from_hours(3);
    let quote = folio_core::Quote {
        kind: folio_core::QuoteKind::Realtime,
        ..folio_core::Quote::manual("crypto:bitcoin".parse().unwrap(), price, later)
    };
    server.source.set_quote(quote);
    server
        .get("/v1/prices/crypto/bitcoin")
        .await
        .problem(404, "missing_price");
    let list = server.get(LIST).await;
    let row = &items(&list)[0];
    assert_eq!(
        (&row["reason"], &row["reference"], &row["expected"]),
        (&json!("future"), &Value::Null, &Value::Null)
    );
    let accept = format!("POST {LIST}/{}/accept", row["id"].as_str().unwrap());
    let refused = server.call(&accept).send().await;
    let detail = refused.problem(409, "conflict").json["detail"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(detail.contains("future"), "{detail}");
}

#[tokio::test]
async fn the_list_comes_in_parts() {
    let server = jumped(&[("crypto:bitcoin", "6"), ("stock:AAPL", "2")]).await;
    let first = server.get(&format!("{LIST}?limit=1")).await;
    assert_eq!(items(&first)[0]["asset"], "crypto:bitcoin");
    let cursor = first.json["next_cursor"].as_str().unwrap();
    let second = server.get(&format!("{LIST}?limit=1&cursor={cursor}")).await;
    assert_eq!(items(&second)[0]["asset"], "stock:AAPL");
    assert_eq!(items(&second)[0]["currency"], Value::Null, "what the share trades in");
    assert_eq!(second.json["next_cursor"], Value::Null);
    for query in ["limit=201", "limit=0", "cursor=nonsense", "all=maybe"] {
        let reply = server.get(&format!("{LIST}?{query}")).await;
        reply.problem(422, "invalid_input");
    }
}

#[tokio::test]
async fn everybody_may_look_and_administrators_decide() {
    let server = jumped(&[("crypto:bitcoin", "6000000")]).await;
    let (read, write) = (
        server.token("admin", json!(["read"])).await,
        server.token("alice", json!(["write"])).await,
    );
    let list = server.call(&format!("GET {LIST}")).token(&read).send().await;
    let accept = format!("POST {LIST}/{}/accept", items(&list)[0]["id"].as_str().unwrap());
    for token in [&read, &write] {
        let refused = server.call(&accept).token(token).send().await;
        refused.problem(403, "permission_denied");
    }
    for id in ["nope", "0195620b-0000-7000-8000-000000000000"] {
        let unknown = server.call(&format!("POST {LIST}/{id}/accept")).send().await;
        unknown.problem(404, "not_found");
    }
    assert_eq!(server.call(&accept).send().await.status, 200);
}
