//! All portfolios of an owner together, in one currency, with the same honesty as one of them.

use std::cmp::Reverse;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::value::Market;
use super::{Coverage, Status, Valuation};
use crate::ErrorKind;
use crate::Result;
use crate::book::PriceBook;
use crate::id::PortfolioId;
use crate::money::{Currency, Money, Percent, decimal};
use crate::policy::Policy;
use crate::quote::{FxRate, Reason};

/// How many portfolios a summary names, the largest first.
pub const MOST_NAMED: usize = 200;

/// One portfolio within a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryEntry {
    /// The portfolio.
    pub id: PortfolioId,
    /// Its name.
    pub name: String,
    /// Its own currency.
    pub base_currency: Currency,
    /// Whether its total covers everything that it holds.
    pub status: Status,
    /// Its total in its own currency.
    pub total_value: Option<Money>,
    /// Its total in the currency of the summary; `None` when it is in no total, for `reason`.
    pub value: Option<Money>,
    /// `100 × value ÷ total value`, where there is a total above zero.
    pub weight_percent: Option<Percent>,
    /// The rate between both currencies; `None` if they are equal or there is no rate.
    pub fx: Option<FxRate>,
    /// Why the portfolio is in no total.
    pub reason: Option<Reason>,
}

/// What all portfolios of an owner are worth together.
///
/// A portfolio without a total, or without a rate into the currency of the summary, is named with its
/// reason and in no sum. Gain and cost cover the same holdings. Sums of a portfolio are converted as a
/// whole at the present rate, its cost too, so that the percentage of a gain stays what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The currency of every sum.
    pub currency: Currency,
    /// The instant that it is for.
    pub as_of: Timestamp,
    /// Whether the sums cover everything that is held.
    pub status: Status,
    /// The total value of the portfolios that have one.
    pub total_value: Option<Money>,
    /// The value of those holdings in them whose cost is known.
    pub value_with_cost: Option<Money>,
    /// The cost of exactly these.
    pub total_cost: Option<Money>,
    /// `value_with_cost − total_cost`.
    pub gain: Option<Money>,
    /// `100 × gain ÷ |total_cost|`, where that is not zero.
    pub gain_percent: Option<Percent>,
    /// The known costs of holdings that are in no sum: zero if there is no such holding, `None` if none of
    /// them has a cost that is known in this currency.
    pub excluded_cost: Option<Money>,
    /// How many holdings are in the sums; all of a portfolio that is in no sum count as unpriced, whatever
    /// their prices.
    pub coverage: Coverage,
    /// How many portfolios there are.
    pub portfolio_count: usize,
    /// The largest portfolios, at most [`MOST_NAMED`], those without a value last.
    pub portfolios: Vec<SummaryEntry>,
    /// Whether there are portfolios that are not named.
    pub more: bool,
}

/// The sums so far.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    value: Decimal,
    with_cost: Option<(Decimal, Decimal)>,
    excluded_cost: Option<Decimal>,
}

/// Adds up portfolios one at a time, and keeps of each no more than its line.
pub struct Summing<'a> {
    market: Market<'a>,
    currency: Currency,
    as_of: Timestamp,
    sums: Sums,
    coverage: Coverage,
    count: usize,
    summed: usize,
    whole: bool,
    entries: Vec<SummaryEntry>,
}

impl std::fmt::Debug for Summing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Summing")
            .field("currency", &self.currency)
            .field("sums", &self.sums)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl<'a> Summing<'a> {
    /// A summary in `currency` at `as_of`, with the rates of `book`.
    #[must_use]
    pub fn new(book: &'a PriceBook, currency: Currency, as_of: Timestamp) -> Self {
        Self {
            market: Market::new(book, currency, Policy::default(), as_of),
            currency,
            as_of,
            sums: Sums::default(),
            coverage: Coverage::default(),
            count: 0,
            summed: 0,
            whole: true,
            entries: Vec::new(),
        }
    }

    /// Adds a portfolio by its valuation, which has to have its holdings.
    pub fn add(&mut self, name: &str, valuation: &Valuation) {
        self.count += 1;
        let (fx, missing) = match self.rate(valuation.base_currency) {
            Ok(fx) => (fx, None),
            Err(reason) => (None, Some(reason)),
        };
        let summed = match missing {
            Some(reason) => Err(reason),
            None => self
                .sums
                .with(valuation, fx.as_ref())
                .map_err(|error| match error.kind() {
                    ErrorKind::MissingPrice => why_no_total(valuation),
                    _ => Reason::OutOfRange,
                }),
        };
        let (value, reason) = match summed {
            Ok((sums, value)) => {
                self.sums = sums;
                self.summed += 1;
                (Some(Money::new(value, self.currency)), None)
            }
            Err(reason) => {
                // Its costs are known and in no sum.
                if missing.is_none()
                    && let Ok(sums) = self.sums.without(valuation, fx.as_ref())
                {
                    self.sums = sums;
                }
                (None, Some(reason))
            }
        };
        self.whole &= value.is_some() && valuation.status == Status::Complete;
        self.cover(&valuation.coverage, value.is_some());
        self.entries.push(SummaryEntry {
            id: valuation.portfolio_id,
            name: name.to_owned(),
            base_currency: valuation.base_currency,
            status: valuation.status,
            total_value: valuation.total_value,
            value,
            weight_percent: None,
            fx,
            reason,
        });
        if self.entries.len() > 2 * MOST_NAMED {
            self.keep_largest();
        }
    }

    /// The summary of what was added.
    #[must_use]
    pub fn finish(mut self) -> Summary {
        self.keep_largest();
        let status = match (self.summed, self.whole) {
            (_, true) => Status::Complete,
            (0, false) => Status::Unavailable,
            _ => Status::Partial,
        };
        let currency = self.currency;
        let told = |amount: Option<Decimal>| {
            amount
                .filter(|_| status != Status::Unavailable)
                .map(|amount| Money::new(amount, currency))
        };
        if self.sums.value > Decimal::ZERO {
            for entry in &mut self.entries {
                entry.weight_percent = entry
                    .value
                    .and_then(|value| Percent::of(value.amount(), self.sums.value).ok().flatten());
            }
        }
        let (with_cost, cost) = self.sums.with_cost.unzip();
        let gain = with_cost
            .zip(cost)
            .and_then(|(value, cost)| decimal::sub(value, cost).ok());
        let gain_percent = gain
            .zip(cost)
            .and_then(|(gain, cost)| Percent::of(gain, cost.abs()).ok().flatten());
        let excluded = match self.coverage.unpriced {
            0 => Some(Decimal::ZERO),
            _ => self.sums.excluded_cost,
        };
        let included = cost.unwrap_or_default();
        let percent_by_cost = decimal::add(included, self.sums.excluded_cost.unwrap_or_default())
            .and_then(|all| Percent::of(included, all))
            .ok()
            .flatten();
        Summary {
            currency,
            as_of: self.as_of,
            status,
            total_value: told(Some(self.sums.value)),
            value_with_cost: told(with_cost),
            total_cost: told(cost),
            gain: told(gain),
            gain_percent: gain_percent.filter(|_| status != Status::Unavailable),
            excluded_cost: excluded.map(|amount| Money::new(amount, currency)),
            coverage: Coverage {
                percent_by_cost,
                ..self.coverage
            },
            portfolio_count: self.count,
            more: self.count > self.entries.len(),
            portfolios: self.entries,
        }
    }

    fn rate(&mut self, from: Currency) -> Result<Option<FxRate>, Reason> {
        if from == self.currency {
            return Ok(None);
        }
        match self.market.rate_into_base(from) {
            Ok(conversion) => Ok(Some(conversion.rate.clone())),
            Err(ErrorKind::OutOfRange) => Err(Reason::OutOfRange),
            Err(_) => Err(Reason::NoRate),
        }
    }

    fn cover(&mut self, coverage: &Coverage, is_summed: bool) {
        if is_summed {
            self.coverage.priced += coverage.priced;
            self.coverage.carried += coverage.carried;
        } else {
            self.coverage.unpriced += coverage.priced + coverage.carried;
        }
        self.coverage.unpriced += coverage.unpriced;
        self.coverage.without_cost += coverage.without_cost;
    }

    fn keep_largest(&mut self) {
        // Ids are ordered by creation, so that equal ones stay in their order.
        let rank = |entry: &SummaryEntry| (Reverse(entry.value.map(|value| value.amount())), entry.id);
        self.entries.sort_by_key(rank);
        self.entries.truncate(MOST_NAMED);
    }
}

impl Sums {
    /// The sums with a portfolio, and its value in their currency.
    fn with(self, valuation: &Valuation, fx: Option<&FxRate>) -> Result<(Self, Decimal)> {
        let convert = |money: Money| converted(money.amount(), fx);
        let total = valuation
            .total_value
            .ok_or_else(|| crate::Error::new(ErrorKind::MissingPrice, "the portfolio has no total"))?;
        let value = convert(total)?;
        let mut sums = self;
        sums.value = decimal::add(sums.value, value)?;
        if let (Some(with_cost), Some(cost)) = (valuation.value_with_cost, valuation.total_cost) {
            let (value, paid) = sums.with_cost.unwrap_or_default();
            let (value, paid) = (
                decimal::add(value, convert(with_cost)?)?,
                decimal::add(paid, convert(cost)?)?,
            );
            // The gain is told beside the sums, so they may only be such that there is one.
            decimal::sub(value, paid)?;
            sums.with_cost = Some((value, paid));
        }
        if let Some(excluded) = valuation.excluded_cost.filter(|_| valuation.coverage.unpriced > 0) {
            sums.excluded_cost = Some(decimal::add(
                sums.excluded_cost.unwrap_or_default(),
                convert(excluded)?,
            )?);
        }
        Ok((sums, value))
    }

    /// The sums with the costs of a portfolio that has no value.
    fn without(self, valuation: &Valuation, fx: Option<&FxRate>) -> Result<Self> {
        let mut sums = self;
        for cost in valuation.holdings.iter().filter_map(|row| row.cost) {
            let cost = converted(cost.amount(), fx)?;
            sums.excluded_cost = Some(decimal::add(sums.excluded_cost.unwrap_or_default(), cost)?);
        }
        Ok(sums)
    }
}

fn converted(amount: Decimal, fx: Option<&FxRate>) -> Result<Decimal> {
    match fx {
        Some(fx) => decimal::mul(amount, fx.rate),
        None => Ok(amount),
    }
}

/// The reason of the first holding that keeps the portfolio from having a total.
fn why_no_total(valuation: &Valuation) -> Reason {
    valuation
        .holdings
        .iter()
        .filter(|row| row.value.is_none())
        .find_map(|row| row.pricing.reason)
        .unwrap_or(Reason::NoData)
}
