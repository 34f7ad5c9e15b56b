//! All portfolios of an owner together.

use super::Tracker;
use crate::id::{OwnerId, PortfolioId};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::pricing::{Caller, Needs};
use crate::store::PortfolioQuery;
use crate::valuation::{Summary, Summing, value};
use crate::{ErrorKind, Result};

/// How many portfolios are listed at once.
const PAGE: usize = 200;

impl Tracker {
    /// What an owner's portfolios, the archived ones excepted, are worth together now, each valued by its own
    /// policy and all with the same prices.
    ///
    /// The currency is by default the one that all of them have, else `USD`. The portfolios are read one
    /// after the other, so that what is in memory does not grow with their number.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`. A source that is down is no error: the summary says it.
    pub async fn summary(&self, owner: &OwnerId, currency: Option<Currency>) -> Result<Summary> {
        let mut needs = Needs::default();
        let mut bases = (None, true);
        let mut walk = Walk::new(owner);
        while let Some(portfolio) = walk.next(self).await? {
            let base = portfolio.base_currency;
            bases = (Some(base), bases.1 && bases.0.is_none_or(|known| known == base));
            let own = Needs::of(&portfolio);
            needs.assets.extend(own.assets);
            needs.currencies.extend(own.currencies);
            needs.costs.extend(own.costs);
        }
        let currency = currency.unwrap_or(match bases {
            (Some(base), true) => base,
            _ => Currency::USD,
        });
        needs.currencies.insert(currency);
        let stated = self.stated_now(owner, &needs.assets).await?;
        needs
            .currencies
            .extend(stated.iter().map(|stated| stated.point.price.currency()));
        let book = self.collect(&needs, Caller::live()).await?.with_manual(stated);
        let now = self.0.clock.now();
        let mut summing = Summing::new(&book, currency, now);
        let mut walk = Walk::new(owner);
        while let Some(portfolio) = walk.next(self).await? {
            summing.add(&portfolio.name, &value(&portfolio, &book, portfolio.policy, now));
        }
        Ok(summing.finish())
    }
}

/// An owner's portfolios one after the other.
struct Walk {
    query: PortfolioQuery,
    page: std::vec::IntoIter<PortfolioId>,
    more: bool,
}

impl Walk {
    fn new(owner: &OwnerId) -> Self {
        let query = PortfolioQuery {
            owner: owner.clone(),
            archived: false,
            after: None,
            limit: PAGE,
        };
        Self {
            query,
            page: Vec::new().into_iter(),
            more: true,
        }
    }

    async fn next(&mut self, tracker: &Tracker) -> Result<Option<Portfolio>> {
        loop {
            let Some(id) = self.page.next() else {
                if !self.more {
                    return Ok(None);
                }
                let page = tracker.0.store.portfolios(&self.query).await?;
                let ids: Vec<_> = page.items.iter().map(|summary| summary.id).collect();
                self.query.after = ids.last().copied().or(self.query.after);
                (self.page, self.more) = (ids.into_iter(), page.more);
                continue;
            };
            match tracker.0.store.portfolio(&self.query.owner, id).await {
                Ok(portfolio) => return Ok(Some(portfolio)),
                // It was removed since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
}
