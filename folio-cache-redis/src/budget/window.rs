//! The script that counts the calls of a minute, and what it answers.

use std::time::Duration;

use folio_core::Result;
use jiff::Timestamp;
use redis::Script;

use super::process::Untold;
use crate::connection::Redis;

/// What is done about the calls of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Takes calls if they are free.
    Take,
    /// Looks whether they are.
    Look,
    /// Gives calls back that were taken and not made.
    Back,
}

/// What the script is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) operation: Operation,
    pub(super) source: &'a str,
    /// Calls in a span.
    pub(super) limit: u32,
    /// Calls in a span that this caller may make.
    pub(super) allowed: u32,
    pub(super) cost: u32,
    /// Until when the vendor wants no call as this process knows, and how long that is.
    pub(super) closed: Option<(Timestamp, Duration)>,
    /// How old the last call may be that nobody knows of, where nothing is kept.
    pub(super) unknown: Option<Duration>,
    /// What was called while Redis was out of reach.
    pub(super) untold: &'a [Untold],
}

/// What the script says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    pub(super) granted: bool,
    /// How long until the calls are free by the count of the span; zero if they are.
    pub(super) wait: Duration,
    /// Calls in the span.
    pub(super) used: u32,
    /// Until when the vendor wants no call as it was said, and how long that is by Redis' clock.
    pub(super) closed: Option<(Timestamp, Duration)>,
}

/// The calls of the last span, kept in Redis and counted by its clock.
#[derive(Clone, Debug)]
pub(super) struct Window {
    redis: Redis,
    script: Script,
    span: Duration,
}

impl Window {
    pub(super) fn new(redis: Redis, span: Duration) -> Self {
        Self {
            redis,
            script: Script::new(include_str!("window.lua")),
            span,
        }
    }

    /// Asks the script; nothing where nothing is kept and the question does not say what to make of that.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Option<Reply>> {
        let operation = match question.operation {
            Operation::Take => "take",
            Operation::Look => "look",
            Operation::Back => "back",
        };
        let (said, closed) = question.closed.map_or((0, 0), |(said, closed)| {
            // Rounded up, so that nobody is a part of a millisecond too early.
            (said.as_millisecond(), millis(closed) + 1)
        });
        let mut call = self.script.prepare_invoke();
        call.key(self.redis.keys().budget(question.source));
        call.arg(operation).arg(millis(self.span)).arg(question.limit);
        call.arg(question.allowed).arg(question.cost);
        call.arg(closed).arg(said);
        call.arg(question.unknown.map_or(-1, millis));
        for untold in question.untold {
            call.arg(millis(untold.at.elapsed())).arg(untold.calls);
        }
        let answer: (i64, i64, i64, i64, i64) = self
            .redis
            .call(async |mut live| call.invoke_async(&mut live).await)
            .await?;
        let (granted, wait, used, closed, said) = answer;
        if granted < 0 {
            return Ok(None);
        }
        let span = |millis: i64| Duration::from_millis(u64::try_from(millis).unwrap_or(0));
        let said = Timestamp::from_millisecond(said).unwrap_or(Timestamp::MAX);
        Ok(Some(Reply {
            granted: granted == 1,
            wait: span(wait),
            used: u32::try_from(used).unwrap_or(u32::MAX),
            closed: (closed > 0).then(|| (said, span(closed))),
        }))
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4)
}
