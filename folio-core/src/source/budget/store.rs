//! The budget that every process on one store shares.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::account::Account;
use super::{BudgetLimit, BudgetState, Limits, RateBudget, wait};
use crate::Result;
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::source::{Deadline, Priority};
use crate::store::{OpsStore, Table, Versioned};

/// The rows of the sources, each made when it is first needed.
#[derive(Debug)]
pub(super) struct Accounts(pub(super) Arc<dyn OpsStore>);

impl Accounts {
    fn rows(&self) -> Table<'_, Account> {
        Table::new(&*self.0)
    }

    pub(super) async fn get(&self, source: &SourceId) -> Result<Versioned<Account>> {
        loop {
            if let Some(account) = self.rows().get(source.as_str()).await? {
                return Ok(account);
            }
            self.rows().insert(&Account::new(source.as_str())).await?;
        }
    }

    /// The row of a source to look at; an empty one if there is none.
    pub(super) async fn find(&self, source: &SourceId) -> Result<Account> {
        let account = self.rows().get(source.as_str()).await?;
        Ok(account.map(Versioned::into_inner).unwrap_or_default())
    }

    /// Writes a row back; false if somebody else changed it meanwhile.
    pub(super) async fn replace(&self, account: &mut Versioned<Account>) -> Result<bool> {
        self.rows().replace(account).await
    }

    pub(super) async fn close(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        loop {
            let mut account = self.get(source).await?;
            if !account.close(until) || self.replace(&mut account).await? {
                return Ok(());
            }
        }
    }
}

/// A budget in a row of the store for each source, shared by every process on it and kept over restarts.
///
/// Minute, day and month are one row and change in one compare-and-set, so none is ever counted without the
/// others.
#[derive(Debug)]
pub struct StoreBudget {
    clock: Arc<dyn Clock>,
    limits: Limits,
    accounts: Accounts,
}

impl StoreBudget {
    /// A budget with these limits, kept in `store`.
    pub fn new(clock: Arc<dyn Clock>, store: Arc<dyn OpsStore>, limits: impl IntoIterator<Item = BudgetLimit>) -> Self {
        Self {
            clock,
            limits: Limits::new(limits),
            accounts: Accounts(store),
        }
    }
}

#[async_trait]
impl RateBudget for StoreBudget {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()> {
        let limit = self.limits.of(source)?;
        let cost = limit.admit(cost, priority)?;
        loop {
            let mut account = self.accounts.get(source).await?;
            let now = self.clock.now();
            let set_back = account.bring_to(now);
            let taken = account.take(limit, cost, priority, now);
            if (taken.is_ok() || set_back) && !self.accounts.replace(&mut account).await? {
                continue;
            }
            match taken {
                Ok(()) => return Ok(()),
                Err(at) => wait(source, at, &*self.clock, deadline).await?,
            }
        }
    }

    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        self.accounts.close(source, until).await
    }

    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>> {
        let Some(limit) = self.limits.find(source) else {
            return Ok(None);
        };
        let account = self.accounts.find(source).await?;
        Ok(Some(account.state(limit, self.clock.now())))
    }
}
