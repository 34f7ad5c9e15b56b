//! Answers that a vendor lets one keep: taken again while they are fresh, and confirmed by their `ETag`
//! after that.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue};
use url::Url;

use super::client::Reply;

/// How many answers are kept; the oldest makes room.
const ENTRIES: usize = 16;
/// The longest answer that is kept, in bytes.
const LONGEST: usize = 256 * 1024;
/// How long an answer is fresh at most, whatever the vendor says.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// What an answer's headers say of keeping it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    etag: Option<HeaderValue>,
    fresh: SignedDuration,
}

impl Terms {
    /// Reads `ETag` and `Cache-Control`; of an answer that must not be stored nothing is kept.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let control = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
        let control = control.unwrap_or_default().to_ascii_lowercase();
        let mut terms = Self {
            etag: headers.get(ETAG).cloned(),
            fresh: SignedDuration::ZERO,
        };
        let mut revalidate = false;
        for directive in control.split(',').map(str::trim) {
            match directive.split_once('=').unwrap_or((directive, "")) {
                ("no-store", _) => return Self::default(),
                ("no-cache", _) => revalidate = true,
                ("max-age", seconds) => {
                    let seconds = seconds.trim_matches('"').parse().unwrap_or(0_u32);
                    terms.fresh = SignedDuration::from_secs(seconds.into()).min(FRESH);
                }
                _ => {}
            }
        }
        if revalidate {
            terms.fresh = SignedDuration::ZERO;
        }
        terms
    }

    /// Those of an answer that is confirmed: the vendor need not repeat what it is known by.
    pub(super) fn confirming(mut self, etag: HeaderValue) -> Self {
        self.etag.get_or_insert(etag);
        self
    }

    fn allow_keeping(&self) -> bool {
        self.etag.is_some() || self.fresh.is_positive()
    }
}

#[derive(Debug)]
struct Entry {
    url: Url,
    etag: Option<HeaderValue>,
    fresh_until: Timestamp,
    reply: Reply,
}

/// The answers of one source.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<VecDeque<Entry>>);

impl Memory {
    /// The answer to the same question, if the vendor says that it still holds.
    pub(super) fn fresh(&self, url: &Url, now: Timestamp) -> Option<Reply> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries
            .iter()
            .find(|entry| entry.url == *url && now < entry.fresh_until)?;
        Some(entry.reply.clone())
    }

    /// An earlier answer to the same question, and what the vendor knows it by.
    pub(super) fn known(&self, url: &Url) -> Option<(HeaderValue, Reply)> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.iter().find(|entry| entry.url == *url)?;
        Some((entry.etag.clone()?, entry.reply.clone()))
    }

    /// Keeps an answer that was understood, in the place of an earlier one.
    pub(super) fn keep(&self, url: &Url, terms: Terms, reply: &Reply, now: Timestamp) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.url != *url);
        if reply.status != 200 || reply.body.len() > LONGEST || !terms.allow_keeping() {
            return;
        }
        entries.truncate(ENTRIES - 1);
        entries.push_front(Entry {
            url: url.clone(),
            etag: terms.etag,
            fresh_until: now.checked_add(terms.fresh).unwrap_or(now),
            reply: reply.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn headers(control: &'static str, etag: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(control));
        headers.extend(etag.map(|etag| (ETAG, HeaderValue::from_static(etag))));
        headers
    }

    #[test]
    fn terms_are_read_from_the_headers() {
        let check = |control: &'static str, seconds: i64, kept: bool| {
            let terms = Terms::read(&headers(control, Some("\"v1\"")));
            assert_eq!(
                (terms.fresh.as_secs(), terms.allow_keeping()),
                (seconds, kept),
                "{control}"
            );
        };
        check("", 0, true);
        check("public, max-age=600", 600, true);
        check("Max-Age=600, must-revalidate", 600, true);
        check("max-age=86400", 3600, true);
        check("max-age=600, no-cache", 0, true);
        check("no-cache, max-age=600", 0, true);
        check("max-age=600, no-store", 0, false);
        check("max-age=-1", 0, true);
        assert!(!Terms::read(&headers("max-age=0", None)).allow_keeping());
        assert!(Terms::read(&headers("max-age=5", None)).allow_keeping());
    }

    #[test]
    fn a_few_short_answers_are_kept() {
        let (memory, now) = (Memory::default(), Timestamp::UNIX_EPOCH);
        let url = |n: usize| Url::parse(&format!("https://example.org/{n}")).unwrap();
        let reply = |status: u16, length: usize| Reply {
            status,
            body: Bytes::from(vec![b'x'; length]),
            retry_after: None,
        };
        let terms = Terms::read(&headers("max-age=5", Some("\"v1\"")));
        for n in 0..20 {
            memory.keep(&url(n), terms.clone(), &reply(200, 3), now);
        }
        let known: Vec<_> = (0..20).filter(|n| memory.known(&url(*n)).is_some()).collect();
        assert_eq!(known, (4..20).collect::<Vec<_>>());
        assert!(memory.fresh(&url(19), now).is_some());
        assert!(memory.fresh(&url(19), now + SignedDuration::from_secs(5)).is_none());
        // An answer that is not kept takes the place of the earlier one all the same.
        for unfit in [reply(500, 3), reply(200, LONGEST + 1)] {
            memory.keep(&url(19), terms.clone(), &reply(200, 3), now);
            memory.keep(&url(19), terms.clone(), &unfit, now);
            assert!(memory.known(&url(19)).is_none());
        }
    }
}
