//! The budget of one process.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hashbrown::HashMap;
use jiff::Timestamp;

use super::account::Account;
use super::{BudgetLimit, BudgetState, Limits, RateBudget, wait};
use crate::Result;
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::source::{Deadline, Priority};

/// A budget within one process. A restart forgets it, the calls of the day and of the month too: where a
/// vendor limits those, keep them in a store ([`StoreBudget`](super::StoreBudget)).
#[derive(Debug)]
pub struct LocalBudget {
    clock: Arc<dyn Clock>,
    limits: Limits,
    accounts: Mutex<HashMap<SourceId, Account>>,
}

impl LocalBudget {
    /// A budget with these limits.
    pub fn new(clock: Arc<dyn Clock>, limits: impl IntoIterator<Item = BudgetLimit>) -> Self {
        Self {
            clock,
            limits: Limits::new(limits),
            accounts: Mutex::default(),
        }
    }

    fn with<T>(&self, source: &SourceId, work: impl FnOnce(&mut Account) -> T) -> T {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        work(accounts.entry_ref(source).or_default())
    }
}

#[async_trait]
impl RateBudget for LocalBudget {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()> {
        let limit = self.limits.of(source)?;
        let cost = limit.admit(cost, priority)?;
        loop {
            let now = self.clock.now();
            let taken = self.with(source, |account| {
                account.bring_to(now);
                account.take(limit, cost, priority, now)
            });
            match taken {
                Ok(()) => return Ok(()),
                Err(at) => wait(source, at, &*self.clock, deadline).await?,
            }
        }
    }

    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        self.with(source, |account| account.close(until));
        Ok(())
    }

    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>> {
        let now = self.clock.now();
        let limit = self.limits.find(source);
        Ok(limit.map(|limit| self.with(source, |account| account.state(limit, now))))
    }
}
