//! A portfolio that is valued at the prices of the file.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use folio_core::{Clock, Currency, Holding, HoldingId, OwnerId, Portfolio, Resolution, Tracker};

use crate::{Closing, CsvFeed};

/// Values two shares at the closes in the file at `path`, and lists a week of one of them.
///
/// # Errors
/// `Unavailable` when the file has no history because it cannot be read. The valuation does not fail then:
/// it says so.
pub async fn app(path: &Path, clock: Arc<dyn Clock>) -> Result<String, Box<dyn Error>> {
    let feed = CsvFeed::new(path, Closing::new("17:30", "Europe/Berlin")?, Arc::clone(&clock));
    let tracker = Tracker::builder().clock(clock).source(Arc::new(feed)).build()?;

    let now = tracker.clock().now();
    let lot = |asset: &str, quantity: &str| Holding::new(HoldingId::new(now), asset.parse()?, quantity.parse()?);
    let portfolio = Portfolio::new("Shares", Currency::EUR, now)
        .with(lot("stock:HARBOR", "12")?)
        .with(lot("stock:MEADOW", "3")?);
    let portfolio = tracker.create_portfolio(portfolio).await?;
    let valuation = tracker.value(&OwnerId::default(), portfolio.id, None).await?;

    let mut text = String::new();
    writeln!(text, "{}", valuation.status.as_str())?;
    for row in &valuation.holdings {
        write!(text, "  {} {}", row.quantity, row.asset)?;
        match (row.value, row.pricing.as_of, row.pricing.reason) {
            (Some(value), Some(as_of), _) => writeln!(text, " = {value}, as of {as_of}")?,
            (_, _, Some(reason)) => writeln!(text, " has no value: {reason}")?,
            _ => writeln!(text)?,
        }
    }
    let history = tracker
        .history(
            &OwnerId::default(),
            &"stock:HARBOR".parse()?,
            None,
            Resolution::Daily,
            7,
        )
        .await?;
    for point in &history.points {
        writeln!(text, "  {} {} {}", point.date, point.price, history.currency)?;
    }
    Ok(text)
}
