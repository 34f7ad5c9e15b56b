//! What the store promises, in one program: it is linked once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what it does not expect"
)]

mod budget;
mod common;
mod conformance;
mod differential;
mod faults;
mod processes;
mod rates;
