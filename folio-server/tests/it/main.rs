//! The server as a client sees it: the router driven without sockets, and the real binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod alerts;
mod assets;
mod auth;
mod command_line;
mod command_line_alerts;
mod command_line_channels;
mod configuration;
mod conventions;
mod deploy;
mod documents;
mod faults;
mod fleet;
mod history;
mod holdings;
mod jobs;
mod manual;
mod migrate;
mod notifications;
mod owners;
mod portfolios;
mod prices;
mod process;
mod quarantine;
mod queue_page;
mod shared;
mod summary;
mod support;
mod transfer;
mod valuations;
