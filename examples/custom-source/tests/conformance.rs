//! folio's suite for price sources, on the feed.

use std::path::Path;
use std::sync::Arc;

use example_custom_source::{Closing, CsvFeed};
use folio_core::conformance::{SourceFixture, price_source};
use folio_core::{Clock, ManualClock, PriceKey, Resolution};

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_conforms() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new("2026-03-02T19:00:00Z".parse().unwrap()));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prices.csv");
    let feed = CsvFeed::new(
        path,
        Closing::new("17:30", "Europe/Berlin").unwrap(),
        Arc::clone(&clock),
    );

    let key = |asset: &str| PriceKey::native(asset.parse().unwrap());
    let fixture = SourceFixture::new(clock, [key("stock:HARBOR"), key("stock:MEADOW")], key("stock:NOSUCH"))
        .with_history(
            key("stock:HARBOR"),
            Resolution::Daily,
            "2026-02-25".parse().unwrap(),
            "2026-03-02".parse().unwrap(),
        );
    price_source(Arc::new(feed), fixture).await;
}
