//! `doctor`: checks the configuration and every dependency, and says how to mend what is wrong.

use std::sync::Arc;

use folio_cache_redis::Redis;
use folio_core::pricing::Caller;
use folio_core::source::BudgetState;
use folio_core::store::{NewRecord, RecordKind};
use folio_core::{AssetClass, Clock, Error, ErrorKind, PriceKey, QuoteRequest, Result, SystemClock};
use folio_jobs::Jobs;
use serde::Serialize;

use super::output::{self, patiently};
use crate::config::{CHANNELS, Config};
use crate::wiring::{self, Opening};

/// What to do about a queue that does not work.
const QUEUE_REMEDY: &str =
    "Look at FOLIO_QUEUE_URL: the path and the rights of a file, the address and the password of Redis.";

/// One thing that was checked.
#[derive(Debug, Serialize)]
struct Check {
    what: String,
    ok: bool,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(skip)]
    kind: Option<ErrorKind>,
}

impl Check {
    fn good(what: &str, detail: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            ok: true,
            detail: detail.into(),
            remedy: None,
            kind: None,
        }
    }

    fn bad(what: &str, error: &Error, remedy: &str) -> Self {
        let detail = error.message().to_owned();
        Self {
            what: what.to_owned(),
            ok: false,
            detail,
            remedy: Some(remedy.to_owned()),
            kind: Some(error.kind()),
        }
    }
}

pub(super) async fn run(config: Config, json: bool) -> Result<()> {
    let checks = patiently("checking", check(&config)).await;
    if json {
        output::json(&checks)?;
    } else {
        for check in &checks {
            say!(
                "{} {}: {}",
                if check.ok { "ok " } else { "BAD" },
                check.what,
                check.detail
            );
            if let Some(remedy) = &check.remedy {
                say!("    {remedy}");
            }
        }
    }
    match checks.iter().find(|check| !check.ok) {
        None => Ok(()),
        Some(bad) => {
            let kind = bad.kind.unwrap_or(ErrorKind::Internal);
            Err(Error::new(kind, format!("{} is not in order", bad.what)))
        }
    }
}

async fn check(config: &Config) -> Vec<Check> {
    let mut checks = vec![Check::good("configuration", "every setting can be read")];
    for warning in &config.warnings {
        checks.push(Check::good("configuration", warning.clone()));
    }
    match wiring::make_data_dir(&config.data_dir) {
        Ok(()) => checks.push(Check::good("data directory", config.data_dir.display().to_string())),
        Err(error) => {
            checks.push(Check::bad(
                "data directory",
                &error,
                "Make it, or set FOLIO_DATA_DIR to a directory of yours.",
            ));
            return checks;
        }
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let opened = match wiring::open_store(config, &clock, Opening::Tool).await {
        Ok(opened) => opened,
        Err(error) => {
            let remedy = match error.kind() {
                ErrorKind::Unsupported => {
                    "Run the newest folio on this store; `folio serve` brings an older store up to date."
                }
                ErrorKind::CorruptData => {
                    "Stop folio, put a backup in the place of the file, or move the file away to begin anew."
                }
                _ => {
                    "Look at FOLIO_STORE_URL: the path and the rights of a file, the address and the password of MongoDB."
                }
            };
            checks.push(Check::bad("store", &error, remedy));
            return checks;
        }
    };
    checks.push(store(&opened, &*clock).await);
    let redis = match wiring::open_cache(config, &opened) {
        Ok(redis) => redis,
        Err(error) => {
            checks.push(Check::bad(
                "cache",
                &error,
                "Look at FOLIO_CACHE_URL and FOLIO_REDIS_CA_FILE.",
            ));
            return checks;
        }
    };
    checks.push(cache(redis.as_ref()).await);
    let queue = wiring::open_queue(config, &opened).await;
    checks.push(match &queue {
        Ok(queue) => match queue.depth().await {
            Ok(depth) => Check::good("queue", format!("{depth} waiting")),
            Err(error) => Check::bad("queue", &error, QUEUE_REMEDY),
        },
        Err(error) => Check::bad("queue", error, QUEUE_REMEDY),
    });
    match wiring::tracker(config, &opened, redis.as_ref(), &clock) {
        Ok(tracker) => {
            if let Ok(queue) = &queue {
                checks.extend(channels(config, &wiring::jobs(config, &tracker, queue)).await);
            }
            checks.extend(sources(config, &opened, redis.as_ref(), &clock).await);
        }
        Err(error) => checks.push(Check::bad(
            "sources and channels",
            &error,
            "Mend the setting that is named.",
        )),
    }
    checks
}

/// Writes a record and removes it again: what can only be read is not in order.
async fn store(opened: &wiring::Opened, clock: &dyn Clock) -> Check {
    let kind = RecordKind("doctor");
    let record = NewRecord {
        key: clock.now().to_string(),
        due_at: None,
        expires_at: Some(clock.now()),
        body: "{}".into(),
    };
    let written = async {
        opened.store.insert_record(kind, &record).await?;
        opened.store.remove_record(kind, &record.key).await
    };
    match written.await {
        Ok(_) => Check::good("store", "can be read and written"),
        Err(error) => Check::bad(
            "store",
            &error,
            "Look at the free space of the disk and the rights of the file.",
        ),
    }
}

/// Asks the shared cache whether it is there.
async fn cache(redis: Option<&Redis>) -> Check {
    let Some(redis) = redis else {
        return Check::good("cache", "in the memory of each process");
    };
    match redis.check().await {
        Ok(()) => Check::good("cache", "answers"),
        Err(error) => Check::bad(
            "cache",
            &error,
            "Look at the address and the password of FOLIO_CACHE_URL; folio goes on without it, slower.",
        ),
    }
}

/// Says of each channel where it sends and whether it may; nothing is sent.
async fn channels(config: &Config, jobs: &Jobs) -> Vec<Check> {
    let there = match jobs.channels().await {
        Ok(there) => there,
        Err(error) => {
            return vec![Check::bad(
                "channels",
                &error,
                "Look at the store, where they are kept.",
            )];
        }
    };
    let check = |name: &str| {
        let what = format!("channel {name}");
        if let Some(variables) = config.channels.missing(name) {
            return Some(Check::good(&what, format!("is off: it needs {variables}")));
        }
        let channel = there.iter().find(|channel| channel.channel == name)?;
        if let Some(disabled) = &channel.disabled {
            let detail = format!("is disabled since {}: {}", disabled.since, disabled.reason);
            let remedy = format!("Mend it and restart the server, or send it a sample: folio channel test {name}");
            return Some(Check::bad(&what, &Error::new(ErrorKind::Internal, detail), &remedy));
        }
        let destination = match channel.destination.as_str() {
            "" => "the standard output",
            destination => destination,
        };
        let role = if channel.is_default {
            "for every rule that names no channel"
        } else {
            "for rules that name it"
        };
        Some(Check::good(&what, format!("sends to {destination}, {role}")))
    };
    CHANNELS.into_iter().filter_map(check).collect()
}

/// Asks every source for one price that it should know, and shows what is left of its budget after that.
async fn sources(
    config: &Config,
    opened: &wiring::Opened,
    redis: Option<&Redis>,
    clock: &Arc<dyn Clock>,
) -> Vec<Check> {
    let budget = wiring::budget(config, opened, redis, clock);
    let sources = match wiring::sources(config, clock, &budget) {
        Ok(sources) => sources,
        Err(error) => {
            return vec![Check::bad("sources", &error, "Mend the setting that is named.")];
        }
    };
    let mut checks = Vec::new();
    for (name, is_on, variable) in [
        ("iex", config.iex.is_on(), "FOLIO_IEX_URL"),
        ("twelvedata", config.twelvedata.is_on(), "FOLIO_TWELVEDATA_API_KEY"),
    ] {
        if !is_on {
            checks.push(Check::good(
                &format!("source {name}"),
                format!("is off: {variable} is not set"),
            ));
        }
    }
    let caller = Caller::manual_job();
    for source in sources {
        let capabilities = source.capabilities();
        let what = format!("source {}", source.id());
        let key = match capabilities.classes.first() {
            Some(AssetClass::Crypto) => "crypto:bitcoin".parse().map(PriceKey::native),
            Some(AssetClass::Stock) => "stock:AAPL".parse().map(PriceKey::native),
            _ => Ok(PriceKey::per_euro(folio_core::Currency::USD)),
        };
        let Ok(key) = key else { continue };
        let request = QuoteRequest::new([key]).for_caller(caller.priority, caller.deadline);
        checks.push(match source.quotes(&request).await {
            Ok(_) => Check::good(&what, "answers"),
            Err(error) => Check::bad(
                &what,
                &error,
                "Look at the network, the address and the key; folio goes on with the last prices meanwhile.",
            ),
        });
        let what = format!("budget {}", source.id());
        match budget.state(&source.id()).await {
            Ok(Some(state)) => checks.push(Check::good(&what, left(&state))),
            // A source that makes no calls has none.
            Ok(None) => {}
            Err(error) => checks.push(Check::bad(&what, &error, "Look at the store, where budgets are kept.")),
        }
    }
    checks
}

/// A budget in one line.
fn left(state: &BudgetState) -> String {
    let mut text = format!("{} calls a minute", state.limit_per_minute);
    for (quota, span) in [(state.day, "day"), (state.month, "month")] {
        if let Some(quota) = quota {
            let (used, limit, until) = (quota.used, quota.limit, quota.resets_at);
            text += &format!(", {used} of {limit} used this {span} (until {until})");
        }
    }
    match state.retry_at {
        Some(at) => text += &format!("; none is free before {at}"),
        None => text += &format!("; {} are free now", state.remaining),
    }
    text
}

#[cfg(test)]
mod tests {
    use folio_core::source::QuotaState;

    use super::*;

    #[test]
    fn a_budget_is_one_line() {
        let mut state = BudgetState {
            limit_per_minute: 30,
            remaining: 27,
            retry_at: None,
            day: None,
            month: None,
        };
        assert_eq!(left(&state), "30 calls a minute; 27 are free now");
        let next = "2026-04-01T00:00:00Z".parse().unwrap();
        state.month = Some(QuotaState {
            limit: 10_000,
            used: 10_000,
            resets_at: next,
        });
        state.retry_at = Some(next);
        assert_eq!(
            left(&state),
            "30 calls a minute, 10000 of 10000 used this month (until 2026-04-01T00:00:00Z); none is free before \
             2026-04-01T00:00:00Z"
        );
    }
}
