//! A fleet of real processes on one store and one Redis, killed, frozen and cut off: what it promises holds.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what a test cannot set up fails it"
)]

mod deadly;
mod fleet;
mod kills;
mod member;
mod outages;
mod schedulers;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
