//! `export` and `import`.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use folio_core::{Belongings, Error, ErrorKind, OnDifference, PutBack, Result};
use serde_json::{Value, json};

use super::args::{ExportArgs, ImportArgs};
use super::output::{self, patiently};
use super::tool::Tool;
use crate::dto::ExportDto;

/// What the core says of something that is there and is not the same.
const DIFFERS: &str = "says something else";
/// The name that means standard input and output.
const STANDARD: &str = "-";

pub(super) async fn export(tool: &Tool, args: &ExportArgs) -> Result<()> {
    let belongings = patiently("reading", tool.tracker.belongings(&tool.owner)).await?;
    let document = ExportDto::of(&belongings, tool.tracker.clock().now());
    let mut text = serde_json::to_string_pretty(&document)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("the document cannot be written: {error}")))?;
    text.push('\n');
    let file = args.file.as_deref().filter(|file| file.as_os_str() != STANDARD);
    let Some(file) = file else {
        return io::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| failed("the document cannot be written", &error));
    };
    write_whole(file, &text).map_err(|error| failed(&format!("{} cannot be written", file.display()), &error))?;
    let (portfolios, prices) = (belongings.portfolios.len(), belongings.manual_prices.len());
    let holdings: usize = belongings
        .portfolios
        .iter()
        .map(|owned| owned.portfolio.holdings.len())
        .sum();
    if tool.json {
        return output::json(&json!({
            "file": file, "portfolios": portfolios, "holdings": holdings, "manual_prices": prices,
        }));
    }
    println!(
        "{portfolios} portfolios with {holdings} holdings and {prices} prices by hand are in {}",
        file.display()
    );
    Ok(())
}

/// Writes beside the file and puts it in place when it is whole. What somebody owns is nobody else's to read.
/// A link stays one, and a device or a pipe is written to as it is.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    let file = &fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        return OpenOptions::new().write(true).open(file)?.write_all(text.as_bytes());
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let draft = file.with_file_name(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut part| {
            part.write_all(text.as_bytes())?;
            part.sync_all()
        })
        .and_then(|()| fs::rename(&draft, file));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

pub(super) async fn import(tool: &Tool, args: &ImportArgs) -> Result<()> {
    let belongings = read(&args.file)?;
    if belongings.owner != tool.owner {
        let detail = format!(
            "the file belongs to {}, and {} is who it is imported for; say --owner {}",
            belongings.owner, tool.owner, belongings.owner
        );
        return Err(located(Error::field(ErrorKind::InvalidInput, "/owner", detail)));
    }
    let difference = if args.replace {
        OnDifference::Replace
    } else {
        OnDifference::Refuse
    };
    let put_back = patiently("writing", tool.tracker.put_back(&belongings, difference)).await;
    let report = put_back.map_err(located)?;
    let mut counts = [BTreeMap::new(), BTreeMap::new()];
    for (_, outcome) in &report.portfolios {
        *counts[0].entry(word(*outcome)).or_insert(0_usize) += 1;
    }
    for outcome in &report.manual_prices {
        *counts[1].entry(word(*outcome)).or_insert(0_usize) += 1;
    }
    if tool.json {
        let items = report
            .portfolios
            .iter()
            .map(|(id, outcome)| json!({"id": id, "outcome": word(*outcome)}));
        return output::json(&json!({
            "portfolios": items.collect::<Vec<_>>(),
            "manual_prices": counts[1],
        }));
    }
    for ((id, outcome), owned) in report.portfolios.iter().zip(&belongings.portfolios) {
        println!("{id} {:<9} {}", word(*outcome), owned.portfolio.name);
    }
    let said = |counts: &BTreeMap<&str, usize>| {
        let parts: Vec<_> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        if parts.is_empty() {
            "none".to_owned()
        } else {
            parts.join(", ")
        }
    };
    println!("portfolios: {}; prices by hand: {}", said(&counts[0]), said(&counts[1]));
    Ok(())
}

fn word(outcome: PutBack) -> &'static str {
    match outcome {
        PutBack::Created => "created",
        PutBack::Unchanged => "unchanged",
        PutBack::Replaced => "replaced",
    }
}

/// Names every place of the file at which something is wrong, and for differences the way past them.
fn located(error: Error) -> Error {
    let fields = error.field_errors();
    if fields.is_empty() {
        return error;
    }
    let lines = fields
        .iter()
        .map(|field| format!("\n  {}: {}", field.pointer, field.detail));
    let remedy = if fields.iter().any(|field| field.detail.contains(DIFFERS)) {
        "\n--replace puts what the file says in the place of what is there"
    } else {
        ""
    };
    let message = format!(
        "nothing was written; what is wrong with the file:{}{remedy}",
        lines.collect::<String>()
    );
    Error::new(error.kind(), message)
}

fn read(file: &PathBuf) -> Result<Belongings> {
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == STANDARD {
        io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(file).map(|content| bytes = content)
    };
    read.map_err(|error| {
        let detail = format!("{} cannot be read: {error}", file.display());
        Error::invalid(detail).with_source(error)
    })?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        let what = if error.is_eof() { "ends early" } else { "is not JSON" };
        Error::invalid(format!("{} {what}: {error}; nothing was written", file.display()))
    })?;
    ExportDto::read(value).map_err(located)
}

fn failed(what: &str, error: &io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("{what}: {error}"))
}
