//! What the cache promises, against a real Redis, in one program: it is linked once.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod budget;
mod common;
mod conformance;
mod outages;
mod pricing;
