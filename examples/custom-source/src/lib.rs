//! A price feed of one's own: a CSV file behind folio's `PriceSource`.

mod app;
mod closing;
mod feed;
mod file;

pub use app::app;
pub use closing::Closing;
pub use feed::CsvFeed;
pub use file::{Closes, parse};
