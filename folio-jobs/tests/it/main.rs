//! What the jobs promise, one module a promise, in one program: it is linked once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

mod alert_crashes;
mod alert_data;
mod alerts;
mod chaos;
mod crashes;
mod deliveries;
mod drain;
mod failures;
mod fleet;
mod jobs;
mod manual_prices;
mod overview;
mod processes;
mod queue_redis;
mod queue_sqlite;
mod services;
mod support;
mod throughput;
mod ticks;
