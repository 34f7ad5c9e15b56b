//! Prints what both ways give.

use std::error::Error;

use example_embed::{pure, report, tracked};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", report(&pure()?)?);
    print!("{}", report(&tracked().await?)?);
    Ok(())
}
