//! A client that comes back is told what came since, once it is known what it has.

use folio_core::Clock;
use jiff::SignedDuration;
use serde_json::json;

use super::told::in_order;
use super::{EVENTS, Event, Stream, World};
use crate::support::{ADMIN, Server};

fn without_prices(events: Vec<Event>) -> Vec<Event> {
    events.into_iter().filter(|event| event.name != "quote").collect()
}

#[tokio::test(start_paused = true)]
async fn to_the_same_process_exactly_what_came_since() {
    let world = World::new();
    let path = world.portfolio(ADMIN).await;
    let mut stream = world.listen().await.opened().await;
    let first = world.value(ADMIN, &path).await;
    stream
        .until("job", |job| job["id"] == first["id"] && job["state"] == "succeeded")
        .await;
    let broken_off = stream.last_id.clone();
    world.server.clock.advance(SignedDuration::from_secs(2));
    let second = world.value(ADMIN, &path).await;
    let is_over = |job: &serde_json::Value| job["id"] == second["id"] && job["state"] == "succeeded";
    let heard = stream.through("job", is_over).await;
    in_order(&heard);
    drop(stream);

    let mut again = world.listen_from(&broken_off).await;
    let told = again.through("job", is_over).await;
    assert_eq!(without_prices(told), without_prices(heard));
    // The query does for a client that cannot send the header.
    let line = format!("{EVENTS}?last_event_id={broken_off}");
    let mut again = Stream::of(world.server.call(&line).open().await);
    again.until("job", is_over).await;
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn to_another_process_what_came_since_and_a_little_before() {
    let world = World::new();
    let path = world.portfolio(ADMIN).await;
    let old = world.value(ADMIN, &path).await;
    world.server.clock.advance(SignedDuration::from_secs(600));
    let id = {
        let stream = world.listen().await.opened().await;
        stream.last_id.clone()
    };
    let job = world.value(ADMIN, &path).await;
    // As a process that was started since knows it: the log is another one.
    let elsewhere = format!("{}-00000000", id.rsplit_once('-').unwrap().0);
    let mut again = world.listen_from(&elsewhere).await;
    let told = again.through("job", |told| told["id"] == job["id"]).await;
    assert!(
        told.iter().all(|event| event.id.is_empty()),
        "asked for again when it breaks here: {told:?}"
    );
    let valuation = told.iter().find(|event| event.name == "valuation").unwrap();
    assert_eq!(valuation.data["id"], job["result"]["valuation_id"]);
    assert_eq!(told.last().unwrap().data, job);
    assert!(
        told.iter().all(|event| event.data["id"] != old["id"]),
        "what it has is not told again: {told:?}"
    );
    let mut again = again.opened().await;
    assert_ne!(again.last_id, elsewhere);
    // From here on it goes on as ever.
    world.server.clock.advance(SignedDuration::from_secs(2));
    let next = world.value(ADMIN, &path).await;
    let events = again
        .through("job", |told| told["id"] == next["id"] && told["state"] == "succeeded")
        .await;
    in_order(&events);
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn prices_are_told_again_to_who_comes_from_another_process() {
    let world = World::new();
    world.portfolio(ADMIN).await;
    let mut stream = world.listen().await.opened().await;
    stream.until("quote", |quote| quote["asset"] == "crypto:bitcoin").await;
    let elsewhere = format!("{}-00000000", stream.last_id.rsplit_once('-').unwrap().0);
    let mut again = world.listen_from(&elsewhere).await.opened().await;
    again.until("quote", |quote| quote["asset"] == "crypto:bitcoin").await;
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_was_away_for_too_long_or_comes_from_nowhere_begins_anew() {
    let server = Server::new();
    let opened = Stream::of(server.call(EVENTS).open().await).opened().await;
    let log = opened.last_id.rsplit_once('-').unwrap().1.to_owned();
    let now = server.clock.now().as_millisecond();
    let hour_ago = now - 3_600_000;
    for unknown in [
        "nonsense".to_owned(),
        "7".to_owned(),
        format!("{}-0-00000000", hour_ago - 1),
        format!("{}-0-00000000", now + 3_600_000),
        // Numbers that this log has not given yet.
        format!("{}-99-{log}", hour_ago - 1),
    ] {
        let mut stream = Stream::of(server.call(EVENTS).header("last-event-id", &unknown).open().await);
        let reset = stream.event().await.unwrap();
        assert_eq!(
            (reset.name.as_str(), &reset.data),
            ("reset", &json!({"reason": "too_long_ago"})),
            "{unknown}"
        );
        assert!(reset.id.is_empty());
        let stream = stream.opened().await;
        assert!(stream.last_id.ends_with(&log), "{unknown}: {}", stream.last_id);
    }
    // Of the last hour nothing happened, and that is what is told.
    let id = format!("{hour_ago}-0-00000000");
    let mut stream = Stream::of(server.call(EVENTS).header("last-event-id", &id).open().await)
        .opened()
        .await;
    let block = stream.block().await.unwrap();
    assert!(block.name.is_empty(), "{block:?}");
}
