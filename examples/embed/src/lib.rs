//! folio inside another program, in two ways: the valuation alone, and the tracker around it.

mod pure;
mod report;
mod tracked;

pub use pure::pure;
pub use report::report;
pub use tracked::tracked;

/// The code in the README at the top.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

/// The code in the README of folio-core.
#[cfg(doctest)]
#[doc = include_str!("../../../folio-core/README.md")]
pub struct CoreReadme;
