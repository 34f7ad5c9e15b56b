//! `migrate`.

use std::io::IsTerminal;
use std::sync::Arc;

use folio_core::money::decimal;
use folio_core::{Clock, Error, ErrorKind, Result, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use super::args::MigrateArgs;
use super::output;
use crate::config::{Config, StoreUrl};
use crate::migrate::{Progress, Report, Side, Step, migrate};
use crate::wiring::{self, Opening};

pub(super) async fn run(args: &MigrateArgs, config: Config, as_json: bool) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let given = |url: Option<&str>, flag: &str, other: &StoreUrl| match url {
        None => Ok(other.clone()),
        Some(url) => StoreUrl::parse(url)
            .map_err(|allowed| Error::new(ErrorKind::InvalidInput, format!("{flag} is not valid: {allowed}"))),
    };
    let from = given(args.from.as_deref(), "--from", &config.store)?;
    let to = given(args.to.as_deref(), "--to", &config.store)?;
    if matches!(from, StoreUrl::Memory) || matches!(to, StoreUrl::Memory) {
        return Err(Error::invalid(
            "a store in memory ends with this command; name one that lasts",
        ));
    }
    if args.from.is_none() && args.to.is_none() {
        return Err(Error::invalid(
            "name the source with --from or the target with --to; the other one is FOLIO_STORE_URL",
        ));
    }
    wiring::make_data_dir(&config.data_dir)?;
    let source = wiring::open_store_at(&from, &clock, Opening::Source).await?;
    let target = wiring::open_store_at(&to, &clock, Opening::Serve).await?;
    let side = |opened: &'_ wiring::Opened| opened.id;
    let bar = bar();
    let report = migrate(
        Side {
            store: &*source.store,
            id: side(&source),
        },
        Side {
            store: &*target.store,
            id: side(&target),
        },
        &*clock,
        &|progress| show(&bar, progress),
    )
    .await;
    bar.finish_and_clear();
    let report = report?;
    if as_json {
        return output::json(&as_value(&report));
    }
    say(&report);
    Ok(())
}

/// Only a terminal is shown how far it is.
fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:<22} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_message(match progress.step {
        Step::Portfolios => "copying portfolios",
        Step::Records => "copying records",
        Step::Comparing => "comparing",
    });
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

fn as_value(report: &Report) -> Value {
    let totals: Map<_, _> = report
        .totals
        .iter()
        .map(|(currency, total)| (currency.to_string(), json!(decimal::to_text(*total).to_string())))
        .collect();
    json!({
        "portfolios": report.portfolios,
        "snapshots": report.snapshots,
        "records": report.records,
        "reference_rates": report.rates,
        "assets": report.assets,
        "totals": totals,
        "open_work": report.open_work,
    })
}

fn say(report: &Report) {
    let records: u64 = report.records.values().sum();
    say!("source and target were compared and are the same:");
    say!(
        "  {} portfolios, {} snapshots, {records} records",
        report.portfolios,
        report.snapshots
    );
    say!("  {} reference rates, {} assets", report.rates, report.assets);
    for (currency, total) in &report.totals {
        say!("  all total values in {currency}: {}", decimal::to_text(*total));
    }
    if !report.open_work.is_empty() {
        let work: Vec<_> = report
            .open_work
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        say!(
            "unfinished work came along, and a server on the target goes on with it: {}",
            work.join(", ")
        );
    }
    say!("start no server on the source any more: what both are doing would be done twice");
}
