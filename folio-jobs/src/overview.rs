//! What is under way, as an operator looks at it. It is read from the records: the queue has nothing to say but
//! how much waits in it.

use std::time::Duration;

use folio_core::store::{Row, Scan, Versioned};
use folio_core::{OwnerId, Result, Trigger};
use jiff::Timestamp;
use tokio::time::timeout;
use uuid::Uuid;

use crate::chunk_row::Chunk;
use crate::claims;
use crate::context::Context;
use crate::dispatch::{Phase, Work};
use crate::job::{Job, JobRow};
use crate::outbox::{DeliveryStatus, OutboxRow};
use crate::service::{Health, ScheduleEntry};
use crate::tick::{self, Tick, TickState};

/// The most rows of a kind that are listed.
const LISTED: usize = 50;
/// The most chunks of a tick that are looked at.
const CHUNKS: usize = 5_000;
/// How long the queue may take to say how much waits in it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything that is under way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Overview {
    /// When it was looked at.
    pub at: Timestamp,
    /// How many deliveries wait in the queue; where it does not answer, what it said.
    pub waiting: std::result::Result<u64, String>,
    /// The ticks that are not finished, oldest first.
    pub ticks: Vec<OpenTick>,
    /// The jobs that are not finished, the longest due first.
    pub jobs: Vec<Job>,
    /// What is on its way to channels, the longest due first.
    pub deliveries: Vec<OpenDelivery>,
    /// Whether there is more of any of these than is listed.
    pub more: bool,
    /// What was left out and given up.
    pub health: Health,
    /// When what runs.
    pub schedule: Vec<ScheduleEntry>,
}

/// A tick that is not finished.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenTick {
    /// Its instant.
    pub as_of: Timestamp,
    /// How far it is.
    pub state: TickState,
    /// Which schedules have it, and whether somebody asked for it.
    pub triggers: Vec<Trigger>,
    /// How many chunks it has; `None` while it is planned.
    pub chunk_count: Option<u32>,
    /// How many of them are not finished, of the first five thousand; [`Overview::more`] says if there are more.
    pub open_chunks: usize,
    /// Those of them that are under way or late, in their order.
    pub chunks: Vec<OpenChunk>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// A chunk that is not finished.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenChunk {
    /// Its number within the tick.
    pub n: u32,
    /// Where it is.
    pub state: ChunkState,
    /// How often it was pushed.
    pub attempt: u32,
    /// When the dispatcher looks at it next.
    pub due_at: Timestamp,
    /// How many portfolios were left out of it.
    pub skipped: usize,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// Where a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkState {
    /// It waits for its push.
    Open,
    /// The queue has it.
    Pushed,
    /// A worker has it.
    Running,
    /// It should have been looked at by now.
    Late,
}

impl ChunkState {
    /// The word for the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pushed => "pushed",
            Self::Running => "running",
            Self::Late => "late",
        }
    }
}

/// A notification on its way through one channel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenDelivery {
    /// The notification.
    pub notification_id: Uuid,
    /// Whose it is.
    pub owner: OwnerId,
    /// How far it is.
    pub status: DeliveryStatus,
}

/// What is under way, without what the service adds.
pub(crate) async fn look(context: &Context, health: Health, schedule: Vec<ScheduleEntry>) -> Result<Overview> {
    let at = context.now();
    let waiting = match timeout(PATIENCE, context.queue.depth()).await {
        Ok(Ok(waiting)) => Ok(waiting),
        Ok(Err(error)) => Err(error.message().to_owned()),
        Err(_) => Err("no answer in time".to_owned()),
    };
    let mut more = false;
    let mut ticks = Vec::new();
    let scan = Scan {
        prefix: tick::PREFIX.to_owned(),
        ..open(LISTED)
    };
    let rows = context.table::<Tick>().scan(&scan).await?;
    more |= rows.len() == LISTED;
    for row in rows {
        let tick = open_tick(context, row.into_inner(), at).await?;
        more |= tick.open_chunks == CHUNKS;
        ticks.push(tick);
    }
    let mut jobs = Vec::new();
    let rows = context.table::<JobRow>().due(Timestamp::MAX, LISTED).await?;
    more |= rows.len() == LISTED;
    for row in &rows {
        jobs.push(claims::view(context, row, at).await?);
    }
    let rows = context.table::<OutboxRow>().due(Timestamp::MAX, LISTED).await?;
    more |= rows.len() == LISTED;
    let deliveries = rows.into_iter().map(|row| OpenDelivery {
        notification_id: row.notification_id,
        owner: row.owner.clone(),
        status: row.view(),
    });
    Ok(Overview {
        at,
        waiting,
        ticks,
        jobs,
        deliveries: deliveries.collect(),
        more,
        health,
        schedule,
    })
}

fn open(limit: usize) -> Scan {
    Scan {
        open: true,
        limit,
        ..Scan::default()
    }
}

async fn open_tick(context: &Context, tick: Tick, at: Timestamp) -> Result<OpenTick> {
    let scan = Scan {
        prefix: Chunk::prefix_of(tick.as_of),
        ..open(CHUNKS)
    };
    let rows = context.table::<Chunk>().scan(&scan).await?;
    let open_chunks = rows.len();
    let chunks = rows.into_iter().map(Versioned::into_inner).filter_map(|chunk| {
        let state = state_of(&chunk, at);
        (state != ChunkState::Open).then_some(OpenChunk {
            n: chunk.n,
            state,
            attempt: chunk.dispatch.attempt,
            due_at: chunk.dispatch.due_at,
            skipped: chunk.skipped.len(),
            last_error: chunk.last_error,
        })
    });
    Ok(OpenTick {
        as_of: tick.as_of,
        state: tick.state,
        triggers: tick.triggers,
        chunk_count: tick.chunk_count,
        open_chunks,
        chunks: chunks.take(LISTED).collect(),
        last_error: tick.last_error,
    })
}

/// A chunk that was pushed or runs and was due is late; one that waits for an earlier tick is not.
fn state_of<T: Work + Row>(row: &T, at: Timestamp) -> ChunkState {
    let dispatch = row.dispatch();
    match dispatch.phase {
        Phase::Pushed | Phase::Running if dispatch.is_due(at) => ChunkState::Late,
        Phase::Pushed => ChunkState::Pushed,
        Phase::Running => ChunkState::Running,
        Phase::Open | Phase::Closed => ChunkState::Open,
    }
}
