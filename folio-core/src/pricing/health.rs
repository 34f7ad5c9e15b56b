//! How each source has been doing: a failed one is left alone for a moment and says until when.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::asset::AssetClass;
use crate::quote::{Reason, SourceId, Unpriced};
use crate::source::{BudgetState, is_waiting};
use crate::{Error, ErrorKind};

/// How long a source that failed as a whole is not asked again.
const REST: SignedDuration = SignedDuration::from_secs(5);

/// When a key whose turn did not come is asked for again, where the budget does not say: its window.
pub(crate) const NEXT_TURN: SignedDuration = SignedDuration::from_secs(60);

/// What an operator wants to know of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// The source.
    pub id: SourceId,
    /// What it prices.
    pub classes: Vec<AssetClass>,
    /// Whether its last answer was one; a source that was not asked yet counts as healthy.
    pub healthy: bool,
    /// When it last gave a price.
    pub last_success_at: Option<Timestamp>,
    /// What it last said instead of one, if that was later.
    pub last_error: Option<String>,
    /// When it said that.
    pub last_error_at: Option<Timestamp>,
    /// What is left of its budget of calls.
    pub budget: Option<BudgetState>,
    /// When it is asked again.
    pub retry_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct State {
    last_success_at: Option<Timestamp>,
    last_error: Option<(Timestamp, String)>,
    rests: Option<(Timestamp, Unpriced)>,
}

/// The outcome of keys that were not asked for because folio's own budget of calls is used up, if that is
/// what an error says. It says nothing of the source, which is as healthy as before.
pub(crate) fn not_asked(error: &Error, now: Timestamp) -> Option<Unpriced> {
    if !is_waiting(error) {
        return None;
    }
    let delay = error
        .retry_after()
        .and_then(|delay| SignedDuration::try_from(delay).ok())
        .unwrap_or(NEXT_TURN);
    let failure = Unpriced::new(Reason::Pending, error.message());
    Some(failure.until(now.checked_add(delay).ok()))
}

/// The health of one source.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<State>);

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the source is not to be asked at this moment.
    pub(crate) fn rests(&self, now: Timestamp) -> Option<Unpriced> {
        self.state()
            .rests
            .as_ref()
            .filter(|(until, _)| *until > now)
            .map(|(_, failure)| failure.clone())
    }

    /// What the last failure as a whole was the outcome of, if nothing has succeeded since.
    pub(crate) fn last_failure(&self) -> Option<Unpriced> {
        self.state().rests.as_ref().map(|(_, failure)| failure.clone())
    }

    pub(crate) fn succeeded(&self, now: Timestamp) {
        let mut state = self.state();
        state.last_success_at = Some(now);
        state.last_error = None;
        state.rests = None;
    }

    /// Notes that nothing could be said of any key, and answers it as the outcome of each.
    pub(crate) fn failed(&self, error: &Error, now: Timestamp) -> Unpriced {
        let reason = match error.kind() {
            ErrorKind::RateLimited => Reason::RateLimited,
            ErrorKind::Timeout => Reason::Timeout,
            ErrorKind::NotConfigured | ErrorKind::Unauthenticated | ErrorKind::PermissionDenied => {
                Reason::NotConfigured
            }
            _ => Reason::Unavailable,
        };
        let asked = error
            .retry_after()
            .and_then(|delay| SignedDuration::try_from(delay).ok());
        let until = now.checked_add(asked.unwrap_or(REST).max(REST)).unwrap_or(now);
        let failure = Unpriced::new(reason, error.message()).until(Some(until));
        let mut state = self.state();
        state.last_error = Some((now, error.message().to_owned()));
        state.rests = Some((until, failure.clone()));
        failure
    }

    pub(crate) fn status(
        &self,
        id: SourceId,
        classes: Vec<AssetClass>,
        budget: Option<BudgetState>,
        now: Timestamp,
    ) -> SourceStatus {
        let state = self.state();
        let rests = state
            .rests
            .as_ref()
            .map(|(until, _)| *until)
            .filter(|until| *until > now);
        SourceStatus {
            id,
            classes,
            healthy: state.last_error.is_none(),
            last_success_at: state.last_success_at,
            last_error: state.last_error.as_ref().map(|(_, error)| error.clone()),
            last_error_at: state.last_error.as_ref().map(|(at, _)| *at),
            budget,
            retry_at: rests.max(budget.and_then(|budget| budget.retry_at)),
        }
    }
}
