//! Alert rules, over REST.

use std::sync::Arc;

use folio_core::memory::RecordingNotifier;
use folio_core::pricing::Caller;
use folio_core::{OwnerId, Trigger};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Options, Reply, Server};

fn server() -> Server {
    Server::with(Options {
        notifiers: ["console", "pager"].map(RecordingNotifier::new).map(Arc::new).into(),
        ..Options::default()
    })
}

/// A portfolio that holds bitcoin and Apple, in dollars.
async fn portfolio(server: &Server) -> String {
    let holdings = json!([
        {"asset": "crypto:bitcoin", "quantity": 1, "cost": "60000"},
        {"asset": "stock:AAPL", "quantity": 2},
    ]);
    server.portfolio(json!({"name": "Core", "holdings": holdings})).await
}

/// Keeps a snapshot of a portfolio.
async fn snapshot(server: &Server, path: &str) {
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let as_of = server.app.clock().now();
    let (owner, caller) = (OwnerId::default(), Caller::manual_job());
    let tracker = &server.app.tracker;
    tracker
        .snapshot(id, &owner, as_of, Trigger::Manual, caller)
        .await
        .unwrap();
}

fn state(phase: &str) -> Value {
    json!({"phase": phase, "episode": 0, "changed_as_of": null, "fired_as_of": null})
}

#[track_caller]
fn rules(reply: &Reply) -> &Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("etag"), format!("\"{}\"", reply.json["version"]));
    reply.json["items"].as_array().unwrap()
}

#[tokio::test]
async fn a_new_portfolio_watches_a_loss_of_5_and_a_gain_of_10_percent() {
    let server = server();
    let path = portfolio(&server).await + "/alert-rules";
    let shown = server.get(&path).await;
    let rule = |index: usize, kind: &str, threshold: &str| {
        json!({
            "id": shown.json["items"][index]["id"], "kind": kind, "threshold_percent": threshold, "price": null,
            "currency": null, "window_hours": null, "asset": null, "band_percent": "1", "cooldown_hours": 24,
            "channels": null, "inactive": null, "state": state("armed"),
        })
    };
    assert_eq!(
        shown.json,
        json!({"items": [rule(0, "loss", "5"), rule(1, "gain", "10")], "version": 1})
    );
    let conditional = server.call(&format!("GET {path}")).header("if-none-match", "\"1\"");
    assert_eq!(
        conditional.send().await.json,
        shown.json,
        "what happens to a rule is not in the version"
    );
}

#[tokio::test]
async fn every_kind_of_rule_is_kept_as_it_was_sent() {
    let server = server();
    let path = portfolio(&server).await + "/alert-rules";
    let check = async |rule: Value, expected: Value| {
        let reply = server.put(&path, json!({"items": [rule]})).await;
        let mut kept = rules(&reply)[0].clone();
        let fields = kept.as_object_mut().unwrap();
        assert!(fields.remove("id").is_some_and(|id| id.is_string()));
        assert_eq!(fields.remove("state"), Some(state("armed")));
        fields.retain(|_, value| !value.is_null());
        assert_eq!(kept, expected, "{rule}");
        assert_eq!(server.get(&path).await.json, reply.json);
    };
    check(
        json!({"kind": "loss", "threshold_percent": "7.50"}),
        json!({"kind": "loss", "threshold_percent": "7.5", "band_percent": "1", "cooldown_hours": 24}),
    )
    .await;
    check(
        json!({"kind": "gain", "threshold_percent": 1e2, "band_percent": 0.25, "cooldown_hours": 0, "price": null}),
        json!({"kind": "gain", "threshold_percent": "100", "band_percent": "0.25", "cooldown_hours": 0}),
    )
    .await;
    check(
        json!({"kind": "change", "threshold_percent": 3, "window_hours": 24, "channels": ["pager"]}),
        json!({"kind": "change", "threshold_percent": "3", "window_hours": 24, "channels": ["pager"],
            "band_percent": "1", "cooldown_hours": 24}),
    )
    .await;
    check(
        json!({"kind": "change", "threshold_percent": 3, "window_hours": 168, "asset": "stock:aapl"}),
        json!({"kind": "change", "threshold_percent": "3", "window_hours": 168, "asset": "stock:AAPL",
            "band_percent": "1", "cooldown_hours": 24}),
    )
    .await;
    check(
        json!({"kind": "price_above", "asset": "crypto:bitcoin", "price": "70000.0"}),
        json!({"kind": "price_above", "asset": "crypto:bitcoin", "price": "70000", "currency": "USD",
            "band_percent": "1", "cooldown_hours": 24}),
    )
    .await;
    check(
        json!({"kind": "price_below", "asset": "stock:AAPL", "price": 0.00001, "currency": "EUR"}),
        json!({"kind": "price_below", "asset": "stock:AAPL", "price": "0.00001", "currency": "EUR",
            "band_percent": "1", "cooldown_hours": 24}),
    )
    .await;
    let none = server.put(&path, json!({"items": []})).await;
    assert!(rules(&none).is_empty());
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused_with_its_pointer() {
    let server = server();
    let path = portfolio(&server).await + "/alert-rules";
    let before = server.get(&path).await.json;
    let body = async |body: Value, code: &str, pointers: &[&str], says: &str| {
        let reply = server.put(&path, body.clone()).await;
        assert_eq!(reply.problem(422, code).pointers(), pointers, "{body}: {}", reply.text);
        assert!(reply.text.contains(says), "{says}: {}", reply.text);
    };
    let check = async |rule: Value, code: &str, pointers: &[&str], says: &str| {
        let pointers: Vec<_> = pointers.iter().map(|pointer| format!("/items/0{pointer}")).collect();
        let pointers: Vec<_> = pointers.iter().map(String::as_str).collect();
        body(json!({"items": [rule]}), code, &pointers, says).await;
    };
    let (invalid, range) = ("invalid_input", "out_of_range");
    body(json!({}), invalid, &["/items"], "required").await;
    body(json!([]), invalid, &[""], "object").await;
    body(json!({"items": {}}), invalid, &["/items"], "list of rules").await;
    body(json!({"items": [], "rules": []}), invalid, &["/rules"], "no such field").await;
    let loss = |name: &str, value: Value| {
        let mut rule = json!({"kind": "loss", "threshold_percent": "5"});
        rule[name] = value;
        rule
    };
    body(
        json!({"items": vec![loss("band_percent", json!("1")); 101]}),
        range,
        &["/items"],
        "at most 100 rules",
    )
    .await;
    body(
        json!({"items": [{"kind": "loss"}, {"kind": "gain", "threshold_percent": "x"}, 7]}),
        invalid,
        &["/items/0/threshold_percent", "/items/1/threshold_percent", "/items/2"],
        "3 fields are wrong",
    )
    .await;

    check(json!({}), invalid, &["/kind"], "required").await;
    check(
        json!({"threshold_percent": 1, "price": 3}),
        invalid,
        &["/kind"],
        "required",
    )
    .await;
    check(loss("kind", json!("drop")), invalid, &["/kind"], "price_below").await;
    check(
        loss("threshold_percent", json!("0")),
        invalid,
        &["/threshold_percent"],
        "above 0",
    )
    .await;
    check(
        loss("threshold_percent", json!("-5")),
        invalid,
        &["/threshold_percent"],
        "above 0",
    )
    .await;
    check(
        loss("threshold_percent", json!("100.1")),
        invalid,
        &["/threshold_percent"],
        "more than 100",
    )
    .await;
    check(
        loss("threshold_percent", json!("5.00001")),
        invalid,
        &["/threshold_percent"],
        "4 decimals",
    )
    .await;
    check(
        json!({"kind": "gain", "threshold_percent": 1_000_001}),
        range,
        &["/threshold_percent"],
        "1000000",
    )
    .await;
    check(
        loss("price", json!("5")),
        invalid,
        &["/price"],
        "a loss rule has no price",
    )
    .await;
    check(loss("asset", json!("crypto:bitcoin")), invalid, &["/asset"], "no asset").await;
    check(
        loss("window_hours", json!(24)),
        invalid,
        &["/window_hours"],
        "no window_hours",
    )
    .await;
    check(loss("colour", json!(1)), invalid, &["/colour"], "no such field").await;
    check(
        loss("band_percent", json!("-1")),
        invalid,
        &["/band_percent"],
        "negative",
    )
    .await;
    check(
        loss("cooldown_hours", json!(1.5)),
        invalid,
        &["/cooldown_hours"],
        "whole",
    )
    .await;
    check(loss("cooldown_hours", json!(8761)), range, &["/cooldown_hours"], "8760").await;
    check(loss("channels", json!([])), invalid, &["/channels"], "at least one").await;
    check(
        loss("channels", json!(["pager", "fax"])),
        invalid,
        &["/channels/1"],
        "console, pager",
    )
    .await;
    check(loss("channels", json!("pager")), invalid, &["/channels"], "list").await;
    check(loss("id", json!("mine")), invalid, &["/id"], "leave it out").await;
    check(
        loss("id", json!("0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90")),
        invalid,
        &["/id"],
        "leave it out",
    )
    .await;
    check(
        json!({"kind": "change", "asset": "crypto:bitcoin"}),
        invalid,
        &["/threshold_percent", "/window_hours"],
        "required",
    )
    .await;
    check(
        json!({"kind": "change", "threshold_percent": 5, "window_hours": 12}),
        invalid,
        &["/window_hours"],
        "24 or 168",
    )
    .await;
    check(
        json!({"kind": "change", "threshold_percent": 5, "window_hours": 24, "band_percent": 5}),
        invalid,
        &["/band_percent"],
        "never fire again",
    )
    .await;
    check(
        json!({"kind": "change", "threshold_percent": 5, "window_hours": 24, "asset": "stock:MSFT"}),
        invalid,
        &["/asset"],
        "does not hold stock:MSFT",
    )
    .await;
    let above = |name: &str, value: Value| {
        let mut rule = json!({"kind": "price_above", "asset": "crypto:bitcoin", "price": "1"});
        rule[name] = value;
        rule
    };
    check(
        json!({"kind": "price_above"}),
        invalid,
        &["/asset", "/price"],
        "required",
    )
    .await;
    check(above("price", json!(0)), invalid, &["/price"], "above 0").await;
    check(above("price", json!("-1")), range, &["/price"], "").await;
    check(above("currency", json!("usd")), invalid, &["/currency"], "").await;
    check(above("asset", json!("bitcoin")), invalid, &["/asset"], "class:symbol").await;
    check(
        above("threshold_percent", json!(1)),
        invalid,
        &["/threshold_percent"],
        "a price_above rule has no threshold_percent",
    )
    .await;
    assert_eq!(server.get(&path).await.json, before, "nothing was changed");
}

#[tokio::test]
async fn the_same_rules_again_change_nothing_and_others_need_the_version() {
    let server = server();
    let path = portfolio(&server).await + "/alert-rules";
    let call = |body: &Value, version: &str| {
        let call = server.call(&format!("PUT {path}")).json(body);
        if version.is_empty() {
            call.send()
        } else {
            call.header("if-match", version).send()
        }
    };
    let shown = server.get(&path).await.json;
    for version in ["", "\"1\"", "\"7\", \"1\"", "*"] {
        let again = call(&shown, version).await;
        assert_eq!(rules(&again), shown["items"].as_array().unwrap(), "{version}");
        assert_eq!(again.json["version"], 1, "sent back as it was read");
    }
    let mut wrong = shown.clone();
    wrong["version"] = json!("abc");
    wrong["items"][0]["state"] = json!(7);
    wrong["items"][1]["inactive"] = json!([1]);
    let refused = server.put(&path, wrong).await;
    assert_eq!(
        refused.problem(422, "invalid_input").pointers(),
        ["/version", "/items/0/state", "/items/1/inactive"]
    );
    let mut read_only = shown.clone();
    read_only["version"] = json!(99);
    read_only["items"][0]["state"] = json!({"phase": "fired", "episode": 12});
    read_only["items"][0]["inactive"] = json!("no_cost");
    assert_eq!(
        call(&read_only, "").await.json,
        shown,
        "what is read-only is left aside"
    );

    let without_ids = json!({"items": [
        {"kind": "loss", "threshold_percent": 5},
        {"kind": "loss", "threshold_percent": 5, "channels": ["pager"]},
        {"kind": "loss", "threshold_percent": 5},
    ]});
    let first = call(&without_ids, "\"1\"").await;
    assert_eq!((rules(&first).len(), &first.json["version"]), (3, &json!(2)));
    assert_eq!(first.json["items"][0]["id"], shown["items"][0]["id"], "it was there");
    let ids: std::collections::BTreeSet<_> = rules(&first).iter().map(|rule| rule["id"].as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(call(&without_ids, "").await.json, first.json, "the same request again");
    call(&without_ids, "\"1\"").await.problem(412, "precondition_failed");
    call(&without_ids, "\"1\", \"3\"")
        .await
        .problem(412, "precondition_failed");
    call(&without_ids, "W/\"2\"").await.problem(412, "precondition_failed");
    let malformed = call(&without_ids, "2").await;
    assert_eq!(malformed.problem(422, "invalid_input").pointers(), ["/if-match"]);
    let mut twice = first.json.clone();
    twice["items"][1]["id"] = twice["items"][0]["id"].clone();
    let twice = call(&twice, "").await;
    assert_eq!(twice.problem(422, "invalid_input").pointers(), ["/items/1/id"]);
    assert_eq!(server.get(&path).await.json, first.json);
}

#[tokio::test]
async fn a_rule_says_why_it_can_say_nothing() {
    let server = server();
    let check = async |holdings: Value, body: Value, before: Value, expected: Value| {
        let path = server.portfolio(json!({"name": "Core", "holdings": holdings})).await;
        let rules_path = format!("{path}/alert-rules");
        let put = server.put(&rules_path, body).await;
        assert_eq!(rules(&put)[0]["inactive"], before, "nothing was valued yet");
        snapshot(&server, &path).await;
        assert_eq!(server.get(&rules_path).await.json["items"][0]["inactive"], expected);
        path
    };
    let (held, costs) = (
        json!([{"asset": "crypto:bitcoin", "quantity": 1}]),
        json!([{"asset": "crypto:bitcoin", "quantity": 1, "cost": 1}]),
    );
    let loss = json!({"items": [{"kind": "loss", "threshold_percent": 5}]});
    check(held.clone(), loss.clone(), json!("no_cost"), json!("no_cost")).await;
    check(costs, loss, Value::Null, Value::Null).await;
    let price = |currency: &str| json!({"items": [{"kind": "price_above", "asset": "crypto:bitcoin", "price": 1, "currency": currency}]});
    check(held.clone(), price("USD"), Value::Null, Value::Null).await;
    let path = check(held, price("CHF"), Value::Null, json!("other_currency")).await;

    let rules_path = format!("{path}/alert-rules");
    let kept = server.get(&rules_path).await.json;
    let holding = server.get(&path).await.json["holdings"][0]["id"].clone();
    let removed = server
        .delete(&format!("{path}/holdings/{}", holding.as_str().unwrap()))
        .await;
    assert_eq!(removed.status, 204);
    server.clock.advance(SignedDuration::from_hours(1));
    snapshot(&server, &path).await;
    let gone = server.get(&rules_path).await.json;
    assert_eq!(gone["items"][0]["inactive"], "not_held");
    // What was there before the sale keeps nobody from sending the rules back; another one is refused.
    assert_eq!(server.put(&rules_path, kept.clone()).await.status, 200);
    let mut other = kept;
    other["items"][0]["price"] = json!("2");
    let refused = server.put(&rules_path, other).await;
    assert_eq!(refused.problem(422, "invalid_input").pointers(), ["/items/0/asset"]);
}

#[tokio::test]
async fn rules_need_the_scopes_of_any_other_thing() {
    let server = server();
    let path = portfolio(&server).await + "/alert-rules";
    let reader = server.token("admin", json!(["read"])).await;
    let body = json!({"items": []});
    let shown = server.call(&format!("GET {path}")).token(&reader).send().await;
    assert_eq!(rules(&shown).len(), 2);
    let put = server.call(&format!("PUT {path}")).token(&reader).json(&body);
    put.send().await.problem(403, "permission_denied");
    let nobody = server.call(&format!("PUT {path}")).without("authorization").json(&body);
    nobody.send().await.problem(401, "unauthenticated");
    let form = server.call(&format!("PUT {path}")).raw("text/plain", "{}").send().await;
    form.problem(415, "unsupported_media_type");
    server
        .call(&format!("PUT {path}"))
        .raw("application/json", "{")
        .send()
        .await
        .problem(400, "invalid_input");
    for id in ["nope", "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90"] {
        let path = format!("/v1/portfolios/{id}/alert-rules");
        server.get(&path).await.problem(404, "not_found");
        server.put(&path, body.clone()).await.problem(404, "not_found");
    }
}
