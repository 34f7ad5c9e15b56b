//! What a [`Notifier`](crate::Notifier) has to do.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::check::{Failure, Outcome, Suite, at_once, ensure, ensure_eq};
use super::samples::{AWKWARD, at};
use crate::id::{OwnerId, PortfolioId, ValuationId};
use crate::notification::{Notification, NotificationKind, Notifier};

/// A channel and what the suite may know of its other end.
pub struct NotifierFixture {
    notifier: Arc<dyn Notifier>,
    failing: Option<Arc<dyn Notifier>>,
    secrets: Vec<String>,
    told: Option<Box<dyn Fn(Uuid) -> usize + Send + Sync>>,
}

impl NotifierFixture {
    /// A channel whose other end takes what it is sent.
    #[must_use]
    pub fn new(notifier: Arc<dyn Notifier>) -> Self {
        Self {
            notifier,
            failing: None,
            secrets: Vec::new(),
            told: None,
        }
    }

    /// The same with a channel whose other end refuses everything or is not there.
    #[must_use]
    pub fn with_failing(mut self, failing: Arc<dyn Notifier>) -> Self {
        self.failing = Some(failing);
        self
    }

    /// The same with a secret that both channels were given, which must not show.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The same with the other end's memory: how often a person was told the notification with an id, a
    /// receiver that tells repetitions by the id included.
    #[must_use]
    pub fn with_told(mut self, told: impl Fn(Uuid) -> usize + Send + Sync + 'static) -> Self {
        self.told = Some(Box::new(told));
        self
    }

    fn told_once(&self, notifications: &[Notification]) -> Outcome {
        let Some(told) = &self.told else {
            return Ok(());
        };
        for notification in notifications {
            ensure_eq!(
                told(notification.id),
                1,
                "how often the other end was told {}",
                notification.id
            );
        }
        Ok(())
    }

    fn hides(&self, what: &str, text: &str) -> Outcome {
        let shown = self.secrets.iter().any(|secret| text.contains(secret.as_str()));
        ensure!(!shown, "{what} shows a secret");
        Ok(())
    }
}

impl fmt::Debug for NotifierFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotifierFixture")
            .field("notifier", &self.notifier)
            .finish_non_exhaustive()
    }
}

/// Checks a channel.
///
/// # Panics
/// If a check failed, with the names of all that did.
pub async fn notifier(fixture: NotifierFixture) {
    let mut suite = Suite::new("notifier");
    let fixture = &fixture;
    suite
        .check("a_channel_has_one_name", a_channel_has_one_name(fixture))
        .await;
    suite
        .check("every_notification_is_taken", every_notification_is_taken(fixture))
        .await;
    suite
        .check(
            "a_repeated_notification_is_told_once",
            a_repeated_notification_is_told_once(fixture),
        )
        .await;
    suite
        .check(
            "concurrent_notifications_all_arrive",
            concurrent_notifications_all_arrive(fixture),
        )
        .await;
    suite
        .check("a_failure_is_an_error", a_failure_is_an_error(fixture))
        .await;
    suite.check("no_secret_shows", no_secret_shows(fixture)).await;
    suite.finish();
}

fn notification(kind: NotificationKind, message: &str) -> Notification {
    let portfolio_id = PortfolioId::new(at(0));
    Notification::new(Uuid::new_v4(), OwnerId::default(), kind, at(0))
        .with_text(format!("folio: {kind}"), message)
        .with_rule(Uuid::new_v4())
        .with_snapshot(portfolio_id, ValuationId::derived(portfolio_id, at(0)))
}

async fn a_channel_has_one_name(fixture: &NotifierFixture) -> Outcome {
    let name = fixture.notifier.channel();
    // The name is part of the key under which a delivery is kept, and of an address.
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    ensure!(!name.is_empty() && name.chars().all(plain), "channel() is {name:?}");
    ensure_eq!(fixture.notifier.channel(), name, "channel(), asked twice");
    Ok(())
}

async fn every_notification_is_taken(fixture: &NotifierFixture) -> Outcome {
    let long = "Your portfolio fell. ".repeat(100);
    for kind in NotificationKind::ALL {
        for message in ["Core is down 5.2 %.", AWKWARD, &long] {
            let notification = notification(kind, message);
            fixture.notifier.notify(&notification).await?;
            fixture.told_once(&[notification])?;
        }
    }
    Ok(())
}

async fn a_repeated_notification_is_told_once(fixture: &NotifierFixture) -> Outcome {
    let notification = notification(NotificationKind::LossAlert, "Core is down 5.2 %.");
    for _ in 0..3 {
        fixture.notifier.notify(&notification).await?;
    }
    fixture.told_once(&[notification])
}

async fn concurrent_notifications_all_arrive(fixture: &NotifierFixture) -> Outcome {
    let sent: Vec<_> = (0..8)
        .map(|index| notification(NotificationKind::GainAlert, &format!("{index}")))
        .collect();
    let calls = at_once(sent.len(), |index| {
        let (notifier, notification) = (fixture.notifier.clone(), sent[index].clone());
        async move { notifier.notify(&notification).await }
    });
    for call in calls.await? {
        call?;
    }
    fixture.told_once(&sent)
}

async fn a_failure_is_an_error(fixture: &NotifierFixture) -> Outcome {
    let Some(failing) = &fixture.failing else {
        return Ok(());
    };
    match failing.notify(&notification(NotificationKind::LossAlert, "lost")).await {
        Ok(_) => Err(Failure::new(
            "notify() says that a channel took what its other end did not",
        )),
        Err(error) => fixture.hides("the error of notify()", &format!("{error} {error:?}")),
    }
}

async fn no_secret_shows(fixture: &NotifierFixture) -> Outcome {
    for notifier in [Some(&fixture.notifier), fixture.failing.as_ref()]
        .into_iter()
        .flatten()
    {
        fixture.hides("Debug of the channel", &format!("{notifier:?} {notifier:#?}"))?;
        fixture.hides("channel()", notifier.channel())?;
        fixture.hides("destination()", &notifier.destination())?;
    }
    Ok(())
}
