//! What a server and a network do to a queue.

use std::sync::Arc;
use std::time::Duration;

use folio_core::ErrorKind;
use folio_jobs::queue::{Delivery, JobQueue};
use folio_testkit::{Fault, Proxy, RedisServer};
use redis::AsyncCommands;
use tokio::time::sleep;

use super::support::{Inbox, Worker, connect, deliveries, key, open, until};

/// A server out of reach fails no opening and ends no worker, and is used as soon as it is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_may_come_later_than_its_workers() {
    let mut server = RedisServer::start().await;
    server.kill();
    let queue = Arc::new(open(&server.url()));
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, 2, &inbox);
    let error = queue.push(&[Delivery::new("early", 1)]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(queue.depth().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(queue.check().await.unwrap_err().kind(), ErrorKind::Unavailable);

    server.start_again().await;
    until("it is written", || async {
        queue.push(&[Delivery::new("row", 1)]).await.is_ok()
    })
    .await;
    inbox.wait_for("row", 1).await;
    worker.stop().await;
}

/// A server that takes no writes is out of reach, although it answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_no_queue_until_it_is_none() {
    let (server, other) = (RedisServer::start().await, RedisServer::start().await);
    let queue = open(&server.url());
    assert_eq!(queue.depth().await.unwrap(), 0);
    let mut connection = connect(&server).await;
    let (host, port) = other
        .url()
        .strip_prefix("redis://")
        .unwrap()
        .trim_end_matches('/')
        .split_once(':')
        .map(|(host, port)| (host.to_owned(), port.to_owned()))
        .unwrap();
    let _: () = redis::cmd("REPLICAOF")
        .arg(host)
        .arg(port)
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!(queue.depth().await.unwrap_err().kind(), ErrorKind::Unavailable);
    let _: () = redis::cmd("REPLICAOF")
        .arg("NO")
        .arg("ONE")
        .query_async(&mut connection)
        .await
        .unwrap();
    until("it takes writes", || async { queue.depth().await.is_ok() }).await;
}

/// Row 7: the server is killed and comes back ten times under one worker, which is never started again,
/// keeps running what it runs, and does nothing twice that was written down.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_its_server() {
    let mut server = RedisServer::with(&["--appendfsync", "always"]).await;
    let queue = Arc::new(open(&server.url()));
    let inbox = Inbox::holding("slow");
    let worker = Worker::start(&queue, 2, &inbox);
    queue.push(&[Delivery::new("slow", 1)]).await.unwrap();
    inbox.wait_for("slow", 1).await;
    for attempt in 1..=10 {
        queue.push(&[Delivery::new("before", attempt)]).await.unwrap();
        server.kill();
        assert!(queue.push(&[Delivery::new("lost", attempt)]).await.is_err());
        server.start_again().await;
        until("it is written", || async {
            queue.push(&[Delivery::new("after", attempt)]).await.is_ok()
        })
        .await;
        inbox.wait_for("before", attempt).await;
        inbox.wait_for("after", attempt).await;
    }
    assert_eq!(inbox.ended(), 20, "what ran before the first kill still runs");
    inbox.release();
    worker.stop().await;
    assert!(
        inbox
            .counts()
            .iter()
            .all(|(delivery, count)| *count == 1 || delivery.row == "before")
    );
    assert_eq!(inbox.counts()[&Delivery::new("slow", 1)], 1);
    assert_eq!(queue.clean(Duration::ZERO).await.unwrap(), 21);
}

/// An emptied server is an empty queue: no worker ends over it, and what runs is not started again.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_may_be_emptied() {
    let server = RedisServer::start().await;
    let queue = Arc::new(open(&server.url()));
    let inbox = Inbox::holding("slow");
    let worker = Worker::start(&queue, 2, &inbox);
    queue.push(&[Delivery::new("slow", 1)]).await.unwrap();
    inbox.wait_for("slow", 1).await;
    let mut connection = connect(&server).await;
    () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
    () = redis::cmd("SCRIPT")
        .arg("FLUSH")
        .query_async(&mut connection)
        .await
        .unwrap();
    queue.push(&[Delivery::new("row", 1)]).await.unwrap();
    inbox.wait_for("row", 1).await;
    inbox.release();
    worker.stop().await;
    assert_eq!(inbox.counts().len(), 2);
    assert!(inbox.counts().values().all(|count| *count == 1));
    assert_eq!(
        queue.clean(Duration::ZERO).await.unwrap(),
        1,
        "what was running is forgotten"
    );
}

/// Answers that never arrive leave nothing behind: the server holds for a worker only what the worker knows of.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_answer_gave_comes_back() {
    let server = RedisServer::start().await;
    let proxy = Proxy::before(server.port()).await;
    let queue = Arc::new(open(&format!("redis://127.0.0.1:{}", proxy.port())));
    let direct = open(&server.url());
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, 4, &inbox);
    for round in 0..5 {
        proxy.set(Fault::Slow(Duration::from_millis(40)));
        let row = format!("row{round}");
        direct.push(&deliveries(&row, 40)).await.unwrap();
        sleep(Duration::from_millis(90 + 37 * round)).await;
        proxy.set(if round % 2 == 0 { Fault::Closed } else { Fault::Silent });
        sleep(Duration::from_millis(200)).await;
        proxy.set(Fault::None);
        for n in 0..40 {
            inbox.wait_for(&format!("{row}:{n}"), 1).await;
        }
    }
    worker.stop().await;
    let twice = inbox.counts().into_iter().filter(|(_, count)| *count != 1);
    assert_eq!(twice.collect::<Vec<_>>(), []);
    assert_eq!(direct.clean(Duration::ZERO).await.unwrap(), 200);
}

/// A frozen server holds nobody up for long, and a worker that could not give a sign of life is not dead.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_dead_because_the_server_stood_still() {
    let server = RedisServer::start().await;
    let (left, right) = (Arc::new(open(&server.url())), Arc::new(open(&server.url())));
    let inbox = Inbox::holding("slow");
    let workers = [Worker::start(&left, 2, &inbox), Worker::start(&right, 2, &inbox)];
    left.push(&[Delivery::new("slow", 1), Delivery::new("slow", 2)])
        .await
        .unwrap();
    inbox.wait_for("slow", 1).await;
    inbox.wait_for("slow", 2).await;
    server.freeze();
    assert_eq!(left.depth().await.unwrap_err().kind(), ErrorKind::Unavailable);
    sleep(Duration::from_secs(9)).await;
    server.thaw();
    until("it is written", || async {
        right.push(&[Delivery::new("row", 1)]).await.is_ok()
    })
    .await;
    inbox.wait_for("row", 1).await;
    sleep(Duration::from_secs(3)).await;
    inbox.release();
    for worker in workers {
        worker.stop().await;
    }
    assert!(inbox.counts().values().all(|count| *count == 1), "{:?}", inbox.counts());
}

/// A server that forgets single keys, as one that is short of memory does, costs those deliveries and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_throws_away_stops_nothing() {
    let server = RedisServer::start().await;
    let mut connection = connect(&server).await;
    let queue = Arc::new(open(&server.url()));
    for (attempt, part) in (1..).zip(["known", "waiting", "workers", "done"]) {
        let (row, next) = (format!("{part}:before"), format!("{part}:after"));
        queue.push(&[Delivery::new(&row, attempt)]).await.unwrap();
        () = connection.del(key(part)).await.unwrap();
        let inbox = Inbox::default();
        let worker = Worker::start(&queue, 1, &inbox);
        queue.push(&[Delivery::new(&next, attempt)]).await.unwrap();
        inbox.wait_for(&next, attempt).await;
        worker.stop().await;
        assert!(inbox.counts().values().all(|count| *count == 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_forget_is_told_of() {
    for (policy, complaints) in [("noeviction", 0), ("allkeys-lru", 1), ("volatile-ttl", 1)] {
        let server = RedisServer::with(&["--maxmemory-policy", policy]).await;
        let found = open(&server.url()).check().await.unwrap();
        assert_eq!(found.len(), complaints, "{policy}");
        for complaint in found {
            assert!(
                complaint.contains("maxmemory-policy")
                    && complaint.contains(policy)
                    && complaint.contains("noeviction")
            );
        }
    }
}
