//! No calls for a while after a vendor's front door was shut.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long the circuit is open the first time.
const FIRST: SignedDuration = SignedDuration::from_mins(15);
/// The longest time that it is open.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Open for 15 minutes after a block, twice as long after each further one, closed by an answer.
#[derive(Debug, Default)]
pub(crate) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open_until: Option<Timestamp>,
    blocks: u32,
}

impl Circuit {
    /// How long no call may be made; `None` when one may.
    pub(crate) fn wait(&self, now: Timestamp) -> Option<Duration> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = state.open_until.filter(|until| *until > now)?;
        Duration::try_from(until.duration_since(now)).ok()
    }

    /// Notes a block and returns how long the circuit is open. Calls that were under way together count
    /// as one.
    pub(crate) fn open(&self, now: Timestamp) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = match state.open_until.filter(|until| *until > now) {
            Some(until) => until,
            None => {
                let factor = 1 << state.blocks.min(7);
                state.blocks += 1;
                now + (FIRST * factor).min(LONGEST)
            }
        };
        state.open_until = Some(until);
        Duration::try_from(until.duration_since(now)).unwrap_or_default()
    }

    /// Notes an answer.
    pub(crate) fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_doubles_the_wait_until_an_answer_comes() {
        let circuit = Circuit::default();
        let mut now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        assert_eq!(circuit.wait(now), None);
        for minutes in [15, 30, 60, 120, 240, 480, 960, 1440, 1440] {
            let wait = circuit.open(now);
            assert_eq!(wait, Duration::from_secs(minutes * 60));
            assert_eq!(circuit.open(now), wait, "a second call that was under way");
            assert_eq!(circuit.wait(now), Some(wait));
            now += SignedDuration::try_from(wait).unwrap();
            assert_eq!(circuit.wait(now), None);
        }
        circuit.close();
        assert_eq!(circuit.open(now), Duration::from_secs(15 * 60));
    }
}
