//! Prices, batches, histories, assets, sources.

use folio_core::ErrorKind;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn a_price_says_where_it_comes_from() {
    let server = Server::new();
    let live = server.get("/v1/prices/crypto/Bitcoin").await;
    let expected = json!({
        "asset": "crypto:bitcoin", "price": "60000", "currency": "USD", "price_currency": "USD", "fx": null,
        "change_24h_percent": live.json["change_24h_percent"], "market_cap": live.json["market_cap"],
        "as_of": "2026-03-04T10:00:00Z", "fetched_at": "2026-03-04T10:00:00Z", "source": live.json["source"], "freshness": "live",
    });
    assert_eq!((live.status, &live.json), (200, &expected));
    assert_eq!(
        server.get("/v1/prices/crypto/bitcoin").await.json["freshness"],
        "cached"
    );
    server.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(server.get("/v1/prices/crypto/bitcoin").await.json["freshness"], "stale");

    let euro = server.get("/v1/prices/stock/AAPL?currency=EUR").await.json;
    assert_eq!(
        json!([euro["price"], euro["currency"], euro["price_currency"]]),
        json!(["160.4", "EUR", "USD"])
    );
    assert_eq!(
        json!([euro["fx"]["from"], euro["fx"]["to"], euro["fx"]["rate"]]),
        json!(["USD", "EUR", "0.8"])
    );
    assert_eq!(server.get("/v1/prices/stock/WALD.DE").await.json["currency"], "EUR");
    let rate = server.get("/v1/prices/currency/EUR").await.json;
    assert_eq!(json!([rate["price"], rate["currency"]]), json!(["1.25", "USD"]));
}

#[tokio::test]
async fn a_path_is_decoded_and_checked() {
    let server = Server::new();
    server.get("/v1/prices/stock/BRK%2FB").await.problem(404, "not_found");
    for path in [
        "bond/x",
        "CRYPTO/bitcoin",
        "currency/EURO",
        "crypto/bit%20coin",
        "stock/a%3Ftoken=1",
    ] {
        server
            .get(&format!("/v1/prices/{path}"))
            .await
            .problem(422, "invalid_input");
    }
    server
        .get("/v1/prices/crypto/bitcoin?currency=eur")
        .await
        .problem(422, "invalid_input");
    server
        .get("/v1/prices/custom/house")
        .await
        .problem(404, "missing_price");
}

#[tokio::test]
async fn with_its_sources_down_a_server_says_so() {
    let server = Server::new();
    server.source.set_failure(Some(ErrorKind::Unavailable));
    let reply = server.get("/v1/prices/crypto/bitcoin").await;
    let wait: u64 = reply.problem(503, "unavailable").header("retry-after").parse().unwrap();
    assert!(wait >= 1);
}

#[tokio::test]
async fn in_a_batch_one_asset_fails_nobody_else() {
    let server = Server::new();
    let reply = server
        .post(
            "/v1/prices/batch",
            json!({"assets": ["crypto:bitcoin", "crypto:nope", "stock:AAPL", "crypto:bitcoin"]}),
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let quotes: Vec<_> = reply.json["quotes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|quote| quote["asset"].as_str().unwrap())
        .collect();
    assert_eq!(quotes, ["crypto:bitcoin", "stock:AAPL"]);
    let unpriced = &reply.json["unpriced"][0];
    assert_eq!(
        json!([
            unpriced["asset"],
            unpriced["reason"],
            unpriced["retry_at"].is_null() || unpriced["retry_at"].is_string()
        ]),
        json!(["crypto:nope", "not_found", true])
    );
    let converted = server
        .post("/v1/prices/batch", json!({"assets": ["stock:AAPL"], "currency": "EUR"}))
        .await;
    assert_eq!(converted.json["quotes"][0]["price"], "160.4");
    assert_eq!(
        server.post("/v1/prices/batch", json!({"assets": []})).await.json,
        json!({"quotes": [], "unpriced": []})
    );

    let many = |count: usize| json!({"assets": (0..count).map(|n| format!("crypto:c{n}")).collect::<Vec<_>>()});
    assert_eq!(server.post("/v1/prices/batch", many(500)).await.status, 200);
    for (body, pointer) in [
        (many(501), "/assets"),
        (json!({}), "/assets"),
        (json!({"assets": "crypto:bitcoin"}), "/assets"),
        (json!({"assets": ["crypto:bitcoin", "x"]}), "/assets/1"),
        (json!({"assets": [], "currency": "€"}), "/currency"),
        (json!({"assets": [], "colour": 1}), "/colour"),
    ] {
        let reply = server.post("/v1/prices/batch", body).await;
        assert_eq!(reply.problem(422, "invalid_input").pointers(), [pointer]);
    }
}

#[tokio::test]
async fn a_history_is_oldest_first() {
    let server = Server::new();
    let reply = server.get("/v1/prices/crypto/bitcoin/history?days=3").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let points: Vec<_> = reply.json["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| (point["date"].as_str().unwrap(), point["price"].as_str().unwrap()))
        .collect();
    assert_eq!(
        points,
        [
            ("2026-03-01", "58000"),
            ("2026-03-02", "59000"),
            ("2026-03-03", "59500")
        ]
    );
    assert_eq!(
        json!([reply.json["asset"], reply.json["currency"], reply.json["resolution"]]),
        json!(["crypto:bitcoin", "USD", "daily"])
    );
    assert!(reply.json["points"][0]["provisional"].is_boolean() && reply.json["points"][0]["time"].is_string());
    for query in [
        "days=0",
        "days=366",
        "days=x",
        "resolution=weekly",
        "resolution=hourly&days=31",
        "currency=x",
    ] {
        server
            .get(&format!("/v1/prices/crypto/bitcoin/history?{query}"))
            .await
            .problem(422, "invalid_input");
    }
    server
        .get("/v1/prices/stock/AAPL/history?resolution=hourly")
        .await
        .problem(422, "invalid_input");
    server
        .get("/v1/prices/crypto/nope/history")
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn assets_are_found_and_shown() {
    let server = Server::new();
    let found = server.get("/v1/assets?q=bit").await;
    let names = found.json["items"].as_array().unwrap();
    assert!(
        names.iter().any(|item| item["asset"] == "crypto:bitcoin"),
        "{}",
        found.text
    );
    assert_eq!(found.json["next_cursor"], json!(null));
    let none = server.get("/v1/assets?q=bit&class=stock").await;
    assert_eq!(none.json["items"], json!([]));
    for query in ["", "?q=", "?q=%20", "?q=x&class=bond"] {
        server
            .get(&format!("/v1/assets{query}"))
            .await
            .problem(422, "invalid_input");
    }
    let apple = server.get("/v1/assets/stock/aapl").await;
    assert_eq!(apple.json["name"], "Apple Inc.", "{}", apple.text);
    assert_eq!(
        json!([apple.json["class"], apple.json["kind"], apple.json["ticker"]]),
        json!(["stock", "equity", "AAPL"])
    );
    server.get("/v1/assets/crypto/nope").await.problem(404, "not_found");
}

#[tokio::test]
async fn sources_say_how_they_do() {
    let server = Server::new();
    server.get("/v1/prices/crypto/bitcoin").await;
    let good = server.get("/v1/sources").await;
    assert_eq!(
        json!([good.json["items"][0]["healthy"], good.json["items"][0]["last_error"]]),
        json!([true, null]),
        "{}",
        good.text
    );
    server.source.set_failure(Some(ErrorKind::Unavailable));
    server.get("/v1/prices/stock/AAPL").await.problem(503, "unavailable");
    let bad = server.get("/v1/sources").await;
    assert_eq!(bad.json["items"][0]["healthy"], false);
    assert!(bad.json["items"][0]["last_error"].is_string());
    let ready = server.get("/ready").await;
    assert_eq!(ready.status, 200);
    assert!(ready.text.contains("degraded"), "{}", ready.text);
}
