//! The suites can fail: each backend here breaks one sentence of its contract, and the suite names it.

#![cfg(feature = "conformance")]
