//! The queue on Redis, shared by all processes of a fleet.
//!
//! apalis runs the workers. What lies in Redis is ours: apalis' own format for it stops for good when
//! thousands of tasks fall to one worker or fall due together, ends a worker over one task that another
//! has taken, over one whose data is gone and at each restart of the server, and compares the clocks
//! of machines. There are five keys, and one script for each thing that must be done whole:
//!
//! | key | holds |
//! |---|---|
//! | `{name}:waiting` | a list of deliveries, the next one first |
//! | `{name}:known` | each delivery that is not forgotten, with how often its worker died |
//! | `{name}:held:WORKER` | the deliveries that a worker has |
//! | `{name}:workers` | the workers, with their last sign of life by the server's clock |
//! | `{name}:done` | finished deliveries, with the time |
//!
//! A delivery is its own id: its row and its attempt. The braces keep all keys of a queue on one node of
//! a cluster.

mod config;
mod connection;
mod keeper;
mod keys;
mod queue;
mod watch;

pub use config::RedisQueueConfig;
pub use queue::RedisQueue;
