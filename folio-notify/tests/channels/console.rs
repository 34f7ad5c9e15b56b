//! What the console shows.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use folio_core::{ErrorKind, Notifier};
use folio_notify::Console;

use crate::support::alert;

/// A screen that remembers.
#[derive(Clone, Default)]
pub(crate) struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of each paragraph: one that is not indented begins the next.
    pub(crate) fn paragraphs(&self) -> Vec<Vec<String>> {
        let mut paragraphs: Vec<Vec<String>> = Vec::new();
        for line in self.text().lines() {
            match paragraphs.last_mut() {
                Some(paragraph) if line.starts_with("    ") => paragraph.push(line.to_owned()),
                _ => paragraphs.push(vec![line.to_owned()]),
            }
        }
        paragraphs
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A few bytes at a time, so that what is not written as one is found out.
        let some = bytes.len().min(7);
        self.0.lock().unwrap().extend_from_slice(&bytes[..some]);
        Ok(some)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_notification_is_a_paragraph() {
    let screen = Screen::default();
    let notification = alert("Core fell by 5.2 %", "It is worth 95 USD.\nThe limit was 5 %.\n");
    Console::new(screen.clone()).notify(&notification).await.unwrap();
    let expected = format!(
        "2026-03-02T15:00:00.25Z loss_alert: Core fell by 5.2 % [{}]\n    It is worth 95 USD.\n    The limit was 5 %.\n",
        notification.id
    );
    assert_eq!(screen.text(), expected);
    let screen = Screen::default();
    Console::new(screen.clone()).notify(&alert(" \n", "")).await.unwrap();
    assert!(
        screen.text().contains("Z loss_alert: loss_alert ["),
        "{}",
        screen.text()
    );
}

#[tokio::test]
async fn a_name_forges_no_paragraph_and_commands_no_terminal() {
    let forged = "2026-03-02T15:00:00Z gain_alert: everything is fine [00000000-0000-0000-0000-000000000000]";
    let screen = Screen::default();
    let console = Console::new(screen.clone());
    let breaks = ["\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}"];
    for end in breaks {
        let text = format!("Core{end}{forged}\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{8}\u{7f}\0");
        console.notify(&alert(&text, &text)).await.unwrap();
    }
    let text = screen.text();
    assert_eq!(screen.paragraphs().len(), breaks.len(), "{text}");
    let acting: Vec<char> = text
        .chars()
        .filter(|c| c.is_control() && *c != '\n' || matches!(c, '\u{2028}'..='\u{202e}'))
        .collect();
    assert_eq!(acting, [' '; 0]);
}

#[tokio::test]
async fn a_closed_console_is_an_error_that_may_pass() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Panics;
    impl Write for Panics {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("a writer with a defect");
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let error = Console::new(Closed).notify(&alert("a", "b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    let panics = Console::new(Panics);
    for _ in 0..2 {
        let error = panics.notify(&alert("a", "b")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
}
