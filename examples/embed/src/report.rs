//! A valuation as text.

use std::fmt::Write;

use folio_core::Valuation;

/// A line for the total, and one for each holding with its value or the reason why it has none.
///
/// # Errors
/// None: text can always be written to a string.
pub fn report(valuation: &Valuation) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    match valuation.total_value {
        Some(total) => writeln!(text, "{}: {total}", valuation.status.as_str())?,
        None => writeln!(text, "{}: no total", valuation.status.as_str())?,
    }
    if let (Some(gain), Some(percent)) = (valuation.gain, valuation.gain_percent) {
        writeln!(text, "  gain {gain} ({percent} %)")?;
    }
    for row in &valuation.holdings {
        write!(text, "  {} {}", row.quantity, row.asset)?;
        if let Some(value) = row.value {
            write!(text, " = {value}")?;
        }
        if let (Some(reason), Some(remedy)) = (row.pricing.reason, row.remedy()) {
            write!(text, " {reason}: {remedy}")?;
        }
        text.push('\n');
    }
    Ok(text)
}
