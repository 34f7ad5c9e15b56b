//! Processes that are killed between a crossing and its delivery, and what becomes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use folio_jobs::{DeliveryState, JobState};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::support::channel::{Answer, Channel};
use crate::support::faults::Call;
use crate::support::mongo::servers;
use crate::support::{ALL_BACKENDS, Backend, NINE, World, at, event, owner};

const BITCOIN: &str = "crypto:bitcoin";

fn writes(call: Call<'_>) -> bool {
    call.op != "read"
}

fn reaches(call: Call<'_>, phase: &str) -> bool {
    call.op == "replace" && call.kind == "outbox" && call.body.contains(phase)
}

/// Three portfolios in two chunks that all cross at nine, and are told of through two channels.
struct Scene {
    world: World,
    channels: Vec<Arc<Channel>>,
    expected: BTreeSet<Uuid>,
}

impl Scene {
    async fn new(backend: Backend) -> Self {
        let (mut world, channels) = World::with_channels(backend, &["console", "webhook"]).await;
        world.defaults = 2;
        world.config = world.config.with_chunk_size(std::num::NonZeroUsize::new(2).unwrap());
        let mut expected = BTreeSet::new();
        for name in ["One", "Two", "Three"] {
            let portfolio = world.watch(name, &[BITCOIN]).await;
            expected.insert(event(portfolio, "loss", 1));
        }
        world.prices(&[(BITCOIN, "95")]);
        Self {
            world,
            channels,
            expected,
        }
    }

    /// Lets new processes work, a minute apart, until nothing is left to do.
    async fn settle(&self) {
        for _ in 0..20 {
            self.world.drive(&self.world.process()).await;
            let open = self.world.process().health().await.unwrap().open_ticks;
            let outgoing = self.world.records("alerts", "").await;
            let outgoing = outgoing.iter().any(|row| row["outgoing"]["events"][0].is_object());
            let outbox = self.world.records("outbox", "").await;
            let jobs = self.world.records("jobs", "").await;
            let unfinished = outbox
                .iter()
                .chain(&jobs)
                .any(|row| row["dispatch"]["phase"] != "closed");
            if open == 0 && !outgoing && !unfinished {
                return;
            }
            self.world.clock.advance(SignedDuration::from_secs(61));
        }
        panic!("not settled after 20 minutes");
    }

    /// One notification of each portfolio, one row for each channel, delivered, at most so often twice.
    async fn assert_told(&self, kills: usize, what: &str) {
        let told = self.world.told().await;
        let ids: Vec<_> = told.iter().map(|told| told.notification.id).collect();
        assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), self.expected, "{what}");
        assert_eq!(ids.len(), self.expected.len(), "{what}");
        for told in &told {
            let states: Vec<_> = told.deliveries.iter().map(|delivery| delivery.state).collect();
            assert_eq!(states, [DeliveryState::Delivered; 2], "{what}");
        }
        assert_eq!(self.world.records("outbox", "").await.len(), ids.len() * 2, "{what}");
        let mut extras = 0;
        for channel in &self.channels {
            let taken = channel.taken();
            let unique: BTreeSet<_> = taken.iter().copied().collect();
            assert_eq!(unique, self.expected, "{what}");
            extras += taken.len() - unique.len();
        }
        assert!(extras <= kills, "{what}: {extras} extras of {kills} kills");
    }
}

/// Kills a process where `pick` says, before and after the call, on each store, the queue lost or not.
async fn check(pick: fn(Call<'_>) -> bool) {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        for after in [false, true] {
            for lost in [false, true] {
                if backend.is_slow() && lost != after {
                    continue;
                }
                let scene = Scene::new(backend).await;
                scene.world.go_to(NINE);
                assert!(scene.world.kill_at(after, pick).await, "the call is made");
                if lost {
                    scene.world.queue.flush();
                }
                scene.settle().await;
                scene.world.assert_done(NINE).await;
                scene
                    .assert_told(1, &format!("{backend:?}, after: {after}, lost: {lost}"))
                    .await;
            }
        }
    }
}

#[tokio::test]
async fn killed_between_inserts_and_transitions() {
    let _servers = servers().await;
    check(|call| call.op == "snapshots").await;
    check(|call| call.op == "replace" && call.kind == "alerts").await;
}

#[tokio::test]
async fn killed_between_transition_and_outbox_and_its_end() {
    let _servers = servers().await;
    check(|call| call.op == "insert" && call.kind == "notifications").await;
    check(|call| call.op == "insert" && call.kind == "outbox").await;
    check(|call| call.op == "replace" && call.kind == "alerts" && call.body.contains("\"events\":[]")).await;
}

#[tokio::test]
async fn killed_between_outbox_and_push_and_start_and_mark() {
    let _servers = servers().await;
    check(|call| call.op == "push" && call.body.contains("send-notification/")).await;
    check(|call| reaches(call, "\"pushed\"")).await;
    check(|call| reaches(call, "\"running\"")).await;
    check(|call| reaches(call, "\"closed\"")).await;
}

#[tokio::test]
async fn killed_between_all_done_and_a_chunk_that_says_so() {
    check(|call| call.op == "replace" && call.kind == "chunks" && call.body.contains("\"closed\"")).await;
}

#[tokio::test]
async fn killed_while_a_channel_answers() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        for taken in [false, true] {
            let scene = Scene::new(backend).await;
            scene.world.go_to(NINE);
            for round in 0..3_usize {
                scene.channels[1].next([Answer::Die { taken }]);
                assert!(scene.world.kill_at(false, |_| false).await, "{round}");
                scene.world.clock.advance(SignedDuration::from_secs(61));
            }
            let died = scene.channels[1].calls();
            scene.settle().await;
            scene.assert_told(3, &format!("{backend:?} taken: {taken}")).await;
            assert_eq!(died.len(), 3);
            let calls = scene.channels[1].calls();
            assert_eq!(calls.len(), scene.expected.len() + 3, "each was sent again with its id");
        }
    }
}

/// Not only the named points: every write between the tick and the last mark.
#[tokio::test]
async fn killed_at_every_write() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let mut points = 0;
        // The points of one store are those of the other, so there a part of them will do.
        let step = match backend {
            Backend::Memory => 1,
            Backend::Sqlite => 3,
            _ => 9,
        };
        for after in [false, true] {
            for nth in (0..).step_by(step) {
                let scene = Scene::new(backend).await;
                scene.world.go_to(NINE);
                let mut seen = 0;
                let killed = scene.world.kill_at(after, move |call| {
                    seen += usize::from(writes(call));
                    seen > nth
                });
                if !killed.await {
                    break;
                }
                points += 1;
                scene.settle().await;
                scene.world.assert_done(NINE).await;
                scene.assert_told(1, &format!("{backend:?} {after} write {nth}")).await;
            }
        }
        println!("{backend:?}: {points} points");
        assert!(points * step > 80, "{points} points");
    }
}

/// Two in a row, at pairs of writes that lie not too far apart.
#[tokio::test]
async fn killed_twice() {
    for first in (0..70).step_by(2) {
        for second in [0, 1, 3, 6] {
            let scene = Scene::new(Backend::Memory).await;
            scene.world.go_to(NINE);
            let mut kills = 0;
            for nth in [first, second] {
                let mut seen = 0;
                let nth_write = move |call: Call<'_>| {
                    seen += u32::from(writes(call));
                    seen > nth
                };
                kills += usize::from(scene.world.kill_at(nth % 2 == 0, nth_write).await);
                scene.world.clock.advance(SignedDuration::from_secs(16));
            }
            scene.settle().await;
            scene.assert_told(kills, &format!("{first} {second}")).await;
        }
    }
}

#[tokio::test]
async fn a_manual_job_is_killed_at_every_write() {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let mut points = 0;
        let step = if backend.is_slow() { 5 } else { 1 };
        for after in [false, true] {
            for nth in (0..).step_by(step) {
                let mut scene = Scene::new(backend).await;
                let portfolio = scene.world.portfolios[0];
                scene.expected = [event(portfolio, "loss", 1)].into();
                let jobs = scene.world.process();
                let job = jobs.start_manual_valuation(&owner(), portfolio).await.unwrap();
                let mut seen = 0;
                let killed = scene.world.kill_at(after, move |call| {
                    seen += u32::from(writes(call));
                    seen > nth
                });
                if !killed.await {
                    break;
                }
                points += 1;
                scene.settle().await;
                let state = jobs.job(Some(&owner()), job.id).await.unwrap().state;
                assert_eq!(state, JobState::Succeeded, "{backend:?} {after} write {nth}");
                scene.assert_told(1, &format!("{backend:?} {after} write {nth}")).await;
            }
        }
        println!("{backend:?}: {points} points");
        assert!(points * step > 20, "{points} points");
    }
}

/// A process is paused where `pick` says; another finishes, and then it goes on.
async fn check_paused(extras: usize, pick: fn(Call<'_>) -> bool) {
    for backend in ALL_BACKENDS {
        let _server = backend.server().await;
        let scene = Scene::new(backend).await;
        let world = &scene.world;
        world.go_to(NINE);
        world.faults.hold_at(pick);
        let slow = world.process();
        let others = async {
            world.faults.dead.notified().await;
            world.clock.advance(SignedDuration::from_secs(61));
            scene.settle().await;
            world.clock.advance(SignedDuration::from_secs(61));
            world.faults.go_on.notify_one();
        };
        tokio::join!(world.drive(&slow), others);
        scene.settle().await;
        world.assert_done(NINE).await;
        scene.assert_told(extras, &format!("{backend:?}")).await;
        let later = world
            .told()
            .await
            .iter()
            .any(|told| told.notification.created_at != at(NINE));
        assert!(!later);
    }
}

#[tokio::test]
async fn a_paused_process_adds_nothing() {
    let _servers = servers().await;
    check_paused(0, |call| call.op == "snapshots").await;
    check_paused(0, |call| call.op == "replace" && call.kind == "alerts").await;
    check_paused(0, |call| call.op == "insert" && call.kind == "notifications").await;
    check_paused(0, |call| call.op == "insert" && call.kind == "outbox").await;
    check_paused(0, |call| {
        call.op == "replace" && call.kind == "alerts" && call.body.contains("\"events\":[]")
    })
    .await;
    check_paused(0, |call| reaches(call, "\"running\"")).await;
    check_paused(1, |call| reaches(call, "\"closed\"")).await;
}
