//! The tracker: portfolios, prices, conversion and snapshots. What is not given is kept in memory.

use std::error::Error;
use std::sync::Arc;

use folio_core::memory::MemorySource;
use folio_core::{Currency, Holding, HoldingId, OwnerId, Portfolio, SystemClock, Tracker, Valuation};

/// Keeps a portfolio in euros and values it at the present prices of a source.
///
/// # Errors
/// Those of the tracker. A source that is down is none of them: the holdings say it.
pub async fn tracked() -> Result<Valuation, Box<dyn Error>> {
    let market = MemorySource::new(Arc::new(SystemClock))
        .with_price("crypto:bitcoin", "60000 USD")?
        .with_price("stock:VWCE.DE", "130.5 EUR")?
        .with_rate("1.25 USD")?;
    let tracker = Tracker::builder().source(Arc::new(market)).build()?;

    let now = tracker.clock().now();
    let lot = |asset: &str, quantity: &str| Holding::new(HoldingId::new(now), asset.parse()?, quantity.parse()?);
    let portfolio = Portfolio::new("Core", Currency::EUR, now)
        .with(lot("crypto:bitcoin", "0.5")?)
        .with(lot("stock:VWCE.DE", "20")?)
        .with(lot("stock:NOSUCH", "1")?);
    let portfolio = tracker.create_portfolio(portfolio).await?;

    Ok(tracker.value(&OwnerId::default(), portfolio.id, None).await?)
}
