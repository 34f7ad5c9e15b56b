//! What Redis and the way to it report, in words that somebody can act on.

use folio_core::{Error, ErrorKind};
use redis::{ErrorKind as Kind, RedisError, ServerErrorKind};

/// The error that a caller sees. Whoever has a cache that fails goes on without it, so each may be tried again.
pub(crate) fn failure(error: &RedisError) -> Error {
    let text = text(error);
    let kind = if error.is_timeout() {
        ErrorKind::Timeout
    } else {
        ErrorKind::Unavailable
    };
    Error::new(kind, text).with_source(error.clone())
}

pub(crate) fn late() -> Error {
    Error::new(ErrorKind::Timeout, "Redis does not answer in time")
}

/// What is wrong, for the operator. Redis repeats no password.
fn text(error: &RedisError) -> String {
    if error.is_timeout() {
        return "Redis does not answer in time".to_owned();
    }
    if error.is_connection_refusal() {
        return "nobody listens at the address of Redis".to_owned();
    }
    match error.code() {
        Some("NOAUTH") => return "Redis asks for a password".to_owned(),
        Some("WRONGPASS") => return "Redis refuses the user or the password".to_owned(),
        Some("OOM") => return "Redis is full and evicts nothing: set maxmemory-policy".to_owned(),
        _ => {}
    }
    match error.kind() {
        Kind::AuthenticationFailed => "Redis refuses the user or the password".to_owned(),
        Kind::Server(ServerErrorKind::BusyLoading) => "Redis still reads its files".to_owned(),
        Kind::Server(ServerErrorKind::NoPerm) => "Redis does not permit this user the command".to_owned(),
        Kind::Server(ServerErrorKind::ClusterDown) => "the Redis cluster is down".to_owned(),
        _ => format!("Redis cannot be used: {error}"),
    }
}

/// Whether the next call would fail as well, so that nobody should make it before the connection is a new one.
pub(crate) fn breaks(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_unrecoverable_error()
        || matches!(
            error.kind(),
            Kind::ClusterConnectionNotFound
                | Kind::AuthenticationFailed
                | Kind::Parse
                | Kind::Server(
                    ServerErrorKind::BusyLoading
                        | ServerErrorKind::MasterDown
                        | ServerErrorKind::ClusterDown
                        | ServerErrorKind::ReadOnly
                )
        )
}
