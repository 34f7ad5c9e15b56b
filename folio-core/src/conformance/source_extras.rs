//! What a [`PriceSource`](crate::PriceSource) has to do beyond present prices: history, search, and the
//! refusal of what it does not offer.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::check::{Outcome, ensure, ensure_eq, fails_with};
use super::source::{AT_ONCE, Source, SourceFixture, last_day, not_in_future, within_contract};
use crate::quote::{PriceHistory, PriceKey, Resolution};
use crate::source::{Deadline, HistoryRequest, Priority};
use crate::{Error, ErrorKind};

fn history_request(key: &PriceKey, resolution: Resolution, from: Date, to: Date) -> HistoryRequest {
    let request = HistoryRequest::daily(key.clone(), from, to);
    let request = if resolution == Resolution::Hourly {
        request.hourly()
    } else {
        request
    };
    request.for_caller(Priority::Interactive, Deadline::after(Duration::from_secs(60)))
}

pub(super) async fn history_is_in_order_and_in_its_range(source: &Source, fixture: &SourceFixture) -> Outcome {
    for (key, resolution, from, to) in &fixture.histories {
        let before = fixture.clock.now();
        let history = source.history(&history_request(key, *resolution, *from, *to)).await?;
        let after = fixture.clock.now();
        ensure_eq!(history.asset, key.asset, "the asset of the history of {key}");
        if let Some(currency) = key.currency {
            ensure_eq!(history.currency, currency, "the currency of the history of {key}");
        }
        ensure_eq!(
            history.resolution,
            *resolution,
            "the resolution of the history of {key}"
        );
        let fetched_at = history.fetched_at;
        let by_the_clock = before <= fetched_at && fetched_at <= after;
        ensure!(
            by_the_clock,
            "fetched_at of the history of {key} is {fetched_at}, not of {before} to {after}"
        );
        check_points(&history, *from, *to, after)?;
    }
    Ok(())
}

fn check_points(history: &PriceHistory, from: Date, to: Date, now: Timestamp) -> Outcome {
    let (asset, points) = (&history.asset, &history.points);
    ensure!(
        !points.is_empty(),
        "the history of {asset} from {from} to {to} is empty"
    );
    for pair in points.windows(2) {
        let (earlier, later) = (&pair[0], &pair[1]);
        let in_order = earlier.time < later.time && earlier.date <= later.date;
        ensure!(in_order, "the history of {asset} has {later:?} after {earlier:?}");
        let one_a_day = history.resolution != Resolution::Daily || earlier.date < later.date;
        ensure!(one_a_day, "the history of {asset} has two points for {}", later.date);
        ensure!(
            !earlier.provisional,
            "the history of {asset} has a provisional point that is not the last: {earlier:?}"
        );
    }
    let early = points.iter().filter(|point| point.date < from).count();
    ensure!(
        early <= 1,
        "the history of {asset} has {early} points before {from}; it may begin with the last publication before it"
    );
    for point in points {
        ensure!(point.date <= to, "the history of {asset} until {to} has {point:?}");
        ensure!(
            point.price > rust_decimal::Decimal::ZERO,
            "the history of {asset} has a price that is not above zero: {point:?}"
        );
        not_in_future(&format!("a point of the history of {asset}"), point.time, now)?;
    }
    Ok(())
}

pub(super) async fn splits_are_in_order_and_in_their_range(source: &Source, fixture: &SourceFixture) -> Outcome {
    for (key, resolution, from, to) in &fixture.histories {
        let history = source.history(&history_request(key, *resolution, *from, *to)).await?;
        let latest = last_day(fixture.clock.now()).min(*to);
        for split in &history.splits {
            ensure!(
                *from <= split.on && split.on <= latest,
                "the history of {key} from {from} to {latest} has {split:?}"
            );
        }
        for pair in history.splits.windows(2) {
            ensure!(
                pair[0].on < pair[1].on,
                "the history of {key} has {:?} after {:?}",
                pair[1],
                pair[0]
            );
        }
    }
    Ok(())
}

/// Days that have not come yet have no prices, and no prices are an error and no empty history. A source
/// that publishes on some days only may answer with its last publication.
pub(super) async fn a_range_without_prices_is_an_error(source: &Source, fixture: &SourceFixture) -> Outcome {
    let today = fixture.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let [from, to] = [30, 40].map(|days| today.saturating_add(jiff::Span::new().days(days)));
    for (key, resolution, ..) in &fixture.histories {
        let answer = source.history(&history_request(key, *resolution, from, to)).await;
        fixture.hides_in("history()", &answer)?;
        if let Ok(history) = &answer
            && let [last] = history.points.as_slice()
            && last.date < from
        {
            continue;
        }
        fails_with(
            answer,
            ErrorKind::MissingPrice,
            &format!("history() of {key} from {from} to {to}, today being {today}"),
        )?;
    }
    Ok(())
}

pub(super) async fn a_history_after_its_deadline_is_answered_at_once(
    source: &Source,
    fixture: &SourceFixture,
) -> Outcome {
    for (key, resolution, from, to) in &fixture.histories {
        let request =
            history_request(key, *resolution, *from, *to).for_caller(Priority::Job, Deadline::after(Duration::ZERO));
        let Ok(answer) = tokio::time::timeout(AT_ONCE, source.history(&request)).await else {
            ensure!(false, "history() works on {} s after its deadline", AT_ONCE.as_secs());
            return Ok(());
        };
        fixture.hides_in("history() after its deadline", &answer)?;
        if let Err(error) = answer {
            within_contract("history() after its deadline", &error)?;
        }
    }
    Ok(())
}

pub(super) async fn a_dropped_history_does_no_harm(source: &Source, fixture: &SourceFixture) -> Outcome {
    for (key, resolution, from, to) in &fixture.histories {
        let request = history_request(key, *resolution, *from, *to);
        for patience in [0, 1, 5] {
            let _ = tokio::time::timeout(Duration::from_millis(patience), source.history(&request)).await;
        }
        // A request of its own: the deadline of the first one may be near.
        source.history(&history_request(key, *resolution, *from, *to)).await?;
    }
    Ok(())
}

pub(super) async fn history_of_an_unknown_asset_is_an_error(source: &Source, fixture: &SourceFixture) -> Outcome {
    for (_, resolution, from, to) in &fixture.histories {
        let answer = source
            .history(&history_request(&fixture.unknown, *resolution, *from, *to))
            .await;
        fixture.hides_in("history()", &answer)?;
        match answer.map_err(|error: Error| error.kind()) {
            Err(ErrorKind::NotFound | ErrorKind::MissingPrice) => {}
            other => ensure!(
                false,
                "history() of the unknown {}: wanted the kind not_found, found {other:?}",
                fixture.unknown
            ),
        }
    }
    Ok(())
}

pub(super) async fn what_is_not_offered_is_unsupported(source: &Source, fixture: &SourceFixture) -> Outcome {
    let abilities = source.capabilities();
    let Some(key) = fixture.known.first() else {
        return Ok(());
    };
    let today = fixture.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    for (offered, resolution) in [
        (abilities.daily_days, Resolution::Daily),
        (abilities.hourly_days, Resolution::Hourly),
    ] {
        if offered.is_none() {
            let answer = source.history(&history_request(key, resolution, today, today)).await;
            fails_with(
                answer,
                ErrorKind::Unsupported,
                &format!("{} history() that capabilities() lacks", resolution.as_str()),
            )?;
            let asked = fixture.histories.iter().any(|(_, wanted, _, _)| *wanted == resolution);
            ensure!(
                !asked,
                "capabilities() lacks the {} history that the fixture has",
                resolution.as_str()
            );
        }
    }
    if !abilities.search {
        fails_with(
            source.search("a").await,
            ErrorKind::Unsupported,
            "search() that capabilities() lacks",
        )?;
        ensure!(
            fixture.search.is_none(),
            "capabilities() lacks the search that the fixture has"
        );
    }
    if !abilities.list {
        let deadline = Deadline::after(Duration::from_secs(60));
        fails_with(
            source.list(deadline).await,
            ErrorKind::Unsupported,
            "list() that capabilities() lacks",
        )?;
        ensure!(
            fixture.listed.is_none(),
            "capabilities() lacks the list that the fixture has"
        );
    }
    Ok(())
}

pub(super) async fn search_finds_assets_of_its_classes(source: &Source, fixture: &SourceFixture) -> Outcome {
    let Some(text) = &fixture.search else {
        return Ok(());
    };
    let abilities = source.capabilities();
    let found = source.search(text).await?;
    ensure!(!found.is_empty(), "search() of {text:?} finds nothing");
    let mut seen = BTreeSet::new();
    for info in found {
        ensure!(
            abilities.prices(info.asset.class()),
            "search() finds {}, whose class the source does not price",
            info.asset
        );
        ensure!(
            !info.name.trim().is_empty(),
            "search() finds {} without a name",
            info.asset
        );
        ensure!(seen.insert(info.asset.clone()), "search() finds {} twice", info.asset);
    }
    Ok(())
}
