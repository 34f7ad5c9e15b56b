//! What is told, and to whom.

use std::collections::BTreeSet;
use std::time::Duration;

use folio_core::{Currency, Price};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{EVENTS, Event, Stream, World};
use crate::documents::conforms;
use crate::support::{ADMIN, Reply, Server};

/// Checks that ids grow and events have them.
#[track_caller]
pub(super) fn in_order(events: &[Event]) {
    let positions: Vec<_> = events.iter().map(Event::position).collect();
    for pair in positions.windows(2) {
        assert!(pair[0].0 <= pair[1].0 && pair[0].1 < pair[1].1, "{positions:?}");
        assert_eq!(pair[0].2, pair[1].2, "{positions:?}");
    }
}

fn named<'a>(events: &'a [Event], name: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event.name == name)
        .map(|event| &event.data)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_happens_is_told_as_the_rest_api_says_it() {
    let world = World::new();
    let path = world.portfolio(ADMIN).await;
    let mut stream = world.listen().await.opened().await;
    assert_eq!(stream.retry, Some(3_000));
    let job = world.value(ADMIN, &path).await;
    let mut events = stream
        .through("job", |shown| shown["id"] == job["id"] && shown["state"] == "succeeded")
        .await;
    // The delivery is a moment later.
    let delivered = |told: &Value| told["deliveries"][0]["state"] == "delivered";
    if !named(&events, "notification").into_iter().any(delivered) {
        events.extend(stream.through("notification", delivered).await);
    }
    in_order(&events);

    assert_eq!(named(&events, "job").last(), Some(&&job));
    let valuations = world.server.get(&format!("{path}/valuations")).await.json;
    assert_eq!(named(&events, "valuation"), [&valuations["items"][0]]);
    assert_eq!(valuations["items"][0]["id"], job["result"]["valuation_id"]);
    let notifications = world.server.get("/v1/notifications").await.json;
    assert_eq!(notifications["items"].as_array().unwrap().len(), 1);
    let told = named(&events, "notification");
    assert_eq!(told.last(), Some(&&notifications["items"][0]));
    assert_eq!(told[0]["kind"], "loss_alert");
    // What a job has made is told before that it succeeded.
    let place = |name: &str| events.iter().position(|event| event.name == name).unwrap();
    let succeeded = events
        .iter()
        .position(|event| event.data["state"] == "succeeded")
        .unwrap();
    assert!(
        place("valuation") < succeeded && place("notification") < succeeded,
        "{events:?}"
    );
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_price_is_told_when_it_is_another() {
    let world = World::new();
    let usd = json!({"name": "A", "holdings": [
        {"asset": "crypto:bitcoin", "quantity": 1}, {"asset": "currency:USD", "quantity": 5}]});
    let eur = json!({"name": "B", "base_currency": "EUR", "holdings": [
        {"asset": "crypto:bitcoin", "quantity": 1}, {"asset": "stock:NOPE", "quantity": 1}]});
    for body in [usd, eur] {
        world.server.portfolio(body).await;
    }
    let mut stream = world.listen().await.opened().await;
    let mut first = BTreeSet::new();
    for _ in 0..2 {
        let quote = stream
            .until("quote", |quote| quote["asset"] == "crypto:bitcoin")
            .await
            .data;
        first.insert((quote["currency"].to_string(), quote["price"].to_string()));
    }
    let told = |currency: &str, price: &str| (format!("{currency:?}"), format!("{price:?}"));
    assert_eq!(first, BTreeSet::from([told("USD", "60000"), told("EUR", "48000")]));

    // Forty looks at what stays the same. The stream is read meanwhile: who leaves what a run told for five minutes
    // is let go.
    let until = tokio::time::Instant::now() + Duration::from_secs(600);
    let mut meanwhile = Vec::new();
    while let Ok(block) = tokio::time::timeout_at(until, stream.block()).await {
        meanwhile.push(block.expect("the stream goes on"));
    }
    assert_eq!(named(&meanwhile, "quote"), Vec::<&Value>::new());

    // The price is old, and another one is fetched.
    world.server.source.set_price(
        "crypto:bitcoin".parse().unwrap(),
        Price::parse("61000", Currency::USD).unwrap(),
    );
    world.server.clock.advance(SignedDuration::from_secs(301));
    let changed = stream
        .through("quote", |quote| quote["currency"] == "USD" && quote["price"] == "61000")
        .await;
    in_order(&changed);
    let mut quotes = named(&changed, "quote").into_iter();
    assert!(
        quotes.all(|quote| quote["price"] == "61000" || quote["price"] == "48800" || quote["freshness"] == "stale"),
        "what did not change was told: {changed:?}"
    );
    let assets: BTreeSet<_> = named(&changed, "quote")
        .iter()
        .map(|quote| quote["asset"].to_string())
        .collect();
    assert_eq!(assets, BTreeSet::from(["\"crypto:bitcoin\"".to_owned()]), "{changed:?}");
    let mut shown = world.server.get("/v1/prices/crypto/bitcoin").await.json;
    let mut told = changed.last().unwrap().data.clone();
    shown["freshness"] = Value::Null;
    told["freshness"] = Value::Null;
    assert_eq!(told, shown);
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn jobs_that_waited_when_somebody_came_are_told_to_their_end() {
    let server = Server::new();
    let mut waiting = BTreeSet::new();
    for index in 0..60 {
        let path = server.portfolio(json!({"name": format!("P{index}")})).await;
        let asked = server.call(&format!("POST {path}/valuations")).send().await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        waiting.insert(asked.json["id"].as_str().unwrap().to_owned());
    }
    let mut stream = Stream::of(server.call(EVENTS).open().await).opened().await;
    let world = World::of(server);
    while !waiting.is_empty() {
        let job = stream.until("job", |job| job["state"] == "succeeded").await.data;
        assert!(waiting.remove(job["id"].as_str().unwrap()), "{job} was told before");
    }
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_run_is_told_portfolio_by_portfolio() {
    let world = World::new();
    let mut made = BTreeSet::new();
    for _ in 0..30 {
        made.insert(world.portfolio(ADMIN).await.rsplit('/').next().unwrap().to_owned());
    }
    world.server.clock.advance(SignedDuration::from_secs(1));
    let mut stream = world.listen().await.opened().await;
    let job = world
        .server
        .post("/v1/jobs", json!({"type": "portfolio-valuation"}))
        .await;
    assert_eq!(job.status, 202, "{}", job.text);
    let mut told = BTreeSet::new();
    while told != made {
        let valuation = stream.until("valuation", |_| true).await.data;
        assert_eq!(
            (&valuation["status"], &valuation["total_value"]),
            (&json!("complete"), &json!("60000"))
        );
        told.insert(valuation["portfolio_id"].as_str().unwrap().to_owned());
    }
    let alert = stream.until("notification", |told| told["kind"] == "loss_alert").await;
    assert!(made.contains(alert.data["portfolio_id"].as_str().unwrap()));
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_what_is_others() {
    let world = World::new();
    let bob = world.server.token("bob", json!(["read", "write"])).await;
    let ann = world.server.token("ann", json!(["read", "write"])).await;
    let bobs = world.portfolio(&bob).await;
    let anns = world.portfolio(&ann).await;
    let mut stream = world.listen_with(&bob).await.opened().await;
    let mut hers = world.listen_with(&ann).await.opened().await;
    let job = world.value(&ann, &anns).await;
    hers.until("job", |told| told["id"] == job["id"] && told["state"] == "succeeded")
        .await;
    // What is bob's comes later, and nothing of ann's before it.
    let job = world.value(&bob, &bobs).await;
    let events = stream.through("job", |told| told["state"] == "succeeded").await;
    let portfolio = bobs.rsplit('/').next().unwrap();
    for event in &events {
        match event.name.as_str() {
            "job" => assert_eq!(event.data["id"], job["id"], "{event:?}"),
            "valuation" | "notification" => assert_eq!(event.data["portfolio_id"], portfolio, "{event:?}"),
            _ => assert_eq!(event.name, "quote", "{event:?}"),
        }
    }
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn several_listeners_of_an_owner_hear_the_same() {
    let world = World::new();
    let path = world.portfolio(ADMIN).await;
    let mut first = world.listen().await.opened().await;
    let mut second = world.listen().await.opened().await;
    let job = world.value(ADMIN, &path).await;
    let is_over = |told: &Value| told["id"] == job["id"] && told["state"] == "succeeded";
    let of_first = first.through("job", is_over).await;
    let of_second = second.through("job", is_over).await;
    let without_prices = |events: Vec<Event>| {
        let others = events.into_iter().filter(|event| event.name != "quote");
        others.collect::<Vec<_>>()
    };
    assert_eq!(without_prices(of_first), without_prices(of_second));
    let numbers = world.server.get("/metrics").await.text;
    assert!(numbers.contains("folio_event_listeners 2\n"), "{numbers}");
    assert!(
        numbers.contains(r#"folio_events_total{type="valuation"} 2"#),
        "{numbers}"
    );
    drop((first, second));
    let numbers = world.server.get("/metrics").await.text;
    assert!(numbers.contains("folio_event_listeners 0\n"), "{numbers}");
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_comment_comes_where_nothing_happens_and_says_how_far_one_is() {
    let server = Server::new();
    let mut stream = Stream::of(server.call(EVENTS).open().await).opened().await;
    let opened = stream.last_id.clone();
    let began = tokio::time::Instant::now();
    server.clock.advance(SignedDuration::from_secs(10));
    let block = stream.block().await.unwrap();
    assert_eq!((block.name.as_str(), block.comment.is_empty()), ("", false));
    assert_eq!(
        began.elapsed().as_secs(),
        15,
        "the time of the test stands still while others run"
    );
    // The id moves on with the time, so that who comes back after a quiet hour begins where they were.
    assert_ne!(block.id, opened);
    assert_eq!(
        block.position().0 - 10_000,
        Event {
            id: opened,
            ..block.clone()
        }
        .position()
        .0
    );
}

#[tokio::test]
async fn the_stream_takes_get_and_says_what_it_is() {
    let server = Server::new();
    let document = server.get("/openapi.json").await.json;
    let response = server.call(EVENTS).open().await;
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(response.status(), 200);
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(
        (header("cache-control"), header("x-accel-buffering")),
        ("no-store".into(), "no".into())
    );
    assert!(!response.headers().contains_key("content-length"));
    let reply = Reply {
        status: 200,
        headers: response.headers().clone(),
        text: String::new(),
        json: Value::Null,
    };
    conforms(&document, EVENTS, "/api/v1/events", &reply);
    for line in ["HEAD /v1/events", "POST /v1/events", "DELETE /v1/events"] {
        let reply = server.call(line).send().await;
        assert_eq!(reply.status, 405, "{line}");
        assert!(reply.header("allow").contains("GET"), "{line}");
    }
    server
        .call(EVENTS)
        .without("authorization")
        .send()
        .await
        .problem(401, "unauthenticated");
    server
        .call(EVENTS)
        .token("wrong")
        .send()
        .await
        .problem(401, "unauthenticated");
}
