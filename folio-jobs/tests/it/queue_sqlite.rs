//! The queue on SQLite: the conformance suite, and what can only happen to a file.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::ErrorKind;
use folio_jobs::queue::conformance::{self, QueueFactory};
use folio_jobs::queue::{Delivery, Handler, JobQueue, SqliteQueue, WorkerOptions};
use futures::FutureExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

folio_jobs::queue_conformance!(Files::new());

const NAME: &str = "folio:test";
const HOLDER_PATH: &str = "FOLIO_TEST_QUEUE_PATH";

#[derive(Debug)]
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("queue.db")
    }

    /// Deletes the file and what SQLite keeps beside it.
    fn delete(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.0.path().join(format!("queue.db{suffix}")));
        }
    }
}

#[async_trait]
impl QueueFactory for Files {
    async fn open(&self) -> Arc<dyn JobQueue> {
        Arc::new(SqliteQueue::open(self.path(), NAME).await.unwrap())
    }

    fn holder(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["queue_sqlite::holder", "--exact", "--ignored", "--nocapture"]);
        command.env(HOLDER_PATH, self.path());
        command
    }

    fn silence(&self) -> Duration {
        Duration::from_secs(9)
    }
}

#[tokio::test]
#[ignore = "the process that a case of the suite starts and kills"]
async fn holder() {
    if let Ok(path) = std::env::var(HOLDER_PATH) {
        conformance::hold(Arc::new(SqliteQueue::open(path, NAME).await.unwrap())).await;
    }
}

#[tokio::test]
async fn a_corrupt_file_is_moved_aside() {
    let files = Files::new();
    for n in 1..=2 {
        let garbage = format!("{n}, and no database. ").repeat(1_000);
        fs::write(files.path(), &garbage).unwrap();
        let aside = files.0.path().join(format!("queue.db.corrupt-{n}"));
        assert_delivers(&SqliteQueue::open(files.path(), NAME).await.unwrap(), n).await;
        assert_eq!(fs::read_to_string(aside).unwrap(), garbage);
        files.delete();
    }
}

#[tokio::test]
async fn a_file_with_torn_pages_is_moved_aside() {
    let files = Files::new();
    let queue = SqliteQueue::open(files.path(), NAME).await.unwrap();
    let all: Vec<_> = (0..2_000).map(|n| Delivery::new(format!("row:{n}"), 1)).collect();
    queue.push(&all).await.unwrap();
    drop(queue);
    checkpoint(&files.path()).await;

    let mut bytes = fs::read(files.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0xA5);
    fs::write(files.path(), bytes).unwrap();
    let queue = SqliteQueue::open(files.path(), NAME).await.unwrap();
    assert!(files.0.path().join("queue.db.corrupt-1").exists());
    assert_eq!(queue.depth().await.unwrap(), 0);
    assert_delivers(&queue, 1).await;
}

#[tokio::test]
async fn a_deleted_file_is_made_anew_under_a_running_worker() {
    let files = Files::new();
    let queue = Arc::new(SqliteQueue::open(files.path(), NAME).await.unwrap());
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, &inbox);
    queue.push(&[Delivery::new("before", 1)]).await.unwrap();
    inbox.wait_for("before").await;

    // Deleted, and made by another process before this one looks again.
    files.delete();
    let other = SqliteQueue::open(files.path(), NAME).await.unwrap();
    other.push(&[Delivery::new("by another", 1)]).await.unwrap();
    inbox.wait_for("by another").await;
    queue.push(&[Delivery::new("after", 1)]).await.unwrap();
    inbox.wait_for("after").await;
    assert_eq!(other.depth().await.unwrap(), 0, "both are in the new file");

    files.delete();
    queue.push(&[Delivery::new("again", 1)]).await.unwrap();
    inbox.wait_for("again").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_file_ruined_under_a_running_worker_is_replaced() {
    let files = Files::new();
    let queue = Arc::new(SqliteQueue::open(files.path(), NAME).await.unwrap());
    let inbox = Inbox::default();
    let worker = Worker::start(&queue, &inbox);
    queue.push(&[Delivery::new("before", 1)]).await.unwrap();
    inbox.wait_for("before").await;

    let mut connection = connect(&files.path()).await;
    sqlx::query("DROP TABLE Jobs").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    queue.push(&[Delivery::new("after", 1)]).await.unwrap();
    inbox.wait_for("after").await;
    worker.stop().await;
    assert!(files.0.path().join("queue.db.corrupt-1").exists());
}

#[tokio::test]
async fn the_database_of_something_else_is_left_alone() {
    let files = Files::new();
    let mut connection = connect(&files.path()).await;
    for statement in [
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
           installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
           checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
        "INSERT INTO _sqlx_migrations VALUES (1, 'store', '2026-01-01', TRUE, x'00', 1)",
        "CREATE TABLE portfolios (id TEXT PRIMARY KEY)",
    ] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }

    let error = SqliteQueue::open(files.path(), NAME).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE sql > ''")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(tables, ["_sqlx_migrations", "portfolios"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_may_start_together_on_a_new_or_a_corrupt_file() {
    for corrupt in [false, true] {
        let files = Files::new();
        if corrupt {
            fs::write(files.path(), "no database ".repeat(1_000)).unwrap();
        }
        let opens = (0..8).map(|_| tokio::spawn(SqliteQueue::open(files.path(), NAME)));
        for (n, open) in futures::future::join_all(opens).await.into_iter().enumerate() {
            let queue = open.unwrap().unwrap();
            queue.push(&[Delivery::new("row", n as u32)]).await.unwrap();
        }
        let queue = SqliteQueue::open(files.path(), NAME).await.unwrap();
        assert_eq!(queue.depth().await.unwrap(), 8, "all of them opened one file");
        assert!(!files.0.path().join("queue.db.corrupt-2").exists());
    }
}

#[tokio::test]
async fn two_queues_in_one_file_do_not_meet() {
    let files = Files::new();
    let mut ends = Vec::new();
    for name in ["folio:one", "folio:two"] {
        let queue = Arc::new(SqliteQueue::open(files.path(), name).await.unwrap());
        let inbox = Inbox::default();
        let worker = Worker::start(&queue, &inbox);
        ends.push((queue, inbox, worker));
    }
    for (queue, ..) in &ends {
        queue.push(&[Delivery::new("same", 1)]).await.unwrap();
    }
    for (_, inbox, _) in &ends {
        inbox.wait_for("same").await;
    }
    for (queue, inbox, worker) in ends {
        worker.stop().await;
        assert_eq!(inbox.count("same"), 1);
        assert_eq!(queue.clean(Duration::ZERO).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn ids_are_ulids_and_worker_names_are_new_at_each_start() {
    let files = Files::new();
    let queue = Arc::new(SqliteQueue::open(files.path(), NAME).await.unwrap());
    for attempt in 1..=3 {
        assert_delivers(&queue, attempt).await;
    }
    let mut connection = connect(&files.path()).await;
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM Jobs")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(ids.len(), 3);
    for id in ids {
        assert_eq!(ulid::Ulid::from_string(&id).unwrap().to_string(), id);
    }
    let workers: i64 = sqlx::query_scalar("SELECT COUNT(DISTINCT id) FROM Workers")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(workers, 3);
}

#[tokio::test]
async fn old_workers_are_forgotten_with_their_deliveries() {
    let files = Files::new();
    let queue = Arc::new(SqliteQueue::open(files.path(), NAME).await.unwrap());
    assert_delivers(&queue, 1).await;
    let mut connection = connect(&files.path()).await;
    sqlx::query("UPDATE Workers SET last_seen = 0")
        .execute(&mut connection)
        .await
        .unwrap();

    let mut workers = async |queue: &SqliteQueue, keep| {
        queue.clean(keep).await.unwrap();
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM Workers");
        count.fetch_one(&mut connection).await.unwrap()
    };
    let kept: i64 = workers(&queue, Duration::from_secs(60)).await;
    assert_eq!(kept, 1, "a delivery still names it");
    assert_eq!(workers(&queue, Duration::ZERO).await, 0);
}

#[tokio::test]
async fn a_delivery_whose_workers_keep_dying_ends() {
    let files = Files::new();
    let queue = Arc::new(SqliteQueue::open(files.path(), NAME).await.unwrap());
    queue
        .push(&[Delivery::new("deadly", 1), Delivery::new("row", 1)])
        .await
        .unwrap();
    let mut connection = connect(&files.path()).await;
    sqlx::query("UPDATE Jobs SET attempts = 10 WHERE CAST(job AS TEXT) LIKE '%deadly%'")
        .execute(&mut connection)
        .await
        .unwrap();

    let inbox = Inbox::default();
    let worker = Worker::start(&queue, &inbox);
    inbox.wait_for("row").await;
    queue.push(&[Delivery::new("deadly", 2)]).await.unwrap();
    inbox.wait_for("deadly").await;
    worker.stop().await;
    assert_eq!(inbox.count("deadly"), 1, "only the new attempt is handled");
    assert_eq!(
        queue.clean(Duration::ZERO).await.unwrap(),
        3,
        "the old one is acknowledged"
    );
}

#[tokio::test]
async fn a_delivery_that_cannot_be_read_harms_no_other() {
    let files = Files::new();
    let queue = Arc::new(SqliteQueue::open(files.path(), NAME).await.unwrap());
    queue
        .push(&[Delivery::new("odd", 1), Delivery::new("row", 1)])
        .await
        .unwrap();
    let mut connection = connect(&files.path()).await;
    sqlx::query(
        "UPDATE Jobs SET job = CAST('{\"of\": \"another version\"}' AS BLOB)
         WHERE CAST(job AS TEXT) LIKE '%odd%'",
    )
    .execute(&mut connection)
    .await
    .unwrap();

    let inbox = Inbox::default();
    let worker = Worker::start(&queue, &inbox);
    inbox.wait_for("row").await;
    worker.stop().await;
    assert_eq!(queue.clean(Duration::ZERO).await.unwrap(), 2);
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.busy_timeout(Duration::from_secs(10)).connect().await.unwrap()
}

async fn checkpoint(path: &Path) {
    let mut connection = connect(path).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

async fn assert_delivers(queue: &SqliteQueue, attempt: u32) {
    let row = format!("row:{attempt}");
    let inbox = Inbox::default();
    queue.push(&[Delivery::new(&row, attempt)]).await.unwrap();
    let options = WorkerOptions::new(NonZeroUsize::MIN, "test");
    let arrival = {
        let inbox = inbox.clone();
        async move { inbox.wait_for(&row).await }
    };
    queue.work(options, Arc::new(inbox), arrival.boxed()).await.unwrap();
}

#[derive(Clone, Debug, Default)]
struct Inbox(Arc<Mutex<Vec<Delivery>>>);

impl Inbox {
    fn count(&self, row: &str) -> usize {
        self.0
            .lock()
            .unwrap()
            .iter()
            .filter(|delivery| delivery.row == row)
            .count()
    }

    async fn wait_for(&self, row: &str) {
        let arrived = async {
            while self.count(row) == 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(60), arrived)
            .await
            .expect("the delivery arrives");
    }
}

#[async_trait]
impl Handler for Inbox {
    async fn handle(&self, delivery: Delivery) {
        self.0.lock().unwrap().push(delivery);
    }
}

struct Worker {
    work: JoinHandle<folio_core::Result<()>>,
    stop: oneshot::Sender<()>,
}

impl Worker {
    fn start(queue: &Arc<SqliteQueue>, inbox: &Inbox) -> Self {
        let (queue, inbox) = (Arc::clone(queue), inbox.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let options = WorkerOptions::new(NonZeroUsize::MIN, "test");
        let shutdown = stopped.map(drop).boxed();
        let work = tokio::spawn(async move { queue.work(options, Arc::new(inbox), shutdown).await });
        Self { work, stop }
    }

    async fn stop(self) {
        drop(self.stop);
        timeout(Duration::from_secs(60), self.work)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}
