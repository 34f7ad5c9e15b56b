//! What the store promises, against a real mongod, in one program: it is linked once.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod common;
mod conformance;
mod differential;
mod faults;
mod processes;
