//! What is known to stop or to double the work of queues on Redis.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use folio_jobs::queue::{Delivery, JobQueue, RedisQueue, RedisQueueConfig};
use folio_testkit::RedisServer;
use redis::AsyncCommands;

use super::support::{Inbox, Worker, connect, item, key, open, until};

/// More than Lua's stack holds: a list of them as arguments of one command would stop the queue for good.
#[tokio::test(flavor = "multi_thread")]
async fn eight_thousand_orphans_of_one_worker_are_taken_over() {
    let server = RedisServer::start().await;
    let mut connection = connect(&server).await;
    let items: Vec<_> = (0..10_000).map(|n| item(&format!("row:{n}"), 1)).collect();
    for some in items.chunks(1_000) {
        let mut pipeline = redis::pipe();
        for item in some {
            pipeline.hset(key("known"), item, 0).ignore();
            pipeline.sadd(key("held:dead"), item).ignore();
        }
        () = pipeline.query_async(&mut connection).await.unwrap();
    }
    () = connection.zadd(key("workers"), "dead", 1).await.unwrap();

    let queue = Arc::new(open(&server.url()));
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, 8, &inbox);
    until("all are handled", || async { inbox.ended() == items.len() }).await;
    worker.stop().await;
    assert!(inbox.counts().values().all(|count| *count == 1));
    assert_eq!(queue.clean(Duration::ZERO).await.unwrap(), items.len() as u64);
    let workers: Vec<String> = connection.zrange(key("workers"), 0, -1).await.unwrap();
    assert_eq!(workers, [""; 0], "the dead and those that have left are forgotten");
}

/// One task that somebody else has taken over is his; the others that are finished with it are finished.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_delivery_harms_none_that_is_finished_with_it() {
    let server = RedisServer::start().await;
    let mut connection = connect(&server).await;
    let queue = Arc::new(open(&server.url()));
    let inbox = Inbox::holding("row");
    let worker = Worker::start(&queue, 4, &inbox);
    let all: Vec<_> = (1..=4).map(|attempt| Delivery::new("row", attempt)).collect();
    queue.push(&all).await.unwrap();
    for attempt in 1..=4 {
        inbox.wait_for("row", attempt).await;
    }
    let held: Vec<String> = connection.keys(key("held:*")).await.unwrap();
    assert_eq!(held.len(), 1);
    let stolen = item("row", 2);
    let moved: bool = connection.smove(&held[0], key("held:thief"), &stolen).await.unwrap();
    assert!(moved);

    inbox.release();
    worker.stop().await;
    let mut done: Vec<String> = connection.zrange(key("done"), 0, -1).await.unwrap();
    done.sort_unstable();
    assert_eq!(done, [item("row", 1), item("row", 3), item("row", 4)]);
    let stolen: Vec<String> = connection.smembers(key("held:thief")).await.unwrap();
    assert_eq!(stolen, [item("row", 2)]);
    assert_eq!(queue.depth().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_whose_workers_keep_dying_ends() {
    let server = RedisServer::start().await;
    let mut connection = connect(&server).await;
    for (row, deaths) in [("deadly", 9), ("row", 8)] {
        () = connection.hset(key("known"), item(row, 1), deaths).await.unwrap();
        () = connection.sadd(key("held:dead"), item(row, 1)).await.unwrap();
    }
    () = connection.zadd(key("workers"), "dead", 1).await.unwrap();
    let queue = Arc::new(open(&server.url()));
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, 1, &inbox);
    inbox.wait_for("row", 1).await;
    queue.push(&[Delivery::new("deadly", 2)]).await.unwrap();
    inbox.wait_for("deadly", 2).await;
    worker.stop().await;
    assert_eq!(
        inbox.counts().get(&Delivery::new("deadly", 1)),
        None,
        "only the new attempt is handled"
    );
    assert_eq!(queue.clean(Duration::ZERO).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_cannot_be_read_harms_no_other() {
    let server = RedisServer::start().await;
    let mut connection = connect(&server).await;
    let queue = Arc::new(open(&server.url()));
    () = connection
        .rpush(key("waiting"), r#"{"of":"another version"}"#)
        .await
        .unwrap();
    () = connection.rpush(key("waiting"), "no JSON at all").await.unwrap();
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, 1, &inbox);
    queue.push(&[Delivery::new("row", 1)]).await.unwrap();
    inbox.wait_for("row", 1).await;
    worker.stop().await;
    assert_eq!(queue.clean(Duration::ZERO).await.unwrap(), 3);
    assert_eq!(queue.depth().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_queues_on_one_server_do_not_meet() {
    let server = RedisServer::start().await;
    let config = RedisQueueConfig::from_url(&server.url()).unwrap();
    let mut ends = Vec::new();
    for name in ["folio:one", "folio:two"] {
        let queue = Arc::new(RedisQueue::open(&config, name).unwrap());
        let inbox = Inbox::default();
        let worker = Worker::start(&queue, 1, &inbox);
        ends.push((queue, inbox, worker));
    }
    for (queue, ..) in &ends {
        queue.push(&[Delivery::new("same", 1)]).await.unwrap();
    }
    for (_, inbox, _) in &ends {
        inbox.wait_for("same", 1).await;
    }
    for (queue, inbox, worker) in ends {
        worker.stop().await;
        assert_eq!(inbox.ended(), 1);
        assert_eq!(queue.clean(Duration::ZERO).await.unwrap(), 1);
    }
    let keys: Vec<String> = connect(&server).await.keys("*").await.unwrap();
    assert_eq!(keys, [""; 0], "a queue that is done with leaves nothing");
}

/// All keys of a queue are on one node of a cluster, and the name of a worker is never used again.
#[tokio::test(flavor = "multi_thread")]
async fn keys_have_one_tag_and_workers_new_names() {
    let server = RedisServer::start().await;
    let mut connection = connect(&server).await;
    let queue = Arc::new(open(&server.url()));
    let mut names = BTreeSet::new();
    for attempt in 1..=3 {
        let inbox = Inbox::holding("row");
        let worker = Worker::start(&queue, 1, &inbox);
        queue.push(&[Delivery::new("row", attempt)]).await.unwrap();
        inbox.wait_for("row", attempt).await;
        let workers: Vec<String> = connection.zrange(key("workers"), 0, -1).await.unwrap();
        assert_eq!(workers.len(), 1);
        assert!(workers[0].starts_with("test-"));
        names.extend(workers);
        let keys: Vec<String> = connection.keys("*").await.unwrap();
        assert!(keys.iter().all(|key| key.starts_with("{folio:test}:")), "{keys:?}");
        inbox.release();
        worker.stop().await;
    }
    assert_eq!(names.len(), 3);
}
