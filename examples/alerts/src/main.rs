//! Prints what the owner of a portfolio was told in a morning.

#[tokio::main]
async fn main() -> folio_core::Result<()> {
    for line in example_alerts::morning().await? {
        println!("{line}");
    }
    Ok(())
}
