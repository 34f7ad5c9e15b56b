//! What every [`JobQueue`] must do, as tests that run on any of them.
//!
//! A backend implements [`QueueFactory`] and writes [`queue_conformance!`](crate::queue_conformance)
//! into a test file. The cases wait for conditions rather than for times, with a limit that is far
//! beyond what a slow machine needs.
#![expect(clippy::expect_used, clippy::panic, reason = "a test suite fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use tokio::sync::{Barrier, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::{Delivery, Handler, JobQueue, WorkerOptions};

/// Far more than any case takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Writes one test for each case of the suite. The expression makes the [`QueueFactory`] of a test:
/// a new, empty queue each time.
///
/// ```ignore
/// folio_jobs::queue_conformance!(Files::new());
/// ```
#[macro_export]
macro_rules! queue_conformance {
    ($factory:expr) => {
        $crate::queue_conformance! { $factory =>
            equal_pushes_are_one_delivery
            an_idle_worker_sees_every_push
            panics_are_acknowledged
            concurrency_is_reached_and_kept
            handles_share_without_doubles
            dead_holders_are_replaced
            shutdown_finishes_what_runs_and_gives_back_the_rest
            live_workers_keep_what_they_hold
            thousands_drain
        }
    };
    ($factory:expr => $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::queue::conformance::$case(&$factory).await;
            }
        )*
    };
}

/// How the suite reaches one queue.
#[async_trait]
pub trait QueueFactory: Debug + Send + Sync {
    /// A new handle on the queue, made as another process would make its own.
    async fn open(&self) -> Arc<dyn JobQueue>;

    /// A command for a process that opens the queue, calls [`hold`] on it, and passes on its output.
    fn holder(&self) -> Command;

    /// A time after which a worker that has fallen silent is certainly taken for dead.
    fn silence(&self) -> Duration;
}

/// Takes what the queue has, says so on the standard output, and never finishes any of it.
pub async fn hold(queue: Arc<dyn JobQueue>) {
    struct Holder;

    #[async_trait]
    impl Handler for Holder {
        async fn handle(&self, delivery: Delivery) {
            println!("\nheld {}", delivery.row);
            std::future::pending().await
        }
    }

    let work = queue.work(options(4), Arc::new(Holder), std::future::pending().boxed());
    work.await.expect("the holder works");
}

/// However often and through whichever handle one attempt is pushed, it is delivered once.
pub async fn equal_pushes_are_one_delivery(factory: &dyn QueueFactory) {
    let (queue, other) = (factory.open().await, factory.open().await);
    let first = Delivery::new("a", 1);
    let all = [first.clone(), Delivery::new("a", 2), Delivery::new("b", 1)];
    queue.push(&[first.clone(), first.clone()]).await.expect("push");
    queue.push(&all).await.expect("push");
    other.push(&all).await.expect("push");
    assert_eq!(queue.depth().await.expect("depth"), 3);

    let desk = Desk::new();
    let worker = Worker::start(&queue, 2, &desk);
    desk.finished(3).await;
    queue.push(&all).await.expect("push");
    assert_eq!(
        other.depth().await.expect("depth"),
        0,
        "what is finished is not delivered again"
    );
    worker.stop().await;
    desk.assert_once(all);

    assert_eq!(queue.clean(LIMIT).await.expect("clean"), 0, "nothing is that old");
    assert_eq!(queue.clean(Duration::ZERO).await.expect("clean"), 3);
    queue.push(&[first]).await.expect("push");
    assert_eq!(queue.depth().await.expect("depth"), 1, "what is forgotten is new");
}

/// A worker without work keeps looking for it, however long ago it last had some.
pub async fn an_idle_worker_sees_every_push(factory: &dyn QueueFactory) {
    let (queue, other) = (factory.open().await, factory.open().await);
    let desk = Desk::new();
    let worker = Worker::start(&queue, 2, &desk);
    for attempt in 1..=6 {
        sleep(Duration::from_millis(300)).await;
        let pusher = if attempt % 2 == 0 { &queue } else { &other };
        pusher.push(&[Delivery::new("row", attempt)]).await.expect("push");
        desk.finished(attempt as usize).await;
    }
    worker.stop().await;
    desk.assert_once((1..=6).map(|attempt| Delivery::new("row", attempt)));
}

/// A handler that panics ends its delivery, which is not tried again, and harms no other.
pub async fn panics_are_acknowledged(factory: &dyn QueueFactory) {
    #[derive(Default)]
    struct Clumsy(AtomicUsize, AtomicUsize);

    #[async_trait]
    impl Handler for Clumsy {
        async fn handle(&self, delivery: Delivery) {
            tokio::task::yield_now().await;
            if delivery.row == "bad" {
                self.0.fetch_add(1, Ordering::SeqCst);
                panic!("this panic is part of the test");
            }
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }

    let queue = factory.open().await;
    let clumsy = Arc::new(Clumsy::default());
    let worker = Worker::start(&queue, 1, &clumsy);
    queue.push(&deliveries("first", 3)).await.expect("push");
    queue.push(&[Delivery::new("bad", 1)]).await.expect("push");
    queue.push(&deliveries("last", 3)).await.expect("push");
    let counts = || (clumsy.0.load(Ordering::SeqCst), clumsy.1.load(Ordering::SeqCst));
    eventually("all are handled", || async { counts() == (1, 6) }).await;
    worker.stop().await;

    assert_eq!(
        queue.clean(Duration::ZERO).await.expect("clean"),
        7,
        "all are acknowledged"
    );
    assert_eq!(counts(), (1, 6));
}

/// As many deliveries run at once as were asked for, and no more.
pub async fn concurrency_is_reached_and_kept(factory: &dyn QueueFactory) {
    struct Meter {
        together: Barrier,
        now: AtomicUsize,
        most: AtomicUsize,
        done: AtomicUsize,
    }

    #[async_trait]
    impl Handler for Meter {
        async fn handle(&self, _: Delivery) {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            self.together.wait().await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            self.done.fetch_add(1, Ordering::SeqCst);
        }
    }

    let queue = factory.open().await;
    queue.push(&deliveries("row", 12)).await.expect("push");
    let meter = Arc::new(Meter {
        together: Barrier::new(3),
        now: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
    });
    let worker = Worker::start(&queue, 3, &meter);
    eventually("all are handled", || async { meter.done.load(Ordering::SeqCst) == 12 }).await;
    worker.stop().await;
    assert_eq!(meter.most.load(Ordering::SeqCst), 3);
}

/// Two workers on two handles each get some of the deliveries, and none gets what the other has.
pub async fn handles_share_without_doubles(factory: &dyn QueueFactory) {
    let (left, right) = (factory.open().await, factory.open().await);
    let all = deliveries("row", 300);
    left.push(&all).await.expect("push");
    // Neither gets on before the other has begun, so that both are known to take part.
    let desk = Desk::holding(all.iter().map(|delivery| delivery.row.clone()));
    let other = desk.twin();
    let workers = [Worker::start(&left, 4, &desk), Worker::start(&right, 4, &other)];
    desk.started(4).await;
    other.started(4).await;
    desk.release_all();
    let handled = || desk.finished_count() + other.finished_count();
    eventually("all are handled", || async { handled() >= all.len() }).await;
    for worker in workers {
        worker.stop().await;
    }
    desk.merge(&other);
    desk.assert_once(all);
}

/// What a process held when it was killed is handled by another worker, once, and so is what a
/// worker held whose future was dropped; the handlers of that one end there.
pub async fn dead_holders_are_replaced(factory: &dyn QueueFactory) {
    let queue = factory.open().await;
    let dropped = Desk::holding(["dropped:0", "dropped:1"]);
    queue.push(&deliveries("dropped", 2)).await.expect("push");
    let worker = Worker::start(&queue, 2, &dropped);
    dropped.started(2).await;
    worker.abort().await;
    dropped.release_all();

    queue.push(&deliveries("killed", 8)).await.expect("push");
    let mut holder = Holder::start(factory.holder());
    let holder = tokio::task::spawn_blocking(move || {
        holder.wait_until_held(4);
        holder
    });
    let holder = holder.await.expect("the holder holds");
    assert!(queue.depth().await.expect("depth") <= 4);

    let desk = Desk::new();
    let worker = Worker::start(&queue, 4, &desk);
    drop(holder);
    desk.finished(10).await;
    worker.stop().await;
    desk.assert_once(deliveries("dropped", 2).into_iter().chain(deliveries("killed", 8)));
    assert_eq!(dropped.finished_count(), 0);
}

/// A worker that is asked to stop finishes what it has begun. The rest, with what it has only
/// fetched, is there for others at once.
pub async fn shutdown_finishes_what_runs_and_gives_back_the_rest(factory: &dyn QueueFactory) {
    let queue = factory.open().await;
    let all = deliveries("row", 9);
    queue.push(&all).await.expect("push");
    let desk = Desk::holding(all.iter().map(|delivery| delivery.row.clone()));
    let mut worker = Worker::start(&queue, 3, &desk);
    desk.started(3).await;
    // One goes, so that the worker fetches with two of its three places taken.
    let first = desk.log().started.first().cloned().expect("one has started");
    desk.release(&first.row);
    desk.started(4).await;

    worker.ask_to_stop();
    sleep(Duration::from_millis(300)).await;
    assert!(!worker.has_stopped(), "the worker waits for what runs");
    desk.release_all();
    worker.stop().await;
    assert_eq!(desk.finished_count(), 4, "what runs is finished and nothing is begun");
    assert_eq!(queue.depth().await.expect("depth"), 5, "all others wait");

    let worker = Worker::start(&queue, 3, &desk);
    desk.finished(9).await;
    worker.stop().await;
    desk.assert_once(all);
}

/// A worker keeps what it runs and what it has fetched as long as it lives: while it has no free
/// place, and while it shuts down.
pub async fn live_workers_keep_what_they_hold(factory: &dyn QueueFactory) {
    let leaving = Desk::holding(["leaving"]);
    let queue = factory.open().await;
    queue.push(&[Delivery::new("leaving", 1)]).await.expect("push");
    let mut leaving_worker = Worker::start(&queue, 1, &leaving);
    leaving.started(1).await;
    leaving_worker.ask_to_stop();

    let full = Desk::holding(["full:1", "full:2", "full:3"]);
    let full_worker = Worker::start(&factory.open().await, 2, &full);
    queue.push(&deliveries("full", 2)).await.expect("push");
    full.started(2).await;
    queue
        .push(&[Delivery::new("full:2", 1), Delivery::new("full:3", 1)])
        .await
        .expect("push");
    full.release("full:0");
    full.started(3).await;
    let waiting = queue.depth().await.expect("depth");

    let eager = Desk::new();
    let eager_worker = Worker::start(&factory.open().await, 4, &eager);
    sleep(factory.silence()).await;
    assert_eq!(
        eager.log().started.len() as u64,
        waiting,
        "only what nobody held is taken"
    );

    full.release_all();
    leaving.release_all();
    leaving_worker.stop().await;
    eventually("all are handled", || async {
        leaving.finished_count() + full.finished_count() + eager.finished_count() == 5
    })
    .await;
    full_worker.stop().await;
    eager_worker.stop().await;
    full.merge(&leaving);
    full.merge(&eager);
    full.assert_once(deliveries("full", 4).into_iter().chain([Delivery::new("leaving", 1)]));
}

/// Many deliveries at once have no cliff: a worker gets through all of them, once each.
pub async fn thousands_drain(factory: &dyn QueueFactory) {
    let queue = factory.open().await;
    let all = deliveries("row", 5_000);
    let desk = Desk::new();
    let worker = Worker::start(&queue, 8, &desk);
    queue.push(&all).await.expect("push");
    desk.finished(all.len()).await;
    worker.stop().await;
    assert_eq!(queue.depth().await.expect("depth"), 0);
    assert_eq!(queue.clean(Duration::ZERO).await.expect("clean"), 5_000);
    desk.assert_once(all);
}

fn deliveries(prefix: &str, count: usize) -> Vec<Delivery> {
    (0..count).map(|n| Delivery::new(format!("{prefix}:{n}"), 1)).collect()
}

fn options(concurrency: usize) -> WorkerOptions {
    let concurrency = NonZeroUsize::new(concurrency).expect("at least one");
    WorkerOptions::new(concurrency, "conformance")
}

async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let end = Instant::now() + LIMIT;
    while !condition().await {
        assert!(Instant::now() < end, "in vain waited until {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Keeps a log of what it handles, and handles the held rows only once they are released.
#[derive(Debug)]
struct Desk {
    log: Mutex<Log>,
    held: watch::Sender<BTreeSet<String>>,
}

#[derive(Clone, Debug, Default)]
struct Log {
    started: Vec<Delivery>,
    finished: Vec<Delivery>,
}

impl Desk {
    fn new() -> Arc<Self> {
        Self::holding::<&str>([])
    }

    fn holding<T: Into<String>>(rows: impl IntoIterator<Item = T>) -> Arc<Self> {
        let held = watch::Sender::new(rows.into_iter().map(Into::into).collect());
        Arc::new(Self {
            log: Mutex::default(),
            held,
        })
    }

    /// Another desk with the same held rows, which are released together.
    fn twin(&self) -> Arc<Self> {
        Arc::new(Self {
            log: Mutex::default(),
            held: self.held.clone(),
        })
    }

    fn release(&self, row: &str) {
        self.held.send_modify(|held| {
            held.remove(row);
        });
    }

    fn release_all(&self) {
        self.held.send_modify(BTreeSet::clear);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finished_count(&self) -> usize {
        self.log().finished.len()
    }

    async fn started(&self, count: usize) {
        let what = format!("{count} have started");
        eventually(&what, || async { self.log().started.len() >= count }).await;
    }

    async fn finished(&self, count: usize) {
        let what = format!("{count} are finished");
        eventually(&what, || async { self.log().finished.len() >= count }).await;
    }

    fn merge(&self, other: &Self) {
        let other = other.log().clone();
        let mut log = self.log();
        log.started.extend(other.started);
        log.finished.extend(other.finished);
    }

    fn assert_once(&self, deliveries: impl IntoIterator<Item = Delivery>) {
        let once: BTreeMap<_, _> = deliveries.into_iter().map(|delivery| (delivery, 1)).collect();
        let log = self.log();
        for handled in [&log.started, &log.finished] {
            let mut counts = BTreeMap::new();
            for delivery in handled {
                *counts.entry(delivery.clone()).or_insert(0) += 1;
            }
            assert_eq!(counts, once);
        }
    }
}

#[async_trait]
impl Handler for Desk {
    async fn handle(&self, delivery: Delivery) {
        self.log().started.push(delivery.clone());
        let mut held = self.held.subscribe();
        let free = held.wait_for(|held| !held.contains(&delivery.row)).await;
        drop(free.expect("the desk is there"));
        self.log().finished.push(delivery);
    }
}

struct Worker {
    work: JoinHandle<folio_core::Result<()>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Worker {
    fn start<H: Handler>(queue: &Arc<dyn JobQueue>, concurrency: usize, handler: &Arc<H>) -> Self {
        let (queue, handler) = (Arc::clone(queue), Arc::clone(handler));
        let (stop, stopped) = oneshot::channel();
        let work = tokio::spawn(async move {
            queue
                .work(options(concurrency), handler, stopped.map(drop).boxed())
                .await
        });
        Self { work, stop: Some(stop) }
    }

    fn ask_to_stop(&mut self) {
        drop(self.stop.take());
    }

    fn has_stopped(&self) -> bool {
        self.work.is_finished()
    }

    async fn stop(mut self) {
        self.ask_to_stop();
        let work = tokio::time::timeout(LIMIT, self.work).await;
        work.expect("the worker stops")
            .expect("it does not panic")
            .expect("it does not fail");
    }

    async fn abort(self) {
        self.work.abort();
        assert!(self.work.await.is_err_and(|error| error.is_cancelled()));
    }
}

/// A process that calls [`hold`], and is killed when this is dropped.
struct Holder(Child);

impl Holder {
    fn start(mut command: Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        Self(child.expect("the holder starts"))
    }

    fn wait_until_held(&mut self, count: usize) {
        let output = self.0.stdout.take().expect("the output is piped");
        let held = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .filter(|line| line.starts_with("held "))
            .take(count)
            .count();
        assert_eq!(held, count, "the holder ended too early");
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // On Unix this is SIGKILL: the process has no chance to give anything back.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
