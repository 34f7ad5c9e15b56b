//! The sources against a server on this machine; every price here is invented.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what helps a test fails it, as the test itself would"
)]

mod coingecko;
mod coingecko_plans;
mod configuration;
mod conformance;
mod ecb;
mod feed;
mod frankfurter;
mod http;
mod iex;
mod log;
mod matrix;
mod recorded;
mod server;
mod support;
mod twelvedata;
mod vendor_bodies;
mod yahoo;
