//! The console.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{Delivery, Error, ErrorKind, Notification, Notifier, Result};
use tokio::sync::Mutex;

use crate::text::{lines, title};

/// Writes each notification as a paragraph: a line with the time, the kind, the title and the id, then the
/// message, indented.
///
/// What a person wrote, the name of a portfolio say, can neither begin a paragraph nor act on a terminal.
#[derive(Clone)]
pub struct Console(Arc<Mutex<Box<dyn Write + Send>>>);

impl Console {
    /// Writes to the standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }

    /// Writes to `writer`, which is flushed after each notification.
    #[must_use]
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(writer))))
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

#[async_trait]
impl Notifier for Console {
    fn channel(&self) -> &str {
        "console"
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let paragraph = paragraph(notification);
        // Whoever waits for a pipe that nobody reads waits here, and can be given up.
        let mut writer = self.0.clone().lock_owned().await;
        let written = tokio::task::spawn_blocking(move || {
            writer.write_all(paragraph.as_bytes())?;
            writer.flush()
        });
        let failed = |why: String| {
            Error::new(
                ErrorKind::Unavailable,
                format!("the console cannot be written to: {why}"),
            )
            .with_operation("console.notify")
        };
        match written.await {
            Ok(Ok(())) => Ok(Delivery::default()),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

fn paragraph(notification: &Notification) -> String {
    let mut text = format!(
        "{} {}: {} [{}]\n",
        notification.created_at,
        notification.kind,
        title(notification),
        notification.id
    );
    for line in lines(&notification.message) {
        text.push_str("    ");
        text.push_str(&line);
        text.push('\n');
    }
    text
}
