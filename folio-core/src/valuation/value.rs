//! The pure valuation: a portfolio, a book of prices, a policy and an instant in, a valuation out.

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::cost::cost_in_base;
use super::totals::Totals;
use super::{CostReason, Coverage, HoldingValuation, Pricing, Status, Trigger, Valuation};
use crate::ErrorKind;
use crate::asset::{AssetClass, AssetId};
use crate::book::{Conversion, Leg, PriceBook, PriceState, age};
use crate::id::ValuationId;
use crate::manual::ManualPoint;
use crate::money::{Currency, Money, Percent, Price, decimal};
use crate::policy::Policy;
use crate::portfolio::{Holding, Portfolio};
use crate::quote::{AgeLimits, Quote, Reason};

/// How much later than the valuation's instant a price may be: a source's clock may be ahead, and a
/// scheduled run collects its prices within this window.
pub const ADMISSION_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Values `portfolio` with the prices of `book` at `as_of`.
///
/// The same arguments give the same answer, on every machine and in any order of calls. Nothing is
/// invented: a holding without a usable price or rate is in the answer with its reason, and in no total.
/// The result's trigger is [`Trigger::Live`] and its `created_at` is `as_of`; whoever stores it says
/// otherwise.
///
/// ```
/// use folio_core::{value, Currency, Holding, HoldingId, Policy, Portfolio, Price, PriceBook, Quote};
///
/// let at = "2026-03-01T09:00:00Z".parse()?;
/// let portfolio = Portfolio::new("Core", Currency::USD, at)
///     .with(Holding::new(HoldingId::new(at), "crypto:bitcoin".parse()?, "0.5".parse()?)?)
///     .with(Holding::new(HoldingId::new(at), "custom:house".parse()?, "1".parse()?)?);
/// let book = PriceBook::new()
///     .with(Quote::manual("crypto:bitcoin".parse()?, Price::parse("60000", Currency::USD)?, at));
///
/// let valuation = value(&portfolio, &book, Policy::default(), at);
/// assert_eq!(valuation.total_value.unwrap().to_string(), "30000 USD");
/// assert_eq!(valuation.status.as_str(), "partial");
/// assert_eq!(valuation.coverage.unpriced, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn value(portfolio: &Portfolio, book: &PriceBook, policy: Policy, as_of: Timestamp) -> Valuation {
    let base = portfolio.base_currency;
    let mut market = Market::new(book, base, policy, as_of);
    market.stated = book.stated_by(&portfolio.owner);
    let mut totals = Totals::default();
    let rows = portfolio.holdings.iter().map(|holding| {
        let mut row = unknown(holding);
        market.value(holding, &mut row);
        totals.add(&mut row);
        row
    });
    let mut holdings: Vec<_> = rows.collect();
    let status = totals.status(policy);
    if status != Status::Unavailable && totals.value > Decimal::ZERO {
        for row in &mut holdings {
            row.weight_percent = row
                .value
                .and_then(|value| Percent::of(value.amount(), totals.value).ok().flatten());
        }
    }
    let [total_value, value_with_cost, total_cost] = totals.told(status, base);
    let gain = value_with_cost
        .zip(total_cost)
        .and_then(|(value, cost)| value.checked_sub(cost).ok());
    Valuation {
        id: ValuationId::derived(portfolio.id, as_of),
        portfolio_id: portfolio.id,
        as_of,
        created_at: as_of,
        trigger: Trigger::Live,
        base_currency: base,
        policy,
        book_id: book.id,
        portfolio_version: portfolio.version,
        status,
        total_value,
        value_with_cost,
        total_cost,
        gain,
        gain_percent: gain
            .zip(total_cost)
            .and_then(|(gain, cost)| gain_percent(gain.amount(), cost.amount())),
        excluded_cost: totals.excluded_cost().map(|amount| Money::new(amount, base)),
        coverage: totals.coverage(),
        holdings,
    }
}

/// The valuation of a portfolio of which nothing can be said: every holding unpriced for `reason`, no totals.
///
/// It computes nothing, so it serves where [`value`] itself came to grief.
#[must_use]
pub fn unavailable(portfolio: &Portfolio, as_of: Timestamp, reason: Reason) -> Valuation {
    let count = u32::try_from(portfolio.holdings.len()).unwrap_or(u32::MAX);
    let rows = portfolio.holdings.iter().map(|holding| {
        let mut row = unknown(holding);
        row.pricing.reason = Some(reason);
        row
    });
    Valuation {
        id: ValuationId::derived(portfolio.id, as_of),
        portfolio_id: portfolio.id,
        as_of,
        created_at: as_of,
        trigger: Trigger::Live,
        base_currency: portfolio.base_currency,
        policy: portfolio.policy,
        book_id: None,
        portfolio_version: portfolio.version,
        status: Status::Unavailable,
        total_value: None,
        value_with_cost: None,
        total_cost: None,
        gain: None,
        gain_percent: None,
        excluded_cost: None,
        coverage: Coverage {
            unpriced: count,
            without_cost: count,
            ..Coverage::default()
        },
        holdings: rows.collect(),
    }
}

/// A row of a holding of which nothing is known yet.
pub(super) fn unknown(holding: &Holding) -> HoldingValuation {
    HoldingValuation {
        holding_id: holding.id,
        asset: holding.asset.clone(),
        quantity: holding.quantity,
        price: None,
        fx: None,
        value: None,
        cost: None,
        cost_reason: None,
        gain: None,
        gain_percent: None,
        weight_percent: None,
        pricing: Pricing {
            state: PriceState::Unpriced,
            source: None,
            as_of: None,
            fetched_at: None,
            reason: None,
            retry_at: None,
        },
    }
}

/// Why a quote that the book has may not be used.
enum Refusal {
    /// It is from after the instant.
    Later,
    /// The market's own time of it is too long ago.
    Outdated,
    /// It stands in for a newer one, and the policy does not carry it, or not for so long.
    NotCarried,
}

/// What one portfolio is valued with, its rates each worked out once.
pub(super) struct Market<'a> {
    book: &'a PriceBook,
    base: Currency,
    policy: Policy,
    as_of: Timestamp,
    /// The last instant that a quote may be from.
    latest: Timestamp,
    /// What the owner stated by hand, if anything.
    stated: Option<&'a HashMap<AssetId, ManualPoint>>,
    rates: Vec<(Currency, Result<Conversion<'a>, ErrorKind>)>,
}

impl<'a> Market<'a> {
    pub(super) fn new(book: &'a PriceBook, base: Currency, policy: Policy, as_of: Timestamp) -> Self {
        let latest = as_of.checked_add(ADMISSION_WINDOW).unwrap_or(Timestamp::MAX);
        Self {
            book,
            base,
            policy,
            as_of,
            latest,
            stated: None,
            rates: Vec::new(),
        }
    }

    fn value(&mut self, holding: &Holding, row: &mut HoldingValuation) {
        match cost_in_base(self.book, self.base, holding) {
            Some(Ok(cost)) => row.cost = Some(cost),
            Some(Err(reason)) => row.cost_reason = Some(reason),
            None => {}
        }
        match holding.asset.as_currency() {
            Some(currency) => self.price_currency(currency, row),
            None => self.price_asset(row),
        }
    }

    /// A currency is worth 1 in itself, so its price elsewhere is the rate, with the rate's origin.
    fn price_currency(&mut self, currency: Currency, row: &mut HoldingValuation) {
        let Ok(price) = Price::new(Decimal::ONE, currency) else {
            return;
        };
        row.price = Some(price);
        self.multiply(price, PriceState::Priced, row);
        if let Some(fx) = &row.fx {
            row.pricing.source = Some(fx.source.clone());
            row.pricing.as_of = Some(fx.as_of);
            row.pricing.fetched_at = Some(fx.fetched_at);
        } else if currency == self.base {
            row.pricing.as_of = Some(self.as_of);
            row.pricing.fetched_at = Some(self.as_of);
        } else if row.pricing.reason == Some(Reason::NoRate) {
            row.pricing.reason = Some(self.why_no_quote(currency));
        }
    }

    /// What keeps a currency itself from having a rate, where that is more than the lack of one.
    fn why_no_quote(&self, currency: Currency) -> Reason {
        if self.book.id.is_some() && !self.book.lists(currency, self.base) {
            return Reason::NotInBook;
        }
        let known = |leg: &Leg<'_>| {
            let refusal = self.admit(AssetClass::Currency, leg.quote, leg.state).err();
            matches!(refusal, None | Some(Refusal::Outdated))
        };
        match self.book.conversion(currency, self.base, known) {
            Err(error) if error.kind() == ErrorKind::MissingRate => Reason::NoRate,
            _ => Reason::Outdated,
        }
    }

    fn price_asset(&mut self, row: &mut HoldingValuation) {
        let stated = self
            .stated
            .and_then(|stated| stated.get(&row.asset))
            .filter(|point| point.as_of <= self.as_of);
        match stated {
            Some(point) if row.asset.class() == AssetClass::Custom => self.price_by_hand(point, row),
            _ => match (self.usable(row), stated) {
                (Some((price, state)), _) => self.multiply(price, state, row),
                (None, Some(point)) => self.price_by_hand(point, row),
                (None, None) => {}
            },
        }
    }

    /// A price by hand has no age but the days that the owner gave it. One that is over is shown and not
    /// used, unless the market's own reason is such that it may have a price again.
    fn price_by_hand(&mut self, point: &ManualPoint, row: &mut HoldingValuation) {
        let is_valid = point.is_valid_at(self.as_of);
        let final_reason = |reason| matches!(reason, Reason::NotFound | Reason::NoData | Reason::NotConfigured);
        if !is_valid && row.asset.class() != AssetClass::Custom && !row.pricing.reason.is_some_and(final_reason) {
            return;
        }
        let quote = point.quote(row.asset.clone());
        row.price = Some(quote.price);
        row.pricing.source = Some(quote.source);
        row.pricing.as_of = Some(quote.as_of);
        row.pricing.fetched_at = Some(quote.fetched_at);
        row.pricing.reason = None;
        row.pricing.retry_at = None;
        if is_valid {
            self.multiply(quote.price, PriceState::Priced, row);
        } else {
            row.pricing.reason = Some(Reason::Outdated);
        }
    }

    /// The price that the book has of the asset, if it may be used; what is known of it is in the row then.
    fn usable(&self, row: &mut HoldingValuation) -> Option<(Price, PriceState)> {
        let Some(entry) = self.book.entry(&row.asset) else {
            row.pricing.reason = Some(if self.book.id.is_some() {
                Reason::NotInBook
            } else {
                Reason::NoData
            });
            return None;
        };
        if let Some(failure) = &entry.failure {
            row.pricing.reason = Some(failure.reason);
            row.pricing.retry_at = failure.retry_at;
        }
        let quote = entry.quote.as_ref()?;
        let admitted = self.admit(row.asset.class(), quote, entry.state);
        if let Err(Refusal::Later) = admitted {
            // Not even shown: nobody could have known it at that instant.
            row.pricing.reason = Some(Reason::NoData);
            return None;
        }
        row.price = Some(quote.price);
        row.pricing.source = Some(quote.source.clone());
        row.pricing.as_of = Some(quote.as_of);
        row.pricing.fetched_at = Some(quote.fetched_at);
        match admitted {
            Ok(()) => Some((quote.price, entry.state)),
            Err(Refusal::Outdated) => {
                row.pricing.reason = Some(Reason::Outdated);
                None
            }
            Err(_) => None,
        }
    }

    /// Whether a quote may be used: not later than the instant, not too old by the market's time, and
    /// if it stands in for a newer one, only as the policy says.
    fn admit(&self, class: AssetClass, quote: &Quote, state: PriceState) -> Result<(), Refusal> {
        if quote.as_of > self.latest {
            return Err(Refusal::Later);
        }
        if AgeLimits::of(class)
            .market
            .is_some_and(|limit| age(quote.as_of, self.as_of) > limit)
        {
            return Err(Refusal::Outdated);
        }
        let too_old = |limit| age(quote.fetched_at, self.as_of) > limit;
        if state == PriceState::Carried && self.policy.carry_limit(class).is_none_or(too_old) {
            return Err(Refusal::NotCarried);
        }
        Ok(())
    }

    /// Multiplies out, `quantity × price × rate` in this order, and writes value and state into the row.
    fn multiply(&mut self, price: Price, state: PriceState, row: &mut HoldingValuation) {
        let (mut state, base) = (state, self.base);
        let mut value = decimal::mul(price.amount(), row.quantity.value());
        if price.currency() != base {
            let conversion = match self.rate_into_base(price.currency()) {
                Ok(conversion) => conversion,
                Err(kind) => {
                    let reason = if *kind == ErrorKind::OutOfRange {
                        Reason::OutOfRange
                    } else {
                        Reason::NoRate
                    };
                    row.pricing.reason = Some(reason);
                    row.pricing.retry_at = self.book.missing_rate(price.currency(), base).retry_at;
                    return;
                }
            };
            if conversion.state == PriceState::Carried && state == PriceState::Priced {
                state = PriceState::Carried;
                row.pricing.reason = conversion.failure.map(|failure| failure.reason);
                row.pricing.retry_at = conversion.failure.and_then(|failure| failure.retry_at);
            }
            value = value.and_then(|value| decimal::mul(value, conversion.rate.rate));
            row.fx = Some(conversion.rate.clone());
        }
        let Ok(value) = value else {
            return row.unprice_out_of_range();
        };
        row.value = Some(Money::new(value, base));
        row.pricing.state = state;
        if let Some(cost) = row.cost {
            match decimal::sub(value, cost.amount()) {
                Ok(gain) => {
                    row.gain = Some(Money::new(gain, base));
                    row.gain_percent = gain_percent(gain, cost.amount());
                }
                Err(_) => row.forget_cost(),
            }
        }
    }

    /// The rate into the portfolio's currency over legs that may be used at this instant.
    pub(super) fn rate_into_base(&mut self, from: Currency) -> Result<&Conversion<'a>, &ErrorKind> {
        let index = match self.rates.iter().position(|(currency, _)| *currency == from) {
            Some(index) => index,
            None => {
                let admit = |leg: &Leg<'_>| self.admit(AssetClass::Currency, leg.quote, leg.state).is_ok();
                let rate = self
                    .book
                    .conversion(from, self.base, admit)
                    .map_err(|error| error.kind());
                self.rates.push((from, rate));
                self.rates.len() - 1
            }
        };
        self.rates[index].1.as_ref()
    }
}

impl HoldingValuation {
    pub(super) fn unprice_out_of_range(&mut self) {
        self.value = None;
        self.gain = None;
        self.gain_percent = None;
        self.pricing.state = PriceState::Unpriced;
        self.pricing.reason = Some(Reason::OutOfRange);
        self.pricing.retry_at = None;
    }

    pub(super) fn forget_cost(&mut self) {
        self.cost = None;
        self.cost_reason = Some(CostReason::OutOfRange);
        self.gain = None;
        self.gain_percent = None;
    }
}

/// A share of the magnitude of the cost, so that a loss on a debt is a loss.
fn gain_percent(gain: Decimal, cost: Decimal) -> Option<Percent> {
    Percent::of(gain, cost.abs()).ok().flatten()
}
