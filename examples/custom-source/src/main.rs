//! Runs the example on the file beside it, on the evening of the file's last day.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use folio_core::ManualClock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prices.csv");
    let clock = ManualClock::new("2026-03-02T19:00:00Z".parse()?);
    print!("{}", example_custom_source::app(&path, Arc::new(clock)).await?);
    Ok(())
}
