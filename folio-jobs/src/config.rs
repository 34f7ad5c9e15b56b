//! How the jobs run.

use std::num::NonZeroUsize;

use folio_core::Result;

use crate::cron::Schedule;

/// When things run, and how many of them at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JobsConfig {
    /// The schedules.
    pub schedule: Schedule,
    /// How many chunks and jobs a process works on at once.
    pub concurrency: NonZeroUsize,
    /// About how many portfolios make a chunk.
    pub chunk_size: NonZeroUsize,
    /// How many portfolios of a chunk are read and written at once.
    pub batch_size: NonZeroUsize,
}

impl JobsConfig {
    /// Every hour, daily at nine, histories every six hours; four chunks of 500 at once, each read and written by 250.
    ///
    /// # Errors
    /// None with these schedules; the signature is that of [`JobsConfig::with_schedule`].
    pub fn new() -> Result<Self> {
        Self::with_schedule("0 * * * *", "0 9 * * *", "0 */6 * * *")
    }

    /// Three schedules as cron expressions of five fields, in UTC.
    ///
    /// # Errors
    /// `InvalidInput` with the name of the schedule that is none.
    pub fn with_schedule(hourly: &str, daily: &str, history: &str) -> Result<Self> {
        Ok(Self {
            schedule: Schedule::parse(hourly, daily, history)?,
            concurrency: NonZeroUsize::MIN.saturating_add(3),
            chunk_size: NonZeroUsize::MIN.saturating_add(499),
            batch_size: NonZeroUsize::MIN.saturating_add(249),
        })
    }

    /// The same with so many chunks and jobs at once.
    #[must_use]
    pub fn with_concurrency(mut self, concurrency: NonZeroUsize) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// The same with chunks of about so many portfolios.
    #[must_use]
    pub fn with_chunk_size(mut self, portfolios: NonZeroUsize) -> Self {
        self.chunk_size = portfolios;
        self
    }

    /// The same with so many portfolios read and written at once.
    #[must_use]
    pub fn with_batch_size(mut self, portfolios: NonZeroUsize) -> Self {
        self.batch_size = portfolios;
        self
    }
}
