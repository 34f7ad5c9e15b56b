//! When a stream ends, who is refused, and what a look costs.

use std::sync::Arc;

use folio_core::memory::MemoryStore;
use folio_core::{Clock, Currency, Holding, HoldingId, OwnerId, Portfolio, PortfolioStore, Store};
use jiff::SignedDuration;
use serde_json::json;

use super::{EVENTS, Stream, World};
use crate::events::counting::Counting;
use crate::support::{ADMIN, NOW, Options, Server};

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_token_and_the_session_that_it_was_opened_with() {
    let server = Server::new();
    let made = server
        .post("/v1/tokens", json!({"owner": "bob", "scopes": ["read"]}))
        .await
        .json;
    let secret = made["secret"].as_str().unwrap();
    let login = server
        .call("POST /v1/session")
        .without("authorization")
        .json(&json!({"token": secret}))
        .send()
        .await;
    let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let by_cookie = |line: &str| server.call(line).without("authorization").header("cookie", &cookie);
    let mut of_token = Stream::of(server.call(EVENTS).token(secret).open().await)
        .opened()
        .await;
    let mut of_session = Stream::of(by_cookie(EVENTS).open().await).opened().await;
    let mut of_admin = Stream::of(server.call(EVENTS).open().await).opened().await;

    let out = by_cookie("DELETE /v1/session").header("origin", "http://localhost:3000");
    assert_eq!(out.send().await.status, 204);
    assert_eq!(of_session.rest().await, []);
    // The token is as good as before; its stream still has something to say.
    assert!(of_token.block().await.is_some());
    let id = made["id"].as_str().unwrap();
    assert_eq!(server.delete(&format!("/v1/tokens/{id}")).await.status, 204);
    assert_eq!((of_token.rest().await, of_token.ended_well), (vec![], Some(true)));
    assert!(of_admin.block().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_session_expires_and_when_another_process_revokes_its_token() {
    let server = Server::new();
    let login = server
        .call("POST /v1/session")
        .json(&json!({"token": ADMIN}))
        .send()
        .await;
    let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let call = server.call(EVENTS).without("authorization").header("cookie", &cookie);
    let mut of_session = Stream::of(call.open().await).opened().await;
    let made = server
        .post("/v1/tokens", json!({"owner": "bob", "scopes": ["read"]}))
        .await
        .json;
    let secret = made["secret"].as_str().unwrap();
    let mut of_token = Stream::of(server.call(EVENTS).token(secret).open().await)
        .opened()
        .await;

    server.clock.advance(SignedDuration::from_hours(30 * 24));
    assert_eq!(of_session.rest().await, []);
    // Beside this server's memory, as another process does it.
    server
        .app
        .access
        .tokens()
        .revoke(made["id"].as_str().unwrap())
        .await
        .unwrap();
    let began = tokio::time::Instant::now();
    assert_eq!(of_token.rest().await, []);
    assert!(began.elapsed().as_secs() < 10, "it took {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn so_many_listen_for_an_owner_and_no_more() {
    let server = Server::new();
    let bob = server.token("bob", json!(["read"])).await;
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(Stream::of(server.call(EVENTS).open().await));
    }
    let refused = server.call(EVENTS).send().await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "30");
    let mut of_bob = Stream::of(server.call(EVENTS).token(&bob).open().await).opened().await;
    drop(streams.pop());
    let mut again = Stream::of(server.call(EVENTS).open().await).opened().await;
    assert!(again.block().await.is_some() && of_bob.block().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_ends_its_streams() {
    let server = Server::new();
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Stream::of(server.call(EVENTS).open().await).opened().await);
    }
    server.app.events.stop();
    for mut stream in streams {
        assert_eq!((stream.rest().await, stream.ended_well), (vec![], Some(true)));
    }
    server.call(EVENTS).send().await.problem(503, "unavailable");
    assert_eq!(server.app.events.counts().listeners, 0);
}

/// A store with so many portfolios of one coin.
async fn store_with(portfolios: usize, holdings: usize) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let made = NOW.parse().unwrap();
    for index in 0..portfolios {
        let mut portfolio = Portfolio::new(format!("P{index}"), Currency::USD, made);
        portfolio.owner = OwnerId::default();
        for lot in 0..holdings {
            let asset = if lot == 0 {
                "crypto:bitcoin".to_owned()
            } else {
                format!("stock:S{lot}")
            };
            let holding = Holding::new(HoldingId::new(made), asset.parse().unwrap(), "1".parse().unwrap());
            portfolio = portfolio.with(holding.unwrap());
        }
        store.create_portfolio(&portfolio).await.unwrap();
    }
    store
}

#[tokio::test(start_paused = true)]
async fn who_does_not_keep_up_is_let_go() {
    let store = store_with(900, 1).await;
    let world = World::with(Options {
        store: Some(Arc::clone(&store) as Arc<dyn Store>),
        ..Options::default()
    });
    let mut slow = world.listen().await.opened().await;
    let mut quick = world.listen().await.opened().await;
    for _ in 0..8 {
        world.server.clock.advance(SignedDuration::from_secs(1));
        let job = world
            .server
            .post("/v1/jobs", json!({"type": "portfolio-valuation"}))
            .await;
        assert_eq!(job.status, 202, "{}", job.text);
        let as_of = world.server.clock.now().to_string();
        let mut told = 0;
        while told < 900 {
            quick
                .until("valuation", |valuation| valuation["as_of"] == as_of.as_str())
                .await;
            told += 1;
        }
    }
    // What it did not read is not kept for it: it gets what was on its way and then the end.
    let rest = slow.rest().await;
    assert!(rest.len() < 7_200, "{}", rest.len());
    assert_eq!(world.server.app.events.counts().lost, 1);
    // It comes back and is told the newest of each portfolio.
    let as_of = world.server.clock.now().to_string();
    let again = world.listen_from(&slow.last_id).await.event().await.unwrap();
    assert_eq!(
        (again.name.as_str(), &again.data["as_of"]),
        ("valuation", &json!(as_of))
    );
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_run_over_more_portfolios_than_are_followed_is_one_reset() {
    let store = store_with(1_100, 1).await;
    let world = World::with(Options {
        store: Some(store as Arc<dyn Store>),
        ..Options::default()
    });
    world.server.clock.advance(SignedDuration::from_secs(1));
    let mut stream = world.listen().await.opened().await;
    let job = world
        .server
        .post("/v1/jobs", json!({"type": "portfolio-valuation"}))
        .await;
    assert_eq!(job.status, 202, "{}", job.text);
    let reset = stream.until("reset", |_| true).await;
    assert_eq!(reset.data, json!({"reason": "too_much"}));
    // A snapshot that somebody asked for is told, of whichever portfolio.
    let path = world.portfolio(ADMIN).await;
    let job = world.value(ADMIN, &path).await;
    stream
        .until("valuation", |told| told["id"] == job["result"]["valuation_id"])
        .await;
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_look_costs_the_same_however_much_there_is() {
    let mut most = Vec::new();
    for (portfolios, holdings) in [(1, 1), (1, 2_000), (10_000, 1)] {
        let counting = Arc::new(Counting::new(store_with(portfolios, holdings).await));
        let server = Server::with(Options {
            store: Some(Arc::clone(&counting) as Arc<dyn Store>),
            ..Options::default()
        });
        let stream = Stream::of(server.call(EVENTS).open().await).opened().await;
        // Past the first looks, which read what is held.
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        let before = counting.calls();
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        most.push(counting.calls() - before);
        assert_eq!(counting.single_portfolios(), 0, "one after the other");
        drop(stream);
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        let before = counting.calls();
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        assert_eq!(counting.calls(), before, "nobody listens");
    }
    // Four queries a look: ticks, jobs, notifications and their deliveries. The rest is for prices, every fifteen
    // seconds, and for whether they may still listen.
    assert!(most.iter().all(|calls| (120..=4 * 60 + 40).contains(calls)), "{most:?}");
    assert!(most.iter().max().unwrap() - most[0] <= 40, "{most:?}");
}
