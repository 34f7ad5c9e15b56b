//! The one door to the network: every call of every source goes through [`Http::get`].
//!
//! It takes from the rate budget before each call, tries again at most twice, keeps to the deadline,
//! reads no more than it should, follows no redirect, and lets no key out.

mod base_url;
mod circuit;
mod client;
mod failure;
mod key;
mod memory;
mod pacer;
mod retry;
mod secret;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use folio_core::{Clock, Deadline, ErrorKind, Priority, RateBudget, Result as CoreResult, SourceId};
use jiff::SignedDuration;
use reqwest::header::{ACCEPT, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use tokio::time::timeout_at;
use url::Url;

pub(crate) use base_url::BaseUrl;
pub(crate) use client::{Content, Manner, Reply};
pub(crate) use failure::{Failure, FailureKind};
pub use secret::Secret;

use circuit::Circuit;
use key::Key;
use memory::{Memory, Terms};
use pacer::Pacer;
use retry::{MAX_ATTEMPTS, RetryBudget, backoff, parse_retry_after};

/// How long one attempt may take, however far the deadline is.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest detail of a failure, in characters; vendors send whole pages at times.
const MAX_DETAIL: usize = 300;

/// For whom a call is made, and until when it is of use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) priority: Priority,
    pub(crate) deadline: Deadline,
}

impl Caller {
    /// A person at a search box.
    pub(crate) fn interactive() -> Self {
        Self {
            priority: Priority::Interactive,
            deadline: Deadline::after(Duration::from_secs(3)),
        }
    }
}

/// The calls of one source.
pub(crate) struct Http {
    source: SourceId,
    clock: Arc<dyn Clock>,
    budget: Arc<dyn RateBudget>,
    manner: Manner,
    key: Option<Key>,
    content: Content,
    client: OnceLock<Client>,
    retries: RetryBudget,
    circuit: Circuit,
    pacer: Pacer,
    memory: Option<Memory>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("source", &self.source)
            .field("with_key", &self.key.is_some())
            .finish()
    }
}

impl Http {
    pub(crate) fn new(source: SourceId, clock: Arc<dyn Clock>, budget: Arc<dyn RateBudget>, manner: Manner) -> Self {
        Self {
            source,
            clock,
            budget,
            manner,
            key: None,
            content: Content::Json,
            client: OnceLock::new(),
            retries: RetryBudget::default(),
            circuit: Circuit::default(),
            pacer: Pacer::default(),
            memory: None,
        }
    }

    /// The same, with at least so much time between the beginnings of two calls, retries included.
    pub(crate) fn with_spacing(mut self, spacing: Duration) -> Self {
        self.pacer = Pacer::new(spacing);
        self
    }

    /// The same, sending a key in a header of this name.
    pub(crate) fn with_key(mut self, header: &'static str, key: &Secret) -> CoreResult<Self> {
        self.key = Some(Key::in_header(header, "api_key", key)?);
        Ok(self)
    }

    /// The same, sending a key in the `Authorization` header behind `scheme`; `setting` is its name.
    pub(crate) fn with_authorization(mut self, scheme: &str, setting: &str, key: &Secret) -> CoreResult<Self> {
        self.key = Some(Key::authorization(scheme, setting, key)?);
        Ok(self)
    }

    /// The same, sending a key as the last parameter of every query; `setting` is its name.
    pub(crate) fn with_key_in_query(mut self, name: &'static str, setting: &str, key: &Secret) -> CoreResult<Self> {
        self.key = Some(Key::in_query(name, setting, key)?);
        Ok(self)
    }

    /// The same for a vendor that says what is wrong in plain sentences and calls them HTML.
    pub(crate) fn with_sentences(mut self) -> Self {
        self.content = Content::Sentences;
        self
    }

    /// The same for a vendor that lets answers be kept: what is asked again is confirmed, or not asked at all.
    pub(crate) fn with_memory(mut self) -> Self {
        self.memory = Some(Memory::default());
        self
    }

    /// The same for a source that answers with something else than JSON.
    pub(crate) fn with_content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Gets what is at `url` and makes something of it.
    ///
    /// `read` sorts an answer that is not a web page: the vendor's own error object first, then the
    /// status, then the content.
    pub(crate) async fn get<T>(
        &self,
        url: Url,
        caller: Caller,
        read: impl Fn(&Reply) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.get_for(1, url, caller, read).await
    }

    /// [`Http::get`] for a call that counts as `cost` calls.
    pub(crate) async fn get_for<T>(
        &self,
        cost: u32,
        url: Url,
        caller: Caller,
        read: impl Fn(&Reply) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.check_circuit()?;
        let result = self.send_for(cost, url, caller, read).await;
        self.settle(result)
    }

    /// Fails while the source is left alone after a block.
    pub(crate) fn check_circuit(&self) -> Result<(), Failure> {
        match self.circuit.wait(self.clock.now()) {
            None => Ok(()),
            Some(wait) => {
                let detail = format!("{} refused folio a while ago and is left alone for now", self.source);
                Err(Failure::new(FailureKind::Blocked, detail).retry_after(Some(wait)))
            }
        }
    }

    /// Opens the circuit after a block and closes it after anything else that the vendor said.
    pub(crate) fn settle<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        match result {
            Err(failure) if failure.kind == FailureKind::Blocked => {
                let wait = self.circuit.open(self.clock.now());
                tracing::warn!(source = %self.source, seconds = wait.as_secs(), detail = failure.detail, "source is blocked");
                Err(failure.retry_after(Some(wait)))
            }
            Ok(value) => {
                self.circuit.close();
                Ok(value)
            }
            Err(failure) => {
                if failure.is_about_symbol() {
                    self.circuit.close();
                }
                Err(failure)
            }
        }
    }

    /// [`Http::get`] without the circuit: at most three attempts.
    pub(crate) async fn send<T>(
        &self,
        url: Url,
        caller: Caller,
        read: impl Fn(&Reply) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.send_for(1, url, caller, read).await
    }

    async fn send_for<T>(
        &self,
        cost: u32,
        url: Url,
        caller: Caller,
        read: impl Fn(&Reply) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let fresh = self
            .memory
            .as_ref()
            .and_then(|memory| memory.fresh(&url, self.clock.now()));
        if let Some(reply) = fresh {
            return read(&reply);
        }
        let mut last: Option<Failure> = None;
        for attempt in 1..=MAX_ATTEMPTS {
            if let Some(failure) = &last {
                if !failure.is_retryable() || !self.retries.take() {
                    break;
                }
                let delay = failure.retry_after.unwrap_or_else(|| backoff(attempt));
                if delay >= caller.deadline.remaining() {
                    break;
                }
                tokio::time::sleep(delay).await;
            } else {
                self.retries.note_call();
            }
            if let Err(failure) = self.permission(cost, caller).await {
                // A call was made before: its outcome says more than the wait for another.
                last = last.or(Some(failure));
                break;
            }
            let answer = self.attempt(url.clone(), caller).await;
            let outcome = answer.and_then(|(reply, terms)| Ok((read(&reply)?, reply, terms)));
            self.count(outcome.as_ref().err());
            match outcome {
                Ok((value, reply, terms)) => {
                    if let Some(memory) = &self.memory {
                        memory.keep(&url, terms, &reply, self.clock.now());
                    }
                    return Ok(value);
                }
                Err(failure) => last = Some(self.note(failure, &url, attempt).await),
            }
        }
        Err(last.unwrap_or_else(|| Failure::new(FailureKind::Timeout, "there was no time for a call")))
    }

    async fn permission(&self, cost: u32, caller: Caller) -> Result<(), Failure> {
        let late = || {
            Failure::new(
                FailureKind::Timeout,
                format!("there was no time left to ask {}", self.source),
            )
        };
        if caller.deadline.remaining().is_zero() {
            return Err(late());
        }
        let too_soon = |wait: Duration| {
            let detail = format!(
                "{} is called at intervals, and its turn comes after the deadline",
                self.source
            );
            Failure::new(FailureKind::Waiting, detail).retry_after(Some(wait))
        };
        // Before the budget, so that nothing is taken for a call that is not made.
        self.pacer.check(caller.deadline).map_err(too_soon)?;
        let permission = self
            .budget
            .acquire(&self.source, cost, caller.priority, caller.deadline);
        match timeout_at(caller.deadline.instant(), permission).await {
            Ok(Ok(())) => self.pacer.wait(caller.deadline).await.map_err(too_soon),
            Ok(Err(error)) => {
                let kind = match error.kind() {
                    ErrorKind::RateLimited => FailureKind::Waiting,
                    ErrorKind::NotConfigured | ErrorKind::Unsupported => FailureKind::Unconfigured,
                    ErrorKind::Timeout => FailureKind::Timeout,
                    _ => FailureKind::Upstream,
                };
                Err(Failure::new(kind, error.message()).retry_after(error.retry_after()))
            }
            Err(_) => Err(late()),
        }
    }

    async fn attempt(&self, url: Url, caller: Caller) -> Result<(Reply, Terms), Failure> {
        let known = self.memory.as_ref().and_then(|memory| memory.known(&url));
        let client = match self.client.get() {
            Some(client) => client,
            None => {
                let client = client::build(self.manner)?;
                self.client.get_or_init(|| client)
            }
        };
        let request = match &self.key {
            Some(key) => key.header(client.get(key.address(url))),
            None => client.get(url),
        };
        let mut request = request.header(ACCEPT, "*/*");
        if let Some((etag, _)) = &known {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let exchange = async {
            let response = request.send().await.map_err(|error| client::transport(&error))?;
            let retry_after = response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| parse_retry_after(value, self.clock.now()));
            let terms = Terms::read(response.headers());
            if let (StatusCode::NOT_MODIFIED, Some((etag, reply))) = (response.status(), known) {
                return Ok((reply, terms.confirming(etag)));
            }
            Ok((Reply::read(response, retry_after, self.content).await?, terms))
        };
        let limit = caller.deadline.remaining().min(ATTEMPT_TIMEOUT);
        tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| {
            Err(Failure::new(
                FailureKind::Timeout,
                format!("{} did not answer in time", self.source),
            ))
        })
    }

    /// Counts a call that was made, retries included, by how it ended.
    fn count(&self, failure: Option<&Failure>) {
        let outcome = failure.map_or("ok", Failure::outcome);
        let source = self.source.to_string();
        metrics::counter!("folio_upstream_calls_total", "source" => source, "outcome" => outcome).increment(1);
    }

    /// Logs a failed attempt, tells the budget how long the source wants to be left alone, and cuts
    /// what the vendor said to what may be shown.
    async fn note(&self, mut failure: Failure, url: &Url, attempt: u32) -> Failure {
        failure.detail = self.presentable(&failure.detail);
        tracing::debug!(
            source = %self.source,
            host = url.host_str(),
            path = url.path(),
            attempt,
            kind = ?failure.kind,
            detail = failure.detail,
            "call failed"
        );
        if let Some(delay) = failure
            .retry_after
            .and_then(|delay| SignedDuration::try_from(delay).ok())
        {
            let until = self.clock.now().checked_add(delay).unwrap_or(jiff::Timestamp::MAX);
            if let Err(error) = self.budget.retry_after(&self.source, until).await {
                tracing::warn!(source = %self.source, %error, "the budget could not be told to wait");
            }
        }
        failure
    }

    /// What the vendor said, cut to what may be shown.
    pub(crate) fn presentable(&self, detail: &str) -> String {
        let detail = match &self.key {
            Some(key) => key.redact(detail),
            None => detail.into(),
        };
        let shown = detail.chars().map(|c| if c.is_control() { ' ' } else { c });
        shown.take(MAX_DETAIL).collect()
    }
}
