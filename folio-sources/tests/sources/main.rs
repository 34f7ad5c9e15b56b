//! The sources against a server on this machine; every price here is invented.

mod coingecko;
mod configuration;
mod conformance;
mod frankfurter;
mod http;
mod matrix;
mod recorded;
mod server;
mod support;
mod vendor_bodies;
mod yahoo;
