//! Jobs: asked for, run, shown.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Server;

async fn finished(server: &Server, path: &str) -> Value {
    for _ in 0..1000 {
        let job = server.get(path).await.json;
        if matches!(job["state"].as_str(), Some("succeeded" | "failed")) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the job never ended")
}

#[tokio::test]
async fn a_manual_valuation_becomes_a_snapshot() {
    let server = Server::new();
    let path = server
        .portfolio(json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 2}]}))
        .await;
    let asked = server.call(&format!("POST {path}/valuations")).send().await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    assert_eq!(
        json!([asked.json["type"], asked.json["state"], asked.json["result"]]),
        json!(["portfolio-valuation", "queued", null])
    );
    let again = server.call(&format!("POST {path}/valuations")).send().await;
    assert_eq!(again.json["id"], asked.json["id"], "one at a time");
    let location = asked.header("location").to_owned();

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let jobs = server.app.jobs.clone();
    let running = tokio::spawn(async move { jobs.run(async { drop(stopped.await) }).await });
    let job = finished(&server, &location).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let id = job["result"]["valuation_id"].as_str().unwrap();
    let valuation = server.get(&format!("{path}/valuations/{id}")).await.json;
    assert_eq!(
        json!([valuation["trigger"], valuation["total_value"]]),
        json!(["manual", "120000"])
    );
    let _ = stop.send(());
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn jobs_for_everybody_are_the_administrators() {
    let server = Server::new();
    let job = server.post("/v1/jobs", json!({"type": "historical-data"})).await;
    assert_eq!(
        (job.status, job.json["type"].as_str()),
        (202, Some("historical-data")),
        "{}",
        job.text
    );
    assert_eq!(server.get(job.header("location")).await.json["id"], job.json["id"]);
    let tick = server.post("/v1/jobs", json!({"type": "portfolio-valuation"})).await;
    assert_eq!(tick.status, 202, "{}", tick.text);
    for body in [
        json!({}),
        json!({"type": "send-notification"}),
        json!({"type": 1}),
        json!({"type": "historical-data", "x": 1}),
    ] {
        server.post("/v1/jobs", body).await.problem(422, "invalid_input");
    }
    server.get("/v1/jobs/nope").await.problem(404, "not_found");
    let bob = server.token("bob", json!(["write"])).await;
    server
        .call(&format!("GET {}", job.header("location")))
        .token(&bob)
        .send()
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn the_schedule_is_shown() {
    let server = Server::new();
    let schedule = server.get("/v1/schedule").await;
    let entries: Vec<_> = schedule
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["job"].as_str().unwrap().to_owned(),
                entry["cron"].as_str().unwrap().to_owned(),
                entry["next"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let expected = [
        ("portfolio-valuation", "0 * * * *", "2026-03-04T11:00:00Z"),
        ("portfolio-valuation", "0 9 * * *", "2026-03-05T09:00:00Z"),
        ("historical-data", "0 */6 * * *", "2026-03-04T12:00:00Z"),
    ];
    assert_eq!(
        entries,
        expected.map(|(job, cron, next)| (job.to_owned(), cron.to_owned(), next.to_owned()))
    );
}
