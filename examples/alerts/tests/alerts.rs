//! The channel conforms, and the morning goes as the README says.

use std::sync::Arc;

use example_alerts::{Journal, morning};
use folio_core::conformance::{NotifierFixture, notifier};

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_conforms() {
    notifier(NotifierFixture::new(Arc::new(Journal::default()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_crossing_is_told_once() {
    let readme = include_str!("../README.md");
    let printed = morning().await.expect("the morning passes").join("\n");
    assert!(readme.contains(&printed), "{printed}");
}
