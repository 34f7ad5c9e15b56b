//! Which workers have fallen silent.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::queue::worker::{HEARTBEAT, MISSED};

const SILENCE: Duration = HEARTBEAT.saturating_mul(MISSED as u32);

/// What a worker has seen of the others.
///
/// A worker is dead when it was seen without a new sign of life for the whole of [`SILENCE`], by somebody
/// who could have seen one: clocks need not agree, and nobody is dead because the server was away.
#[derive(Debug, Default)]
pub(super) struct Watch(HashMap<String, (String, Instant)>);

impl Watch {
    /// Takes in the others' signs of life at `now`, and returns those that are dead with their last ones.
    pub(super) fn look(&mut self, others: Vec<(String, String)>, now: Instant) -> Vec<(String, String)> {
        let mut seen = HashMap::with_capacity(others.len());
        let mut dead = Vec::new();
        for (worker, sign) in others {
            let since = match self.0.get(&worker) {
                Some((last, since)) if *last == sign => *since,
                _ => now,
            };
            if now.duration_since(since) >= SILENCE {
                dead.push((worker.clone(), sign.clone()));
            }
            seen.insert(worker, (sign, since));
        }
        self.0 = seen;
        dead
    }

    /// Begins anew, since there was a time in which nobody could be seen.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_that_was_seen_counts() {
        let start = Instant::now();
        let mut watch = Watch::default();
        let mut look = |seconds: u64, signs: &[(&str, &str)]| -> Vec<String> {
            let others = signs
                .iter()
                .map(|(name, sign)| ((*name).to_owned(), (*sign).to_owned()));
            let dead = watch.look(others.collect(), start + Duration::from_secs(seconds));
            dead.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(look(0, &[("a", "1"), ("b", "1")]), [""; 0]);
        assert_eq!(look(4, &[("a", "2"), ("b", "1")]), [""; 0]);
        assert_eq!(look(6, &[("a", "2"), ("b", "1"), ("c", "1")]), ["b"]);
        assert_eq!(look(9, &[("a", "3"), ("c", "1")]), [""; 0], "b is gone");
        assert_eq!(look(12, &[("a", "3"), ("b", "1"), ("c", "1")]), ["c"], "b is new");
        watch.forget();
        assert_eq!(watch.look(vec![("a".into(), "3".into())], start + SILENCE * 9), []);
    }
}
