//! The processes of a run, and its time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use folio_core::Clock;
use folio_core::store::{RecordKind, Store};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::PROCESSES;
use super::child::{DIRECTORY, SEED, SharedClock, TICKS, set_time};
use super::story::instant;
use crate::support::process::Process;
use crate::support::unfinished;

const UNFINISHED: [&str; 5] = ["ticks", "chunks", "outbox", "alerts", "source_alerts"];

pub(crate) struct Run {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) clock: Arc<SharedClock>,
    pub(crate) seed: u64,
    pub(crate) ticks: usize,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) processes: Vec<Option<Process>>,
    pub(crate) killed: usize,
}

impl Run {
    pub(crate) fn set_time(&self, now: Timestamp) {
        self.clock.0.store(now.as_millisecond(), Ordering::SeqCst);
        set_time(self.directory.path(), now);
    }

    fn advance(&self, seconds: i64) {
        self.set_time(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    pub(crate) fn start(&mut self) {
        for process in &mut self.processes {
            process.get_or_insert_with(|| {
                let directory = self.directory.path().display().to_string();
                let variables = [
                    (DIRECTORY, directory),
                    (SEED, self.seed.to_string()),
                    (TICKS, self.ticks.to_string()),
                ];
                Process::start("chaos::child::child", variables)
            });
        }
    }

    pub(crate) fn kill(&mut self, which: usize) {
        self.killed += usize::from(self.processes[which].take().is_some());
    }

    /// Waits until everything of a tick is done. When nothing moves any more, time goes on: a little while
    /// all processes live, so that nobody's lease ends; and when one was killed, the others are killed too
    /// before it goes on by a minute.
    pub(crate) async fn finish(&mut self, tick: usize) {
        let key = format!("valuation:{:.0}", instant(tick));
        let (mut last, mut since) = (Vec::new(), Instant::now());
        let begun = Instant::now();
        loop {
            sleep(Duration::from_millis(8)).await;
            // In this order: a tick that comes between the two is not complete yet.
            let row = self.store.record(RecordKind("ticks"), &key).await.unwrap();
            let now = unfinished(&*self.store, &UNFINISHED).await.unwrap();
            let is_done = now.is_empty() && row.is_some_and(|row| row.body.contains("\"state\":\"complete\""));
            if is_done {
                return;
            }
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > Duration::from_millis(600) {
                if self.processes.iter().any(Option::is_none) {
                    (0..PROCESSES).for_each(|which| self.kill(which));
                    self.advance(61);
                    self.start();
                } else {
                    self.advance(2);
                }
                since = Instant::now();
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "tick {tick} stands still: {last:?}"
            );
        }
    }
}
