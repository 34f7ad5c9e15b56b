//! What owners are told, over REST.

use std::sync::Arc;
use std::time::Duration;

use folio_core::ErrorKind;
use folio_core::memory::RecordingNotifier;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::documents::conforms;
use crate::support::{Options, Reply, Server};

const LIST: &str = "/v1/notifications";

/// A server with its jobs running, and its two channels.
struct World {
    server: Server,
    console: Arc<RecordingNotifier>,
    pager: Arc<RecordingNotifier>,
    stop: oneshot::Sender<()>,
    jobs: JoinHandle<folio_core::Result<()>>,
}

impl World {
    fn new() -> Self {
        let [console, pager] = ["console", "pager"].map(RecordingNotifier::new).map(Arc::new);
        let server = Server::with(Options {
            notifiers: vec![Arc::clone(&console), Arc::clone(&pager)],
            ..Options::default()
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let running = server.app.jobs.clone();
        let jobs = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
        Self {
            server,
            console,
            pager,
            stop,
            jobs,
        }
    }

    async fn end(self) {
        let _ = self.stop.send(());
        self.jobs.await.unwrap().unwrap();
    }

    /// A portfolio that lost a seventh of its cost, told through these channels, and valued.
    async fn loses(&self, token: &str, channels: &[&str]) -> String {
        let call = |line: &str| self.server.call(line).token(token);
        let body = json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1, "cost": 70000}]});
        let made = call("POST /v1/portfolios").json(&body).send().await;
        let id = made.json["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/portfolios/{id}");
        let rules = json!({"items": [{"kind": "loss", "threshold_percent": 5, "channels": channels}]});
        let put = call(&format!("PUT {path}/alert-rules")).json(&rules).send().await;
        assert_eq!(put.status, 200, "{}", put.text);
        self.value(token, &id).await;
        id
    }

    async fn value(&self, token: &str, id: &str) {
        let call = |line: &str| self.server.call(line).token(token);
        let asked = call(&format!("POST /v1/portfolios/{id}/valuations")).send().await;
        let job = format!("GET {}", asked.header("location"));
        self.until(token, &job, |job| job["state"] == "succeeded").await;
    }

    async fn until(&self, token: &str, line: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..1000 {
            last = self.server.call(line).token(token).send().await.json;
            if holds(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it never came to that: {line}: {last}")
    }

    /// Waits until the newest notification has this state at each of its channels.
    async fn delivery(&self, token: &str, states: &[&str]) -> Value {
        let is = |list: &Value| {
            let deliveries = list["items"][0]["deliveries"].as_array();
            let states_of = deliveries.into_iter().flatten().map(|delivery| &delivery["state"]);
            deliveries.is_some() && states_of.eq(states.iter())
        };
        let list = self.until(token, &format!("GET {LIST}"), is).await;
        list["items"][0].clone()
    }
}

#[track_caller]
fn items(reply: &Reply) -> &Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json["items"].as_array().unwrap()
}

const ADMIN: &str = crate::support::ADMIN;

#[tokio::test]
async fn a_crossing_is_told_once_and_again_when_somebody_asks() {
    let world = World::new();
    let id = world.loses(ADMIN, &["pager", "console"]).await;
    let told = world.delivery(ADMIN, &["delivered", "delivered"]).await;
    let valuation = world
        .server
        .get(&format!(
            "/v1/portfolios/{id}/valuations/{}",
            told["valuation_id"].as_str().unwrap()
        ))
        .await
        .json;
    let rule = world.server.get(&format!("/v1/portfolios/{id}/alert-rules")).await.json["items"][0].clone();
    let delivery = |channel: &str| {
        json!({"channel": channel, "state": "delivered", "attempts": 1, "last_error": null,
            "delivered_at": "2026-03-04T10:00:00Z", "next_attempt_at": null})
    };
    let expected = json!({
        "id": told["id"], "portfolio_id": id, "kind": "loss_alert", "title": told["title"],
        "message": told["message"], "valuation_id": valuation["id"], "rule_id": rule["id"],
        "created_at": valuation["as_of"], "deliveries": [delivery("pager"), delivery("console")],
    });
    assert_eq!(told, expected);
    assert!(told["title"].as_str().unwrap().contains("14.29 %"), "{told}");
    assert!(told["message"].as_str().unwrap().contains("10000 USD less"), "{told}");
    assert_eq!(
        json!([
            rule["state"]["phase"],
            rule["state"]["episode"],
            rule["state"]["fired_as_of"]
        ]),
        json!(["fired", 1, valuation["as_of"]])
    );
    let document = world.server.get("/openapi.json").await.json;
    let line = format!("GET {LIST}");
    let list = world.server.call(&line).send().await;
    conforms(&document, &line, "/api/v1/notifications", &list);
    world.server.clock.advance(SignedDuration::from_hours(48));
    world.value(ADMIN, &id).await;
    assert_eq!(
        items(&world.server.get(LIST).await).len(),
        1,
        "it is still the same loss"
    );

    let again = format!("POST {LIST}/{}/deliveries", told["id"].as_str().unwrap());
    let accepted = world.server.call(&again).header("idempotency-key", "k").send().await;
    assert_eq!(
        (accepted.status, &accepted.json["id"]),
        (202, &told["id"]),
        "{}",
        accepted.text
    );
    conforms(&document, &again, "/api/v1/notifications/{id}/deliveries", &accepted);
    let repeated = world.server.call(&again).header("idempotency-key", "k").send().await;
    assert_eq!(repeated.text, accepted.text);
    let told_again = world.delivery(ADMIN, &["delivered", "delivered"]).await;
    assert_eq!(told_again["deliveries"][0]["attempts"], 2, "{told_again}");
    for channel in [&world.console, &world.pager] {
        assert_eq!(
            (channel.attempts(), channel.delivered().len()),
            (2, 1),
            "with the same id"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn what_a_channel_did_not_take_is_shown_and_tried_again() {
    let world = World::new();
    world.pager.set_failure(Some(ErrorKind::Unavailable));
    world.loses(ADMIN, &["pager"]).await;
    let told = world.delivery(ADMIN, &["retrying"]).await;
    let delivery = &told["deliveries"][0];
    assert_eq!(
        json!([
            delivery["attempts"],
            delivery["delivered_at"],
            delivery["next_attempt_at"]
        ]),
        json!([1, null, "2026-03-04T10:00:05Z"])
    );
    assert!(delivery["last_error"].as_str().is_some_and(|error| !error.is_empty()));
    world.pager.set_failure(None);
    let again = format!("POST {LIST}/{}/deliveries", told["id"].as_str().unwrap());
    assert_eq!(world.server.call(&again).send().await.status, 202);
    let told = world.delivery(ADMIN, &["delivered"]).await;
    assert_eq!(told["deliveries"][0]["attempts"], 2);
    assert_eq!(told["deliveries"][0]["last_error"], Value::Null);
    assert_eq!(world.pager.delivered().len(), 1);
    assert_eq!(world.console.attempts(), 0, "the rule names the other channel");
    world.end().await;
}

#[tokio::test]
async fn notifications_are_listed_by_portfolio_and_kind_and_in_parts() {
    let world = World::new();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.loses(ADMIN, &["console"]).await);
        world.server.clock.advance(SignedDuration::from_mins(1));
    }
    let body = json!({"name": "Odd", "holdings": [{"asset": "stock:NOPE", "quantity": 1, "cost": 1}]});
    let odd = world
        .server
        .portfolio(body)
        .await
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    world.value(ADMIN, &odd).await;
    ids.push(odd.clone());
    ids.reverse();
    let about = |reply: &Reply| -> Vec<String> {
        let ids = items(reply)
            .iter()
            .map(|item| item["portfolio_id"].as_str().unwrap().to_owned());
        ids.collect()
    };
    let get = async |query: &str| world.server.get(&format!("{LIST}{query}")).await;
    let all = get("").await;
    assert_eq!((about(&all), &all.json["next_cursor"]), (ids.clone(), &Value::Null));
    assert_eq!(
        about(&get(&format!("?portfolio_id={}", ids[2])).await),
        [ids[2].as_str()]
    );
    assert_eq!(about(&get("?kind=loss_alert").await), ids[1..]);
    let degraded = get("?kind=data_degraded").await;
    assert_eq!(about(&degraded), [odd.as_str()]);
    let message = degraded.json["items"][0]["message"].as_str().unwrap();
    assert!(message.contains("stock:NOPE"), "the assets are named: {message}");
    assert_eq!(
        about(&get(&format!("?kind=loss_alert&portfolio_id={odd}")).await),
        [""; 0]
    );
    assert_eq!(about(&get("?kind=price_alert").await), [""; 0]);

    let mut parts = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let part = get(&query).await;
        assert!(items(&part).len() <= 1);
        parts.extend(about(&part));
        match part.json["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(parts, ids);

    for (query, pointer) in [
        ("?kind=sample", "/kind"),
        ("?kind=loss", "/kind"),
        ("?limit=0", "/limit"),
        ("?limit=201", "/limit"),
        ("?cursor=nonsense", "/cursor"),
    ] {
        let refused = get(query).await;
        assert_eq!(refused.problem(422, "invalid_input").pointers(), [pointer], "{query}");
    }
    let portfolios = world.server.get("/v1/portfolios?limit=1").await.json["next_cursor"].clone();
    let refused = get(&format!("?cursor={}", portfolios.as_str().unwrap())).await;
    assert_eq!(
        refused.problem(422, "invalid_input").pointers(),
        ["/cursor"],
        "of another list"
    );
    for id in ["nope", "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90"] {
        get(&format!("?portfolio_id={id}")).await.problem(404, "not_found");
    }
    assert_eq!(world.server.delete(&format!("/v1/portfolios/{odd}")).await.status, 204);
    assert_eq!(
        about(&get("").await),
        ids[1..],
        "what was told of a portfolio ends with it"
    );
    world.end().await;
}

#[tokio::test]
async fn a_channel_is_tested_and_shown() {
    let world = World::new();
    let server = &world.server;
    let test = |channel: &str| server.call(&format!("POST /v1/channels/{channel}/test")).send();
    let sample = test("pager").await;
    let expected = json!({"channel": "pager", "state": "delivered", "attempts": 1, "last_error": null,
        "delivered_at": "2026-03-04T10:00:00Z", "next_attempt_at": null});
    assert_eq!((sample.status, sample.json), (200, expected));
    assert_eq!(world.pager.delivered()[0].kind.as_str(), "sample");
    assert!(items(&server.get(LIST).await).is_empty(), "a sample is no notification");

    let shown = async || server.get("/v1/channels").await;
    let channel = |name: &str, is_default: bool| json!({"channel": name, "destination": "", "is_default": is_default, "disabled": null});
    assert_eq!(
        items(&shown().await),
        &[channel("console", true), channel("pager", false)]
    );
    world.pager.set_failure(Some(ErrorKind::Timeout));
    let slow = test("pager").await;
    assert_eq!(
        json!([slow.status, slow.json["state"], slow.json["delivered_at"]]),
        json!([200, "failed", null])
    );
    assert!(slow.json["last_error"].as_str().is_some_and(|error| !error.is_empty()));
    assert_eq!(
        items(&shown().await)[1],
        channel("pager", false),
        "it may work the next time"
    );
    world.pager.set_failure(Some(ErrorKind::NotConfigured));
    assert_eq!(test("pager").await.json["state"], "failed");
    assert_eq!(
        items(&shown().await)[1],
        channel("pager", false),
        "a sample disables nothing"
    );

    world.loses(ADMIN, &["pager"]).await;
    world.delivery(ADMIN, &["failed"]).await;
    let disabled = &items(&shown().await)[1]["disabled"].clone();
    assert_eq!(disabled["since"], "2026-03-04T10:00:00Z");
    assert!(disabled["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    world.pager.set_failure(None);
    assert_eq!(test("pager").await.json["state"], "delivered");
    assert_eq!(items(&shown().await)[1], channel("pager", false), "enabled again");

    for channel in ["fax", "Pager", "..%2Fconsole", "%20"] {
        test(channel).await.problem(404, "not_found");
    }
    for id in [
        "nope",
        "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90",
        "0198C5C2-5A1E-7B54-9C1D-3F6A2B7C8D90",
    ] {
        let again = format!("POST {LIST}/{id}/deliveries");
        server.call(&again).send().await.problem(404, "not_found");
    }
    let reader = server.token("admin", json!(["read"])).await;
    for line in [
        "POST /v1/channels/console/test".to_owned(),
        format!("POST {LIST}/0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90/deliveries"),
    ] {
        let refused = server.call(&line).token(&reader).send().await;
        refused.problem(403, "permission_denied");
        let nobody = server.call(&line).without("authorization").send().await;
        nobody.problem(401, "unauthenticated");
    }
    for line in ["GET /v1/channels", "GET /v1/notifications"] {
        assert_eq!(server.call(line).token(&reader).send().await.status, 200);
    }
    world.end().await;
}

#[tokio::test]
async fn nobody_is_told_what_another_owner_is_told() {
    let world = World::new();
    let alice = world.server.token("alice", json!(["write"])).await;
    let bob = world.server.token("bob", json!(["write"])).await;
    let id = world.loses(&alice, &["console"]).await;
    let told = world.delivery(&alice, &["delivered"]).await;
    let absent = "0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90";
    let call = |line: String| {
        world
            .server
            .call(&line)
            .token(&bob)
            .header("x-request-id", "same")
            .send()
    };
    let told_id = told["id"].as_str().unwrap();
    let (theirs, nobodys) = (
        call(format!("POST {LIST}/{told_id}/deliveries")).await,
        call(format!("POST {LIST}/{absent}/deliveries")).await,
    );
    assert_eq!(theirs.problem(404, "not_found").text, nobodys.text);
    let (theirs, nobodys) = (
        call(format!("GET {LIST}?portfolio_id={id}")).await,
        call(format!("GET {LIST}?portfolio_id={absent}")).await,
    );
    assert_eq!(theirs.problem(404, "not_found").text, nobodys.text);
    assert!(items(&call(format!("GET {LIST}")).await).is_empty());
    assert!(
        items(&world.server.get(LIST).await).is_empty(),
        "the administrator is an owner too"
    );
    assert_eq!(world.delivery(&alice, &["delivered"]).await, told, "nothing was sent");
    world.end().await;
}
