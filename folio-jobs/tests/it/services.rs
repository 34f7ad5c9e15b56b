//! Whole services: schedules, dispatcher, worker and queue together.

use std::sync::Arc;
use std::time::Duration;

use folio_core::{Clock, Result};
use folio_jobs::queue::{JobQueue, SqliteQueue};
use folio_jobs::{JobState, Jobs};
use jiff::SignedDuration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{BACKENDS, Backend, NINE, World, owner};

struct Service {
    stop: oneshot::Sender<()>,
    run: JoinHandle<Result<()>>,
}

impl Service {
    fn start(jobs: Jobs) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let run = tokio::spawn(async move { jobs.run(async { _ = stopped.await }).await });
        Self { stop, run }
    }

    async fn stop(self) {
        _ = self.stop.send(());
        tokio::time::timeout(Duration::from_secs(25), self.run)
            .await
            .expect("it stops in time")
            .unwrap()
            .unwrap();
    }
}

async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..3_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 30 s");
}

async fn is_complete(world: &World, as_of: &str) -> bool {
    world.tick(as_of).await.is_some_and(|tick| tick["state"] == "complete")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_runs_what_is_due_and_what_is_asked_for() {
    for backend in BACKENDS {
        let world = World::new(backend, 20, 3).await;
        world.go_to(NINE);
        let jobs = world.process();
        let service = Service::start(jobs.clone());
        let job = jobs
            .start_manual_valuation(&owner(), world.portfolios[0])
            .await
            .unwrap();
        until("the tick", async || is_complete(&world, NINE).await).await;
        until("the job", async || {
            jobs.job(None, job.id).await.unwrap().state == JobState::Succeeded
        })
        .await;
        world.go_to("2026-03-01T10:00:00.100Z");
        until("the next tick", async || {
            is_complete(&world, "2026-03-01T10:00:00Z").await
        })
        .await;
        service.stop().await;
        world.assert_done(NINE).await;
        world.assert_done("2026-03-01T10:00:00Z").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_on_one_store_share_the_work() {
    for backend in BACKENDS {
        let world = World::new(backend, 200, 5).await;
        let services = [Service::start(world.process()), Service::start(world.process())];
        for hour in 9..12 {
            let as_of = format!("2026-03-01T{hour:02}:00:00Z");
            world.go_to(&as_of);
            until("the tick", async || is_complete(&world, &as_of).await).await;
            world.assert_done(&as_of).await;
        }
        for service in services {
            service.stop().await;
        }
        assert_eq!(world.stray_books().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_nothing_twice() {
    for backend in BACKENDS {
        let world = World::new(backend, 600, 150).await;
        world.go_to(NINE);
        let service = Service::start(world.process());
        until("a chunk begins", async || !world.records("chunks", "").await.is_empty()).await;
        service.stop().await;
        let chunks = world.records("chunks", "").await;
        assert!(
            chunks.iter().all(|chunk| chunk["dispatch"]["phase"] != "running"),
            "nothing is left running"
        );
        let service = Service::start(world.process());
        until("the tick", async || is_complete(&world, NINE).await).await;
        service.stop().await;
        world.assert_done(NINE).await;
        assert_eq!(world.faults.duplicates(), 0, "no snapshot was made twice");
        let chunks = world.records("chunks", "").await;
        assert!(chunks.iter().all(|chunk| chunk["dead_starts"] == 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_the_queue_is_deleted_under_the_service() {
    let world = World::new(Backend::Sqlite, 120, 10).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queue.db");
    let queue: Arc<dyn JobQueue> = Arc::new(SqliteQueue::open(&path, "folio").await.unwrap());
    let service = Service::start(Jobs::new(world.tracker(), queue, world.config.clone()));
    for hour in 9..12 {
        let as_of = format!("2026-03-01T{hour:02}:00:00Z");
        world.go_to(&as_of);
        until("its chunks", async || {
            !world.records("chunks", &format!("valuation:{as_of}")).await.is_empty()
        })
        .await;
        for suffix in ["", "-wal", "-shm"] {
            _ = std::fs::remove_file(directory.path().join(format!("queue.db{suffix}")));
        }
        world.clock.advance(SignedDuration::from_secs(61));
        until("the tick", async || is_complete(&world, &as_of).await).await;
        world.assert_done(&as_of).await;
    }
    service.stop().await;
    assert_eq!(world.stray_books().await, 0, "one book a tick");
    assert!(world.clock.now() > crate::support::at("2026-03-01T11:00:00Z"));
}
