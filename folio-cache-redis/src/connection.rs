//! One connection to Redis that mends itself, and keeps everybody from waiting for a Redis that is down.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use folio_core::{Error, Result};
use redis::{RedisResult, Value};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio::sync::watch;

use crate::config::{RedisConfig, refused};
use crate::driver::{Driver, Live};
use crate::error::{breaks, failure, late};
use crate::keys::Keys;

/// The pauses between two attempts to connect, the first and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// Redis as cache and budget share it; cheap to clone, every clone the same connection.
///
/// Nothing is connected before the first call. The first call that finds Redis broken pays for it with the
/// time of one answer; from then on every call fails at once, while one task tries to connect, up to a
/// second apart, until Redis answers again.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

/// How Redis was when it was last spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisHealth {
    /// Whether it answers; a Redis that was not asked anything yet counts as one that does.
    pub up: bool,
    /// What is wrong, in a sentence for the operator.
    pub error: Option<String>,
}

struct Inner {
    shown: String,
    patience: Duration,
    driver: Driver,
    keys: Keys,
    state: watch::Sender<State>,
}

#[derive(Clone)]
enum State {
    Idle,
    Connecting,
    Up(u64, Live),
    Down(Arc<Error>),
}

impl Redis {
    /// Redis as configured, for the keys of one deployment: `namespace` is the id of its store, so that two
    /// deployments on one Redis never meet. It connects when it is first used, in the runtime that is then
    /// running.
    ///
    /// # Errors
    /// `NotConfigured` when the certificates of the configuration cannot be read or `namespace` is empty or
    /// has other characters than letters, digits, `-`, `_`, `.` and `:`. That Redis is down is no error.
    pub fn open(config: &RedisConfig, namespace: &str) -> Result<Self> {
        let keys = Keys::new(namespace).ok_or_else(|| {
            refused(format!(
                "{namespace:?} cannot begin the keys in Redis; letters, digits, -, _, . and : are allowed"
            ))
        })?;
        if config.tls && CryptoProvider::get_default().is_none() {
            // Somebody else may have been faster, which is as good.
            let _ = aws_lc_rs::default_provider().install_default();
        }
        Ok(Self(Arc::new(Inner {
            shown: config.to_string(),
            patience: config.patience(),
            driver: Driver::new(config)?,
            keys,
            state: watch::Sender::new(State::Idle),
        })))
    }

    /// Asks Redis whether it is there.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` with what is wrong.
    pub async fn check(&self) -> Result<()> {
        self.call(async |mut live| redis::cmd("PING").query_async::<Value>(&mut live).await)
            .await
            .map(drop)
    }

    /// How Redis was when it was last spoken to; nobody waits for it.
    #[must_use]
    pub fn health(&self) -> RedisHealth {
        let error = match &*self.0.state.borrow() {
            State::Down(error) => Some(error.message().to_owned()),
            _ => None,
        };
        RedisHealth {
            up: error.is_none(),
            error,
        }
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.0.driver, Driver::Cluster(_))
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Does something on the connection, if there is one and it answers in time.
    pub(crate) async fn call<T>(&self, work: impl AsyncFnOnce(Live) -> RedisResult<T>) -> Result<T> {
        let (generation, live) = self.live().await?;
        let error = match tokio::time::timeout(self.0.patience, work(live)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if !breaks(&error) => return Err(failure(&error)),
            Ok(Err(error)) => failure(&error),
            Err(_) => late(),
        };
        self.broke(generation, &error);
        Err(error)
    }

    /// The connection; the first who needs one waits for it, but no longer than for an answer.
    async fn live(&self) -> Result<(u64, Live)> {
        self.0.state.send_if_modified(|state| {
            let idle = matches!(state, State::Idle);
            if idle {
                *state = State::Connecting;
                tokio::spawn(mend(Arc::downgrade(&self.0), 1));
            }
            idle
        });
        let mut state = self.0.state.subscribe();
        let settled = state.wait_for(|state| !matches!(state, State::Connecting | State::Idle));
        match tokio::time::timeout(self.0.patience, settled).await {
            Ok(Ok(state)) => match &*state {
                State::Up(generation, live) => Ok((*generation, live.clone())),
                State::Down(error) => Err(again(error)),
                State::Idle | State::Connecting => Err(late()),
            },
            Ok(Err(_)) | Err(_) => {
                // The next ones do not wait for what this one waited for in vain.
                self.0.state.send_if_modified(|state| {
                    let waits = matches!(state, State::Connecting);
                    if waits {
                        *state = State::Down(Arc::new(late()));
                    }
                    waits
                });
                Err(late())
            }
        }
    }

    /// Notes that a connection is of no use, unless it is another one by now.
    fn broke(&self, generation: u64, error: &Error) {
        self.0.state.send_if_modified(|state| {
            let is_this = matches!(state, State::Up(current, _) if *current == generation);
            if is_this {
                tracing::warn!(redis = %self.0.shown, %error, "Redis is out of reach");
                *state = State::Down(Arc::new(again(error)));
                tokio::spawn(mend(Arc::downgrade(&self.0), generation + 1));
            }
            is_this
        });
    }
}

/// The same error for the next caller.
fn again(error: &Error) -> Error {
    Error::new(error.kind(), error.message())
}

/// Connects as often as it takes, as long as somebody has a use for it.
async fn mend(redis: Weak<Inner>, generation: u64) {
    let [mut pause, longest] = PAUSES;
    loop {
        let Some(inner) = redis.upgrade() else { return };
        match inner.driver.connect().await {
            Ok(live) => {
                tracing::info!(redis = %inner.shown, "connected to Redis");
                inner.state.send_replace(State::Up(generation, live));
                return;
            }
            Err(error) => {
                let error = failure(&error);
                if matches!(*inner.state.borrow(), State::Connecting) {
                    tracing::warn!(redis = %inner.shown, %error, "Redis is out of reach");
                }
                inner.state.send_replace(State::Down(Arc::new(error)));
            }
        }
        drop(inner);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("address", &self.0.shown)
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}
