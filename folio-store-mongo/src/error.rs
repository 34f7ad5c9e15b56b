//! What MongoDB and its driver report, in words that somebody can act on.
//!
//! Codes: <https://github.com/mongodb/mongo/blob/r6.0.5/src/mongo/base/error_codes.yml>.

use std::fmt::Display;
use std::time::Duration;

use folio_core::{Error, ErrorKind};
use mongodb::error::{ErrorKind as DriverKind, InsertManyError, RETRYABLE_WRITE_ERROR, WriteFailure};

/// When a caller may try again: about as long as a replica set takes to notice that its primary is gone.
const DELAY: Duration = Duration::from_secs(2);

/// The code of a document whose unique key is there already.
pub(crate) const DUPLICATE_KEY: i32 = 11_000;
/// The codes of a server that is stepping down, starting, stopping, overloaded or cut off, and of writes that
/// a majority did not confirm in time.
const PASSING: [i32; 27] = [
    6, 7, 24, 46, 50, 64, 89, 91, 100, 112, 133, 134, 146, 189, 202, 216, 262, 317, 384, 9_001, 10_058, 10_107, 11_600,
    11_602, 13_435, 13_436, 14_031,
];
/// The codes of a user who is not known or not allowed.
const REFUSED: [i32; 4] = [13, 18, 31, 8_000];
/// The codes of a document that is larger than the server takes.
const TOO_LARGE: [i32; 4] = [10_334, 17_280, 17_419, 17_420];

/// A call that failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The driver said so.
    Driver(mongodb::error::Error),
    /// It took longer than a call may.
    TimedOut,
}

impl Failed {
    /// Whether a document with the same `_id` is there already, which is all that went wrong.
    pub(crate) fn is_duplicate(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        matches!(&*error.kind, DriverKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE_KEY)
    }

    /// Whether the connection broke, so that the write may or may not have been made, and another try may find out.
    pub(crate) fn is_broken_connection(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        let broken = matches!(
            &*error.kind,
            DriverKind::Io(_) | DriverKind::ConnectionPoolCleared { .. }
        );
        broken || error.contains_label(RETRYABLE_WRITE_ERROR)
    }

    /// The places of the documents of an unordered insert that were there already, if nothing else went wrong.
    pub(crate) fn duplicates(&self) -> Option<Vec<usize>> {
        let Self::Driver(error) = self else { return None };
        let DriverKind::InsertMany(InsertManyError {
            write_errors: Some(errors),
            write_concern_error: None,
            ..
        }) = &*error.kind
        else {
            return None;
        };
        let place = |error: &mongodb::error::IndexedWriteError| (error.code == DUPLICATE_KEY).then_some(error.index);
        errors.iter().map(place).collect()
    }
}

impl From<mongodb::error::Error> for Failed {
    fn from(error: mongodb::error::Error) -> Self {
        Self::Driver(error)
    }
}

/// The error that a caller sees; `place` names servers and database.
pub(crate) fn failure(place: &str, failed: Failed) -> Error {
    match failed {
        Failed::TimedOut => passing(place, "MongoDB did not answer in time"),
        Failed::Driver(error) => driver(place, error),
    }
}

fn driver(place: &str, error: mongodb::error::Error) -> Error {
    let built = match &*error.kind {
        DriverKind::Io(_) | DriverKind::ConnectionPoolCleared { .. } => {
            passing(place, "the connection to MongoDB broke")
        }
        DriverKind::ServerSelection { .. } => {
            passing(place, "MongoDB cannot be reached, or has no primary at the moment")
        }
        DriverKind::DnsResolve { .. } => passing(place, "the name of the MongoDB server cannot be resolved"),
        DriverKind::Shutdown => build(place, ErrorKind::Unavailable, "the store is closed"),
        DriverKind::Authentication { .. } => refused(place),
        DriverKind::InvalidTlsConfig { .. } => build(
            place,
            ErrorKind::NotConfigured,
            "the TLS settings of the address of the store cannot be used",
        ),
        DriverKind::SessionsNotSupported | DriverKind::IncompatibleServer { .. } => build(
            place,
            ErrorKind::NotConfigured,
            "the server is too old: folio needs MongoDB 6 or newer",
        ),
        DriverKind::Command(command) => by_code(place, command.code),
        DriverKind::Write(WriteFailure::WriteError(write)) => by_code(place, write.code),
        DriverKind::Write(WriteFailure::WriteConcernError(_)) => unconfirmed(place),
        DriverKind::InsertMany(many) => match (&many.write_concern_error, &many.write_errors) {
            (Some(_), _) => unconfirmed(place),
            (None, Some(errors)) => {
                let codes = errors.iter().map(|error| error.code);
                let code = codes.max_by_key(|code| *code != DUPLICATE_KEY);
                by_code(place, code.unwrap_or_default())
            }
            (None, None) => internal(place),
        },
        DriverKind::BsonDeserialization(_) | DriverKind::InvalidResponse { .. } => {
            build(place, ErrorKind::CorruptData, "an answer of MongoDB cannot be read")
        }
        _ if error.contains_label(RETRYABLE_WRITE_ERROR) => passing(place, "MongoDB is changing its primary"),
        _ => internal(place),
    };
    built.with_source(error)
}

/// The error of a statement of a command that the server refused with this code.
pub(crate) fn by_code(place: &str, code: i32) -> Error {
    if PASSING.contains(&code) {
        return passing(place, "MongoDB cannot take this at the moment").with_context("code", code);
    }
    if REFUSED.contains(&code) {
        return refused(place);
    }
    if TOO_LARGE.contains(&code) {
        return too_large();
    }
    internal(place).with_context("code", code)
}

/// The error of a write that a majority did not confirm in time; it may be there or not.
pub(crate) fn unconfirmed(place: &str) -> Error {
    passing(
        place,
        "a majority of the MongoDB servers did not confirm the write in time",
    )
}

/// The error of a write of which it cannot be told whether it was made.
pub(crate) fn unknown(place: &str) -> Error {
    passing(
        place,
        "the connection to MongoDB broke and it is not known whether the write was made",
    )
}

/// The error of a document beyond the 16 MiB of MongoDB.
pub(crate) fn too_large() -> Error {
    Error::new(
        ErrorKind::PayloadTooLarge,
        "this is larger than the 16 MiB that MongoDB keeps as one document: shorten notes, or split it",
    )
}

/// The error about a value that was stored and makes no sense.
pub(crate) fn corrupt(what: &str, value: impl Display) -> Error {
    Error::new(ErrorKind::CorruptData, format!("a stored {what} cannot be read back")).with_context("stored", value)
}

fn passing(place: &str, message: &str) -> Error {
    build(place, ErrorKind::Unavailable, message).with_retry_after(DELAY)
}

fn refused(place: &str) -> Error {
    build(
        place,
        ErrorKind::NotConfigured,
        "MongoDB refused the user: check name, password and authSource in the address of the store, and that the user \
         may read, write and make indexes in the database",
    )
}

fn internal(place: &str) -> Error {
    build(place, ErrorKind::Internal, "MongoDB refused a command")
}

fn build(place: &str, kind: ErrorKind, message: &str) -> Error {
    Error::new(kind, message).with_context("mongodb", place)
}
