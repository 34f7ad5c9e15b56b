#![doc = include_str!("../README.md")]

mod config;
mod connections;
mod encode;
mod error;
mod held;
mod ops;
mod portfolios;
mod schema;
mod store;
mod valuations;

pub use config::SqliteConfig;
pub use schema::Migrate;
pub use store::SqliteStore;
