//! Live events: what is told to whom, from where on after a break, and when a stream ends.

mod counting;
mod fleet;
mod limits;
mod processes;
mod resume;
mod stream;
mod told;

pub(crate) use stream::{Event, Stream};

use std::sync::Arc;

use folio_core::memory::RecordingNotifier;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Options, Server};

const EVENTS: &str = "GET /v1/events";

/// A server in memory with its jobs running.
struct World {
    server: Server,
    stop: Option<oneshot::Sender<()>>,
    jobs: JoinHandle<folio_core::Result<()>>,
}

impl World {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        Self::of(Server::with(Options {
            notifiers: vec![Arc::new(RecordingNotifier::new("console"))],
            ..options
        }))
    }

    /// Has the jobs of a server run.
    fn of(server: Server) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let running = server.app.jobs.clone();
        let jobs = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
        Self {
            server,
            stop: Some(stop),
            jobs,
        }
    }

    async fn end(mut self) {
        drop(self.stop.take());
        self.jobs.await.unwrap().unwrap();
    }

    async fn listen(&self) -> Stream {
        Stream::of(self.server.call(EVENTS).open().await)
    }

    async fn listen_with(&self, token: &str) -> Stream {
        Stream::of(self.server.call(EVENTS).token(token).open().await)
    }

    async fn listen_from(&self, id: &str) -> Stream {
        Stream::of(self.server.call(EVENTS).header("last-event-id", id).open().await)
    }

    /// A portfolio that lost a seventh of its cost.
    async fn portfolio(&self, token: &str) -> String {
        let body = json!({"name": "Core", "holdings": [{"asset": "crypto:bitcoin", "quantity": 1, "cost": 70000}]});
        let made = self
            .server
            .call("POST /v1/portfolios")
            .token(token)
            .json(&body)
            .send()
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        format!("/v1/portfolios/{}", made.json["id"].as_str().unwrap())
    }

    /// Asks for a snapshot and waits until it is there; the job.
    async fn value(&self, token: &str, path: &str) -> Value {
        let asked = self
            .server
            .call(&format!("POST {path}/valuations"))
            .token(token)
            .send()
            .await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let job = format!("GET {}", asked.header("location"));
        for _ in 0..6_000 {
            let shown = self.server.call(&job).token(token).send().await.json;
            if shown["state"] == "succeeded" {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!(
            "the job does not end: {}",
            self.server.call(&job).token(token).send().await.text
        )
    }
}
