#![doc = include_str!("../README.md")]

mod assets;
mod config;
mod encode;
mod error;
mod held;
mod ops;
mod portfolios;
mod schema;
mod statements;
mod store;
mod valuations;

pub use config::MongoConfig;
pub use schema::Migrate;
pub use store::MongoStore;
