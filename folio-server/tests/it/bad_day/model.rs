//! What every holding must say, worked out from the script alone.

use std::collections::{BTreeMap, BTreeSet};

use folio_core::money::Decimal;
use folio_core::{Holding, Policy, Portfolio, PriceState, Reason, Status};
use jiff::{SignedDuration, Timestamp};

use super::market;
use super::vendor::{self, Kind};
use super::weather::{Fault, Weather};

/// A price that was believed.
#[derive(Clone, Debug)]
struct Known {
    price: Decimal,
    as_of: Timestamp,
    fetched_at: Timestamp,
}

/// What a tick has of an asset or a rate.
#[derive(Clone, Debug)]
struct Entry {
    state: PriceState,
    reason: Option<Reason>,
    known: Option<Known>,
}

/// What a vendor's next hour depends on.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    closed_until: Option<Timestamp>,
    /// Hours in a row in which it said "too many calls" without saying for how long.
    crowds: u32,
}

/// What is known from one tick to the next.
#[derive(Debug, Default)]
pub(crate) struct Model {
    known: BTreeMap<String, Known>,
    standing: BTreeMap<&'static str, Standing>,
    book: BTreeMap<String, Entry>,
}

/// A vendor in an hour, as the model needs to know it.
pub(crate) struct Scene<'a> {
    pub(crate) kind: Kind,
    pub(crate) weather: Weather,
    pub(crate) hour: usize,
    /// When the planner comes.
    pub(crate) now: Timestamp,
    /// Whether nothing is left of the vendor's budget.
    pub(crate) crowded: bool,
    /// The symbols that are held.
    pub(crate) held: &'a BTreeSet<String>,
    /// Of calls that met other weather than the rest, the symbols that they asked for.
    pub(crate) hit: &'a BTreeSet<String>,
}

/// What a row must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) state: PriceState,
    pub(crate) reason: Option<Reason>,
    pub(crate) price: Option<(Decimal, String)>,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) fetched_at: Option<Timestamp>,
    pub(crate) value: Option<Decimal>,
}

/// What a valuation must say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: Status,
    pub(crate) total: Option<Decimal>,
    pub(crate) rows: Vec<Row>,
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn age(then: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(then)
}

/// How long ago a carried price may have been fetched, and how old the market's time of any may be.
fn limits(asset: &str) -> (SignedDuration, SignedDuration) {
    match asset.split_once(':').unwrap().0 {
        "crypto" => (hours(24), hours(24)),
        "stock" => (hours(96), hours(15 * 24)),
        _ => (hours(168), hours(168)),
    }
}

impl Model {
    /// Whether the vendor has asked to be left alone at this time.
    pub(crate) fn is_closed(&self, kind: Kind, now: Timestamp) -> bool {
        let standing = self.standing.get(name(kind)).copied().unwrap_or_default();
        standing.closed_until.is_some_and(|until| until > now)
    }

    /// What the tick learns from one vendor.
    pub(crate) fn learn(&mut self, scene: &Scene<'_>) {
        let is_closed = self.is_closed(scene.kind, scene.now);
        if !is_closed && !scene.crowded {
            self.stand(scene);
        }
        let verdict = |symbol: &str| match scene.weather {
            _ if is_closed => Err(Reason::RateLimited),
            _ if scene.crowded => Err(Reason::Pending),
            Weather::Only(_, other) if scene.hit.contains(symbol) => outcome(*other, symbol, scene.hour),
            Weather::Only(..) => outcome(Weather::Good, symbol, scene.hour),
            weather => outcome(weather, symbol, scene.hour),
        };
        for symbol in scene.held {
            let asset = vendor::asset(scene.kind, symbol);
            let reason = match verdict(symbol) {
                Ok(()) => {
                    self.known.insert(asset.clone(), fetched(scene, &asset, symbol));
                    None
                }
                Err(reason) => Some(reason),
            };
            let (carry, market) = limits(&asset);
            let usable =
                |known: &&Known| age(known.fetched_at, scene.now) <= carry && age(known.as_of, scene.now) <= market;
            let known = self.known.get(&asset);
            let known = if reason.is_none() { known } else { known.filter(usable) };
            let state = match (reason, known) {
                (None, _) => PriceState::Priced,
                (Some(_), Some(_)) => PriceState::Carried,
                (Some(_), None) => PriceState::Unpriced,
            };
            let entry = Entry {
                state,
                reason,
                known: known.cloned(),
            };
            self.book.insert(asset, entry);
        }
    }

    fn stand(&mut self, scene: &Scene<'_>) {
        let standing = self.standing.entry(name(scene.kind)).or_default();
        let seconds = match scene.weather {
            Weather::Crowd(stated) => {
                standing.crowds += 1;
                // CoinGecko says the same of the minute and of the month; three in a row are the month.
                let month = scene.kind == Kind::CoinGecko && standing.crowds >= 3;
                stated.unwrap_or(if month { 3_600 } else { 60 })
            }
            _ => {
                standing.crowds = 0;
                return;
            }
        };
        standing.closed_until = Some(scene.now + SignedDuration::from_secs(seconds));
    }

    /// What the tick's valuation of a portfolio must say.
    pub(crate) fn value(&self, portfolio: &Portfolio, tick: Timestamp) -> Told {
        let rows: Vec<Row> = portfolio
            .holdings
            .iter()
            .map(|holding| self.row(portfolio, holding, tick))
            .collect();
        let unpriced = rows.iter().filter(|row| row.state == PriceState::Unpriced).count();
        let status = match unpriced {
            0 => Status::Complete,
            all if all == rows.len() || portfolio.policy == Policy::Strict => Status::Unavailable,
            _ => Status::Partial,
        };
        let total = rows.iter().filter_map(|row| row.value).sum();
        Told {
            status,
            total: (status != Status::Unavailable).then_some(total),
            rows,
        }
    }

    fn row(&self, portfolio: &Portfolio, holding: &Holding, tick: Timestamp) -> Row {
        let (asset, base) = (holding.asset.to_string(), portfolio.base_currency.as_str());
        let carries = matches!(portfolio.policy, Policy::CarryForward { .. });
        let mut row = Row {
            state: PriceState::Unpriced,
            reason: None,
            price: None,
            as_of: None,
            fetched_at: None,
            value: None,
        };
        let (price, currency) = match asset.strip_prefix("currency:") {
            Some(code) => {
                row.state = PriceState::Priced;
                (row.as_of, row.fetched_at) = (Some(tick), Some(tick));
                (Decimal::ONE, code.to_owned())
            }
            None => {
                let entry = &self.book[&asset];
                row.reason = entry.reason;
                let Some(known) = &entry.known else { return row };
                (row.as_of, row.fetched_at) = (Some(known.as_of), Some(known.fetched_at));
                if age(known.as_of, tick) > limits(&asset).1 {
                    row.reason = Some(Reason::Outdated);
                } else if entry.state == PriceState::Priced || carries {
                    row.state = entry.state;
                }
                (known.price, market::currency_of(&asset).to_owned())
            }
        };
        row.price = Some((price, currency.clone()));
        if row.state == PriceState::Unpriced {
            return row;
        }
        let mut value = price * holding.quantity.value();
        if currency != base {
            let Some(rate) = self.rate(&currency, base, carries) else {
                (row.state, row.reason) = (PriceState::Unpriced, Some(Reason::NoRate));
                if asset.starts_with("currency:") {
                    (row.as_of, row.fetched_at) = (None, None);
                }
                return row;
            };
            if rate.state == PriceState::Carried && row.state == PriceState::Priced {
                (row.state, row.reason) = (PriceState::Carried, rate.reason);
            }
            let known = rate.known.unwrap();
            if asset.starts_with("currency:") {
                (row.as_of, row.fetched_at) = (Some(known.as_of), Some(known.fetched_at));
            }
            value *= known.price;
        }
        row.value = Some(value);
        row
    }

    /// The rate over the euro, no better than the worse of its legs.
    fn rate(&self, from: &str, to: &str, carries: bool) -> Option<Entry> {
        let mut legs = Vec::new();
        for code in [to, from].into_iter().filter(|code| *code != "EUR") {
            let leg = &self.book[&format!("currency:{code}")];
            if leg.known.is_none() || leg.state == PriceState::Carried && !carries {
                return None;
            }
            legs.push(leg);
        }
        let per_euro = |code: &str| match self.book.get(&format!("currency:{code}")) {
            Some(entry) => entry.known.as_ref().unwrap().price,
            None => Decimal::ONE,
        };
        let worse = *legs
            .iter()
            .find(|leg| leg.state == PriceState::Carried)
            .unwrap_or(&legs[0]);
        let known = Known {
            price: per_euro(to) / per_euro(from),
            as_of: legs.iter().filter_map(|leg| Some(leg.known.as_ref()?.as_of)).min()?,
            fetched_at: legs
                .iter()
                .filter_map(|leg| Some(leg.known.as_ref()?.fetched_at))
                .min()?,
        };
        Some(Entry {
            known: Some(known),
            ..worse.clone()
        })
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::CoinGecko => "coingecko",
        Kind::Yahoo => "yahoo",
        Kind::Frankfurter => "frankfurter",
    }
}

fn fetched(scene: &Scene<'_>, asset: &str, symbol: &str) -> Known {
    let (price, as_of) = match scene.kind {
        Kind::Frankfurter => (market::per_euro(symbol, scene.hour), market::published_at(scene.hour)),
        _ => (market::price(symbol, scene.hour), market::traded_at(asset, scene.hour)),
    };
    Known {
        price,
        as_of,
        fetched_at: scene.now,
    }
}

/// What becomes of one symbol in a weather.
fn outcome(weather: Weather, symbol: &str, hour: usize) -> Result<(), Reason> {
    match weather {
        Weather::Good | Weather::Hiccup | Weather::Each(_) => match vendor::fault(weather, symbol, hour) {
            Fault::None => Ok(()),
            Fault::Absent => Err(Reason::NotFound),
            Fault::Huge => Err(Reason::OutOfRange),
            _ => Err(Reason::NoData),
        },
        Weather::Refused
        | Weather::Down
        | Weather::Page
        | Weather::Truncated
        | Weather::HangUp
        | Weather::OtherShape => Err(Reason::Unavailable),
        Weather::Slow | Weather::Silent => Err(Reason::Timeout),
        Weather::Crowd(_) => Err(Reason::RateLimited),
        Weather::Only(..) => panic!("weather within weather"),
    }
}
