//! Measures the release build and writes BENCHMARKS.md: counts, ratios within one run, and absolute
//! figures with the machine they were seen on.

mod fleet;
mod load;
mod process;
mod report;
mod runs;
mod vendor;

use std::path::Path;

use process::Failure;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("bare") => {
            let body = arguments.next().ok_or("bare needs the file to answer with")?;
            load::serve_bare(Path::new(&body)).await
        }
        Some("fleet") => {
            let (upstream, calls) = vendor::start().await?;
            let part = arguments.next();
            print!(
                "{}",
                report::text(&fleet::all(upstream, &calls, part.as_deref()).await?)?
            );
            Ok(())
        }
        Some(path) => report::write(Path::new(path), &runs::all().await?),
        None => {
            print!("{}", report::text(&runs::all().await?)?);
            Ok(())
        }
    }
}
