//! Prices that owners state by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hashbrown::HashMap;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Tracker;
use crate::asset::{AssetClass, AssetId};
use crate::book::{PriceBook, PriceState, age};
use crate::clock::to_millis;
use crate::id::OwnerId;
use crate::manual::{ManualPoint, ManualPrice, OwnersPrice};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::pricing::{Caller, Needs, PriceOutcome, utc_date};
use crate::quote::{AgeLimits, Freshness, PriceHistory, PriceKey, PricePoint, Reason, Resolution, SourceId, Unpriced};
use crate::store::{ManualPrices, Manuals};
use crate::valuation::ADMISSION_WINDOW;
use crate::{Error, ErrorKind, Result};

/// The longest that a stated price is good for: about a century.
const MAX_VALID_DAYS: u32 = 36_500;

impl Tracker {
    /// States what an asset is worth: used where no source has a price, and always for custom assets, in
    /// the portfolios of this owner alone. A price for the same instant is replaced; the same price again
    /// changes nothing. A valuation at an instant takes the last price as of that instant or before, as far
    /// as it was stated by then.
    ///
    /// An `as_of` up to ten minutes ahead of this process's clock is taken for now.
    ///
    /// # Errors
    /// `Unsupported` for a currency, `InvalidInput` for an instant in the future, `OutOfRange` when the days
    /// are not within 1..=36,500, `Unavailable`.
    pub async fn set_manual_price(&self, owner: &OwnerId, asset: &AssetId, stated: ManualPrice) -> Result<ManualPoint> {
        if asset.class() == AssetClass::Currency {
            let detail = "a currency is worth its published rate, which nobody states by hand";
            return Err(Error::field(ErrorKind::Unsupported, "/class", detail));
        }
        check_days(stated.valid_days)?;
        let now = self.0.clock.now();
        let as_of = stated.as_of.map_or(now, to_millis);
        if as_of.duration_since(now) > ADMISSION_WINDOW {
            let detail = "the instant is in the future; a price is stated for now or earlier";
            return Err(Error::field(ErrorKind::InvalidInput, "/as_of", detail));
        }
        let point = ManualPoint {
            as_of: as_of.min(now),
            price: stated.price,
            valid_days: stated.valid_days,
            stated_at: now,
        };
        self.manuals().state(owner, asset, point).await
    }

    /// Takes back everything that an owner stated about an asset. Snapshots that were made with it stay.
    ///
    /// # Errors
    /// `NotFound` when the owner stated nothing, `Unavailable`.
    pub async fn remove_manual_price(&self, owner: &OwnerId, asset: &AssetId) -> Result<()> {
        let now = self.0.clock.now();
        if self.manuals().remove(owner, asset, now).await? {
            Ok(())
        } else {
            Err(nothing_stated())
        }
    }

    /// The price that an owner stated last, also if it is no longer valid.
    ///
    /// # Errors
    /// `NotFound` when the owner stated nothing, `Unavailable`.
    pub async fn manual_price(&self, owner: &OwnerId, asset: &AssetId) -> Result<ManualPoint> {
        let now = self.0.clock.now();
        let row = self.manuals().get(owner, asset).await?;
        row.and_then(|row| row.at(now).copied()).ok_or_else(nothing_stated)
    }

    /// Every currency that anybody ever stated a price in: what valuations may need the rate of.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn manual_currencies(&self) -> Result<BTreeSet<Currency>> {
        self.manuals().currencies().await
    }

    /// What the owners of these portfolios stated by hand, as it was known at `as_of`, about custom assets
    /// and whatever `book` has no usable price of. Nothing is read where there is nothing such.
    ///
    /// A price that was stated after `as_of` is left out, so that valuing the same instant again gives the
    /// same answer.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn manual_prices_for(
        &self,
        book: &PriceBook,
        portfolios: &[Portfolio],
        as_of: Timestamp,
    ) -> Result<Vec<OwnersPrice>> {
        let mut wanted: BTreeMap<OwnerId, BTreeSet<AssetId>> = BTreeMap::new();
        for portfolio in portfolios {
            let assets = portfolio.holdings.iter().map(|holding| &holding.asset);
            let lacking: Vec<_> = assets.filter(|asset| may_need_hand(book, asset, as_of)).collect();
            if !lacking.is_empty() {
                let of_owner = wanted.entry(portfolio.owner.clone()).or_default();
                of_owner.extend(lacking.into_iter().cloned());
            }
        }
        let rows = self.stated(&wanted).await?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                Some(OwnersPrice {
                    owner: row.owner().clone(),
                    asset: row.asset().clone(),
                    point: *row.at(as_of)?,
                })
            })
            .collect())
    }

    /// What an owner stated by hand about these assets, as far as it holds now.
    pub(super) async fn stated_now(&self, owner: &OwnerId, assets: &BTreeSet<AssetId>) -> Result<Vec<OwnersPrice>> {
        let now = self.0.clock.now();
        let wanted = BTreeMap::from([(owner.clone(), assets.clone())]);
        let rows = self.manuals().read(&wanted).await?;
        let stated = rows.iter().filter_map(|row| {
            Some(OwnersPrice {
                owner: owner.clone(),
                asset: row.asset().clone(),
                point: *row.at(now)?,
            })
        });
        Ok(stated.collect())
    }

    /// The book with what the owner of a portfolio stated by hand, and the rates that this needs.
    pub(super) async fn with_manual_prices(
        &self,
        mut book: PriceBook,
        portfolio: &Portfolio,
        as_of: Timestamp,
        caller: Caller,
    ) -> Result<PriceBook> {
        let stated = self
            .manual_prices_for(&book, std::slice::from_ref(portfolio), as_of)
            .await?;
        if stated.is_empty() {
            return Ok(book);
        }
        let base = portfolio.base_currency;
        let mut needs = Needs::default();
        for price in &stated {
            let currency = price.point.price.currency();
            if currency != base && book.rate(currency, base).is_err() {
                needs.currencies.extend([currency, base]);
            }
        }
        if !needs.is_empty() {
            let rates = self.collect(&needs, caller).await?;
            rates.entries().for_each(|entry| book.insert(entry.clone()));
        }
        Ok(book.with_manual(stated))
    }

    /// Puts what an owner stated in the place of prices that no source has.
    pub(super) async fn fill_in_by_hand(
        &self,
        owner: &OwnerId,
        assets: &[AssetId],
        outcomes: &mut HashMap<AssetId, PriceOutcome>,
    ) -> Result<()> {
        let lacking: BTreeSet<_> = assets
            .iter()
            .filter(|asset| asset.class() != AssetClass::Currency)
            .filter(|asset| outcomes.get(*asset).is_none_or(|outcome| outcome.quote.is_none()))
            .cloned()
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let custom: Vec<_> = lacking
            .iter()
            .filter(|asset| asset.class() == AssetClass::Custom)
            .cloned()
            .collect();
        for asset in &custom {
            let failure = Unpriced::new(Reason::NoData, "nobody has stated a price of this asset");
            outcomes.insert(asset.clone(), unpriced(asset, failure));
        }
        let rows = match self.stated(&BTreeMap::from([(owner.clone(), lacking)])).await {
            Err(error) if custom.is_empty() => {
                tracing::warn!(%error, "the prices stated by hand cannot be read");
                return Ok(());
            }
            rows => rows?,
        };
        let now = self.0.clock.now();
        for row in &rows {
            let Some(point) = row.at(now) else { continue };
            let asset = row.asset();
            if point.is_valid_at(now) {
                let quote = Some((Arc::new(point.quote(asset.clone())), Freshness::Cached));
                let key = PriceKey {
                    asset: asset.clone(),
                    currency: Some(point.price.currency()),
                };
                let failure = None;
                outcomes.insert(asset.clone(), PriceOutcome { key, quote, failure });
            } else if asset.class() == AssetClass::Custom {
                let failure = Unpriced::new(Reason::Outdated, "the price that was stated by hand is no longer valid");
                outcomes.insert(asset.clone(), unpriced(asset, failure));
            }
        }
        Ok(())
    }

    /// What an owner stated, as prices of the last `days` completed days and of today so far.
    pub(super) async fn manual_history(
        &self,
        owner: &OwnerId,
        asset: &AssetId,
        currency: Option<Currency>,
        days: u32,
        caller: Caller,
    ) -> Result<Option<PriceHistory>> {
        if asset.class() == AssetClass::Currency {
            return Ok(None);
        }
        let wanted = BTreeMap::from([(owner.clone(), BTreeSet::from([asset.clone()]))]);
        let Some(row) = self.stated(&wanted).await?.pop() else {
            return Ok(None);
        };
        let now = self.0.clock.now();
        let Some(to) = currency.or_else(|| Some(row.at(now)?.price.currency())) else {
            return Ok(None);
        };
        let mut whole: Option<PriceHistory> = None;
        for part in daily(&row, days, now) {
            let part = if part.currency == to {
                part
            } else {
                self.convert_history(part, to, days, caller).await?
            };
            match &mut whole {
                Some(whole) => {
                    whole.points.extend(part.points);
                    whole.fetched_at = whole.fetched_at.max(part.fetched_at);
                }
                None => whole = Some(part),
            }
        }
        let mut whole = whole.filter(|whole| !whole.points.is_empty());
        if let Some(whole) = &mut whole {
            whole.points.sort_by_key(|point| point.time);
        }
        Ok(whole)
    }

    /// What these owners stated about these assets; free as long as nobody ever stated anything.
    async fn stated(&self, wanted: &BTreeMap<OwnerId, BTreeSet<AssetId>>) -> Result<Vec<ManualPrices>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        if !self.0.any_manual.load(Ordering::Relaxed) {
            if self.manuals().currencies().await?.is_empty() {
                return Ok(Vec::new());
            }
            self.0.any_manual.store(true, Ordering::Relaxed);
        }
        self.manuals().read(wanted).await
    }

    pub(super) fn manuals(&self) -> Manuals<'_> {
        Manuals::new(&*self.0.store)
    }
}

/// Refuses a validity that nobody means.
pub(super) fn check_days(valid_days: Option<u32>) -> Result<()> {
    if valid_days.is_some_and(|days| !(1..=MAX_VALID_DAYS).contains(&days)) {
        let detail = format!("a price is valid for 1 to {MAX_VALID_DAYS} days");
        return Err(Error::field(ErrorKind::OutOfRange, "/valid_days", detail));
    }
    Ok(())
}

fn nothing_stated() -> Error {
    Error::new(ErrorKind::NotFound, "no price of this asset was stated by hand")
}

fn unpriced(asset: &AssetId, failure: Unpriced) -> PriceOutcome {
    PriceOutcome {
        key: PriceKey::native(asset.clone()),
        quote: None,
        failure: Some(failure),
    }
}

/// Whether a valuation at `as_of` may take a price by hand: rather once too often, since the valuation
/// itself decides.
fn may_need_hand(book: &PriceBook, asset: &AssetId, as_of: Timestamp) -> bool {
    let class = asset.class();
    match class {
        AssetClass::Currency => return false,
        AssetClass::Custom => return true,
        _ => {}
    }
    let Some(entry) = book.entry(asset).filter(|entry| entry.state == PriceState::Priced) else {
        return true;
    };
    let outdated = |quote: &crate::quote::Quote| {
        let limit = AgeLimits::of(class).market;
        limit.is_some_and(|limit| age(quote.as_of, as_of) > limit) || quote.as_of > as_of + ADMISSION_WINDOW
    };
    entry.quote.as_ref().is_none_or(outdated)
}

/// The price that was good at the end of each of the last `days` days, and is now, a history for each
/// currency that occurs. Days without a valid price are gaps.
fn daily(row: &ManualPrices, days: u32, now: Timestamp) -> Vec<PriceHistory> {
    let today = utc_date(now);
    let points: Vec<_> = row.known_at(now).collect();
    let mut parts: BTreeMap<Currency, PriceHistory> = BTreeMap::new();
    for back in (0..=i64::from(days)).rev() {
        let date = today.saturating_sub(jiff::Span::new().days(back));
        let (time, last) = match end_of_day(date) {
            Some(end) if back > 0 => (end, end - SignedDuration::from_millis(1)),
            _ => (now, now),
        };
        let point = points.iter().rev().find(|point| point.as_of <= last);
        let Some(point) = point.filter(|point| point.is_valid_at(last)) else {
            continue;
        };
        let currency = point.price.currency();
        let part = parts.entry(currency).or_insert_with(|| PriceHistory {
            asset: row.asset().clone(),
            currency,
            resolution: Resolution::Daily,
            source: SourceId::new("manual"),
            fetched_at: point.stated_at,
            points: Vec::new(),
            splits: Vec::new(),
        });
        part.fetched_at = part.fetched_at.max(point.stated_at);
        part.points.push(PricePoint {
            date,
            time,
            price: point.price.amount(),
            provisional: back == 0,
        });
    }
    parts.into_values().collect()
}

/// The midnight after a UTC day.
fn end_of_day(date: Date) -> Option<Timestamp> {
    let midnight = date.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp())
}
