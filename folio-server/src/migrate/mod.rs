//! Copies everything from one store into another, and makes sure that it arrived.
//!
//! The copy is exact and can be repeated: what is there already is left, what changed at the source since is
//! brought over. Open work comes along as it is, since all of it is in records; nothing of it runs twice as
//! long as no server runs on the source any more.

mod copy;
mod kinds;
mod marker;
mod run;
mod verify;

pub use kinds::{LEFT_BEHIND, record_kinds};
pub use marker::begin_serving;
pub use run::{Progress, Report, Side, Step, migrate};
