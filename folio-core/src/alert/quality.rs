//! Whether a valuation may be relied on, and whether its owner has to be told that it may not.

use std::collections::{BTreeMap, BTreeSet};

use crate::asset::AssetClass;
use crate::book::{PriceBook, PriceState};
use crate::quote::Reason;
use crate::valuation::{HoldingValuation, Status, Valuation};

/// What a valuation says of the data that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quality<'a> {
    /// Everything is priced or carried and nothing is held back: rules on values may fire.
    Sound,
    /// Something is missing of which the owner need not be told: it comes by itself, or the operator is told.
    Excused,
    /// Something is missing: these holdings, or the total itself where there is none.
    Degraded(Vec<&'a HoldingValuation>),
}

/// Judges a valuation. `failed` are the classes whose sources failed as a whole.
///
/// What waits for a source's budget or was added after the prices were collected is excused, and so is what
/// was refused, late or out of reach together with everything else of its class.
#[must_use]
pub fn quality<'a>(valuation: &'a Valuation, failed: &BTreeSet<AssetClass>) -> Quality<'a> {
    let wanting: Vec<_> = valuation.holdings.iter().filter(|row| is_wanting(row)).collect();
    if wanting.is_empty() {
        return match valuation.status {
            Status::Complete => Quality::Sound,
            Status::Partial | Status::Unavailable => Quality::Degraded(wanting),
        };
    }
    let excused = |row: &HoldingValuation| match row.pricing.reason {
        Some(Reason::Pending | Reason::NotInBook) => true,
        Some(reason) => reason.is_outage() && failed.contains(&row.asset.class()),
        None => false,
    };
    let told: Vec<_> = wanting.into_iter().filter(|row| !excused(row)).collect();
    if told.is_empty() {
        Quality::Excused
    } else {
        Quality::Degraded(told)
    }
}

/// Whether rules on the value of the portfolio may rely on a valuation.
pub(super) fn is_sound(valuation: &Valuation) -> bool {
    valuation.status == Status::Complete && !valuation.holdings.iter().any(is_wanting)
}

pub(super) fn is_wanting(row: &HoldingValuation) -> bool {
    row.pricing.state == PriceState::Unpriced || row.pricing.reason == Some(Reason::Quarantined)
}

/// Whether a price of something in the valuation is held back as implausible.
pub(super) fn holds_back(valuation: &Valuation) -> bool {
    let mut rows = valuation.holdings.iter();
    rows.any(|row| row.pricing.reason == Some(Reason::Quarantined))
}

/// The classes of which a book has nothing new and something that was refused, late or out of reach: their
/// sources failed as a whole, which is the operator's to hear and not every owner's.
#[must_use]
pub fn failed_classes(book: &PriceBook) -> BTreeSet<AssetClass> {
    let mut classes: BTreeMap<AssetClass, (bool, bool)> = BTreeMap::new();
    for entry in book.entries() {
        let (answered, out) = classes.entry(entry.key.asset.class()).or_default();
        *answered |= entry.state == PriceState::Priced;
        *out |= entry.failure.as_ref().is_some_and(|failure| failure.reason.is_outage());
    }
    let failed = |(class, (answered, out)): (AssetClass, (bool, bool))| (out && !answered).then_some(class);
    classes.into_iter().filter_map(failed).collect()
}
