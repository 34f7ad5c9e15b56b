//! That a [`PriceSource`](crate::PriceSource) keeps to the keys that it is asked for, however many.

use super::check::{Outcome, ensure, ensure_eq};
use super::source::{Source, SourceFixture, all_of, ask, keys_of, within_contract};
use crate::asset::{AssetClass, AssetId};
use crate::quote::PriceKey;

/// As many keys as a portfolio may have, most of them of the unknown key's kind, which a vendor's fixture
/// may or may not price.
pub(super) async fn each_of_250_keys_is_answered_once(source: &Source, fixture: &SourceFixture) -> Outcome {
    let others = (0..250).filter_map(|n| another_like(&fixture.unknown, n));
    let mut keys: Vec<PriceKey> = others.take(250_usize.saturating_sub(fixture.known.len())).collect();
    for (n, key) in fixture.known.iter().enumerate() {
        // The known ones stand at all places, the last one included.
        keys.insert(keys.len() * (n + 1) / fixture.known.len(), key.clone());
    }
    let batch = ask(source, keys.clone()).await?;
    ensure_eq!(
        keys_of(&batch),
        all_of(&keys),
        "the keys that quotes() answers of {}",
        keys.len()
    );
    for (key, outcome) in &batch.outcomes {
        match outcome {
            Ok(quote) => {
                ensure_eq!(quote.asset, key.asset, "the asset of the quote for {key}");
                ensure!(!quote.price.is_zero(), "the price of {key} is zero");
            }
            Err(unpriced) => ensure!(
                !fixture.known.contains(key),
                "{key} has no price beside {} others: {unpriced}",
                keys.len() - 1
            ),
        }
    }
    Ok(())
}

/// A key of the same kind as `key`: another symbol, or another currency for one euro.
fn another_like(key: &PriceKey, n: usize) -> Option<PriceKey> {
    let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
    if key.asset.class() == AssetClass::Currency {
        let code = format!("Q{}{}", letter(n / 26), letter(n));
        return Some(PriceKey::per_euro(code.parse().ok()?)).filter(|other| other != key);
    }
    let symbol = format!("{}{}{}", key.asset.symbol(), letter(n / 26), letter(n));
    Some(PriceKey {
        asset: AssetId::new(key.asset.class(), &symbol).ok()?,
        currency: key.currency,
    })
}

/// A price in another currency than the one that was asked for would be taken for one in it.
pub(super) async fn a_currency_that_is_asked_for_is_kept_to(source: &Source, fixture: &SourceFixture) -> Outcome {
    // The code that ISO 4217 reserves for tests: a vendor prices in it only if it prices in anything.
    let Ok(currency) = "XTS".parse() else {
        return Ok(());
    };
    let keys = fixture.known.iter().map(|key| PriceKey {
        asset: key.asset.clone(),
        currency: Some(currency),
    });
    let mut keys: Vec<PriceKey> = keys.collect();
    keys.sort();
    keys.dedup();
    let batch = match ask(source, keys.clone()).await {
        Ok(batch) => batch,
        // A vendor that refuses the currency has nothing to say of any key.
        Err(error) => return within_contract("quotes()", &error),
    };
    ensure_eq!(keys_of(&batch), all_of(&keys), "the keys that quotes() answers");
    for (key, outcome) in batch.outcomes {
        if let Ok(quote) = outcome {
            ensure_eq!(quote.price.currency(), currency, "the currency of the quote for {key}");
        }
    }
    Ok(())
}
