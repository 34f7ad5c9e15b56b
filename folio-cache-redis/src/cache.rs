//! The shared cache on Redis.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use folio_core::{Cache, Result};
use futures::future::try_join_all;
use redis::{Pipeline, RedisResult, Script, Value};
use uuid::Uuid;

use crate::connection::Redis;
use crate::keys::Keys;

/// The longest time that anything is kept: a hundred years, which Redis can add to its clock.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 86_400);
/// Takes back those of the claims that are still this process's.
const RELEASE: &str = "for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 0";

/// A [`Cache`] that all processes on one Redis share.
///
/// Reads of many keys are one command on one server and one for each group of keys on a cluster, where the
/// groups are in different slots; writes are pipelines of the same cut.
#[derive(Clone, Debug)]
pub struct RedisCache {
    redis: Redis,
    /// Whose claims these are.
    holder: String,
    release: Script,
}

impl RedisCache {
    /// A cache on this Redis.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            holder: Uuid::new_v4().simple().to_string(),
            release: Script::new(RELEASE),
        }
    }

    /// The Redis that it is on.
    #[must_use]
    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    /// Sends commands for keys of any group, those of a group together and all groups at once; the answers
    /// are in the order of the commands.
    async fn send(&self, commands: Vec<(u64, redis::Cmd)>, atomic: bool) -> Result<Vec<Value>> {
        let count = commands.len();
        let mut groups: BTreeMap<u64, (Vec<usize>, Pipeline)> = BTreeMap::new();
        for (index, (group, command)) in commands.into_iter().enumerate() {
            let group = if self.redis.is_cluster() { group } else { 0 };
            let (places, pipeline) = groups.entry(group).or_default();
            places.push(index);
            pipeline.add_command(command);
        }
        self.redis
            .call(async |live| {
                let sent = groups.into_values().map(|(places, mut pipeline)| {
                    let mut live = live.clone();
                    async move {
                        if atomic {
                            pipeline.atomic();
                        }
                        let answers: Vec<Value> = pipeline.query_async(&mut live).await?;
                        RedisResult::Ok((places, answers))
                    }
                });
                let mut all = vec![Value::Nil; count];
                for (places, answers) in try_join_all(sent).await? {
                    for (place, answer) in places.into_iter().zip(answers) {
                        all[place] = answer;
                    }
                }
                Ok(all)
            })
            .await
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = redis::cmd("MGET");
        for key in keys {
            read.arg(self.redis.keys().value(key));
        }
        let found: Vec<Option<Vec<u8>>> = self
            .redis
            .call(async |mut live| read.query_async(&mut live).await)
            .await?;
        Ok(found.into_iter().map(|value| value.map(Bytes::from)).collect())
    }

    async fn put_many(&self, entries: Vec<(String, Bytes)>, ttl: Duration) -> Result<()> {
        let names = self.redis.keys();
        let commands = entries.into_iter().map(|(key, value)| {
            let mut command = redis::cmd(if ttl.is_zero() { "DEL" } else { "SET" });
            command.arg(names.value(&key));
            if !ttl.is_zero() {
                command.arg(&value[..]).arg("PX").arg(millis(ttl));
            }
            (Keys::group(&key), command)
        });
        let commands: Vec<_> = commands.collect();
        if commands.is_empty() {
            return Ok(());
        }
        self.send(commands, false).await.map(drop)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        let name = self.redis.keys().value(key);
        self.redis
            .call(async |mut live| redis::cmd("DEL").arg(name).query_async::<Value>(&mut live).await)
            .await
            .map(drop)
    }

    async fn claim_many(&self, keys: &[String], ttl: Duration) -> Result<Vec<bool>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let commands = keys.iter().map(|key| {
            let mut command = redis::cmd("SET");
            command.arg(self.redis.keys().claim(key)).arg(&self.holder);
            command.arg("NX").arg("PX").arg(millis(ttl));
            (Keys::group(key), command)
        });
        // In one transaction, so that of several processes with the same keys one gets them all.
        let answers = self.send(commands.collect(), true).await?;
        Ok(answers.iter().map(|answer| *answer == Value::Okay).collect())
    }

    async fn release_many(&self, keys: &[String]) -> Result<()> {
        let mut groups: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for key in keys {
            let group = if self.redis.is_cluster() { Keys::group(key) } else { 0 };
            groups.entry(group).or_default().push(self.redis.keys().claim(key));
        }
        self.redis
            .call(async |live| {
                let released = groups.values().map(|names| {
                    let mut live = live.clone();
                    let mut script = self.release.prepare_invoke();
                    script.key(names).arg(&self.holder);
                    async move { script.invoke_async::<Value>(&mut live).await }
                });
                try_join_all(released).await
            })
            .await
            .map(drop)
    }
}

/// A time to live as Redis counts it, at least a millisecond.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.min(LONGEST).as_millis()).unwrap_or(u64::MAX).max(1)
}
