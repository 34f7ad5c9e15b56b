//! A channel: notifications as lines of a journal.

use std::sync::Mutex;

use async_trait::async_trait;
use folio_core::{Delivery, Notification, Notifier, Result};

/// Keeps a line for each notification, once however often it is sent.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Vec<(String, String)>>);

impl Journal {
    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        let entries = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        entries.iter().map(|(_, line)| line.clone()).collect()
    }
}

#[async_trait]
impl Notifier for Journal {
    fn channel(&self) -> &str {
        "journal"
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let mut entries = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = notification.id.to_string();
        // The same notification may come again after a crash.
        if entries.iter().all(|(known, _)| *known != id) {
            let line = format!(
                "{} {}: {}",
                notification.created_at, notification.kind, notification.title
            );
            entries.push((id, line));
        }
        Ok(Delivery::default())
    }
}
