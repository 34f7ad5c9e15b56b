//! The suite that every store passes, on a replica set and on a server that knows no transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use folio_core::source::{BudgetLimit, StoreBudget};
use folio_core::{Clock, RateBudget, Store, conformance};
use folio_testkit::Mongod;

use crate::common::{open, raw};

/// Names databases, and drops the one before: each has its files.
struct Databases<'a> {
    server: &'a Mongod,
    made: AtomicUsize,
}

impl<'a> Databases<'a> {
    fn on(server: &'a Mongod) -> Self {
        Self {
            server,
            made: AtomicUsize::new(0),
        }
    }

    async fn next(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        if let Some(before) = number.checked_sub(1) {
            let dropped = raw(self.server, &format!("t{before}")).await.drop().await;
            assert!(dropped.is_ok(), "{dropped:?}");
        }
        format!("t{number}")
    }
}

async fn conforms(server: &Mongod) {
    let databases = Databases::on(server);
    conformance::store(async || Arc::new(open(server, &databases.next().await).await) as Arc<dyn Store>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conforms_on_a_replica_set() {
    conforms(&Mongod::replica_set().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conforms_on_a_standalone() {
    conforms(&Mongod::standalone().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_conform_on_it() {
    let server = Mongod::replica_set().await;
    let databases = Databases::on(&server);
    let fresh = async |clock: Arc<dyn Clock>, limits: Vec<BudgetLimit>| {
        let name = databases.next().await;
        let mut processes: Vec<Arc<dyn RateBudget>> = Vec::new();
        for _ in 0..3 {
            let store = Arc::new(open(&server, &name).await);
            processes.push(Arc::new(StoreBudget::new(clock.clone(), store, limits.clone())));
        }
        processes
    };
    conformance::rate_budget(fresh).await;
}
