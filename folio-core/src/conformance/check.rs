//! How a suite runs its checks and says which one failed.

use std::any::Any;
use std::fmt::{self, Write};
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Barrier;

use crate::{Error, ErrorKind, Result};

/// How long one check may take. A backend that hangs is a failure with a name, not a job that never ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a check found wrong.
pub(super) struct Failure(String);

pub(super) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    #[track_caller]
    pub(super) fn new(message: impl fmt::Display) -> Self {
        let place = Location::caller();
        Self(format!("{message} ({}:{})", place.file(), place.line()))
    }
}

/// An error where the contract promises an answer.
impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new(format_args!("unexpected error: {error:?}"))
    }
}

impl From<tokio::task::JoinError> for Failure {
    #[track_caller]
    fn from(error: tokio::task::JoinError) -> Self {
        Self::new(format_args!("a concurrent call did not come back: {error}"))
    }
}

/// Fails the check with a message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::check::Failure::new(format_args!($($message)+)));
        }
    };
}

/// Fails the check unless both are equal, showing both.
macro_rules! ensure_eq {
    ($found:expr, $wanted:expr, $($message:tt)+) => {
        match (&$found, &$wanted) {
            (found, wanted) => {
                if *found != *wanted {
                    let (found, wanted) = $crate::conformance::check::difference(&found, &wanted);
                    return Err($crate::conformance::check::Failure::new(format_args!(
                        "{}\n  found:  {found}\n  wanted: {wanted}\n ",
                        format_args!($($message)+),
                    )));
                }
            }
        }
    };
}

/// Runs the named functions, each on a fresh backend, each named in the report as it is in the code.
macro_rules! run {
    ($suite:expr, $fresh:expr, [$($check:ident),+ $(,)?]) => {
        $($suite.check(stringify!($check), async { $check($fresh().await).await }).await;)+
    };
}

pub(super) use {ensure, ensure_eq, run};

/// `Debug`, cut to what a person reads.
pub(super) fn brief(value: &dyn fmt::Debug) -> String {
    cut(&format!("{value:?}"), 0)
}

/// Both values in `Debug`, from a little before the place where they begin to differ.
pub(super) fn difference(found: &dyn fmt::Debug, wanted: &dyn fmt::Debug) -> (String, String) {
    const BEFORE: usize = 80;
    let (found, wanted) = (format!("{found:?}"), format!("{wanted:?}"));
    let same = found.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(BEFORE);
    (cut(&found, from), cut(&wanted, from))
}

fn cut(text: &str, from: usize) -> String {
    const LONGEST: usize = 400;
    let part: String = text.chars().skip(from).take(LONGEST).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if text.chars().count() > from + LONGEST {
        "…"
    } else {
        ""
    };
    format!("{before}{part}{after}")
}

/// Fails unless the call failed with this kind.
#[track_caller]
pub(super) fn fails_with<T: fmt::Debug>(result: Result<T>, kind: ErrorKind, call: &str) -> Outcome {
    match result {
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(Failure::new(format_args!(
            "{call}: wanted the kind {kind}, found {error:?}"
        ))),
        Ok(answer) => Err(Failure::new(format_args!(
            "{call}: wanted the kind {kind}, found {}",
            brief(&answer)
        ))),
    }
}

/// The checks of one suite that have run so far.
pub(super) struct Suite {
    name: &'static str,
    patience: Duration,
    ran: usize,
    failures: Vec<(&'static str, String)>,
}

impl Suite {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            patience: PATIENCE,
            ran: 0,
            failures: Vec::new(),
        }
    }

    /// The same suite with more time for each check.
    pub(super) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs a check, a panic in it and a backend that does not answer included, and goes on whatever it found.
    pub(super) async fn check(&mut self, name: &'static str, check: impl Future<Output = Outcome>) {
        self.ran += 1;
        let failure = match tokio::time::timeout(self.patience, AssertUnwindSafe(check).catch_unwind()).await {
            Ok(Ok(Ok(()))) => return,
            Ok(Ok(Err(Failure(message)))) => message,
            Ok(Err(panic)) => format!("it panicked: {}", panic_message(&*panic)),
            Err(_) => format!("it did not end within {} s", self.patience.as_secs()),
        };
        self.failures.push((name, failure));
    }

    /// Ends the suite.
    ///
    /// # Panics
    /// If a check failed, with the name of every one that did.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "a suite is test code and says what failed the way a test does"
    )]
    pub(super) fn finish(self) {
        if self.failures.is_empty() {
            return;
        }
        let mut report = format!(
            "{} of {} checks of the {} suite failed:",
            self.failures.len(),
            self.ran,
            self.name
        );
        for (name, failure) in self.failures {
            let _ = write!(report, "\n  {name}: {}", failure.replace('\n', "\n    "));
        }
        panic!("{report}");
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

/// Makes `count` calls, each in a task of its own, none before all tasks run, and answers in their order.
pub(super) async fn at_once<T, F>(count: usize, call: impl Fn(usize) -> F) -> Outcome<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let ready = |call: F| {
        let start = start.clone();
        async move {
            start.wait().await;
            call.await
        }
    };
    let tasks: Vec<_> = (0..count).map(|index| tokio::spawn(ready(call(index)))).collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await?);
    }
    Ok(answers)
}
