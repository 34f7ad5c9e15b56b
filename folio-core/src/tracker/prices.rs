//! Prices, histories and names of assets.

use hashbrown::HashMap;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Tracker, currencies};
use crate::asset::{AssetClass, AssetId, AssetInfo};
use crate::book::{PriceBook, convert};
use crate::id::OwnerId;
use crate::money::{Currency, Price, decimal};
use crate::pricing::{Caller, Needs, PriceOutcome, as_error, utc_date};
use crate::quote::{
    Freshness, FxRate, PriceHistory, PriceKey, PricePoint, Quote, QuoteKind, Reason, Resolution, SourceId, Unpriced,
};
use crate::{Error, ErrorKind, Result};

/// The longest history that is kept, in days.
const MAX_DAYS: u32 = 365;
/// The longest hourly history, in days.
const MAX_HOURLY_DAYS: u32 = 30;
/// How many days a rate stands for later ones when a history is converted: a long holiday.
const RATE_DAYS: i32 = 7;
/// The longest text that is searched for, in characters.
const MAX_SEARCH: usize = 100;

/// A price as somebody asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceAnswer {
    /// What the source said.
    pub quote: Quote,
    /// The price of one unit in the currency that was asked for.
    pub price: Price,
    /// The rate between both; `None` when the source quoted in that currency.
    pub fx: Option<FxRate>,
    /// How current the older of quote and rate is.
    pub freshness: Freshness,
}

impl Tracker {
    /// The price of an asset in a currency: by default `USD` for coins and currencies, the trading
    /// currency for shares, the stated one of what is priced by hand. What `owner` stated counts always for
    /// custom assets, and for others where no source has a price.
    ///
    /// # Errors
    /// `NotFound` when no source knows the asset, `MissingPrice` when none has a price, `MissingRate` when
    /// there is a price and no rate, `Unavailable` or `Timeout` when the sources are down and nothing usable
    /// is known.
    pub async fn quote(&self, owner: &OwnerId, asset: &AssetId, currency: Option<Currency>) -> Result<PriceAnswer> {
        let now = self.0.clock.now();
        let key = direct_key(asset, currency);
        if let Some(quote) = self.0.pricing.current(&key)
            && currency.is_none_or(|currency| currency == quote.price.currency())
        {
            let price = quote.price;
            return Ok(PriceAnswer {
                quote: (*quote).clone(),
                price,
                fx: None,
                freshness: Freshness::Cached,
            });
        }
        let answers = self.quotes(owner, std::slice::from_ref(asset), currency).await?;
        match answers.into_iter().next() {
            Some((_, Ok(answer))) => Ok(answer),
            Some((_, Err(failure))) => Err(as_error(&failure, now)),
            None => Err(Error::not_found("asset")),
        }
    }

    /// The prices of several assets in a currency, an outcome for each in the order asked; see
    /// [`Tracker::quote`].
    ///
    /// # Errors
    /// `Unavailable` when the prices stated by hand cannot be read and a custom asset is asked for; what is
    /// wrong with one asset is its own outcome.
    pub async fn quotes(
        &self,
        owner: &OwnerId,
        assets: &[AssetId],
        currency: Option<Currency>,
    ) -> Result<Vec<(AssetId, Result<PriceAnswer, Unpriced>)>> {
        let caller = Caller::interactive();
        let keys: Vec<_> = assets
            .iter()
            .filter(|asset| !matches!(asset.class(), AssetClass::Currency | AssetClass::Custom))
            .map(|asset| direct_key(asset, currency))
            .collect();
        let mut outcomes: HashMap<AssetId, PriceOutcome> = self
            .priced(&keys, caller)
            .await
            .into_iter()
            .map(|outcome| (outcome.key.asset.clone(), outcome))
            .collect();
        // A coin that its source does not price in the asked currency is priced in its own and converted.
        let native: Vec<_> = outcomes
            .values()
            .filter(|outcome| outcome.quote.is_none())
            .map(|outcome| PriceKey::native(outcome.key.asset.clone()))
            .filter(|key| outcomes.get(&key.asset).is_some_and(|outcome| outcome.key != *key))
            .collect();
        for outcome in self.priced(&native, caller).await {
            if outcome.quote.is_some() {
                outcomes.insert(outcome.key.asset.clone(), outcome);
            }
        }
        self.fill_in_by_hand(owner, assets, &mut outcomes).await?;
        let rates = self.rates_for(assets, &outcomes, currency, caller).await?;
        Ok(assets
            .iter()
            .map(|asset| {
                let answer = match asset.as_currency() {
                    Some(from) => self.currency_answer(asset, from, currency.unwrap_or(Currency::USD), &rates),
                    None => answer(outcomes.get(asset), currency, &rates),
                };
                (asset.clone(), answer)
            })
            .collect())
    }

    async fn priced(&self, keys: &[PriceKey], caller: Caller) -> Vec<PriceOutcome> {
        if keys.is_empty() {
            return Vec::new();
        }
        self.0.pricing.prices(keys, caller).await
    }

    /// A book with the rates between the asked currency and those that the quotes are in.
    async fn rates_for(
        &self,
        assets: &[AssetId],
        outcomes: &HashMap<AssetId, PriceOutcome>,
        currency: Option<Currency>,
        caller: Caller,
    ) -> Result<PriceBook> {
        let mut needs = Needs::default();
        for asset in assets {
            let from = match asset.as_currency() {
                Some(from) => Some((from, currency.unwrap_or(Currency::USD))),
                None => outcomes
                    .get(asset)
                    .and_then(|outcome| outcome.quote.as_ref())
                    .and_then(|(quote, _)| Some((quote.price.currency(), currency?))),
            };
            if let Some((from, to)) = from.filter(|(from, to)| from != to) {
                needs.currencies.extend([from, to]);
            }
        }
        if needs.is_empty() {
            Ok(PriceBook::new())
        } else {
            self.0.pricing.collect(&needs, caller).await
        }
    }

    /// The worth of one unit of a currency, which is 1 in itself.
    fn currency_answer(
        &self,
        asset: &AssetId,
        from: Currency,
        to: Currency,
        rates: &PriceBook,
    ) -> Result<PriceAnswer, Unpriced> {
        let now = self.0.clock.now();
        let quote = |amount: Decimal, source: SourceId, as_of, fetched_at, kind| -> Result<Quote, Unpriced> {
            let price = Price::new(amount, to).map_err(out_of_range)?;
            let asset = asset.clone();
            Ok(Quote {
                asset,
                price,
                as_of,
                fetched_at,
                source,
                kind,
                change_24h_percent: None,
                market_cap: None,
                split: None,
            })
        };
        if from == to {
            let quote = quote(Decimal::ONE, SourceId::new("identity"), now, now, QuoteKind::Close)?;
            return Ok(PriceAnswer {
                price: quote.price,
                quote,
                fx: None,
                freshness: Freshness::Live,
            });
        }
        let rate = rates.rate(from, to).map_err(|_| rates.missing_rate(from, to))?;
        let freshness = rate_freshness(rates, &rate, now);
        let quote = quote(rate.rate, rate.source, rate.as_of, rate.fetched_at, QuoteKind::Close)?;
        Ok(PriceAnswer {
            price: quote.price,
            quote,
            fx: None,
            freshness,
        })
    }

    /// Prices of the last `days` completed days, and of today so far, oldest first, gaps left as gaps.
    ///
    /// In another currency than the source's each point is converted at the rate of its own day; a day
    /// without a rate within the seven days before it is a gap. Of an asset that only `owner` prices, by
    /// hand, each day has the price that was good at its end.
    ///
    /// # Errors
    /// `OutOfRange` when `days` is not within 1..=365, or 1..=30 by hour; `Unsupported` for an hourly
    /// history of anything but a coin; else as [`Tracker::quote`].
    pub async fn history(
        &self,
        owner: &OwnerId,
        asset: &AssetId,
        currency: Option<Currency>,
        resolution: Resolution,
        days: u32,
    ) -> Result<PriceHistory> {
        let caller = Caller::interactive();
        let from_sources = self.history_for(asset, currency, resolution, days, caller).await;
        match from_sources {
            Err(error) if resolution == Resolution::Daily && may_be_by_hand(error.kind()) => {
                let by_hand = self.manual_history(owner, asset, currency, days, caller).await?;
                by_hand.ok_or(error)
            }
            outcome => outcome,
        }
    }

    /// Has the daily history of an asset in the cache, as valuations price it.
    ///
    /// # Errors
    /// As [`Tracker::history`].
    pub async fn warm_history(&self, asset: &AssetId, days: u32, caller: Caller) -> Result<()> {
        self.history_for(asset, None, Resolution::Daily, days, caller)
            .await
            .map(|_| ())
    }

    async fn history_for(
        &self,
        asset: &AssetId,
        currency: Option<Currency>,
        resolution: Resolution,
        days: u32,
        caller: Caller,
    ) -> Result<PriceHistory> {
        let limit = if resolution == Resolution::Hourly {
            MAX_HOURLY_DAYS
        } else {
            MAX_DAYS
        };
        if !(1..=limit).contains(&days) {
            let detail = format!("days must be between 1 and {limit} for {} prices", resolution.as_str());
            return Err(Error::field(ErrorKind::OutOfRange, "/days", detail));
        }
        if resolution == Resolution::Hourly && asset.class() != AssetClass::Crypto {
            let detail = "only coins have hourly prices; ask for resolution=daily";
            return Err(Error::field(ErrorKind::Unsupported, "/resolution", detail));
        }
        if let Some(from) = asset.as_currency() {
            return self
                .rate_history(asset, from, currency.unwrap_or(Currency::USD), days, caller)
                .await;
        }
        let direct = direct_key(asset, currency);
        let history = match self.0.pricing.history(&direct, resolution, days, caller).await {
            Ok(history) => history,
            Err(error) if direct != PriceKey::native(asset.clone()) => {
                tracing::debug!(%error, "no history in the asked currency; converting the native one");
                self.0
                    .pricing
                    .history(&PriceKey::native(asset.clone()), resolution, days, caller)
                    .await?
            }
            Err(error) => return Err(error),
        };
        match currency {
            Some(to) if to != history.currency => self.convert_history(history, to, days, caller).await,
            _ => Ok(history),
        }
    }

    /// Units of `to` for one `from` on each day on which both rates are known.
    async fn rate_history(
        &self,
        asset: &AssetId,
        from: Currency,
        to: Currency,
        days: u32,
        caller: Caller,
    ) -> Result<PriceHistory> {
        let now = self.0.clock.now();
        if from == to {
            return Err(Error::field(
                ErrorKind::Unsupported,
                "/currency",
                format!("the price of {from} in {to} is always 1; ask for another currency"),
            ));
        }
        let leg = |currency: Currency| async move {
            match currency {
                Currency::EUR => Ok(None),
                currency => {
                    let key = PriceKey::per_euro(currency);
                    self.0
                        .pricing
                        .history(&key, Resolution::Daily, days + RATE_DAYS as u32, caller)
                        .await
                        .map(Some)
                }
            }
        };
        let (numerator, denominator) = futures::future::try_join(leg(to), leg(from)).await?;
        let Some(lead) = numerator.as_ref().or(denominator.as_ref()) else {
            return Err(Error::new(ErrorKind::Internal, "two equal currencies have no rate"));
        };
        let first = utc_date(now).saturating_sub(jiff::Span::new().days(i64::from(days)));
        let per_euro = |leg: &Option<PriceHistory>, date| match leg {
            None => Some(Decimal::ONE),
            Some(history) => rate_on(history, date),
        };
        let points = lead
            .points
            .iter()
            .filter(|point| point.date >= first)
            .filter_map(|point| {
                let price =
                    decimal::div(per_euro(&numerator, point.date)?, per_euro(&denominator, point.date)?).ok()?;
                Some(PricePoint { price, ..point.clone() })
            })
            .collect();
        Ok(PriceHistory {
            asset: asset.clone(),
            currency: to,
            points,
            ..lead.clone()
        })
    }

    pub(super) async fn convert_history(
        &self,
        history: PriceHistory,
        to: Currency,
        days: u32,
        caller: Caller,
    ) -> Result<PriceHistory> {
        let from = AssetId::currency(history.currency);
        let days = (days + RATE_DAYS as u32).min(MAX_DAYS);
        let rates = self
            .rate_history(&from, history.currency, to, days, caller)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound | ErrorKind::MissingPrice => Error::new(
                    ErrorKind::MissingRate,
                    format!("there are no exchange rates from {} to {to}", history.currency),
                ),
                _ => error,
            })?;
        let points = history
            .points
            .iter()
            .filter_map(|point| {
                let price = decimal::mul(point.price, rate_on(&rates, point.date)?).ok()?;
                Some(PricePoint { price, ..point.clone() })
            })
            .collect();
        Ok(PriceHistory {
            currency: to,
            points,
            ..history
        })
    }

    /// Assets whose name or symbol contains `text`, the most likely first, of what is kept of names. A
    /// source that lists its assets is asked for the list once a day; another one is asked for a text
    /// once a day, and waited for only where nothing kept fits.
    ///
    /// # Errors
    /// `InvalidInput` when the text is blank or too long; `Unavailable` when nothing that is kept fits and
    /// every source that could be asked failed.
    pub async fn search(&self, text: &str, class: Option<AssetClass>) -> Result<Vec<AssetInfo>> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MAX_SEARCH {
            let detail = format!("the text to search for has 1 to {MAX_SEARCH} characters");
            return Err(Error::field(ErrorKind::InvalidInput, "/q", detail));
        }
        let mut found: Vec<AssetInfo> = Vec::new();
        if class.is_none_or(|class| class == AssetClass::Currency) {
            found.extend(currencies::search(text));
        }
        if class != Some(AssetClass::Currency) {
            match self.0.pricing.catalogue().search(text, class).await {
                Err(error) if found.is_empty() => return Err(error),
                Err(error) => tracing::warn!(%error, "only currencies could be searched"),
                Ok(others) => found.extend(others),
            }
        }
        Ok(found)
    }

    /// What is known of an asset: from the store, else from a source that lists it or finds it by its symbol.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn asset_info(&self, asset: &AssetId) -> Result<Option<AssetInfo>> {
        let kept = self.asset_infos(std::slice::from_ref(asset)).await?.remove(asset);
        if kept.is_some() || asset.class() == AssetClass::Custom {
            return Ok(kept);
        }
        let found = self
            .0
            .pricing
            .catalogue()
            .search(asset.symbol(), Some(asset.class()))
            .await?;
        Ok(found.into_iter().find(|info| info.asset == *asset))
    }

    /// What the store knows of these assets; no source is asked.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn asset_infos(&self, assets: &[AssetId]) -> Result<HashMap<AssetId, AssetInfo>> {
        let mut infos: HashMap<_, _> = assets
            .iter()
            .filter_map(|asset| Some((asset.clone(), currencies::info(asset.as_currency()?))))
            .collect();
        let others: Vec<_> = assets
            .iter()
            .filter(|asset| !infos.contains_key(*asset))
            .cloned()
            .collect();
        if !others.is_empty() {
            let kept = self.0.store.asset_infos(&others).await?;
            infos.extend(kept.into_iter().map(|info| (info.asset.clone(), info)));
        }
        Ok(infos)
    }
}

/// Whether a history that failed so may be told from what was stated by hand instead.
fn may_be_by_hand(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::MissingPrice | ErrorKind::Unavailable
    )
}

/// The key that a price route asks for first: the source's own price in the asked currency where the
/// class has one.
fn direct_key(asset: &AssetId, currency: Option<Currency>) -> PriceKey {
    let native = asset.class().native_currency();
    PriceKey {
        asset: asset.clone(),
        currency: native.map(|native| currency.unwrap_or(native)),
    }
}

fn answer(
    outcome: Option<&PriceOutcome>,
    currency: Option<Currency>,
    rates: &PriceBook,
) -> Result<PriceAnswer, Unpriced> {
    let missing = || Unpriced::new(Reason::NoData, "no source has a price");
    let outcome = outcome.ok_or_else(missing)?;
    let Some((quote, freshness)) = &outcome.quote else {
        return Err(outcome.failure.clone().unwrap_or_else(missing));
    };
    let from = quote.price.currency();
    let quote = (**quote).clone();
    match currency.filter(|to| *to != from) {
        None => Ok(PriceAnswer {
            price: quote.price,
            quote,
            fx: None,
            freshness: *freshness,
        }),
        Some(to) => {
            let fx = rates.rate(from, to).map_err(|_| rates.missing_rate(from, to))?;
            let price = convert(quote.price, &fx).map_err(out_of_range)?;
            let freshness = rate_state(rates, &fx).map_or(*freshness, |stale| stale.max(*freshness));
            Ok(PriceAnswer {
                quote,
                price,
                fx: Some(fx),
                freshness,
            })
        }
    }
}

fn out_of_range(error: Error) -> Unpriced {
    Unpriced::new(Reason::OutOfRange, error.message())
}

/// `Stale` when a leg of the rate is carried.
fn rate_state(rates: &PriceBook, fx: &FxRate) -> Option<Freshness> {
    [fx.from, fx.to]
        .into_iter()
        .filter_map(|currency| rates.leg(Currency::EUR, currency))
        .any(|leg| leg.state == crate::book::PriceState::Carried)
        .then_some(Freshness::Stale)
}

fn rate_freshness(rates: &PriceBook, fx: &FxRate, now: jiff::Timestamp) -> Freshness {
    let fetched_now = fx.fetched_at >= now;
    rate_state(rates, fx).unwrap_or(if fetched_now {
        Freshness::Live
    } else {
        Freshness::Cached
    })
}

/// The last rate on or before a day and at most a week before it.
fn rate_on(history: &PriceHistory, date: Date) -> Option<Decimal> {
    let point = history.points.iter().rev().find(|point| point.date <= date)?;
    let oldest = date.saturating_sub(jiff::Span::new().days(RATE_DAYS));
    (point.date >= oldest).then_some(point.price)
}
