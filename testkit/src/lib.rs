//! Real servers for tests: each on a free port, in a directory of its own, and gone with the value.
//!
//! A server that cannot be started fails the test: a test that needs it is never skipped. The servers die
//! with the process that started them, however that ends.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what tests are made of fails as tests do"
)]

mod mongo;
mod process;
mod proxy;
mod redis_cluster;
mod redis_server;

pub use mongo::Mongod;
pub use process::free_port;
pub use proxy::{Fault, Proxy};
pub use redis_cluster::RedisCluster;
pub use redis_server::RedisServer;
