//! Live events: what happens to an owner's portfolios, for as long as somebody listens.
//!
//! Work is done by any process, and the store is what all of them share, so a process finds out what to tell by
//! looking at the store. It looks only for owners that somebody listens to, once for all listeners of an owner,
//! with a bounded number of queries. What it finds is compared with what it found before; what differs is an
//! event. So an event may come twice, and none is lost while the process looks.

mod event;
mod feed;
mod log;
mod look;
mod prices;
mod resume;
mod seats;
mod seen;
mod stream;

pub use event::{EventId, Kind};
pub use feed::{Counts, Feed};
pub use stream::Listener;
