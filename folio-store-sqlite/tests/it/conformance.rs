//! The suite that every store passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use folio_core::source::{BudgetLimit, StoreBudget};
use folio_core::{Clock, RateBudget, Store, conformance};

use crate::common::open;

#[tokio::test(flavor = "multi_thread")]
async fn conforms() {
    let directory = tempfile::tempdir().unwrap();
    let made = AtomicUsize::new(0);
    conformance::store(async || {
        let number = made.fetch_add(1, Ordering::Relaxed);
        Arc::new(open(directory.path().join(format!("{number}.db"))).await) as Arc<dyn Store>
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_conform_on_it() {
    let directory = tempfile::tempdir().unwrap();
    let made = AtomicUsize::new(0);
    let fresh = async |clock: Arc<dyn Clock>, limits: Vec<BudgetLimit>| {
        let path = directory
            .path()
            .join(format!("{}.db", made.fetch_add(1, Ordering::Relaxed)));
        let mut processes: Vec<Arc<dyn RateBudget>> = Vec::new();
        for _ in 0..3 {
            let store = Arc::new(open(&path).await);
            processes.push(Arc::new(StoreBudget::new(clock.clone(), store, limits.clone())));
        }
        processes
    };
    conformance::rate_budget(fresh).await;
    conformance::rate_budget_over_days(fresh).await;
}
