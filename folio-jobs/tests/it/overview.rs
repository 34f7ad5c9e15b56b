//! What an operator sees of what is under way.

use folio_core::Clock as _;
use folio_jobs::{ChunkState, JobState, TickState};
use jiff::SignedDuration;

use crate::support::{Backend, NINE, World, at, owner};

#[tokio::test]
async fn what_is_under_way_is_shown_until_it_is_done() {
    let world = World::new(Backend::Memory, 10, 4).await;
    world.go_to("2026-03-01T09:00:00.250Z");
    let jobs = world.process();
    let job = jobs
        .start_manual_valuation(&owner(), world.portfolios[0])
        .await
        .unwrap();
    jobs.fire(world.clock.now()).await.unwrap();
    let seen = jobs.overview().await.unwrap();
    assert_eq!(
        (seen.ticks[0].as_of, seen.ticks[0].state),
        (at(NINE), TickState::Planning)
    );
    assert_eq!((seen.ticks[0].chunk_count, seen.ticks[0].open_chunks), (None, 0));
    assert_eq!((seen.jobs[0].id, seen.jobs[0].state), (job.id, JobState::Queued));
    assert_eq!((seen.waiting, seen.more), (Ok(0), false));

    // The planner is done; the chunks are with the queue, and late once nobody has started them in time.
    jobs.pass(world.clock.now()).await.unwrap();
    while let Some(delivery) = world.queue.pop() {
        jobs.handler().handle(delivery).await;
    }
    jobs.pass(world.clock.now()).await.unwrap();
    let seen = jobs.overview().await.unwrap();
    let tick = &seen.ticks[0];
    assert_eq!(
        (tick.state, tick.chunk_count, tick.open_chunks),
        (TickState::Open, Some(3), 3)
    );
    assert!(
        !tick.chunks.is_empty() && tick.chunks.iter().all(|chunk| chunk.state == ChunkState::Pushed),
        "{tick:?}"
    );
    assert!(seen.waiting.clone().unwrap() > 0, "{seen:?}");
    world.clock.advance(SignedDuration::from_secs(61));
    let late = jobs.overview().await.unwrap();
    assert!(
        late.ticks[0].chunks.iter().all(|chunk| chunk.state == ChunkState::Late),
        "{late:?}"
    );

    world.drive(&jobs).await;
    let seen = jobs.overview().await.unwrap();
    assert!(
        seen.ticks.is_empty() && seen.jobs.is_empty() && seen.deliveries.is_empty(),
        "{seen:?}"
    );
    assert_eq!(jobs.loops(), None, "nothing runs by itself here");
}
