#![doc = include_str!("../README.md")]

mod alerts;
mod chunk;
mod chunk_row;
mod claims;
mod cleanup;
mod config;
mod context;
mod cron;
mod delivery;
mod dispatch;
mod dispatcher;
mod hand_on;
mod history;
mod job;
mod kinds;
mod lease;
mod ledger;
mod manual;
mod notifications;
mod outbox;
mod overview;
mod owned;
mod planner;
mod pulse;
mod scheduler;
mod service;
mod tick;
mod worker;

pub mod queue;

pub use cleanup::CleanupReport;
pub use config::JobsConfig;
pub use cron::{Cron, Schedule};
pub use dispatcher::PassReport;
pub use job::{Job, JobError, JobResult, JobState, JobType, Progress};
pub use kinds::RECORD_KINDS;
pub use ledger::{Incident, Missed};
pub use notifications::{ChannelStatus, Disabled, NotificationRecord};
pub use outbox::{DeliveryState, DeliveryStatus};
pub use overview::{ChunkState, OpenChunk, OpenDelivery, OpenTick, Overview};
pub use pulse::Loops;
pub use service::{Health, Jobs, ScheduleEntry};
pub use tick::{TickState, TickStatus};
