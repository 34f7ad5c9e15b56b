//! When the market of the file closes.

use folio_core::{Error, Result};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// The time of day at which a day's close becomes known.
///
/// The file has dates and folio wants instants. Without the market's hours a close of today could be
/// taken for a price that is known this morning.
#[derive(Clone, Debug)]
pub struct Closing {
    time: Time,
    zone: TimeZone,
}

impl Closing {
    /// A market that closes at this local time, `"17:30"`, in this IANA zone, `"Europe/Berlin"`.
    ///
    /// # Errors
    /// `InvalidInput` when either is none.
    pub fn new(time: &str, zone: &str) -> Result<Self> {
        Ok(Self {
            time: time
                .parse()
                .map_err(|_| Error::invalid(format!("{time:?} is not a time of day; write 17:30")))?,
            zone: TimeZone::get(zone)
                .map_err(|_| Error::invalid(format!("{zone:?} is not a time zone; write Europe/Berlin")))?,
        })
    }

    /// The instant of the close of a day.
    ///
    /// # Errors
    /// `OutOfRange` on the last days of the year 9999.
    pub fn on(&self, date: Date) -> Result<Timestamp> {
        let close = date.to_datetime(self.time).to_zoned(self.zone.clone());
        Ok(close
            .map_err(|_| Error::out_of_range(format!("{date} is too late a day")))?
            .timestamp())
    }
}
