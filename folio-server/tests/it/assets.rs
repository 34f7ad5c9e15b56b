//! Names of assets, kept and found without their sources.

use std::sync::Arc;

use folio_core::ErrorKind;
use folio_core::memory::MemoryStore;
use serde_json::json;

use crate::support::{Options, Server};

fn on(store: &Arc<MemoryStore>) -> Server {
    Server::with(Options {
        store: Some(store.clone()),
        ..Options::default()
    })
}

#[tokio::test]
async fn what_was_found_once_is_found_without_a_network() {
    let store = Arc::new(MemoryStore::new());
    let first = on(&store);
    for (text, asset) in [("bitco", "crypto:bitcoin"), ("apple", "stock:AAPL")] {
        let found = first.get(&format!("/v1/assets?q={text}")).await;
        assert_eq!(found.json["items"][0]["asset"], asset, "{}", found.text);
    }
    let calls = first.source.calls();
    for text in ["bitco", "apple"] {
        first.get(&format!("/v1/assets?q={text}")).await;
    }
    assert_eq!(first.source.calls(), calls, "a text is asked for once a day");

    let second = on(&store);
    second.source.set_failure(Some(ErrorKind::Unavailable));
    for (path, name) in [
        ("q=b&class=crypto", "Bitcoin"),
        ("q=AAPL&class=stock", "Apple Inc."),
        ("q=coin", "Bitcoin"),
    ] {
        let found = second.get(&format!("/v1/assets?{path}")).await;
        assert_eq!(found.json["items"][0]["name"], name, "{path} {}", found.text);
    }
    assert_eq!(second.get("/v1/assets/crypto/bitcoin").await.json["ticker"], "BTC");
    second.get("/v1/assets?q=zebra").await.problem(503, "unavailable");
    second.get("/v1/assets/crypto/zebra").await.problem(503, "unavailable");
}

#[tokio::test]
async fn holdings_bear_the_names_that_are_kept() {
    let server = Server::new();
    let holdings = json!([{"asset": "stock:AAPL", "quantity": 1}, {"asset": "crypto:nameless", "quantity": 1}]);
    let path = server.portfolio(json!({"name": "Core", "holdings": holdings})).await;
    assert_eq!(server.get(&path).await.json["holdings"][0]["info"], json!(null));
    server.get("/v1/assets?q=apple").await;
    let portfolio = server.get(&path).await.json;
    assert_eq!(portfolio["holdings"][0]["info"]["name"], "Apple Inc.");
    assert_eq!(portfolio["holdings"][1]["info"], json!(null));
    let valuation = server.get(&format!("{path}/valuation")).await.json;
    assert_eq!(valuation["holdings"][0]["info"]["ticker"], "AAPL");
}
