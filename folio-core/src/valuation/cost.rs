//! What a lot cost in the currency of its portfolio.

use super::CostReason;
use crate::ErrorKind;
use crate::book::PriceBook;
use crate::money::{Currency, Money, decimal};
use crate::portfolio::Holding;

/// What was paid for a lot, in `base`, at the rate of the day it was paid; never today's rate for an old
/// purchase. `None` where the owner stated no cost.
pub(super) fn cost_in_base(book: &PriceBook, base: Currency, holding: &Holding) -> Option<Result<Money, CostReason>> {
    let basis = holding.cost.as_ref()?;
    let convert = || {
        let cost = basis.total(holding.quantity).map_err(|_| CostReason::OutOfRange)?;
        if cost.currency() == base {
            return Ok(cost);
        }
        let date = holding.acquired_on.ok_or(CostReason::NoDate)?;
        let rate = book.reference_rate(cost.currency(), base, date).map_err(|error| {
            if error.kind() == ErrorKind::OutOfRange {
                CostReason::OutOfRange
            } else {
                CostReason::NoRate
            }
        })?;
        let amount = decimal::mul(cost.amount(), rate).map_err(|_| CostReason::OutOfRange)?;
        Ok(Money::new(amount, base))
    };
    Some(convert())
}
