//! Real processes on SQLite: killed, started again, stopped, and one that does the work for another.

use serde_json::{Value, json};

use super::Stream;
use crate::process::Process;

async fn portfolio(server: &Process) -> String {
    let body = json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1, "cost": 70000}]});
    let (status, made) = server.call("POST", "/api/v1/portfolios", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    format!("/api/v1/portfolios/{}", made["id"].as_str().unwrap())
}

/// Asks for a snapshot and waits for the end of the job.
async fn value(server: &Process, path: &str) -> Value {
    let (status, job) = server.call("POST", &format!("{path}/valuations"), None).await;
    assert_eq!(status, 202, "{job}");
    let job = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
    server.wait_for(&job, |job| job["state"] == "succeeded").await
}

fn is_over(job: &Value) -> impl Fn(&Value) -> bool {
    let id = job["id"].clone();
    move |told| told["id"] == id && told["state"] == "succeeded"
}

#[tokio::test]
async fn after_a_kill_the_next_process_tells_what_was_missed() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Process::start(dir.path(), |_| {});
    let path = portfolio(&server).await;
    let mut stream = Stream::from(&server, server.token(), None).await.opened().await;
    let first = value(&server, &path).await;
    stream.until("job", is_over(&first)).await;
    let last = stream.last_id.clone();
    let second = value(&server, &path).await;
    server.kill();
    assert!(stream.rest().await.len() < 100 && stream.ended_well == Some(false));

    let mut server = Process::start(dir.path(), |_| {});
    let mut again = Stream::from(&server, server.token(), Some(&last)).await;
    let told = again.through("job", is_over(&second)).await;
    let of = |name: &str, id: &Value| told.iter().any(|event| event.name == name && event.data["id"] == *id);
    assert!(of("valuation", &second["result"]["valuation_id"]), "{told:?}");
    let (_, notifications) = server.call("GET", "/api/v1/notifications", None).await;
    assert!(
        of("notification", &notifications["items"][0]["id"]),
        "{told:?} {notifications}"
    );
    // The prices are told anew, and what happens from here on.
    again.until("quote", |quote| quote["asset"] == "crypto:bitcoin").await;
    let third = value(&server, &path).await;
    again.until("job", is_over(&third)).await;
    server.stop();
}

#[tokio::test]
async fn a_server_that_is_asked_to_stop_does_not_wait_for_its_listeners() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Process::start(dir.path(), |_| {});
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(Stream::from(&server, server.token(), None).await.opened().await);
    }
    server.stop();
    for mut stream in streams {
        stream.rest().await;
        assert_eq!(stream.ended_well, Some(true));
    }
    assert!(!server.log().contains("cut off"), "{}", server.log());
}

#[tokio::test]
async fn an_api_server_tells_what_a_worker_on_the_same_directory_did() {
    let dir = tempfile::tempdir().unwrap();
    let mut api = Process::start(dir.path(), |command| {
        command.args(["--role", "api"]);
    });
    let mut worker = Process::start(dir.path(), |command| {
        command
            .args(["--role", "worker"])
            .env("FOLIO_WORKER_BIND", "127.0.0.1:0");
    });
    let path = portfolio(&api).await;
    let mut stream = Stream::from(&api, api.token(), None).await.opened().await;
    let job = value(&api, &path).await;
    let events = stream.through("job", is_over(&job)).await;
    super::told::in_order(&events);
    assert!(
        events
            .iter()
            .any(|event| event.name == "valuation" && event.data["total_value"] == "60000"),
        "{events:?}"
    );
    // A tick is at the whole second, and the portfolio has to be older than it.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let (status, all) = api
        .call("POST", "/api/v1/jobs", Some(json!({"type": "portfolio-valuation"})))
        .await;
    assert_eq!(status, 202, "{all}");
    let scheduled = |told: &Value| told["trigger"] == "manual" && !told["book_id"].is_null();
    stream.until("valuation", scheduled).await;
    api.stop();
    stream.rest().await;
    assert_eq!(stream.ended_well, Some(true));
    worker.stop();
}
