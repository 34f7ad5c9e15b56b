//! Processes that are killed between any two steps, and what becomes of their work.

use folio_core::Clock;
use folio_core::store::{RecordKind, Scan};
use jiff::SignedDuration;

use crate::support::faults::Call;
use crate::support::mongo::servers;
use crate::support::{ALL_BACKENDS, Backend, NINE, World};

fn writes(call: Call<'_>) -> bool {
    call.op != "read"
}

/// Kills a process where `pick` says, once before and once after the call, on each store; then others
/// finish. `lost` has the queue lose everything meanwhile.
async fn check(portfolios: usize, chunk: usize, pick: fn(Call<'_>) -> bool, minutes: u32) {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        for after in [false, true] {
            for lost in [false, true] {
                if backend.is_slow() && lost != after {
                    continue;
                }
                let world = World::new(backend, portfolios, chunk).await;
                world.go_to(NINE);
                assert!(world.kill_at(after, pick).await, "the call is made");
                if lost {
                    world.queue.flush();
                }
                let took = world.recover().await;
                assert!(
                    took <= minutes,
                    "{backend:?}, after: {after}, lost: {lost}: {took} minutes"
                );
                world.assert_done(NINE).await;
            }
        }
    }
}

#[tokio::test]
async fn killed_between_the_tick_and_the_planners_push() {
    let _servers = servers().await;
    check(3, 2, |call| call.op == "insert" && call.kind == "ticks", 1).await;
    check(3, 2, |call| call.op == "push" && call.body.starts_with("tick/"), 1).await;
}

#[tokio::test]
async fn killed_between_quotes_and_book_and_its_choice() {
    let _servers = servers().await;
    check(3, 2, |call| call.op == "insert" && call.kind == "book", 1).await;
    let chosen = |call: Call<'_>| call.op == "replace" && call.kind == "ticks" && call.body.contains("\"book_id\":\"");
    check(3, 2, chosen, 1).await;
}

#[tokio::test]
async fn killed_between_book_and_chunks_and_their_count() {
    let _servers = servers().await;
    check(
        7,
        2,
        |call| call.op == "insert" && call.kind == "chunks" && call.body.contains("\"n\":0"),
        1,
    )
    .await;
    check(
        7,
        2,
        |call| call.op == "insert" && call.kind == "chunks" && call.body.contains("\"n\":2"),
        1,
    )
    .await;
    let counted =
        |call: Call<'_>| call.op == "replace" && call.kind == "ticks" && call.body.contains("\"chunk_count\":4");
    check(7, 2, counted, 1).await;
}

#[tokio::test]
async fn killed_between_a_chunks_push_and_its_start() {
    let _servers = servers().await;
    check(5, 2, |call| call.op == "push" && call.body.starts_with("chunk/"), 1).await;
    let started = |call: Call<'_>| call.op == "replace" && call.kind == "chunks" && call.body.contains("\"running\"");
    check(5, 2, started, 1).await;
}

#[tokio::test]
async fn killed_between_half_of_the_inserts_and_the_rest() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        // Three batches: the cursor is past the first when the third is written.
        let world = World::new(backend, 9, 12).await;
        world.go_to(NINE);
        let mut inserts = 0;
        let third = move |call: Call<'_>| {
            inserts += usize::from(call.op == "snapshots");
            inserts == 3
        };
        assert!(world.kill_at(true, third).await);
        let first = *world.portfolios.iter().min().unwrap();
        let half = world.snapshots(first, NINE).await;
        assert_eq!(half.len(), 1);
        world.recover().await;
        world.assert_done(NINE).await;
        assert_eq!(world.snapshots(first, NINE).await, half, "the first write stays");
        assert!(
            world.faults.duplicates() > 0,
            "what was written and not noted is written again"
        );
        let chunk = &world.records("chunks", "").await[0];
        assert_eq!(chunk["dead_starts"], 0, "it had progressed");
    }
}

#[tokio::test]
async fn killed_between_the_last_insert_and_done_and_complete() {
    let _servers = servers().await;
    let done = |call: Call<'_>| call.op == "replace" && call.kind == "chunks" && call.body.contains("\"closed\"");
    check(5, 2, done, 1).await;
    let complete = |call: Call<'_>| call.op == "replace" && call.kind == "ticks" && call.body.contains("\"complete\"");
    check(5, 2, complete, 1).await;
}

/// Not only the named points: every write that a tick makes.
#[tokio::test]
async fn killed_at_every_write() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let mut points = 0;
        // The points of one store are those of the other.
        let step = if backend.is_slow() { 5 } else { 1 };
        for after in [false, true] {
            for nth in (0..).step_by(step) {
                let world = World::new(backend, 5, 2).await;
                world.go_to(NINE);
                let mut seen = 0;
                let killed = world.kill_at(after, move |call| {
                    seen += u32::from(writes(call));
                    seen > nth
                });
                if !killed.await {
                    break;
                }
                points += 1;
                let took = world.recover().await;
                assert!(took <= 2, "{backend:?}, write {nth}, after: {after}: {took} minutes");
                world.assert_done(NINE).await;
            }
        }
        assert!(points * step > 50, "{points} points");
    }
}

/// Two in a row, at every pair of writes that lie not too far apart.
#[tokio::test]
async fn killed_twice() {
    for first in 0..36 {
        for second in [0, 1, 2, 5] {
            let world = World::new(Backend::Memory, 5, 2).await;
            world.go_to(NINE);
            for nth in [first, second] {
                let mut seen = 0;
                let nth_write = move |call: Call<'_>| {
                    seen += u32::from(writes(call));
                    seen > nth
                };
                world.kill_at(nth % 2 == 0, nth_write).await;
                world.clock.advance(SignedDuration::from_secs(16));
            }
            world.recover().await;
            world.assert_done(NINE).await;
        }
    }
}

#[tokio::test]
async fn the_queue_is_lost_between_two_chunks() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let world = World::new(backend, 9, 2).await;
        world.go_to(NINE);
        let jobs = world.process();
        jobs.fire(world.clock.now()).await.unwrap();
        let mut handled = 0;
        // After each delivery that was handled the rest is gone.
        for _ in 0..30 {
            jobs.pass(world.clock.now()).await.unwrap();
            if let Some(delivery) = world.queue.pop() {
                jobs.handler().handle(delivery).await;
                handled += 1;
            }
            world.queue.flush();
            world.clock.advance(SignedDuration::from_secs(31));
        }
        assert!(handled >= 6);
        world.assert_done(NINE).await;
        let books: std::collections::BTreeSet<_> = world
            .records("book", "")
            .await
            .iter()
            .map(|part| part["book_id"].to_string())
            .collect();
        assert_eq!(books.len(), 1, "one book");
    }
}

#[tokio::test]
async fn the_planner_is_killed_while_portfolios_come_and_go() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        for cut in 0..4 {
            let mut world = World::new(backend, 9, 2).await;
            let mut early = world.portfolios.clone();
            early.sort();
            world.go_to(NINE);
            let at_chunk = format!("\"n\":{cut},");
            let pick =
                move |call: Call<'_>| call.op == "insert" && call.kind == "chunks" && call.body.contains(&at_chunk);
            assert!(world.kill_at(true, pick).await);
            // Those at the edges of the chunks go, and others come.
            for id in [early[2], early[3], early[4]] {
                world
                    .store
                    .delete_portfolio(&crate::support::owner(), id)
                    .await
                    .unwrap();
                world.portfolios.retain(|kept| *kept != id);
            }
            for n in 0..3 {
                world.add(20 + n).await;
            }
            world.recover().await;
            world.assert_done(NINE).await;
        }
    }
}

#[tokio::test]
async fn a_late_planner_takes_the_book_of_the_other() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let world = World::new(backend, 3, 2).await;
        world.go_to(NINE);
        // The first planner stands still with its book written and not chosen.
        let choosing =
            |call: Call<'_>| call.op == "replace" && call.kind == "ticks" && call.body.contains("\"book_id\":\"");
        world.faults.stop_at(false, choosing);
        let slow = world.process();
        slow.fire(world.clock.now()).await.unwrap();
        slow.pass(world.clock.now()).await.unwrap();
        let delivery = world.queue.pop().unwrap();
        let handler = slow.handler();
        let standing = tokio::spawn(async move { handler.handle(delivery).await });
        world.faults.dead.notified().await;
        world.clock.advance(SignedDuration::from_secs(20));
        world.drive(&world.process()).await;
        world.assert_done(NINE).await;
        assert_eq!(world.stray_books().await, 1, "that of the one that stands still");
        let chosen = world.tick(NINE).await.map(|tick| tick["book_id"].clone());
        standing.abort();
        // What is left of it goes with the sweep.
        world.clock.advance(SignedDuration::from_hours(24 * 8));
        world.process().clean(world.clock.now()).await.unwrap();
        assert!(world.tick(NINE).await.is_none(), "the tick is gone too");
        assert_eq!(world.stray_books().await, 1, "only the newest book stays");
        let kept = world.records("book", "").await.remove(0)["book_id"].clone();
        assert_eq!(Some(kept), chosen);
    }
}

#[tokio::test]
async fn stale_deliveries_end_without_a_trace() {
    let world = World::new(Backend::Memory, 3, 4).await;
    world.go_to(NINE);
    let slow = world.process();
    // It stands still with its snapshots written, and somebody else finishes the chunk.
    world.faults.stop_at(true, |call| call.op == "snapshots");
    let jobs = slow.clone();
    jobs.fire(world.clock.now()).await.unwrap();
    jobs.pass(world.clock.now()).await.unwrap();
    jobs.handler().handle(world.queue.pop().unwrap()).await;
    jobs.pass(world.clock.now()).await.unwrap();
    let stale = world.queue.pop().unwrap();
    let handler = jobs.handler();
    let copy = stale.clone();
    let first = tokio::spawn(async move { handler.handle(copy).await });
    world.faults.dead.notified().await;
    world.clock.advance(SignedDuration::from_secs(16));
    world.drive(&world.process()).await;
    world.assert_done(NINE).await;
    let before = world
        .store
        .scan_records(
            RecordKind("chunks"),
            &Scan {
                limit: 9,
                ..Scan::default()
            },
        )
        .await
        .unwrap();
    // Copies of the old attempt, and of the new one, end without a trace.
    jobs.handler().handle(stale.clone()).await;
    let newer = folio_jobs::queue::Delivery::new(stale.row.clone(), stale.attempt + 1);
    jobs.handler().handle(newer).await;
    let after = world
        .store
        .scan_records(
            RecordKind("chunks"),
            &Scan {
                limit: 9,
                ..Scan::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(before, after);
    first.abort();
}

#[tokio::test]
async fn a_planner_that_was_paused_takes_its_book_away() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let world = World::new(backend, 3, 2).await;
        world.go_to(NINE);
        world.faults.hold_at(|call| call.op == "insert" && call.kind == "book");
        let slow = world.process();
        slow.fire(world.clock.now()).await.unwrap();
        slow.pass(world.clock.now()).await.unwrap();
        let delivery = world.queue.pop().unwrap();
        let handler = slow.handler();
        let paused = tokio::spawn(async move { handler.handle(delivery).await });
        world.faults.dead.notified().await;
        world.clock.advance(SignedDuration::from_secs(20));
        world.drive(&world.process()).await;
        world.assert_done(NINE).await;
        let done = world.tick(NINE).await;
        world.faults.go_on.notify_one();
        paused.await.unwrap();
        assert_eq!(world.tick(NINE).await, done, "the tick is as it was");
        assert_eq!(world.stray_books().await, 0);
        assert_eq!(world.records("book", "").await.len(), 1);
    }
}

#[tokio::test]
async fn a_chunk_that_was_paused_writes_its_snapshots_and_nothing_else() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let world = World::new(backend, 3, 4).await;
        world.go_to(NINE);
        let slow = world.process();
        slow.fire(world.clock.now()).await.unwrap();
        slow.pass(world.clock.now()).await.unwrap();
        slow.handler().handle(world.queue.pop().unwrap()).await;
        slow.pass(world.clock.now()).await.unwrap();
        let delivery = world.queue.pop().unwrap();
        world.faults.hold_at(|call| call.op == "snapshots");
        let handler = slow.handler();
        let paused = tokio::spawn(async move { handler.handle(delivery).await });
        world.faults.dead.notified().await;
        world.clock.advance(SignedDuration::from_secs(20));
        world.drive(&world.process()).await;
        let before = (
            world.records("chunks", "").await,
            world.snapshots(world.portfolios[0], NINE).await,
        );
        world.faults.go_on.notify_one();
        paused.await.unwrap();
        let after = (
            world.records("chunks", "").await,
            world.snapshots(world.portfolios[0], NINE).await,
        );
        assert_eq!(before, after);
        assert_eq!(world.faults.duplicates(), 3, "all of them were there");
        world.assert_done(NINE).await;
    }
}
