//! The channels against real receivers on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what helps a test fails it, as the test itself would"
)]

mod answers;
mod configuration;
mod conformance;
mod console;
mod email;
mod log;
mod ntfy;
mod outbound;
mod pki;
mod program;
mod secrets;
mod server;
mod support;
mod webhook;
