//! What the file says: `symbol,date,close,currency`, one line for a share and a day.

use std::collections::{BTreeMap, HashMap};

use folio_core::money::{Decimal, decimal};
use folio_core::{AssetClass, AssetId, Currency, Error, ErrorKind, Price, Result};
use jiff::civil::Date;

/// The line that has to come first.
const HEADER: &str = "symbol,date,close,currency";

/// The closes of one share by day, all in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closes {
    /// The currency of every close.
    pub currency: Currency,
    /// The closes by trading day.
    pub by_day: BTreeMap<Date, Decimal>,
}

/// Reads the file. A second line for a share and a day corrects the first.
///
/// # Errors
/// `Unavailable` with the number of the first line that cannot be read. One bad line fails the file: left
/// out, it would let an older price pass for the newest.
pub fn parse(text: &str) -> Result<HashMap<AssetId, Closes>> {
    let mut lines = text.lines().zip(1..);
    if lines.next().is_none_or(|(line, _)| line.trim_end() != HEADER) {
        return Err(Error::new(ErrorKind::Unavailable, format!("line 1 is not {HEADER}")));
    }
    let mut shares = HashMap::new();
    for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
        add(&mut shares, line).map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("line {number}: {}", error.message())).with_source(error)
        })?;
    }
    Ok(shares)
}

fn add(shares: &mut HashMap<AssetId, Closes>, line: &str) -> Result<()> {
    let fields: Vec<_> = line.split(',').map(str::trim).collect();
    let [symbol, date, close, currency] = fields[..] else {
        return Err(Error::invalid("there are not four fields"));
    };
    let asset = AssetId::new(AssetClass::Stock, symbol)?;
    let date: Date = date
        .parse()
        .map_err(|_| Error::invalid(format!("{date:?} is not a day; write 2026-03-02")))?;
    // The price is read from its own text: through a float, 42.10 would become 42.100000000000001421.
    let price = Price::new(decimal::parse(close)?, currency.parse()?)?;
    if price.is_zero() {
        return Err(Error::invalid("a close is greater than zero"));
    }
    let currency = price.currency();
    let closes = shares.entry(asset).or_insert_with(|| Closes {
        currency,
        by_day: BTreeMap::new(),
    });
    if closes.currency != currency {
        return Err(Error::invalid(format!(
            "{symbol} is in {} on an earlier line",
            closes.currency
        )));
    }
    closes.by_day.insert(date, price.amount());
    Ok(())
}
