//! What a [`PriceSource`](crate::PriceSource) says of assets beside their prices: names, and a list of all.

use std::collections::BTreeSet;
use std::time::Duration;

use super::check::{Outcome, ensure};
use super::source::{AT_ONCE, Source, SourceFixture, ask, within_contract};
use crate::asset::AssetInfo;
use crate::source::Deadline;

/// A name is stored with the asset that it is of, so one that nobody asked about would be kept unseen.
pub(super) async fn infos_are_of_what_was_asked(source: &Source, fixture: &SourceFixture) -> Outcome {
    let all = ask(source, fixture.mixed()).await?.infos;
    check_infos("quotes()", source, &all)?;
    for info in &all {
        let known = fixture.known.iter().any(|key| key.asset == info.asset);
        ensure!(known, "quotes() describes {}, which no known key is for", info.asset);
    }
    for key in &fixture.known {
        for info in ask(source, [key.clone()]).await?.infos {
            ensure!(
                info.asset == key.asset,
                "quotes() of {key} describes {}, which was not asked for",
                info.asset
            );
        }
    }
    Ok(())
}

pub(super) async fn the_list_has_each_asset_once(source: &Source, fixture: &SourceFixture) -> Outcome {
    let Some(wanted) = &fixture.listed else {
        return Ok(());
    };
    let listed = source.list(Deadline::after(Duration::from_secs(60))).await?;
    check_infos("list()", source, &listed)?;
    let found = listed.iter().any(|info| info.asset == *wanted);
    ensure!(found, "list() lacks {wanted} among {} assets", listed.len());
    Ok(())
}

fn check_infos(call: &str, source: &Source, infos: &[AssetInfo]) -> Outcome {
    let abilities = source.capabilities();
    let mut seen = BTreeSet::new();
    for info in infos {
        let asset = &info.asset;
        ensure!(
            abilities.prices(asset.class()),
            "{call} describes {asset}, whose class the source does not price"
        );
        ensure!(seen.insert(asset), "{call} describes {asset} twice");
        ensure!(!info.name.trim().is_empty(), "{call} describes {asset} without a name");
        let ticker = info.ticker.as_deref();
        ensure!(
            ticker.is_none_or(|ticker| !ticker.trim().is_empty()),
            "{call} describes {asset} with a blank ticker"
        );
    }
    Ok(())
}

pub(super) async fn a_list_after_its_deadline_is_answered_at_once(source: &Source, fixture: &SourceFixture) -> Outcome {
    if fixture.listed.is_none() {
        return Ok(());
    }
    let Ok(answer) = tokio::time::timeout(AT_ONCE, source.list(Deadline::after(Duration::ZERO))).await else {
        ensure!(false, "list() works on {} s after its deadline", AT_ONCE.as_secs());
        return Ok(());
    };
    fixture.hides_in("list() after its deadline", &answer)?;
    match answer {
        Ok(_) => Ok(()),
        Err(error) => within_contract("list() after its deadline", &error),
    }
}
