//! Portfolios and the lots in them.

use hashbrown::HashSet;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::asset::{AssetClass, AssetId};
use crate::id::{HoldingId, OwnerId, PortfolioId};
use crate::money::{Currency, Money, Price, Quantity};
use crate::policy::Policy;
use crate::{Error, ErrorKind, Result};

/// The most holdings that a portfolio may have.
pub const MAX_HOLDINGS: usize = 10_000;
/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// The longest note, in characters.
const MAX_NOTE: usize = 4_000;
/// The most tags of a portfolio or a holding.
const MAX_TAGS: usize = 50;

/// What was paid for a lot, as the owner stated it; the other form is derived from the quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostBasis {
    /// The price of one unit.
    Unit(Price),
    /// The whole lot, fees included.
    Total(Money),
}

impl CostBasis {
    /// The currency that was paid in.
    #[must_use]
    pub fn currency(&self) -> Currency {
        match self {
            Self::Unit(price) => price.currency(),
            Self::Total(money) => money.currency(),
        }
    }

    /// What the whole lot cost.
    ///
    /// # Errors
    /// `OutOfRange` when the product has more digits than folio computes with.
    pub fn total(&self, quantity: Quantity) -> Result<Money> {
        match self {
            Self::Unit(price) => price.times(quantity),
            Self::Total(money) => Ok(*money),
        }
    }

    /// What one unit cost.
    ///
    /// # Errors
    /// `OutOfRange` when the quotient is beyond the bounds of a price.
    pub fn unit(&self, quantity: Quantity) -> Result<Price> {
        match self {
            Self::Unit(price) => Ok(*price),
            Self::Total(money) => {
                let amount = crate::money::decimal::div(money.amount(), quantity.value())?;
                Price::new(amount, money.currency())
            }
        }
    }
}

/// A lot: so much of an asset, acquired once. The same asset may occur in several holdings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Its id, unique everywhere.
    pub id: HoldingId,
    /// What is held.
    pub asset: AssetId,
    /// How much; negative only for a currency, which is a debt.
    pub quantity: Quantity,
    /// What was paid, if the owner said so.
    pub cost: Option<CostBasis>,
    /// The day it was acquired; a cost in another currency is converted at that day's rate.
    pub acquired_on: Option<Date>,
    /// The account or wallet it lies in.
    pub account: Option<String>,
    /// The owner's tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The owner's note.
    pub note: Option<String>,
    /// The owner's own id for it, unique within the portfolio.
    pub external_id: Option<String>,
}

impl Holding {
    /// A lot without cost, date and notes.
    ///
    /// # Errors
    /// As [`Holding::validate`].
    pub fn new(id: HoldingId, asset: AssetId, quantity: Quantity) -> Result<Self> {
        let holding = Self {
            id,
            asset,
            quantity,
            cost: None,
            acquired_on: None,
            account: None,
            tags: Vec::new(),
            note: None,
            external_id: None,
        };
        holding.validate()?;
        Ok(holding)
    }

    /// The same lot with what was paid for it.
    #[must_use]
    pub fn with_cost(mut self, cost: CostBasis) -> Self {
        self.cost = Some(cost);
        self
    }

    /// The same lot with the day it was acquired.
    #[must_use]
    pub fn acquired_on(mut self, date: Date) -> Self {
        self.acquired_on = Some(date);
        self
    }

    /// Checks what the types alone do not.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at the pointer of the field, relative to the holding: a quantity
    /// below zero that is not of a currency, a cost whose sign is not the quantity's, a total cost
    /// that makes the unit cost leave the bounds of a price, texts that are too long.
    pub fn validate(&self) -> Result<()> {
        let negative = self.quantity.value().is_sign_negative();
        if negative && self.asset.class() != AssetClass::Currency {
            return Err(Error::field(
                ErrorKind::InvalidInput,
                "/quantity",
                "the quantity must be greater than 0; only a currency may be negative, as a debt",
            ));
        }
        if let Some(cost) = &self.cost {
            let pointer = match cost {
                CostBasis::Unit(_) => "/unit_cost",
                CostBasis::Total(total) => {
                    let amount = total.amount();
                    if !amount.is_zero() && amount.is_sign_negative() != negative {
                        return Err(Error::field(
                            ErrorKind::InvalidInput,
                            "/cost",
                            "the cost must not be negative; of a debt it is",
                        ));
                    }
                    "/cost"
                }
            };
            cost.unit(self.quantity).map_err(|error| error.at(pointer))?;
            cost.total(self.quantity).map_err(|error| error.at(pointer))?;
        }
        check_text("/account", self.account.as_deref(), MAX_NAME)?;
        check_text("/note", self.note.as_deref(), MAX_NOTE)?;
        check_text("/external_id", self.external_id.as_deref(), MAX_NAME)?;
        check_tags(&self.tags)
    }
}

/// Lots that are valued together, in one currency, for one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portfolio {
    /// Its id, ordered by creation.
    pub id: PortfolioId,
    /// Whose it is.
    pub owner: OwnerId,
    /// 1 to 200 characters.
    pub name: String,
    /// The currency of every total; it never changes.
    pub base_currency: Currency,
    /// IANA name of the zone whose days "daily" means: `UTC`, `Europe/Berlin`.
    pub time_zone: String,
    /// What to do about a missing price.
    #[serde(default)]
    pub policy: Policy,
    /// The owner's tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The owner's note.
    #[serde(default)]
    pub note: Option<String>,
    /// Whether it is out of the way; it is still valued.
    #[serde(default)]
    pub archived: bool,
    /// The lots, in the owner's order.
    pub holdings: Vec<Holding>,
    /// Raised by one at every change; a writer names the version it has read.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Portfolio {
    /// An empty portfolio of the default owner, in UTC, with the default policy.
    ///
    /// ```
    /// use folio_core::{Currency, Portfolio};
    ///
    /// let portfolio = Portfolio::new("Core", Currency::USD, "2026-03-01T00:00:00Z".parse()?);
    /// assert!(portfolio.holdings.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, base_currency: Currency, now: Timestamp) -> Self {
        Self {
            id: PortfolioId::new(now),
            owner: OwnerId::default(),
            name: name.into(),
            base_currency,
            time_zone: "UTC".to_owned(),
            policy: Policy::default(),
            tags: Vec::new(),
            note: None,
            archived: false,
            holdings: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The same portfolio with one more lot.
    #[must_use]
    pub fn with(mut self, holding: Holding) -> Self {
        self.holdings.push(holding);
        self
    }

    /// The zone whose days "daily" means.
    ///
    /// # Errors
    /// `InvalidInput` at `/time_zone` when folio's own zone database does not have the name.
    pub fn zone(&self) -> Result<TimeZone> {
        TimeZone::get(&self.time_zone).map_err(|_| {
            Error::field(
                ErrorKind::InvalidInput,
                "/time_zone",
                format!(
                    "{:?} is not a time zone; write an IANA name such as UTC or Europe/Berlin",
                    self.time_zone
                ),
            )
        })
    }

    /// Checks what the types alone do not, holdings included.
    ///
    /// # Errors
    /// `InvalidInput` or `OutOfRange` at the pointer of the first wrong field, `Conflict` at the second
    /// of two holdings with one id or one `external_id`.
    pub fn validate(&self) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::field(
                ErrorKind::InvalidInput,
                "/name",
                "the name must not be blank",
            ));
        }
        check_text("/name", Some(&self.name), MAX_NAME)?;
        check_text("/note", self.note.as_deref(), MAX_NOTE)?;
        check_tags(&self.tags)?;
        self.zone()?;
        if self.holdings.len() > MAX_HOLDINGS {
            return Err(Error::field(
                ErrorKind::InvalidInput,
                "/holdings",
                format!("a portfolio has at most {MAX_HOLDINGS} holdings"),
            ));
        }
        let mut ids = HashSet::with_capacity(self.holdings.len());
        let mut external_ids = HashSet::new();
        for (index, holding) in self.holdings.iter().enumerate() {
            holding
                .validate()
                .map_err(|error| error.at(&format!("/holdings/{index}")))?;
            if !ids.insert(holding.id) {
                return Err(Error::field(
                    ErrorKind::Conflict,
                    format!("/holdings/{index}/id"),
                    "another holding of this portfolio has this id",
                ));
            }
            if let Some(external_id) = &holding.external_id
                && !external_ids.insert(external_id.as_str())
            {
                return Err(Error::field(
                    ErrorKind::Conflict,
                    format!("/holdings/{index}/external_id"),
                    format!("another holding of this portfolio has the external_id {external_id:?}"),
                ));
            }
        }
        Ok(())
    }

    /// The lot with this id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn holding(&self, id: HoldingId) -> Result<&Holding> {
        self.holdings
            .iter()
            .find(|holding| holding.id == id)
            .ok_or_else(|| Error::not_found("holding"))
    }
}

fn check_text(pointer: &str, text: Option<&str>, limit: usize) -> Result<()> {
    match text {
        Some(text) if text.chars().count() > limit => Err(Error::field(
            ErrorKind::InvalidInput,
            pointer,
            format!("the text is longer than {limit} characters"),
        )),
        Some(text) if text.contains('\0') => Err(Error::field(
            ErrorKind::InvalidInput,
            pointer,
            "the text contains a null character",
        )),
        _ => Ok(()),
    }
}

fn check_tags(tags: &[String]) -> Result<()> {
    if tags.len() > MAX_TAGS {
        return Err(Error::field(
            ErrorKind::InvalidInput,
            "/tags",
            format!("at most {MAX_TAGS} tags are kept"),
        ));
    }
    for (index, tag) in tags.iter().enumerate() {
        check_text(&format!("/tags/{index}"), Some(tag), MAX_NAME)?;
    }
    Ok(())
}
