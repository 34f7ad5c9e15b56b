//! A notification is delivered at least once, always with the same id, and what was given up can be seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use folio_core::store::NotificationQuery;
use folio_core::{Clock, ErrorKind, NotificationKind, OwnerId, PortfolioId, SystemClock};
use folio_jobs::{DeliveryState, DeliveryStatus};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::support::channel::{Answer, Channel};
use crate::support::{BACKENDS, Backend, NINE, World, at, owner, watched};

const TEN: &str = "2026-03-01T10:00:00Z";
const BITCOIN: &str = "crypto:bitcoin";

fn after(seconds: i64) -> Timestamp {
    at(NINE) + SignedDuration::from_secs(seconds)
}

/// A world in which one portfolio crosses at nine, through channels of these names.
async fn scene(backend: Backend, names: &[&'static str]) -> (World, Vec<Arc<Channel>>) {
    let (mut world, channels) = World::with_channels(backend, names).await;
    world.defaults = names.len();
    world.watch("Core", &[BITCOIN]).await;
    world.prices(&[(BITCOIN, "95")]);
    (world, channels)
}

/// Lets a new process work so many seconds after nine.
async fn go(world: &World, seconds: i64) {
    world.clock.set(after(seconds));
    world.drive(&world.process()).await;
}

/// The only delivery through a channel.
async fn delivery(world: &World, channel: &str) -> DeliveryStatus {
    let mut told = world.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    let mut deliveries = told.remove(0).deliveries.into_iter();
    deliveries.find(|delivery| delivery.channel == channel).unwrap()
}

#[tokio::test]
async fn what_is_refused_is_sent_again_with_the_same_id() {
    for backend in BACKENDS {
        let (world, channels) = scene(backend, &["webhook", "mail"]).await;
        let errors = [ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::RateLimited];
        channels[0].next(errors.map(Answer::Fail));
        for (tries, seconds) in [(1, 0), (2, 5), (3, 20)] {
            go(&world, seconds - 1).await;
            assert_eq!(channels[0].calls().len(), tries - 1, "not too early");
            go(&world, seconds).await;
            assert_eq!(channels[0].calls().len(), tries);
            let delivery = delivery(&world, "webhook").await;
            let next = after([5, 20, 50][tries - 1]);
            assert_eq!(
                (delivery.state, delivery.next_attempt_at),
                (DeliveryState::Retrying, Some(next))
            );
            assert_eq!(delivery.last_error.as_deref(), Some("webhook does not want it"));
        }
        go(&world, 50).await;
        let delivery = delivery(&world, "webhook").await;
        assert_eq!(
            (delivery.state, delivery.attempts),
            (DeliveryState::Delivered, 4),
            "{backend:?}"
        );
        assert_eq!((delivery.delivered_at, delivery.last_error), (Some(after(50)), None));
        let ids: BTreeSet<_> = channels[0].calls().into_iter().collect();
        assert_eq!((ids.len(), channels[0].taken().len()), (1, 1));
        assert_eq!(
            channels[1].calls().len(),
            1,
            "the other channel has nothing to do with it"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_never_answers_is_left_after_half_a_minute() {
    for taken in [false, true] {
        let (world, channels) = scene(Backend::Memory, &["webhook"]).await;
        channels[0].next([Answer::Hang { taken }]);
        let before = tokio::time::Instant::now();
        go(&world, 0).await;
        assert_eq!(before.elapsed().as_secs(), 30);
        let status = delivery(&world, "webhook").await;
        assert_eq!(status.state, DeliveryState::Retrying);
        assert!(status.last_error.unwrap().contains("30 seconds"));
        go(&world, 5).await;
        assert_eq!(delivery(&world, "webhook").await.state, DeliveryState::Delivered);
        assert_eq!(channels[0].taken().len(), 1 + usize::from(taken));
        assert_eq!(channels[0].calls()[0], channels[0].calls()[1]);
    }
}

#[tokio::test]
async fn a_channel_that_asks_for_time_gets_it() {
    let (world, channels) = scene(Backend::Memory, &["webhook"]).await;
    channels[0].next([
        Answer::Wait(ErrorKind::RateLimited, 600),
        Answer::Wait(ErrorKind::Unavailable, 1),
    ]);
    for (seconds, calls) in [(0, 1), (599, 1), (600, 2), (614, 2), (615, 3)] {
        go(&world, seconds).await;
        assert_eq!(channels[0].calls().len(), calls, "after {seconds} seconds");
    }
    assert_eq!(delivery(&world, "webhook").await.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn after_a_day_it_is_given_up_and_can_be_sent_again() {
    for backend in BACKENDS {
        let (world, channels) = scene(backend, &["webhook"]).await;
        channels[0].always(Answer::Fail(ErrorKind::Unavailable));
        go(&world, 0).await;
        let jobs = world.process();
        while let Some(next) = delivery(&world, "webhook").await.next_attempt_at {
            world.clock.set(next);
            world.work(&jobs).await;
        }
        let given_up = delivery(&world, "webhook").await;
        assert_eq!(
            (given_up.state, given_up.attempts),
            (DeliveryState::Failed, 29),
            "{backend:?}"
        );
        assert_eq!(given_up.last_error.as_deref(), Some("webhook does not want it"));
        assert!(world.clock.now() > after(23 * 3_600) && world.clock.now() <= after(24 * 3_600));
        assert_eq!(channels[0].calls().len(), 29);
        world.clock.advance(SignedDuration::from_hours(30));
        world.work(&jobs).await;
        assert_eq!(channels[0].calls().len(), 29, "nobody tries any more");

        channels[0].always(Answer::Take);
        let id = channels[0].calls()[0];
        let again = jobs.send_again(&owner(), id).await.unwrap();
        assert_eq!(again.notification.id, id);
        assert_eq!(again.deliveries[0].state, DeliveryState::Queued);
        world.work(&jobs).await;
        assert_eq!(channels[0].taken(), [id]);
        assert_eq!(delivery(&world, "webhook").await.state, DeliveryState::Delivered);
        // A delivered one too, as often as somebody wants it.
        jobs.send_again(&owner(), id).await.unwrap();
        world.work(&jobs).await;
        assert_eq!(channels[0].taken(), [id, id]);
    }
}

#[tokio::test]
async fn what_no_waiting_mends_is_given_up_at_once_and_disables_nothing() {
    let (world, channels) = scene(Backend::Memory, &["webhook"]).await;
    channels[0].next([Answer::Fail(ErrorKind::InvalidInput)]);
    go(&world, 0).await;
    let status = delivery(&world, "webhook").await;
    assert_eq!((status.state, status.attempts), (DeliveryState::Failed, 1));
    assert_eq!(world.process().channels().await.unwrap()[0].disabled, None);
}

#[tokio::test]
async fn a_channel_that_is_gone_is_disabled_until_somebody_changes_it() {
    for backend in BACKENDS {
        for moved in [false, true] {
            let (mut world, channels) = scene(backend, &["console", "webhook"]).await;
            world.watch("Second", &[BITCOIN]).await;
            channels[1].move_to("https://old.example.com");
            channels[1].always(Answer::Fail(ErrorKind::NotConfigured));
            go(&world, 0).await;
            assert_eq!(channels[1].calls().len(), 1, "one is enough to know");
            assert_eq!(channels[0].taken().len(), 2, "the other channel goes on");
            for told in world.told().await {
                let status = &told.deliveries[1];
                assert_eq!(status.state, DeliveryState::Failed);
                let error = status.last_error.clone().unwrap();
                assert!(error.contains("webhook does not want it"), "{error}");
            }
            let of_webhook = |mut channels: Vec<folio_jobs::ChannelStatus>| channels.remove(1);
            let status = of_webhook(world.process().channels().await.unwrap());
            assert_eq!(
                (status.channel.as_str(), status.destination.as_str()),
                ("webhook", "https://old.example.com")
            );
            assert_eq!(status.disabled.unwrap().since, at(NINE));

            channels[1].always(Answer::Take);
            let id = world.told().await[0].notification.id;
            let jobs = world.process();
            jobs.send_again(&owner(), id).await.unwrap();
            world.work(&jobs).await;
            assert_eq!(channels[1].calls().len(), 1, "it is disabled still");
            if moved {
                channels[1].move_to("https://new.example.com");
            } else {
                let sample = jobs.test_channel(&owner(), "webhook").await.unwrap();
                assert_eq!(sample.state, DeliveryState::Delivered);
            }
            assert_eq!(of_webhook(jobs.channels().await.unwrap()).disabled, None);
            jobs.send_again(&owner(), id).await.unwrap();
            world.work(&jobs).await;
            assert_eq!(channels[1].taken().last(), Some(&id), "{backend:?} moved: {moved}");
            if moved {
                // Back to where it was not wanted, and after another refusal elsewhere.
                channels[1].always(Answer::Fail(ErrorKind::NotConfigured));
                jobs.send_again(&owner(), id).await.unwrap();
                world.work(&jobs).await;
                let calls = channels[1].calls().len();
                jobs.send_again(&owner(), id).await.unwrap();
                world.work(&jobs).await;
                assert_eq!(channels[1].calls().len(), calls, "disabled where it is now");
            }
        }
    }
}

#[tokio::test]
async fn a_sample_that_fails_is_an_answer_and_an_unknown_channel_an_error() {
    let (world, channels) = scene(Backend::Memory, &["webhook"]).await;
    channels[0].next([
        Answer::Fail(ErrorKind::Unavailable),
        Answer::Fail(ErrorKind::NotConfigured),
    ]);
    let jobs = world.process();
    let refused = jobs.test_channel(&owner(), "webhook").await.unwrap();
    assert_eq!((refused.state, refused.attempts), (DeliveryState::Failed, 1));
    assert_eq!(refused.last_error.as_deref(), Some("webhook does not want it"));
    assert_eq!(refused.error_kind, Some(ErrorKind::Unavailable));
    let refused = jobs.test_channel(&owner(), "webhook").await.unwrap();
    assert_eq!(refused.error_kind, Some(ErrorKind::NotConfigured));
    assert!(
        jobs.channels().await.unwrap()[0].disabled.is_none(),
        "whoever tries other settings disables nothing of those in use"
    );
    assert_eq!(
        jobs.test_channel(&owner(), "webhook").await.unwrap().state,
        DeliveryState::Delivered
    );
    let unknown = jobs.test_channel(&owner(), "fax").await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert!(world.told().await.is_empty(), "samples are not listed");
}

#[tokio::test]
async fn a_process_without_the_channel_leaves_it_to_another() {
    for backend in BACKENDS {
        let (mut world, channels) = scene(backend, &["webhook"]).await;
        // The crossing is recorded where the channel is set up, and the worker is another.
        world.go_to(NINE);
        let sends =
            |call: crate::support::faults::Call<'_>| call.op == "push" && call.body.contains("send-notification/");
        assert!(world.kill_at(false, sends).await);
        world.queue.flush();
        let with = std::mem::take(&mut world.channels);
        go(&world, 61).await;
        let status = delivery(&world, "webhook").await;
        assert_eq!(status.state, DeliveryState::Retrying, "{backend:?}");
        assert!(status.last_error.unwrap().contains("no channel of this name"));
        world.channels = with;
        go(&world, 61 + 5).await;
        assert_eq!(channels[0].taken().len(), 1);
    }
}

#[tokio::test]
async fn a_list_is_newest_first_in_pages_and_by_portfolio_and_kind() {
    for backend in BACKENDS {
        let (mut world, _) = scene(backend, &["webhook"]).await;
        let second = world.watch("Second", &[BITCOIN, "crypto:ethereum"]).await;
        let third = world.watch("Third", &["crypto:ethereum"]).await;
        go(&world, 0).await;
        world.at_prices(TEN, &[("crypto:ethereum", "120")]).await;
        let jobs = world.process();
        let all = jobs
            .notifications(&NotificationQuery::newest(owner(), 100))
            .await
            .unwrap();
        assert!(!all.more);
        let instants: Vec<_> = all.items.iter().map(|told| told.notification.created_at).collect();
        assert!(instants.is_sorted_by(|a, b| a >= b), "{instants:?}");
        let ids: Vec<_> = all.items.iter().map(|told| told.notification.id).collect();
        // At nine one loss and two without ether; at ten the ether's gain.
        assert_eq!(ids.len(), 4, "{backend:?} {:?}", all.items);
        let mut paged = Vec::new();
        let mut query = NotificationQuery::newest(owner(), 1);
        loop {
            let page = jobs.notifications(&query).await.unwrap();
            paged.extend(page.items.iter().map(|told| told.notification.id));
            let Some(last) = page.items.last().filter(|_| page.more) else {
                break;
            };
            query.after = Some((last.notification.created_at, last.notification.id));
        }
        assert_eq!(paged, ids);
        let count = async |portfolio: Option<PortfolioId>, kind: Option<NotificationKind>| {
            let query = NotificationQuery {
                portfolio_id: portfolio,
                kind,
                ..NotificationQuery::newest(owner(), 100)
            };
            jobs.notifications(&query).await.unwrap().items.len()
        };
        assert_eq!(count(None, Some(NotificationKind::DataDegraded)).await, 2);
        assert_eq!(count(Some(second), None).await, 1);
        assert_eq!(count(Some(third), Some(NotificationKind::GainAlert)).await, 1);
        assert_eq!(count(Some(second), Some(NotificationKind::LossAlert)).await, 0);
    }
}

#[tokio::test]
async fn an_owner_sees_and_sends_only_their_own() {
    for backend in BACKENDS {
        let (world, channels) = scene(backend, &["webhook"]).await;
        let mut other = watched("Theirs", &[BITCOIN], world.clock.now());
        other.owner = OwnerId::new("ann");
        world.tracker().create_portfolio(other).await.unwrap();
        go(&world, 0).await;
        let jobs = world.process();
        let of = async |owner: &OwnerId| {
            let page = jobs
                .notifications(&NotificationQuery::newest(owner.clone(), 9))
                .await
                .unwrap();
            page.items
                .into_iter()
                .map(|told| told.notification.id)
                .collect::<Vec<_>>()
        };
        let (ann, eve) = (OwnerId::new("ann"), OwnerId::new("an"));
        let (mine, theirs) = (of(&owner()).await, of(&ann).await);
        assert_eq!(
            (mine.len(), theirs.len(), of(&eve).await.len()),
            (1, 1, 0),
            "{backend:?}"
        );
        assert_ne!(mine, theirs);
        let calls = channels[0].calls().len();
        for (owner, id) in [
            (&ann, mine[0]),
            (&owner(), theirs[0]),
            (&eve, theirs[0]),
            (&ann, Uuid::nil()),
        ] {
            let refused = jobs.send_again(owner, id).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::NotFound);
            assert_eq!(
                refused.message(),
                jobs.send_again(owner, Uuid::max()).await.unwrap_err().message()
            );
        }
        world.work(&jobs).await;
        assert_eq!(channels[0].calls().len(), calls);
    }
}

#[tokio::test]
async fn what_was_told_is_kept_for_ninety_days() {
    for backend in BACKENDS {
        let (world, _) = scene(backend, &["webhook"]).await;
        go(&world, 0).await;
        let day = SignedDuration::from_hours(24);
        for (days, left) in [(89, 1), (91, 0)] {
            world.process().clean(at(NINE) + day * days).await.unwrap();
            for kind in ["notifications", "outbox"] {
                assert_eq!(world.records(kind, "").await.len(), left, "{backend:?} {kind} {days}");
            }
        }
        assert_eq!(
            world.records("alerts", "").await.len(),
            1,
            "what is remembered of the rules stays"
        );
    }
}

#[tokio::test]
async fn a_backlog_of_messages_does_not_hold_up_a_tick() {
    let (mut world, channels) = World::with_channels(Backend::Memory, &["webhook"]).await;
    for n in 0..60 {
        world.watch(&format!("P{n}"), &[BITCOIN]).await;
    }
    channels[0].always(Answer::Wait(ErrorKind::Unavailable, 3_600));
    world.at_prices(NINE, &[(BITCOIN, "95")]).await;
    assert_eq!(channels[0].calls().len(), 60);
    world.go_to(TEN);
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    let (mut chunks, mut others) = (0, 0);
    while chunks < 15 {
        jobs.pass(world.clock.now()).await.unwrap();
        let delivery = world.queue.pop().unwrap();
        chunks += usize::from(delivery.row.starts_with("chunk/"));
        // Until the tick is planned there is nothing but messages.
        others += usize::from(chunks > 0 && delivery.row.starts_with("send-notification/"));
        jobs.handler().handle(delivery).await;
    }
    assert!((10..25).contains(&others), "{others} messages beside 15 chunks");
}

/// Numbers that differ from run to run and can be had again (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_a_receiver_does_every_id_arrives() {
    const PORTFOLIOS: usize = 40;
    const KILLS: usize = 8;
    let seed = SystemClock.now().as_millisecond().unsigned_abs() | 1;
    println!("seed {seed}, {PORTFOLIOS} notifications, {KILLS} kills");
    let mut random = Random(seed);
    let (mut world, channels) = scene(Backend::Memory, &["webhook"]).await;
    for n in 1..PORTFOLIOS {
        world.watch(&format!("P{n}"), &[BITCOIN]).await;
    }
    let mut answers: Vec<Answer> = (0..3 * PORTFOLIOS)
        .map(|_| match random.below(6) {
            0 => Answer::Fail(ErrorKind::Unavailable),
            1 => Answer::Wait(ErrorKind::RateLimited, random.below(100)),
            2 => Answer::Hang { taken: false },
            3 => Answer::Fail(ErrorKind::Timeout),
            _ => Answer::Take,
        })
        .collect();
    for _ in 0..KILLS {
        let at = usize::try_from(random.below(answers.len() as u64)).unwrap();
        answers.insert(
            at,
            Answer::Die {
                taken: random.below(2) == 0,
            },
        );
    }
    channels[0].next(answers);
    world.go_to(NINE);
    let mut kills = 0;
    let unfinished = async || {
        let rows = world.records("outbox", "").await;
        rows.len() < PORTFOLIOS || rows.iter().any(|row| row["dispatch"]["phase"] != "closed")
    };
    while unfinished().await {
        kills += usize::from(world.kill_at(false, |_| false).await);
        world.clock.advance(SignedDuration::from_secs(61));
    }
    let told = world.told().await;
    assert_eq!(told.len(), PORTFOLIOS);
    assert!(
        told.iter()
            .all(|told| told.deliveries[0].state == DeliveryState::Delivered)
    );
    let wanted: BTreeSet<_> = told.iter().map(|told| told.notification.id).collect();
    let taken = channels[0].taken();
    assert_eq!(taken.iter().copied().collect::<BTreeSet<_>>(), wanted);
    assert!(
        kills <= KILLS && taken.len() - wanted.len() <= kills,
        "{} extras of {kills} kills",
        taken.len() - wanted.len()
    );
}
