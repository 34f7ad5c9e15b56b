//! What permission for one call costs, by the limit: in one process, and through a row of a store.
//!
//! `cargo bench -p folio-core --bench budget`

#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use folio_core::memory::MemoryStore;
use folio_core::source::{BudgetLimit, LocalBudget, StoreBudget};
use folio_core::{Deadline, ManualClock, Priority, RateBudget, SourceId};
use jiff::SignedDuration;
use tokio::runtime::{Builder, Runtime};

const LIMITS: [u32; 3] = [5, 1_000, 100_000];

fn source() -> SourceId {
    SourceId::new("vendor")
}

/// One call, and the clock so far on that the minute stays about half full.
async fn call(budget: &dyn RateBudget, clock: &ManualClock, per_minute: u32) {
    let step = i64::from(120_000 / per_minute).max(1);
    clock.advance(SignedDuration::from_millis(step));
    let at_once = Deadline::after(Duration::ZERO);
    budget
        .acquire(&source(), 1, Priority::Interactive, at_once)
        .await
        .unwrap();
}

fn measure(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    make: impl Fn(Arc<ManualClock>, BudgetLimit) -> Arc<dyn RateBudget>,
) {
    let mut group = criterion.benchmark_group(name);
    for per_minute in LIMITS {
        let clock = Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let budget = make(clock.clone(), BudgetLimit::new(source(), per_minute));
        let many = (per_minute * 3 / 10).max(1);
        let at_once = Deadline::after(Duration::ZERO);
        runtime
            .block_on(budget.acquire(&source(), many, Priority::Interactive, at_once))
            .unwrap();
        group.bench_function(BenchmarkId::from_parameter(per_minute), |bencher| {
            bencher.to_async(runtime).iter(|| call(&*budget, &clock, per_minute));
        });
    }
    group.finish();
}

fn acquire(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    measure(criterion, &runtime, "acquire_local", |clock, limit| {
        Arc::new(LocalBudget::new(clock, [limit]))
    });
    measure(criterion, &runtime, "acquire_store", |clock, limit| {
        Arc::new(StoreBudget::new(clock, Arc::new(MemoryStore::new()), [limit]))
    });
}

criterion_group!(benches, acquire);
criterion_main!(benches);
