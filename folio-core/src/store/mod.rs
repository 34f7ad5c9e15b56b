//! The traits that a database is put behind: portfolios, snapshots, and the small records of running.
//!
//! A backend implements the three; [`Store`] is their sum and comes by itself. Who keeps only snapshots
//! implements [`ValuationStore`] alone.

mod books;
mod histories;
mod kinds;
mod manual;
mod notifications;
mod ops;
mod portfolios;
mod splits;
mod valuations;

pub use books::Books;
pub(crate) use histories::{KeptHistory, StoredHistories};
pub use kinds::RECORD_KINDS;
pub use manual::{ManualPrices, Manuals};
pub use notifications::{NOTIFICATIONS_KEPT, NotificationQuery, Notifications};
pub use ops::{NewRecord, OpsStore, Record, RecordKind, Row, Scan, Table, Versioned, owner_prefix};
pub use portfolios::{HeldAsset, IdRange, Page, PortfolioQuery, PortfolioStore, PortfolioSummary};
pub use splits::Splits;
pub use valuations::{Inserted, NewSnapshot, SnapshotQuery, SnapshotTotals, TotalsQuery, ValuationStore};

/// Everything that folio keeps.
pub trait Store: PortfolioStore + ValuationStore + OpsStore {}

impl<S: PortfolioStore + ValuationStore + OpsStore + ?Sized> Store for S {}
