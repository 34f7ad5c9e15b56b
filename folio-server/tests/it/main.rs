//! The server as a client sees it: the router driven without sockets, and the real binary.

mod auth;
mod command_line;
mod configuration;
mod conventions;
mod documents;
mod holdings;
mod jobs;
mod owners;
mod portfolios;
mod prices;
mod process;
mod support;
mod valuations;
