//! Prints answers: a table for people, JSON for programs.

use std::fmt;
use std::io::ErrorKind::BrokenPipe;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use folio_core::{Error, ErrorKind, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// What takes longer shows that it goes on.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prints a line. Where it cannot be printed the process ends: in silence when nobody reads any more, as in
/// `folio list | head -1`, else with the reason.
pub(super) fn line(text: fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) else {
        return;
    };
    if error.kind() == BrokenPipe {
        std::process::exit(0);
    }
    eprintln!("folio: the answer cannot be printed: {error}");
    std::process::exit(1);
}

/// Prints JSON.
pub(super) fn json<T: Serialize>(value: &T) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("the answer cannot be written: {error}")))?;
    say!("{text}");
    Ok(())
}

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Prints rows below a heading.
pub(super) fn table(heading: &[(&str, Align)], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells.chain([heading[column].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..heading.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).zip(heading).map(|((cell, width), (_, align))| {
            let space = " ".repeat(width.saturating_sub(cell.chars().count()));
            if *align == Align::Left {
                format!("{cell}{space}")
            } else {
                format!("{space}{cell}")
            }
        });
        say!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(&mut heading.iter().map(|(name, _)| *name));
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}

/// A text, or a dash where there is none.
pub(super) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

/// Waits for `work` and shows on a terminal that it goes on.
pub(super) async fn patiently<T>(what: &'static str, work: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(PATIENCE) => {}
    }
    let bar = ProgressBar::new_spinner().with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    let done = work.await;
    bar.finish_and_clear();
    done
}
