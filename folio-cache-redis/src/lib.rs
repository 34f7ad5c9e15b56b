#![doc = include_str!("../README.md")]

mod budget;
mod cache;
mod config;
mod connection;
mod driver;
mod error;
mod keys;

pub use budget::RedisBudget;
pub use cache::RedisCache;
pub use config::RedisConfig;
pub use connection::{Redis, RedisHealth};
