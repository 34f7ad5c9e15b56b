//! Events, and how they are written.

use std::fmt;

use bytes::Bytes;
use folio_core::{Error, ErrorKind, Result};
use serde::Serialize;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A price is another.
    Quote,
    /// A portfolio has a new snapshot.
    Valuation,
    /// The owner was told something, or a delivery of it got further.
    Notification,
    /// A job got further.
    Job,
    /// More happened than is told one by one: whoever listens reads everything again.
    Reset,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Quote, Self::Valuation, Self::Notification, Self::Job, Self::Reset];

    /// The word for the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Valuation => "valuation",
            Self::Notification => "notification",
            Self::Job => "job",
            Self::Reset => "reset",
        }
    }
}

/// Why whoever listens reads everything again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    /// They were away for too long, or nobody knows what they know.
    TooLongAgo,
    /// Too much happened at once.
    TooMuch,
}

#[derive(Serialize)]
struct Reset {
    reason: Cause,
}

/// Something that happened, with its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) kind: Kind,
    pub(super) data: String,
}

impl Event {
    /// An event with what the REST API says of the same thing.
    pub(super) fn new<T: Serialize>(kind: Kind, body: &T) -> Result<Self> {
        let data = serde_json::to_string(body)
            .map_err(|error| Error::new(ErrorKind::Internal, "an event cannot be written").with_source(error))?;
        Ok(Self { kind, data })
    }

    /// That everything is to be read again.
    pub(super) fn reset(reason: Cause) -> Result<Self> {
        Self::new(Kind::Reset, &Reset { reason })
    }

    /// As it goes to a client. JSON has no line ends, so it is one line of data.
    pub(super) fn block(&self, id: Option<&EventId>) -> Bytes {
        let mut text = String::with_capacity(self.data.len() + 64);
        if let Some(id) = id {
            text.push_str(&format!("id: {id}\n"));
        }
        text.push_str("event: ");
        text.push_str(self.kind.as_str());
        text.push_str("\ndata: ");
        text.push_str(&self.data);
        text.push_str("\n\n");
        text.into()
    }
}

/// How far a client is: everything up to a number in one process's log, which is everything that was there to be
/// seen at an instant, for every other process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId {
    /// The instant in milliseconds.
    pub at: i64,
    /// The number in the log.
    pub number: u64,
    /// The log.
    pub log: u32,
}

impl EventId {
    /// Reads what was written; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let id = Self {
            at: parts.next()?.parse().ok().filter(|at| *at >= 0)?,
            number: parts.next()?.parse().ok()?,
            log: u32::from_str_radix(parts.next()?, 16).ok()?,
        };
        (parts.next().is_none() && id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:08x}", self.at.max(0), self.number, self.log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_nothing_else_does() {
        let id = EventId {
            at: 1_772_618_400_000,
            number: 7,
            log: 0xbeef,
        };
        assert_eq!(id.to_string(), "1772618400000-7-0000beef");
        assert_eq!(EventId::parse("1772618400000-7-0000beef"), Some(id));
        for text in [
            "",
            "1",
            "1-2",
            "1-2-3",
            "-1-2-00000003",
            "1-2-0000000g",
            "1-2-00000003-4",
            "+1-2-00000003",
            "01-2-00000003",
            "1-2-0000BEEF",
        ] {
            assert_eq!(EventId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_block_is_what_browsers_read() {
        let id = EventId {
            at: 1,
            number: 2,
            log: 3,
        };
        let event = Event::new(Kind::Job, &serde_json::json!({"detail": "two\nlines"})).unwrap();
        assert_eq!(
            event.block(Some(&id)),
            "id: 1-2-00000003\nevent: job\ndata: {\"detail\":\"two\\nlines\"}\n\n"
        );
        let reset = Event::reset(Cause::TooLongAgo).unwrap();
        assert_eq!(
            reset.block(None),
            "event: reset\ndata: {\"reason\":\"too_long_ago\"}\n\n"
        );
    }
}
