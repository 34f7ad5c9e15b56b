//! How a portfolio moved, deposits and withdrawals left aside.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Coverage, HoldingValuation, Status, Valuation};
use crate::asset::AssetId;
use crate::money::{Money, Percent, Price, decimal};
use crate::quote::Split;

/// A span over which a change is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeSpan {
    /// Its name in an answer: `24h`, `7d`, `30d`, `1y`.
    pub name: &'static str,
    /// Its length.
    pub span: SignedDuration,
}

impl ChangeSpan {
    /// The instants between which a snapshot may serve as the start: at or before `as_of` minus the
    /// span, and at most a tenth of the span older. Earliest first.
    #[must_use]
    pub fn window(&self, as_of: Timestamp) -> (Timestamp, Timestamp) {
        let back = |span| as_of.checked_sub(span).unwrap_or(Timestamp::MIN);
        (back(self.span + self.span / 10), back(self.span))
    }
}

/// The spans of an answer.
pub const CHANGE_SPANS: [ChangeSpan; 4] = [
    ChangeSpan {
        name: "24h",
        span: SignedDuration::from_hours(24),
    },
    ChangeSpan {
        name: "7d",
        span: SignedDuration::from_hours(7 * 24),
    },
    ChangeSpan {
        name: "30d",
        span: SignedDuration::from_hours(30 * 24),
    },
    ChangeSpan {
        name: "1y",
        span: SignedDuration::from_hours(365 * 24),
    },
];

/// How much a portfolio gained or lost between two valuations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// In the portfolio's currency.
    pub amount: Money,
    /// Of the value at the start, with the sign of the amount also where debts outweigh; `None` when that
    /// value is zero.
    pub percent: Option<Percent>,
    /// The instant of the valuation it starts from.
    pub from: Timestamp,
}

/// The change from `then` to `now` over the holdings present in both, at the smaller quantity, so that
/// a deposit is not a gain.
///
/// Both ends are compared in the shares of `now`. A snapshot keeps what it was made of; where its price is
/// from before the day of one of the `splits` of its asset and the price of `now` is not, the earlier price is
/// divided and the earlier quantity multiplied by the ratio before the smaller quantity is taken. So a split
/// alone is no change, whether the owner has brought the lot's quantity up to date since or not yet. (The
/// value of `now` is what it is: half, after 2 for 1, until the owner does.) What decides is the market's
/// time of the two prices, as a day in UTC, which is the exchange's day for all but its first hours far east.
///
/// `None` when a holding that is present in both is not priced or carried in both, when none is present
/// in both, when an amount cannot be represented, and when there is nothing to compare by right: an
/// unavailable valuation, one that was read without its holdings, or two of different portfolios.
#[must_use]
pub fn change(then: &Valuation, now: &Valuation, splits: &BTreeMap<AssetId, Vec<Split>>) -> Option<Change> {
    let comparable = then.portfolio_id == now.portfolio_id && then.base_currency == now.base_currency;
    if !comparable || !is_whole(then) || !is_whole(now) {
        return None;
    }
    let before: HashMap<_, _> = then.holdings.iter().map(|row| (row.holding_id, row)).collect();
    let (mut start, mut amount, mut compared) = (Decimal::ZERO, Decimal::ZERO, 0);
    for row in &now.holdings {
        let Some(earlier) = before.get(&row.holding_id).filter(|earlier| earlier.asset == row.asset) else {
            continue;
        };
        let splits = splits.get(&row.asset).map_or(&[][..], Vec::as_slice);
        let ratio = Ratio::between((earlier, then.as_of), (row, now.as_of), splits)?;
        let quantity = common(row.quantity.value(), ratio.shares(earlier.quantity.value())?);
        let (old, new) = (worth(earlier, quantity, ratio)?, worth(row, quantity, Ratio::ONE)?);
        start = decimal::add(start, old).ok()?;
        amount = decimal::add(amount, decimal::sub(new, old).ok()?).ok()?;
        compared += 1;
    }
    if compared == 0 && !(now.holdings.is_empty() && then.holdings.is_empty()) {
        return None;
    }
    Some(Change {
        amount: Money::new(amount, now.base_currency),
        percent: Percent::of(amount, start.abs()).ok().flatten(),
        from: then.as_of,
    })
}

/// How far the price of an asset moved from `then` to `now`, in the currency that it is quoted in and in the
/// shares of `now`; see [`change`] for splits. The price of a currency, which is 1 in itself, is its rate into
/// the portfolio's.
///
/// `None` when the asset is not priced or carried at one of the ends, or has prices in two currencies.
#[must_use]
pub fn price_change(
    then: &Valuation,
    now: &Valuation,
    asset: &AssetId,
    splits: &BTreeMap<AssetId, Vec<Split>>,
) -> Option<Percent> {
    let (earlier, row) = (then.row_of(asset)?, now.row_of(asset)?);
    let (old, new) = (told_price(earlier)?, told_price(row)?);
    if old.currency() != new.currency() {
        return None;
    }
    let splits = splits.get(asset).map_or(&[][..], Vec::as_slice);
    let ratio = Ratio::between((earlier, then.as_of), (row, now.as_of), splits)?;
    let old = ratio.price(old.amount())?;
    Percent::of(decimal::sub(new.amount(), old).ok()?, old).ok().flatten()
}

/// The price in the currency that it is told in.
fn told_price(row: &HoldingValuation) -> Option<Price> {
    match &row.fx {
        Some(fx) if row.asset.as_currency().is_some() => row.price?.convert(fx.rate, fx.to).ok(),
        _ => row.price,
    }
}

/// Whether the valuation has totals and was not read without its holdings.
fn is_whole(valuation: &Valuation) -> bool {
    let Coverage {
        priced,
        carried,
        unpriced,
        ..
    } = valuation.coverage;
    let counted = u64::from(priced) + u64::from(carried) + u64::from(unpriced);
    valuation.status != Status::Unavailable && u64::try_from(valuation.holdings.len()) == Ok(counted)
}

/// The part of a quantity that was held at both ends; zero when a debt became a credit.
fn common(a: Decimal, b: Decimal) -> Decimal {
    if a.is_sign_negative() != b.is_sign_negative() {
        Decimal::ZERO
    } else if a.abs() < b.abs() {
        a
    } else {
        b
    }
}

/// How many shares of the later end stand for how many of the earlier one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ratio {
    new: Decimal,
    old: Decimal,
}

impl Ratio {
    const ONE: Self = Self {
        new: Decimal::ONE,
        old: Decimal::ONE,
    };

    /// What the splits between the prices of two rows make together.
    fn between(
        then: (&HoldingValuation, Timestamp),
        now: (&HoldingValuation, Timestamp),
        splits: &[Split],
    ) -> Option<Self> {
        let day = |(row, as_of): (&HoldingValuation, Timestamp)| {
            let market = row.pricing.as_of.unwrap_or(as_of);
            market.to_zoned(TimeZone::UTC).date()
        };
        if splits.is_empty() {
            return Some(Self::ONE);
        }
        let (before, after) = (day(then), day(now));
        let mut ratio = Self::ONE;
        for split in splits.iter().filter(|split| before < split.on && split.on <= after) {
            ratio.new = decimal::mul(ratio.new, split.numerator.get().into()).ok()?;
            ratio.old = decimal::mul(ratio.old, split.denominator.get().into()).ok()?;
        }
        Some(ratio)
    }

    /// A quantity of the earlier end in shares of the later one.
    fn shares(self, quantity: Decimal) -> Option<Decimal> {
        if self == Self::ONE {
            return Some(quantity);
        }
        decimal::div(decimal::mul(quantity, self.new).ok()?, self.old).ok()
    }

    /// A price, or the worth of shares, of the earlier end in shares of the later one.
    fn price(self, price: Decimal) -> Option<Decimal> {
        if self == Self::ONE {
            return Some(price);
        }
        decimal::div(decimal::mul(price, self.old).ok()?, self.new).ok()
    }
}

/// What `quantity` of the row's asset, in shares of the later end, was worth.
fn worth(row: &HoldingValuation, quantity: Decimal, ratio: Ratio) -> Option<Decimal> {
    let value = row.value?.amount();
    if quantity == ratio.shares(row.quantity.value())? {
        return Some(value);
    }
    let native = ratio.price(decimal::mul(row.price?.amount(), quantity).ok()?)?;
    match &row.fx {
        Some(fx) => decimal::mul(native, fx.rate).ok(),
        None => Some(native),
    }
}
