//! The sums of a valuation and how much of the portfolio they cover.

use rust_decimal::Decimal;

use super::{Coverage, HoldingValuation, Status};
use crate::book::PriceState;
use crate::money::{Currency, Money, Percent, decimal};
use crate::policy::Policy;

/// Sums over the priced or carried holdings with a known cost.
#[derive(Clone, Copy, Default)]
struct WithCost {
    value: Decimal,
    cost: Decimal,
}

impl WithCost {
    fn gain(&self) -> crate::Result<Decimal> {
        decimal::sub(self.value, self.cost)
    }
}

/// Sums and counts over the holdings, in their order.
///
/// A sum never leaves anything out without saying so: a row that would carry one beyond what can be
/// represented loses its value or its cost, with the reason in the row.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) value: Decimal,
    with_cost: Option<WithCost>,
    excluded_cost: Option<Decimal>,
    counts: Coverage,
}

impl Totals {
    pub(super) fn add(&mut self, row: &mut HoldingValuation) {
        if let Some(value) = row.value {
            match decimal::add(self.value, value.amount()) {
                Ok(sum) => self.value = sum,
                Err(_) => row.unprice_out_of_range(),
            }
        }
        if let Some(cost) = row.cost {
            let added = match row.value {
                Some(value) => self.add_with_cost(value.amount(), cost.amount()),
                None => self.add_excluded(cost.amount()),
            };
            if added.is_err() {
                row.forget_cost();
            }
        }
        match row.pricing.state {
            PriceState::Priced => self.counts.priced += 1,
            PriceState::Carried => self.counts.carried += 1,
            PriceState::Unpriced => self.counts.unpriced += 1,
        }
        if row.cost.is_none() {
            self.counts.without_cost += 1;
        }
    }

    fn add_with_cost(&mut self, value: Decimal, cost: Decimal) -> crate::Result<()> {
        let sums = self.with_cost.unwrap_or_default();
        let sums = WithCost {
            value: decimal::add(sums.value, value)?,
            cost: decimal::add(sums.cost, cost)?,
        };
        // The gain is told beside the sums, so they may only be such that there is one. Of two numbers
        // of one sign the difference is never too large.
        if sums.value.is_sign_negative() != sums.cost.is_sign_negative() {
            sums.gain()?;
        }
        self.with_cost = Some(sums);
        Ok(())
    }

    fn add_excluded(&mut self, cost: Decimal) -> crate::Result<()> {
        self.excluded_cost = Some(decimal::add(self.excluded_cost.unwrap_or_default(), cost)?);
        Ok(())
    }

    pub(super) fn status(&self, policy: Policy) -> Status {
        let known = self.counts.priced + self.counts.carried;
        match (known, self.counts.unpriced) {
            (_, 0) => Status::Complete,
            (0, _) => Status::Unavailable,
            _ if policy == Policy::Strict => Status::Unavailable,
            _ => Status::Partial,
        }
    }

    /// The value of all that is priced, of that part of it whose cost is known, and the cost of that part;
    /// nothing where there are no totals.
    pub(super) fn told(&self, status: Status, base: Currency) -> [Option<Money>; 3] {
        if status == Status::Unavailable {
            return [None; 3];
        }
        [
            Some(self.value),
            self.with_cost.map(|sums| sums.value),
            self.with_cost.map(|sums| sums.cost),
        ]
        .map(|amount| amount.map(|amount| Money::new(amount, base)))
    }

    pub(super) fn excluded_cost(&self) -> Option<Decimal> {
        if self.counts.unpriced == 0 {
            Some(Decimal::ZERO)
        } else {
            self.excluded_cost
        }
    }

    pub(super) fn coverage(&self) -> Coverage {
        let included = self.with_cost.map(|sums| sums.cost).unwrap_or_default();
        let percent_by_cost = decimal::add(included, self.excluded_cost.unwrap_or_default())
            .and_then(|all| Percent::of(included, all))
            .ok()
            .flatten();
        Coverage {
            percent_by_cost,
            ..self.counts
        }
    }
}
