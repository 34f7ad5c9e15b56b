use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use folio_core::conformance::{self, NotifierFixture};
use folio_core::{Delivery, Error, ErrorKind, Notification, Notifier, Result};
use uuid::Uuid;

use super::{check, failures};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    LosesOne,
    RefusesGains,
    ShowsSecretInDebug,
    ShowsSecretInError,
    SwallowsFailures,
    TellsTwice,
}

struct Faulty {
    fault: Fault,
    fails: bool,
    told: Arc<Mutex<Vec<Uuid>>>,
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.fault == Fault::ShowsSecretInDebug {
            "s3cret"
        } else {
            "…"
        };
        write!(f, "Faulty({secret})")
    }
}

#[async_trait]
impl Notifier for Faulty {
    fn channel(&self) -> &str {
        "faulty"
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        if self.fails && self.fault != Fault::SwallowsFailures {
            let detail = if self.fault == Fault::ShowsSecretInError {
                "https://x/?token=s3cret"
            } else {
                "x"
            };
            return Err(Error::new(ErrorKind::Unavailable, "no answer").with_context("address", detail));
        }
        if self.fault == Fault::RefusesGains && notification.kind == folio_core::NotificationKind::GainAlert {
            return Err(Error::invalid("no gains"));
        }
        let mut told = self.told.lock().unwrap();
        let lost = self.fault == Fault::LosesOne && notification.message == "3";
        if !lost && (self.fault == Fault::TellsTwice || !told.contains(&notification.id)) {
            told.push(notification.id);
        }
        Ok(Delivery::default())
    }
}

#[tokio::test]
async fn every_fault_of_a_notifier_is_named() {
    let suite = |fault| {
        let told = Arc::new(Mutex::new(Vec::new()));
        let channel = |fails| {
            Arc::new(Faulty {
                fault,
                fails,
                told: told.clone(),
            })
        };
        let fixture = NotifierFixture::new(channel(false))
            .with_failing(channel(true))
            .with_secret("s3cret");
        let fixture = fixture.with_told(move |id| told.lock().unwrap().iter().filter(|told| **told == id).count());
        failures(conformance::notifier(fixture))
    };
    assert_eq!(suite(Fault::None).await, Default::default());
    for (fault, wanted) in [
        (Fault::LosesOne, "concurrent_notifications_all_arrive"),
        (Fault::RefusesGains, "every_notification_is_taken"),
        (Fault::ShowsSecretInDebug, "no_secret_shows"),
        (Fault::ShowsSecretInError, "a_failure_is_an_error"),
        (Fault::SwallowsFailures, "a_failure_is_an_error"),
        (Fault::TellsTwice, "a_repeated_notification_is_told_once"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}
