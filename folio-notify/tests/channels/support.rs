//! What several tests need.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use folio_core::{Clock, Notification, NotificationKind, OwnerId, PortfolioId, SystemClock, ValuationId};
use folio_notify::{Outbound, Resolver};
use uuid::Uuid;

/// A part of every secret of the tests.
pub(crate) const CANARY: &str = "canary7c1f";
/// 32 bytes of which [`CANARY`] is not a part, as base64 does not keep texts.
pub(crate) const SECRET: &str = "whsec_Y2FuYXJ5N2MxZi1pbnZlbnRlZC1zZWNyZXQtMDAwMQ==";
pub(crate) const OTHER_SECRET: &str = "whsec_Y2FuYXJ5N2MxZi1pbnZlbnRlZC1zZWNyZXQtMDAwMg==";

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// A policy that allows this machine.
pub(crate) fn here() -> Outbound {
    Outbound::parse("127.0.0.1, localhost").unwrap()
}

/// A notification about a portfolio.
pub(crate) fn alert(title: &str, message: &str) -> Notification {
    let created_at = "2026-03-02T15:00:00.25Z".parse().unwrap();
    let portfolio_id = PortfolioId::new(created_at);
    Notification::new(
        Uuid::new_v4(),
        OwnerId::default(),
        NotificationKind::LossAlert,
        created_at,
    )
    .with_text(title, message)
    .with_rule(Uuid::new_v4())
    .with_snapshot(portfolio_id, ValuationId::derived(portfolio_id, created_at))
}

/// A name server that gives one answer after the other and stays with the last.
#[derive(Debug)]
pub(crate) struct Answers(Mutex<Vec<Vec<IpAddr>>>);

impl Answers {
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        let mut answers: Vec<Vec<IpAddr>> = answers.iter().map(parse).collect();
        answers.reverse();
        Arc::new(Self(Mutex::new(answers)))
    }
}

#[async_trait]
impl Resolver for Answers {
    async fn addresses(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        let mut answers = self.0.lock().unwrap();
        match answers.len() {
            0 => Err(io::Error::other("nobody knows this name")),
            1 => Ok(answers[0].clone()),
            _ => Ok(answers.pop().unwrap()),
        }
    }
}
