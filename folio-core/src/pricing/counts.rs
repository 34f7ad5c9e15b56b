//! How often the tiers of cache had what was asked for.

use std::sync::atomic::{AtomicU64, Ordering};

/// Look-ups of prices and of histories since the start of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheCounts {
    /// Look-ups of prices.
    pub prices: TierCounts,
    /// Look-ups of price histories.
    pub histories: TierCounts,
}

/// How look-ups ended. Each is counted once; what was there and no longer current is missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierCounts {
    /// Found in the memory of the process.
    pub memory: u64,
    /// Found in the shared cache.
    pub shared: u64,
    /// Found in neither.
    pub missed: u64,
    /// Not found in memory, and the shared cache could not be asked.
    pub failed: u64,
}

/// Where a look-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Memory,
    Shared,
    Nowhere,
    Unknown,
}

#[derive(Debug, Default)]
pub(super) struct TierCounter([AtomicU64; 4]);

impl TierCounter {
    pub(super) fn add(&self, found: Found) {
        self.0[found as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> TierCounts {
        let [memory, shared, missed, failed] = self.0.each_ref().map(|count| count.load(Ordering::Relaxed));
        TierCounts {
            memory,
            shared,
            missed,
            failed,
        }
    }
}
