//! The suite that every store passes.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::open;
use folio_core::{Store, conformance};

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
