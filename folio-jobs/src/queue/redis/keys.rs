//! What lies in Redis, and the scripts that change it.

use std::sync::LazyLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, RedisResult, Script};

static PUSH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("push.lua")));
static TURN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("turn.lua")));
static TAKE_OVER: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("take_over.lua")));
static CLEAN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("clean.lua")));

/// How many deliveries one script handles, so that the server has time for others.
pub(super) const BATCH: usize = 500;

/// The keys of one queue.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
}

/// What a worker says of itself.
#[derive(Debug)]
pub(super) enum Turn {
    /// It lives and has places for so many more.
    Lives(usize),
    /// It ends.
    Ends,
}

impl Keys {
    pub(super) fn new(name: &str) -> Self {
        let prefix = if name.contains('{') {
            name.to_owned()
        } else {
            format!("{{{name}}}")
        };
        Self { prefix }
    }

    fn key(&self, part: &str) -> String {
        format!("{}:{part}", self.prefix)
    }

    fn held(&self, worker: &str) -> String {
        format!("{}:held:{worker}", self.prefix)
    }

    /// Adds what is not known yet.
    pub(super) async fn push(&self, connection: &mut MultiplexedConnection, items: &[String]) -> RedisResult<()> {
        PUSH.key(self.key("known"))
            .key(self.key("waiting"))
            .arg(items)
            .invoke_async(connection)
            .await
    }

    /// Tells that `worker` has finished `finished` and still has `kept`; what else it holds goes back. Returns
    /// what it gets.
    pub(super) async fn turn(
        &self,
        connection: &mut MultiplexedConnection,
        worker: &str,
        turn: &Turn,
        finished: &[String],
        kept: &[String],
    ) -> RedisResult<Vec<String>> {
        let wanted = match turn {
            Turn::Lives(places) => i64::try_from(*places).unwrap_or(i64::MAX),
            Turn::Ends => -1,
        };
        TURN.key(self.key("workers"))
            .key(self.held(worker))
            .key(self.key("waiting"))
            .key(self.key("done"))
            .key(self.key("known"))
            .arg(worker)
            .arg(wanted)
            .arg(finished.len())
            .arg(finished)
            .arg(kept)
            .invoke_async(connection)
            .await
    }

    /// The workers with their last signs of life, as the server writes them.
    pub(super) async fn workers(&self, connection: &mut MultiplexedConnection) -> RedisResult<Vec<(String, String)>> {
        connection.zrange_withscores(self.key("workers"), 0, -1).await
    }

    /// Takes a part of what `worker` holds, unless it has given another sign of life than `seen`; whether
    /// there may be more.
    pub(super) async fn take_over(
        &self,
        connection: &mut MultiplexedConnection,
        worker: &str,
        seen: &str,
        most_starts: usize,
    ) -> RedisResult<bool> {
        TAKE_OVER
            .key(self.key("workers"))
            .key(self.held(worker))
            .key(self.key("waiting"))
            .key(self.key("done"))
            .key(self.key("known"))
            .arg(worker)
            .arg(seen)
            .arg(most_starts)
            .arg(BATCH)
            .invoke_async(connection)
            .await
    }

    /// Forgets a part of what was finished at least `keep` ago; how many they were.
    pub(super) async fn clean(&self, connection: &mut MultiplexedConnection, keep: Duration) -> RedisResult<u64> {
        CLEAN
            .key(self.key("done"))
            .key(self.key("known"))
            .arg(u64::try_from(keep.as_millis()).unwrap_or(u64::MAX / 4))
            .arg(BATCH)
            .invoke_async(connection)
            .await
    }

    /// How many deliveries wait. A server that answers and takes no writes, such as a replica or one without
    /// memory, is as good as none, so it is written to as well.
    pub(super) async fn waiting(&self, connection: &mut MultiplexedConnection) -> RedisResult<u64> {
        let (waiting,) = redis::pipe()
            .set_ex(self.key("takes-writes"), 1, 60)
            .ignore()
            .llen(self.key("waiting"))
            .query_async(connection)
            .await?;
        Ok(waiting)
    }
}
