//! One connection that comes back.

use std::fmt;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A server that has not answered after so long is out of reach.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Whoever asks so soon after a failed attempt to connect gets the same answer.
const SAME_ANSWER: Duration = Duration::from_millis(200);

/// A connection that is made at its first use and again after an error.
///
/// redis' own manager gives up for good when an attempt to connect is answered with anything but
/// silence, such as a wrong password that is mended later, and may wait for seconds after a restart.
pub(super) struct Connection {
    client: Client,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<MultiplexedConnection>,
    /// Tells a connection from its successor.
    generation: u64,
    failed: Option<(Instant, RedisError)>,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            state: Mutex::default(),
        }
    }

    /// Asks the server. An error may mean that it did what it was asked and the answer was lost.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>,
    ) -> RedisResult<T> {
        let (generation, mut connection) = self.open().await?;
        let answer = question(&mut connection).await;
        if answer.is_err() {
            let mut state = self.state.lock().await;
            if state.generation == generation {
                state.open = None;
            }
        }
        answer
    }

    async fn open(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.open {
            return Ok((state.generation, connection.clone()));
        }
        if let Some((at, error)) = &state.failed
            && at.elapsed() < SAME_ANSWER
        {
            return Err(error.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        match self.client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(connection) => {
                state.generation += 1;
                state.failed = None;
                state.open = Some(connection.clone());
                Ok((state.generation, connection))
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client knows the password.
        f.write_str("Connection")
    }
}
