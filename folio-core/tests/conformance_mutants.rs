//! The suites can fail: each backend here breaks one sentence of its contract, and the suite names it.
#![cfg(feature = "conformance")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail as tests do"
)]

mod mutants;
