//! The queue on Redis: the conformance suite, and what can only happen to a server.

mod faults;
mod hazards;
mod support;
mod tls;

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use folio_jobs::queue::JobQueue;
use folio_jobs::queue::conformance::{self, QueueFactory};
use folio_testkit::RedisServer;

use support::open;

folio_jobs::queue_conformance!(Servers(RedisServer::start().await));

const HOLDER_URL: &str = "FOLIO_TEST_QUEUE_URL";

#[derive(Debug)]
struct Servers(RedisServer);

#[async_trait]
impl QueueFactory for Servers {
    async fn open(&self) -> Arc<dyn JobQueue> {
        Arc::new(open(&self.0.url()))
    }

    fn holder(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["queue_redis::holder", "--exact", "--ignored", "--nocapture"]);
        command.env(HOLDER_URL, self.0.url());
        command
    }

    fn silence(&self) -> Duration {
        Duration::from_secs(12)
    }
}

#[tokio::test]
#[ignore = "the process that a case of the suite starts and kills"]
async fn holder() {
    if let Ok(url) = std::env::var(HOLDER_URL) {
        conformance::hold(Arc::new(open(&url))).await;
    }
}
