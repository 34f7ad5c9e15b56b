//! The server as a client sees it: the router driven without sockets, and the real binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

mod alerts;
mod assets;
mod auth;
mod bad_day;
mod command_line;
mod command_line_alerts;
mod command_line_channels;
mod configuration;
mod conventions;
mod deploy;
mod documents;
mod events;
mod faults;
mod fleet;
mod history;
mod holdings;
mod jobs;
mod manual;
mod migrate;
mod notifications;
mod oracle;
mod owners;
mod page;
mod portfolios;
mod prices;
mod process;
mod quarantine;
mod queue_page;
mod readme;
mod shared;
mod summary;
mod support;
mod transfer;
mod valuations;
