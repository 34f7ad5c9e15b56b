mod budget;
mod cache;
mod notifier;
mod record_faults;
mod source;
mod store;
mod store_faults;

use std::collections::BTreeSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use folio_core::Clock;
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The checks that a suite says have failed.
async fn failures(suite: impl Future<Output = ()>) -> BTreeSet<String> {
    let Err(panic) = AssertUnwindSafe(suite).catch_unwind().await else {
        return BTreeSet::new();
    };
    let report = panic.downcast_ref::<String>().expect("a suite panics with a report");
    let names = report
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
        .map(|(name, _)| name);
    names.filter(|name| !name.starts_with(' ')).map(str::to_owned).collect()
}

/// The suite names the one check that is about the fault. Others may notice it as well.
#[track_caller]
fn check(fault: &str, failed: &BTreeSet<String>, wanted: &str) {
    assert!(
        failed.contains(wanted),
        "{fault}: the suite names {failed:?}, not {wanted}"
    );
}

/// A clock that goes with the runtime's time, paused or not.
#[derive(Debug)]
struct RuntimeClock(Instant);

impl RuntimeClock {
    fn start() -> Arc<dyn Clock> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
        start + SignedDuration::from_millis(self.0.elapsed().as_millis().try_into().unwrap())
    }
}
