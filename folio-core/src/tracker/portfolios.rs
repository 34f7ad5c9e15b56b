//! Making, reading and changing portfolios.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Tracker;
use crate::asset::AssetClass;
use crate::id::{OwnerId, PortfolioId};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::pricing::{Caller, Needs};
use crate::quote::PriceKey;
use crate::store::{Page, PortfolioQuery, PortfolioSummary};
use crate::{Error, ErrorKind, Result};

impl Tracker {
    /// Keeps a new portfolio, and has what it holds priced in the background.
    ///
    /// # Errors
    /// `InvalidInput`, `OutOfRange` or `Conflict` at the pointer of the wrong field; `Conflict` when there
    /// is a portfolio with this id; `Unavailable`.
    pub async fn create_portfolio(&self, portfolio: Portfolio) -> Result<Portfolio> {
        portfolio.validate()?;
        self.0.store.create_portfolio(&portfolio).await?;
        // Where this fails, the first valuation or the first look at the rules does it.
        if let Err(error) = self.begin_watch(&portfolio).await {
            tracing::warn!(%error, portfolio = %portfolio.id, "the rules of a new portfolio are written later");
        }
        self.prefetch(None, &portfolio);
        Ok(portfolio)
    }

    /// One portfolio of an owner.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio> {
        self.0.store.portfolio(owner, id).await
    }

    /// An owner's portfolios, oldest first, without their holdings.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>> {
        self.0.store.portfolios(query).await
    }

    /// Changes a portfolio, its holdings included: `change` gets it as it is and alters it in place.
    ///
    /// With `expected` the change is made on that version only. Without it the change is made on whatever
    /// is there, and made anew on what somebody else wrote meanwhile.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when the version is another; what `change` answers;
    /// `InvalidInput`, `OutOfRange` or `Conflict` at the pointer of the wrong field; `Unavailable`.
    pub async fn update_portfolio<F>(
        &self,
        owner: &OwnerId,
        id: PortfolioId,
        expected: Option<u64>,
        change: F,
    ) -> Result<Portfolio>
    where
        F: Fn(&mut Portfolio) -> Result<()> + Send,
    {
        loop {
            let before = self.0.store.portfolio(owner, id).await?;
            if expected.is_some_and(|version| version != before.version) {
                return Err(changed(before.version));
            }
            let mut after = before.clone();
            change(&mut after)?;
            if after.base_currency != before.base_currency {
                return Err(Error::field(
                    ErrorKind::InvalidInput,
                    "/base_currency",
                    "the base currency of a portfolio cannot change; make another portfolio",
                ));
            }
            (after.id, after.owner, after.created_at) = (before.id, before.owner.clone(), before.created_at);
            if after == before {
                return Ok(before);
            }
            after.version = before.version + 1;
            after.updated_at = self.0.clock.now();
            after.validate()?;
            match self.0.store.update_portfolio(&after, before.version).await {
                Ok(()) => {
                    self.prefetch(Some(&before), &after);
                    return Ok(after);
                }
                Err(error) if error.kind() == ErrorKind::PreconditionFailed && expected.is_none() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes a portfolio with all that belongs to it.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when the version is not `expected`; `Unavailable`.
    pub async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId, expected: Option<u64>) -> Result<()> {
        if let Some(expected) = expected {
            let version = self.0.store.portfolio(owner, id).await?.version;
            if version != expected {
                return Err(changed(version));
            }
        }
        self.0.store.delete_portfolio(owner, id).await?;
        // The portfolio is gone from here on, also for one who does not wait for the rest; what is left of it after
        // a failure goes with the weekly clean-up.
        let (tracker, owner) = (self.clone(), owner.clone());
        let ended = tokio::spawn(async move { tracker.end_watch(&owner, id).await });
        if let Ok(Err(error)) = ended.await {
            tracing::warn!(%error, portfolio = %id, "what was told of a deleted portfolio is left for later");
        }
        Ok(())
    }

    /// Asks for the prices of what is new in a portfolio, and for the rates of its foreign costs, without
    /// anybody waiting.
    fn prefetch(&self, before: Option<&Portfolio>, after: &Portfolio) {
        let known = before.map(Needs::of).unwrap_or_default();
        let needs = Needs::of(after);
        let keys: Vec<_> = needs
            .assets
            .difference(&known.assets)
            .cloned()
            .map(PriceKey::native)
            .collect();
        let costs: BTreeSet<(Currency, Date)> = needs.costs.difference(&known.costs).copied().collect();
        if keys.iter().any(|key| key.asset.class() == AssetClass::Crypto) {
            self.0.pricing.catalogue().refresh_behind(AssetClass::Crypto);
        }
        if !keys.is_empty() {
            self.0.pricing.refresh_behind(keys);
        }
        if !costs.is_empty() {
            let pricing = self.0.pricing.clone();
            tokio::spawn(async move {
                if let Err(error) = pricing.reference_rates(&costs, Caller::manual_job()).await {
                    tracing::warn!(%error, "the rates of foreign costs cannot be kept");
                }
            });
        }
    }
}

fn changed(version: u64) -> Error {
    Error::new(
        ErrorKind::PreconditionFailed,
        format!("the portfolio has changed meanwhile and is at version {version}; read it again"),
    )
}
