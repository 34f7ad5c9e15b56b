//! The figures as a page.

use std::fmt::Write as _;
use std::path::Path;

use crate::process::Failure;

/// One figure, what it should be, and whether it is.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    figure: String,
    goal: String,
    reached: bool,
}

impl Row {
    /// A figure beside its goal, said at once: what comes after it may be broken off.
    pub(crate) fn new(
        what: impl Into<String>,
        figure: impl Into<String>,
        goal: impl Into<String>,
        reached: bool,
    ) -> Self {
        let row = Self {
            what: what.into(),
            figure: figure.into(),
            goal: goal.into(),
            reached,
        };
        eprintln!("  {}: {} ({})", row.what, row.figure, row.goal);
        row
    }
}

/// The page.
///
/// # Errors
/// When the machine does not say what it is.
pub(crate) fn text(rows: &[Row]) -> Result<String, Failure> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism()?;
    let mut page = String::from(
        "# Benchmarks\n\nWritten by `make bench`: release builds, everything on one machine, a local upstream with 50 ms latency. \
         Medians; a ratio is of runs in turn within one call. Absolute figures belong to the machine.\n\n",
    );
    writeln!(page, "Machine: {model}, {cores} cores.\n")?;
    page.push_str("| what | figure | goal | reached |\n|---|---|---|---|\n");
    for row in rows {
        let reached = if row.reached { "yes" } else { "no" };
        writeln!(page, "| {} | {} | {} | {reached} |", row.what, row.figure, row.goal)?;
    }
    page.push_str("\nThe valuation function by size of portfolio: `cargo bench --package folio-core`.\n");
    Ok(page)
}

/// Writes the page to a file and prints it.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(path: &Path, rows: &[Row]) -> Result<(), Failure> {
    let page = text(rows)?;
    std::fs::write(path, &page)?;
    print!("{page}");
    Ok(())
}
