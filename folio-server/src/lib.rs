//! The folio server and command line: REST over the use cases of `folio-core`, and the wiring of the parts.
//!
//! Everything is in the library, so that tests drive the router without sockets; the binary `folio`
//! only calls [`cli::main`].

pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod cursor;
pub mod dto;
pub mod error;
pub mod events;
pub mod gate;
pub mod hosts;
pub mod idempotency;
pub mod input;
pub mod logging;
pub mod metrics;
pub mod migrate;
pub mod openapi;
pub mod page;
pub mod precondition;
pub mod presence;
pub mod query;
mod reader;
pub mod routes;
pub mod server;
pub mod wiring;
