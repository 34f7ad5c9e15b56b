//! The prices that a valuation is made with, collected beforehand and never changed after.

use std::sync::Arc;

use hashbrown::HashMap;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::asset::AssetId;
use crate::id::{BookId, OwnerId};
use crate::manual::{ManualPoint, OwnersPrice};
use crate::money::{Currency, Price, decimal};
use crate::quote::{FxRate, PriceKey, Quote, Reason, SourceId, Unpriced};
use crate::{Error, ErrorKind, Result};

/// How an entry of a book came to its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceState {
    /// A source answered within the price's freshness.
    Priced,
    /// Nobody answered in time; the last accepted quote stands in, with its original times.
    Carried,
    /// There is no price.
    Unpriced,
}

/// What a book knows of one price.
///
/// A carried entry has both: the quote that stands in, and why no source gave a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookEntry {
    /// What was asked for.
    pub key: PriceKey,
    /// The price, priced or carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// How it came to it.
    pub state: PriceState,
    /// Why no source answered in time, of a carried or unpriced entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Unpriced>,
}

impl BookEntry {
    /// An entry with a fresh price.
    #[must_use]
    pub fn priced(key: PriceKey, quote: Quote) -> Self {
        Self {
            key,
            quote: Some(quote),
            state: PriceState::Priced,
            failure: None,
        }
    }

    /// An entry whose last accepted price stands in.
    #[must_use]
    pub fn carried(key: PriceKey, quote: Quote, failure: Unpriced) -> Self {
        Self {
            key,
            quote: Some(quote),
            state: PriceState::Carried,
            failure: Some(failure),
        }
    }

    /// An entry without a price.
    #[must_use]
    pub fn unpriced(key: PriceKey, failure: Unpriced) -> Self {
        Self {
            key,
            quote: None,
            state: PriceState::Unpriced,
            failure: Some(failure),
        }
    }

    /// The entry with its parts in agreement, so that whoever reads the state need not doubt the rest.
    ///
    /// A quote for another asset or in another currency than was asked for is worse than none: read
    /// under the wrong name it is a wrong price that looks right.
    fn consistent(mut self) -> Self {
        let asked = &self.key;
        let foreign = |quote: &Quote| {
            quote.asset != asked.asset
                || asked
                    .currency
                    .is_some_and(|currency| currency != quote.price.currency())
        };
        if self.quote.as_ref().is_some_and(foreign) {
            let detail = "the source answered for another asset or in another currency";
            return Self::unpriced(self.key, Unpriced::new(Reason::Unavailable, detail));
        }
        match (self.state, &self.quote) {
            (PriceState::Priced, Some(_)) => self.failure = None,
            (PriceState::Carried, Some(_)) => {
                self.failure
                    .get_or_insert_with(|| Unpriced::new(Reason::Unavailable, "no source answered in time"));
            }
            _ => {
                let failure = self
                    .failure
                    .unwrap_or_else(|| Unpriced::new(Reason::NoData, "no source has a price"));
                return Self::unpriced(self.key, failure);
            }
        }
        self
    }
}

/// A published rate for the cost of an old purchase: units of a currency for one euro.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRate {
    /// The currency.
    pub currency: Currency,
    /// The day that was asked for.
    pub date: Date,
    /// Units of the currency for one euro.
    #[serde(with = "crate::money::text")]
    pub per_euro: Decimal,
    /// The day it was published: the last one on or before `date`.
    pub published_on: Date,
    /// Who published it.
    pub source: SourceId,
}

/// Native prices of assets, rates between currencies, and the rates of old days for costs.
///
/// A scheduled run makes one for all portfolios and freezes it; the pure door of this crate takes one
/// that the caller filled.
///
/// ```
/// use folio_core::{Currency, Price, PriceBook, Quote};
///
/// let at = "2026-03-01T09:00:00Z".parse()?;
/// let book = PriceBook::new()
///     .with(Quote::manual("crypto:bitcoin".parse()?, Price::parse("60000", Currency::USD)?, at))
///     .with(Quote::manual("currency:EUR".parse()?, Price::parse("1.25", Currency::USD)?, at));
/// let rate = book.rate(Currency::USD, Currency::EUR)?;
/// assert_eq!(rate.rate.to_string(), "0.8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PriceBook {
    /// The id of a frozen book.
    pub id: Option<BookId>,
    // Shared, so that the rates of other days can be put beside the same prices without copying them.
    assets: Arc<HashMap<AssetId, BookEntry>>,
    legs: Arc<HashMap<(Currency, Currency), BookEntry>>,
    reference: HashMap<(Currency, Date), ReferenceRate>,
    // By owner first, so that one look per portfolio tells whether there is anything.
    manual: Option<Arc<Stated>>,
}

/// The prices that owners stated.
type Stated = HashMap<OwnerId, HashMap<AssetId, ManualPoint>>;

impl PriceBook {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same book with a fresh price; the quote of a currency is a rate.
    #[must_use]
    pub fn with(mut self, quote: Quote) -> Self {
        let key = PriceKey {
            asset: quote.asset.clone(),
            currency: Some(quote.price.currency()),
        };
        self.insert(BookEntry::priced(key, quote));
        self
    }

    /// Puts an entry in, in the place of an earlier one for the same asset or the same pair of currencies.
    ///
    /// What contradicts itself is put right: a quote for another asset or currency than the key's is
    /// none, an entry without a quote is unpriced, and only a priced one is without a reason.
    pub fn insert(&mut self, entry: BookEntry) {
        let entry = entry.consistent();
        let quoted_in = entry.quote.as_ref().map(|quote| quote.price.currency());
        match (entry.key.asset.as_currency(), entry.key.currency.or(quoted_in)) {
            (Some(from), Some(to)) => {
                Arc::make_mut(&mut self.legs).insert((from, to), entry);
            }
            _ => {
                Arc::make_mut(&mut self.assets).insert(entry.key.asset.clone(), entry);
            }
        }
    }

    /// Puts the rate of an old day in.
    pub fn insert_reference(&mut self, rate: ReferenceRate) {
        self.reference.insert((rate.currency, rate.date), rate);
    }

    /// The same prices, shared and not copied, with other rates of old days in the place of this book's.
    #[must_use]
    pub fn with_references(&self, rates: impl IntoIterator<Item = ReferenceRate>) -> Self {
        let reference = rates
            .into_iter()
            .map(|rate| ((rate.currency, rate.date), rate))
            .collect();
        Self {
            id: self.id,
            assets: Arc::clone(&self.assets),
            legs: Arc::clone(&self.legs),
            reference,
            manual: self.manual.clone(),
        }
    }

    /// The same prices, shared and not copied, with what owners stated by hand beside them.
    ///
    /// Only the portfolios of an owner are valued with what that owner stated: always what is custom, any
    /// other asset where the book has no usable price of it. These prices are no entries of the book.
    #[must_use]
    pub fn with_manual(&self, stated: impl IntoIterator<Item = OwnersPrice>) -> Self {
        let mut manual = Stated::new();
        for OwnersPrice { owner, asset, point } in stated {
            manual.entry(owner).or_default().insert(asset, point);
        }
        Self {
            manual: (!manual.is_empty()).then(|| Arc::new(manual)),
            ..self.clone()
        }
    }

    /// What an owner stated by hand, if anything.
    pub(crate) fn stated_by(&self, owner: &OwnerId) -> Option<&HashMap<AssetId, ManualPoint>> {
        self.manual.as_ref()?.get(owner)
    }

    /// What the book knows of an asset that is not a currency.
    #[must_use]
    pub fn entry(&self, asset: &AssetId) -> Option<&BookEntry> {
        self.assets.get(asset)
    }

    /// What the book knows of the price of one currency in another, that pair and no other.
    #[must_use]
    pub fn leg(&self, from: Currency, to: Currency) -> Option<&BookEntry> {
        self.legs.get(&(from, to))
    }

    /// All entries, assets first.
    pub fn entries(&self) -> impl Iterator<Item = &BookEntry> {
        self.assets.values().chain(self.legs.values())
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.assets.len() + self.legs.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rate between two currencies: as stated, else turned around, else over the euro.
    ///
    /// A rate is never assumed: of two equal currencies there is none to ask for, and without a
    /// published one this fails.
    ///
    /// # Errors
    /// `MissingRate` when the book has no such rate; `OutOfRange` when a quotient cannot be represented.
    pub fn rate(&self, from: Currency, to: Currency) -> Result<FxRate> {
        self.conversion(from, to, |_| true).map(|conversion| conversion.rate)
    }

    /// [`PriceBook::rate`] over legs that `admit` lets pass, each judged by itself: a fresh leg does not
    /// make an old one younger.
    pub(crate) fn conversion(
        &self,
        from: Currency,
        to: Currency,
        admit: impl Fn(&Leg<'_>) -> bool,
    ) -> Result<Conversion<'_>> {
        let leg = |from, to| self.known(from, to).filter(&admit);
        if from != to {
            if let Some(leg) = leg(from, to) {
                return Conversion::new(from, to, leg.amount(), [leg, leg]);
            }
            if let Some(leg) = leg(to, from) {
                let rate = decimal::div(Decimal::ONE, leg.amount())?;
                return Conversion::new(from, to, rate, [leg, leg]);
            }
            if let (Some(numerator), Some(denominator)) = (leg(Currency::EUR, to), leg(Currency::EUR, from)) {
                let rate = decimal::div(numerator.amount(), denominator.amount())?;
                return Conversion::new(from, to, rate, [numerator, denominator]);
            }
        }
        Err(Error::new(
            ErrorKind::MissingRate,
            format!("there is no exchange rate from {from} to {to}"),
        ))
    }

    fn known(&self, from: Currency, to: Currency) -> Option<Leg<'_>> {
        let entry = self.legs.get(&(from, to))?;
        let quote = entry.quote.as_ref().filter(|quote| !quote.price.is_zero())?;
        Some(Leg {
            quote,
            state: entry.state,
            failure: entry.failure.as_ref(),
        })
    }

    /// Whether the book has an entry, priced or not, that a rate from `from` into `to` begins with.
    pub(crate) fn lists(&self, from: Currency, to: Currency) -> bool {
        [(from, to), (to, from), (Currency::EUR, from)]
            .iter()
            .any(|pair| self.legs.contains_key(pair))
    }

    /// Why there is no rate between two currencies, as the source of the missing leg said it.
    #[must_use]
    pub fn missing_rate(&self, from: Currency, to: Currency) -> Unpriced {
        let failed = [from, to]
            .into_iter()
            .filter(|currency| *currency != Currency::EUR)
            .filter_map(|currency| self.legs.get(&(Currency::EUR, currency)))
            .find_map(|entry| entry.failure.as_ref());
        let detail = match failed {
            Some(failure) => format!("there is no exchange rate from {from} to {to}: {}", failure.detail),
            None => format!("there is no exchange rate from {from} to {to}"),
        };
        Unpriced::new(Reason::NoRate, detail).until(failed.and_then(|failure| failure.retry_at))
    }

    /// The rate between two currencies on an old day, over the euro. A rate that was published after the
    /// day is none for it.
    ///
    /// # Errors
    /// `MissingRate` when the book does not have the day's rate of both; `OutOfRange` when the quotient
    /// cannot be represented.
    pub fn reference_rate(&self, from: Currency, to: Currency, date: Date) -> Result<Decimal> {
        let per_euro = |currency| match currency {
            Currency::EUR => Some(Decimal::ONE),
            currency => self
                .reference
                .get(&(currency, date))
                .filter(|rate| rate.published_on <= date && rate.per_euro > Decimal::ZERO)
                .map(|rate| rate.per_euro),
        };
        match (per_euro(to), per_euro(from)) {
            // Most need no quotient, and that is what costs time here.
            (Some(numerator), Some(_)) if from == Currency::EUR => Ok(numerator),
            (Some(numerator), Some(denominator)) => above_zero(decimal::div(numerator, denominator)?),
            _ => Err(Error::new(
                ErrorKind::MissingRate,
                format!("there is no exchange rate from {from} to {to} for {date}"),
            )),
        }
    }
}

/// A published price of one currency in another.
#[derive(Clone, Copy)]
pub(crate) struct Leg<'a> {
    pub(crate) quote: &'a Quote,
    pub(crate) state: PriceState,
    failure: Option<&'a Unpriced>,
}

impl Leg<'_> {
    fn amount(&self) -> Decimal {
        self.quote.price.amount()
    }
}

/// A rate, how its weakest leg came to be known, and why that one is not fresh.
pub(crate) struct Conversion<'a> {
    pub(crate) rate: FxRate,
    pub(crate) state: PriceState,
    pub(crate) failure: Option<&'a Unpriced>,
}

impl<'a> Conversion<'a> {
    /// The rate has the source and times of its legs: the older ones, and both sources where they differ.
    fn new(from: Currency, to: Currency, rate: Decimal, legs: [Leg<'a>; 2]) -> Result<Self> {
        let rate = above_zero(rate)?;
        let [a, b] = legs.map(|leg| leg.quote);
        let source = if a.source == b.source {
            a.source.clone()
        } else {
            SourceId::new(format!("{}+{}", a.source, b.source))
        };
        let carried = legs.iter().find(|leg| leg.state == PriceState::Carried);
        Ok(Self {
            rate: FxRate {
                from,
                to,
                rate,
                source,
                as_of: a.as_of.min(b.as_of),
                fetched_at: a.fetched_at.min(b.fetched_at),
            },
            state: carried.map_or(PriceState::Priced, |leg| leg.state),
            failure: carried.and_then(|leg| leg.failure),
        })
    }
}

/// A quotient of two rates may be too small for any decimal; as a rate, zero would make money vanish.
fn above_zero(rate: Decimal) -> Result<Decimal> {
    if rate.is_zero() {
        return Err(Error::out_of_range("the exchange rate is too small to be represented"));
    }
    Ok(rate)
}

/// The price of a quote in another currency.
///
/// # Errors
/// `InvalidInput` when the price is not in the currency that the rate is from; `OutOfRange` when the
/// product leaves the bounds of a price.
pub fn convert(price: Price, rate: &FxRate) -> Result<Price> {
    if price.currency() != rate.from {
        return Err(Error::invalid(format!(
            "a rate from {} does not convert a price in {}",
            rate.from,
            price.currency()
        )));
    }
    price.convert(rate.rate, rate.to)
}

/// The age of something at an instant, never below zero.
pub(crate) fn age(then: Timestamp, now: Timestamp) -> jiff::SignedDuration {
    now.duration_since(then).max(jiff::SignedDuration::ZERO)
}
