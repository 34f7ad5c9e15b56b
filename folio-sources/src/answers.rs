//! The outcomes of a request for prices while they come in, call by call.

use folio_core::{AssetInfo, Error, PriceKey, Quote, QuoteBatch, Reason, Result, SourceId, Unpriced};
use jiff::Timestamp;

use crate::http::{Failure, FailureKind};

/// One outcome for each key, kept by the key's place in the request.
#[derive(Debug)]
pub(crate) struct Answers {
    keys: Vec<PriceKey>,
    outcomes: Vec<Option<std::result::Result<Quote, Unpriced>>>,
    infos: Vec<AssetInfo>,
    answered: bool,
    failure: Option<Failure>,
}

impl Answers {
    pub(crate) fn new(keys: &[PriceKey]) -> Self {
        Self {
            keys: keys.to_vec(),
            outcomes: vec![None; keys.len()],
            infos: Vec::new(),
            answered: false,
            failure: None,
        }
    }

    /// The vendor said something of the key at `index`.
    pub(crate) fn answer(&mut self, index: usize, outcome: std::result::Result<Quote, Unpriced>) {
        self.answered = true;
        self.set(index, outcome);
    }

    /// The vendor said what an asset of the request is, beside its price.
    pub(crate) fn describe(&mut self, info: AssetInfo) {
        if self.infos.iter().all(|known| known.asset != info.asset) {
            self.infos.push(info);
        }
    }

    /// The key at `index` is nothing that this source prices.
    pub(crate) fn refuse(&mut self, index: usize, why: impl Into<String>) {
        self.set(index, Err(Unpriced::new(Reason::NotConfigured, why)));
    }

    /// The call for the keys at `indices` failed.
    pub(crate) fn fail(&mut self, indices: &[usize], failure: &Failure, now: Timestamp) {
        for index in indices {
            self.set(*index, Err(failure.to_unpriced(now)));
        }
        if failure.is_about_symbol() {
            self.answered = true;
        } else if failure.kind != FailureKind::Waiting && self.failure.is_none() {
            self.failure = Some(failure.clone());
        }
    }

    /// All outcomes in the order asked; an error when calls failed and nothing can be said of any key.
    ///
    /// A request that only waits for its budget is no error: each key then says until when.
    pub(crate) fn finish(self, source: &SourceId) -> Result<QuoteBatch, Error> {
        if let (false, Some(failure)) = (self.answered, self.failure) {
            return Err(failure.into_error(source));
        }
        let missing = || Err(Unpriced::new(Reason::Unavailable, format!("{source} gave no answer")));
        let outcomes = self.keys.into_iter().zip(self.outcomes);
        let outcomes = outcomes.map(|(key, outcome)| (key, outcome.unwrap_or_else(missing)));
        Ok(QuoteBatch::new(outcomes.collect()).with_infos(self.infos))
    }

    fn set(&mut self, index: usize, outcome: std::result::Result<Quote, Unpriced>) {
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = Some(outcome);
        }
    }
}
