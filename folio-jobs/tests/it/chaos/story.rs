//! What the market says, tick by tick, and what that is to tell.

use std::collections::BTreeSet;

use folio_core::memory::MemorySource;
use folio_core::{Currency, Price, Reason};
use jiff::{SignedDuration, Timestamp};

use super::CROSSINGS;
use crate::support::process::Random;
use crate::support::{NINE, at};

/// What the market says at one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A price in dollars.
    Price(&'static str),
    /// A hundred times the price before.
    Nonsense,
    /// Nothing.
    Nothing,
}

/// What the market says of one group's asset, tick by tick, and when the threshold of a loss of five percent
/// of a cost of a hundred dollars is crossed.
pub(crate) struct Story {
    pub(crate) said: Vec<Said>,
    pub(crate) crossings: Vec<usize>,
}

impl Story {
    pub(crate) fn new(seed: u64, group: usize, ticks: usize) -> Self {
        let mut random = Random(seed ^ (group as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut turns = BTreeSet::new();
        while turns.len() < 2 * CROSSINGS - 1 {
            turns.insert(1 + random.below(ticks - 1));
        }
        let turns: Vec<_> = turns.into_iter().collect();
        let mut said = Vec::with_capacity(ticks);
        let mut fired = false;
        for tick in 0..ticks {
            let turn = turns.contains(&tick);
            fired ^= turn;
            said.push(Said::Price(match (turn, fired) {
                (true, true) => random.of(&["95", "94.5", "93.2"]),
                (true, false) => random.of(&["96.01", "97", "99.5"]),
                // Up and down across the threshold, and never beyond the band.
                (false, true) if tick % 2 == 0 => random.of(&["94.1", "95", "94.9"]),
                (false, true) => random.of(&["95.01", "95.6", "96"]),
                // Close to the threshold, and never at it.
                (false, false) => random.of(&["95.01", "95.7", "96.5", "99", "101", "104.5"]),
            }));
        }
        let (mut missing, mut tries) = (0, 0);
        while missing < ticks / 10 && tries < 100 * ticks {
            tries += 1;
            let tick = 2 + random.below(ticks - 2);
            let around = [tick - 1, tick, (tick + 1).min(ticks - 1)];
            let sound = around.iter().all(|tick| matches!(said[*tick], Said::Price(_)));
            if sound && !turns.contains(&tick) {
                said[tick] = random.of(&[Said::Nonsense, Said::Nothing]);
                missing += 1;
            }
        }
        let crossings = turns.iter().copied().step_by(2).collect();
        Self { said, crossings }
    }

    /// How often the price goes from one side of the threshold to the other while that tells nothing.
    pub(crate) fn flaps(&self) -> usize {
        let prices = self.said.iter().filter_map(|said| match said {
            Said::Price(price) => Some(price.parse::<f64>().unwrap() <= 95.0),
            _ => None,
        });
        let sides: Vec<_> = prices.collect();
        let turns = 2 * CROSSINGS - 1;
        sides
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .count()
            .saturating_sub(turns)
    }

    /// When the owner of a portfolio is told that data is missing. One that leaves out what is missing is told
    /// of both sorts, one that carries prices on only of what is held back.
    pub(crate) fn degraded(&self, excludes: bool) -> Vec<Timestamp> {
        let told = |said: &Said| match said {
            Said::Price(_) => false,
            Said::Nonsense => true,
            Said::Nothing => excludes,
        };
        let ticks = (0..self.said.len()).filter(|tick| told(&self.said[*tick]));
        ticks.map(instant).collect()
    }
}

pub(crate) fn asset(group: usize) -> folio_core::AssetId {
    format!("crypto:group{group}").parse().unwrap()
}

pub(crate) fn instant(tick: usize) -> Timestamp {
    at(NINE) + SignedDuration::from_hours(tick as i64)
}

pub(crate) fn set_prices(market: &MemorySource, paths: &[Story], tick: usize) {
    for (group, path) in paths.iter().enumerate() {
        let asset = asset(group);
        market.set_failure_of(asset.clone(), None);
        match path.said[tick] {
            Said::Price(price) => market.set_price(asset, Price::parse(price, Currency::USD).unwrap()),
            Said::Nonsense => market.set_price(asset, Price::parse("9500", Currency::USD).unwrap()),
            Said::Nothing => market.set_failure_of(asset, Some(Reason::NoData)),
        }
    }
}
