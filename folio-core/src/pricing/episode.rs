//! One episode of a key whose price was held back: from the first price that was to the verdict.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::plausibility::{Doubt, PriceRange, Suspicion, agree};
use crate::id::QuarantineId;
use crate::money::Price;
use crate::quote::{PriceKey, Quote, Reason, Unpriced};
use crate::store::{RecordKind, Row};
use crate::{Error, ErrorKind, Result};

/// How many collections in a row confirm a price.
const BOOKS: u32 = 3;
/// Collections that begin within so long of each other are one: a planner that runs again for the same
/// tick confirms nothing.
const BOOK_SPAN: SignedDuration = SignedDuration::from_mins(10);
/// How long a row is kept after its verdict.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What became of a price that was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was right and is used.
    Accepted,
    /// Its source came back to plausible prices.
    Refuted,
}

impl Verdict {
    /// The word for the verdict: `"accepted"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refuted => "refuted",
        }
    }
}

/// A price that was held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuarantinedQuote {
    /// Its id.
    pub id: QuarantineId,
    /// What was asked for.
    pub key: PriceKey,
    /// How many times a price of the key has been held back, this one included.
    pub episode: u32,
    /// What the source said last.
    pub candidate: Quote,
    /// The last accepted quote; `None` where there is none, as of a price of the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Quote>,
    /// Why it was held back.
    pub doubt: Doubt,
    /// Between which prices it would have been believed, where that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<PriceRange>,
    /// When the first price of the episode was held back.
    pub first_seen: Timestamp,
    /// When the last one was.
    pub last_seen: Timestamp,
    /// How many scheduled collections in a row found prices that agree with each other.
    pub books: u32,
    /// What became of it; `None` while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// When that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

impl QuarantinedQuote {
    /// Its place in the list, for [`QuarantineQuery::after`](super::QuarantineQuery::after).
    #[must_use]
    pub fn position(&self) -> String {
        format!("{}{:08}", prefix(&self.key), self.episode)
    }
}

/// An episode as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Episode {
    pub(super) quote: QuarantinedQuote,
    /// The lowest and highest price of the collections that were counted, and when the last one was.
    low: Price,
    high: Price,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted_at: Option<Timestamp>,
}

impl Row for Episode {
    const KIND: RecordKind = RecordKind("quarantine");

    fn key(&self) -> String {
        self.quote.position()
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.quote.verdict.is_none().then_some(self.quote.first_seen)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.quote.decided_at.and_then(|at| at.checked_add(KEPT).ok())
    }
}

/// What the keys of a price's rows begin with. No symbol and no currency has a blank.
pub(super) fn prefix(key: &PriceKey) -> String {
    format!("{key} ")
}

/// A quote that is not believed.
#[derive(Clone, Debug)]
pub(super) struct Suspect {
    pub(super) quote: Quote,
    pub(super) reference: Option<Arc<Quote>>,
    pub(super) suspicion: Suspicion,
}

/// Whether a price can be taken at all once it is confirmed.
pub(super) fn acceptable(key: &PriceKey, quote: &Quote, doubt: Doubt) -> Result<()> {
    let refuse = |message: String| Err(Error::new(ErrorKind::Conflict, message));
    match key.currency {
        _ if doubt == Doubt::Future => refuse(format!(
            "a price of the future cannot be accepted: {} states {}",
            quote.source, quote.as_of
        )),
        Some(asked) if asked != quote.price.currency() => refuse(format!(
            "a price in {} cannot be accepted where {asked} was asked for",
            quote.price.currency()
        )),
        _ => Ok(()),
    }
}

impl Suspect {
    /// A new episode that begins with this one.
    pub(super) fn episode(&self, key: &PriceKey, number: u32, is_book: bool, now: Timestamp) -> Episode {
        Episode {
            quote: QuarantinedQuote {
                id: QuarantineId::new(now),
                key: key.clone(),
                episode: number,
                candidate: self.quote.clone(),
                reference: self.reference.as_deref().cloned(),
                doubt: self.suspicion.doubt,
                expected: self.suspicion.expected,
                first_seen: now,
                last_seen: now,
                books: u32::from(is_book),
                verdict: None,
                decided_at: None,
            },
            low: self.quote.price,
            high: self.quote.price,
            counted_at: is_book.then_some(now),
        }
    }

    /// What happened, for whoever wonders at the old price.
    fn detail(&self) -> String {
        let Quote {
            source, price, as_of, ..
        } = &self.quote;
        let said = format!("{source} says {price} of {as_of}");
        match (self.suspicion.doubt, &self.reference) {
            (Doubt::Future, _) => format!("{said}, which is yet to come"),
            (Doubt::Currency, None) => format!("{said}, which is not the currency that was asked for"),
            (_, None) => said,
            (_, Some(last)) => {
                let expected = match self.suspicion.expected {
                    Some(range) => format!("{} to {}", range.low, range.high),
                    None => format!("a price in {}", last.price.currency()),
                };
                format!(
                    "{said}; the last accepted price is {} of {} by {}, and {expected} is expected",
                    last.price, last.as_of, last.source
                )
            }
        }
    }

    /// The outcome of a key whose only price is this one.
    pub(super) fn unpriced(&self, until: Timestamp) -> Unpriced {
        Unpriced::new(Reason::Quarantined, self.detail()).until(Some(until))
    }

    /// Whether another source's quote says that this one is right.
    pub(super) fn is_confirmed_by(&self, key: &PriceKey, other: &Quote) -> bool {
        self.quote.source != other.source
            && agree(self.quote.price, other.price)
            && acceptable(key, &self.quote, self.suspicion.doubt).is_ok()
    }
}

impl Episode {
    /// Notes a further suspect; where it confirms the price, that is accepted.
    pub(super) fn observe(&mut self, suspect: &Suspect, is_book: bool, now: Timestamp) {
        let price = suspect.quote.price;
        let confirmed = suspect.is_confirmed_by(&self.quote.key, &self.quote.candidate)
            && acceptable(&self.quote.key, &self.quote.candidate, self.quote.doubt).is_ok();
        let counts = is_book
            && self
                .counted_at
                .is_none_or(|at| now.duration_since(at).abs() >= BOOK_SPAN);
        if counts {
            let (low, high) = self.span_with(price);
            if self.quote.books > 0 && agree(low, high) {
                (self.low, self.high) = (low, high);
                self.quote.books += 1;
            } else {
                (self.low, self.high) = (price, price);
                self.quote.books = 1;
            }
            self.counted_at = Some(now);
        }
        self.quote.candidate = suspect.quote.clone();
        self.quote.reference = suspect.reference.as_deref().cloned();
        self.quote.doubt = suspect.suspicion.doubt;
        self.quote.expected = suspect.suspicion.expected;
        self.quote.last_seen = now;
        let acceptable = acceptable(&self.quote.key, &suspect.quote, suspect.suspicion.doubt).is_ok();
        if acceptable && (confirmed || self.quote.books >= BOOKS) {
            self.decide(Verdict::Accepted, now);
        }
    }

    /// The lowest and the highest price so far, this one included; of two currencies any two that differ.
    fn span_with(&self, price: Price) -> (Price, Price) {
        let low = if price < self.low { price } else { self.low };
        let high = if price <= self.high { self.high } else { price };
        (low, high)
    }

    pub(super) fn decide(&mut self, verdict: Verdict, now: Timestamp) {
        self.quote.verdict = Some(verdict);
        self.quote.decided_at = Some(now);
    }
}
