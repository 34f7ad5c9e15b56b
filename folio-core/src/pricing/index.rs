//! Finding assets by name in memory.

use hashbrown::HashMap;

use crate::asset::{AssetClass, AssetId, AssetInfo};

/// The most assets that a search finds.
const MOST_FOUND: usize = 50;
/// What stands between the words of an entry; no name has it.
const BETWEEN: char = '\0';

/// Names of assets, searchable as somebody types.
///
/// Every search looks at every entry once and allocates for what it finds only, so its time grows with
/// the number of assets and not with what they are called.
///
/// ```
/// use folio_core::pricing::AssetIndex;
/// use folio_core::{AssetInfo, AssetKind};
///
/// let coin = |asset: &str, name: &str, ticker: &str| AssetInfo {
///     asset: asset.parse().unwrap(),
///     name: name.to_owned(),
///     ticker: Some(ticker.to_owned()),
///     kind: AssetKind::Coin,
///     currency: None,
///     exchange: None,
/// };
/// let mut index = AssetIndex::default();
/// index.put(coin("crypto:btc-proxy", "BTC Proxy", "BTCP"), None);
/// index.put(coin("crypto:bitcoin", "Bitcoin", "BTC"), Some(0));
/// let found: Vec<_> = index.search("btc", None).map(|info| info.name.as_str()).collect();
/// assert_eq!(found, ["Bitcoin", "BTC Proxy"]);
/// ```
#[derive(Debug, Default)]
pub struct AssetIndex {
    entries: Vec<Entry>,
    by_asset: HashMap<AssetId, usize>,
}

#[derive(Debug)]
struct Entry {
    info: AssetInfo,
    /// Ticker, symbol and name in lower case, so that one look for a text looks into all three.
    words: Box<str>,
    /// The place in the source's own order of importance.
    rank: u32,
}

impl Entry {
    fn new(info: AssetInfo, rank: Option<u32>) -> Self {
        let ticker = info.ticker.as_deref().unwrap_or_default();
        let words = format!("{ticker}{BETWEEN}{}{BETWEEN}{}", info.asset.symbol(), info.name);
        Self {
            words: words.to_lowercase().into_boxed_str(),
            rank: rank.unwrap_or(u32::MAX),
            info,
        }
    }

    /// How well the entry fits a text in lower case: lower is better.
    fn fit(&self, text: &str) -> Option<Fit> {
        if !self.words.contains(text) {
            return None;
        }
        let mut words = self.words.split(BETWEEN);
        let ticker = words.next().unwrap_or_default();
        let mut fit = Fit::Within;
        for word in words {
            if word == text {
                fit = fit.min(Fit::Name);
            } else if word.starts_with(text) {
                fit = fit.min(Fit::Beginning);
            }
        }
        Some(if ticker == text {
            Fit::Ticker
        } else if ticker.starts_with(text) {
            fit.min(Fit::Beginning)
        } else {
            fit
        })
    }
}

/// What of an entry a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The ticker.
    Ticker,
    /// The symbol or the name.
    Name,
    /// The beginning of one of them.
    Beginning,
    /// A part of one of them.
    Within,
}

impl AssetIndex {
    /// The number of assets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no asset.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is known of an asset.
    #[must_use]
    pub fn get(&self, asset: &AssetId) -> Option<&AssetInfo> {
        self.by_asset.get(asset).map(|index| &self.entries[*index].info)
    }

    /// Puts an asset in, in the place of what was known of it. `rank` is its place in its source's own
    /// order of importance, from zero; without one the place that it had stays.
    pub fn put(&mut self, info: AssetInfo, rank: Option<u32>) {
        match self.by_asset.get(&info.asset) {
            Some(index) => {
                let before = &mut self.entries[*index];
                let rank = rank.unwrap_or(before.rank);
                *before = Entry::new(info, Some(rank));
            }
            None => {
                self.by_asset.insert(info.asset.clone(), self.entries.len());
                self.entries.push(Entry::new(info, rank));
            }
        }
    }

    /// The assets whose ticker, symbol or name contains `text` in any case, the best 50 first: the ticker
    /// itself, the symbol or name itself, their beginnings, any part. Of equals the more important, the
    /// one with the shorter name, and the first by the alphabet come first.
    pub fn search(&self, text: &str, class: Option<AssetClass>) -> impl Iterator<Item = &AssetInfo> {
        let text = lower(text);
        let order = |(fit, entry): &(Fit, &Entry)| (*fit, entry.rank, entry.info.name.len());
        let names = |a: &Entry, b: &Entry| (&a.info.name, &a.info.asset).cmp(&(&b.info.name, &b.info.asset));
        let mut found: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| class.is_none_or(|class| entry.info.asset.class() == class))
            .filter_map(|entry| Some((entry.fit(&text)?, entry)))
            .collect();
        let compare = |a: &(Fit, &Entry), b: &(Fit, &Entry)| order(a).cmp(&order(b)).then_with(|| names(a.1, b.1));
        if found.len() > MOST_FOUND {
            found.select_nth_unstable_by(MOST_FOUND - 1, compare);
            found.truncate(MOST_FOUND);
        }
        found.sort_unstable_by(compare);
        found.into_iter().map(|(_, entry)| &entry.info)
    }

    /// Whether an asset of a class has `text` in its ticker, symbol or name, in any case.
    #[must_use]
    pub fn has(&self, text: &str, class: AssetClass) -> bool {
        let text = lower(text);
        let mut of_class = self.entries.iter().filter(|entry| entry.info.asset.class() == class);
        of_class.any(|entry| entry.words.contains(&text))
    }

    /// About how many bytes the index takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let text = |entry: &Entry| {
            let info = &entry.info;
            let optional = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
            // The symbol is shared with the map, with two counters before it.
            let symbol = info.asset.symbol().len() + 2 * size_of::<usize>();
            entry.words.len() + info.name.capacity() + optional(&info.ticker) + optional(&info.exchange) + symbol
        };
        let slots = self.by_asset.capacity() * (size_of::<(AssetId, usize)>() + 1);
        self.entries.iter().map(text).sum::<usize>() + self.entries.capacity() * size_of::<Entry>() + slots
    }

    /// The assets with a place in their source's order of importance, the most important first.
    #[cfg(test)]
    fn ranked(&self) -> Vec<&AssetId> {
        let mut ranked: Vec<_> = self.entries.iter().filter(|entry| entry.rank != u32::MAX).collect();
        ranked.sort_by_key(|entry| entry.rank);
        ranked.into_iter().map(|entry| &entry.info.asset).collect()
    }
}

/// A text as entries have it. Between two words there is nothing to find.
fn lower(text: &str) -> String {
    text.replace(BETWEEN, "\u{fffd}").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::AssetKind;

    fn info(asset: &str, name: &str, ticker: &str) -> AssetInfo {
        AssetInfo {
            asset: asset.parse().unwrap(),
            name: name.to_owned(),
            ticker: (!ticker.is_empty()).then(|| ticker.to_owned()),
            kind: AssetKind::Coin,
            currency: None,
            exchange: None,
        }
    }

    fn index() -> AssetIndex {
        let mut index = AssetIndex::default();
        for (rank, (asset, name, ticker)) in [
            ("crypto:wrapped-bitcoin", "Wrapped Bitcoin", "WBTC"),
            ("crypto:bitcoin", "Bitcoin", "BTC"),
            ("crypto:bitcoin-cash", "Bitcoin Cash", "BCH"),
            ("crypto:batcat", "batcat", "BTC"),
            ("stock:BTC", "Grayscale Mini Trust", "BTC"),
            ("stock:ENEL.MI", "Società Énergie", ""),
            ("crypto:btc-zed", "Zed", "Z"),
            ("crypto:btc-abe", "Abe", "A"),
        ]
        .into_iter()
        .enumerate()
        {
            let rank = (rank < 3).then_some([2, 0, 1][rank.min(2)]);
            index.put(info(asset, name, ticker), rank);
        }
        index
    }

    #[track_caller]
    fn check(text: &str, class: Option<AssetClass>, wanted: &[&str]) {
        let index = index();
        let found: Vec<_> = index.search(text, class).map(|info| info.asset.to_string()).collect();
        assert_eq!(found, wanted, "{text}");
        for class in AssetClass::ALL {
            let any = index.search(text, Some(class)).next().is_some();
            assert_eq!(index.has(text, class), any, "{text} {class}");
        }
    }

    #[test]
    fn the_best_fit_comes_first() {
        // Of three with the ticker the ranked one, then the shorter name.
        let all = [
            "crypto:bitcoin",
            "crypto:batcat",
            "stock:BTC",
            "crypto:btc-abe",
            "crypto:btc-zed",
            "crypto:wrapped-bitcoin",
        ];
        check("btc", None, &all);
        check("BTC", Some(AssetClass::Stock), &["stock:BTC"]);
        check(
            "bitcoin",
            None,
            &["crypto:bitcoin", "crypto:bitcoin-cash", "crypto:wrapped-bitcoin"],
        );
        check("coin c", None, &["crypto:bitcoin-cash"]);
        check("éner", None, &["stock:ENEL.MI"]);
        check("ÉNER", None, &["stock:ENEL.MI"]);
        check("ener", None, &[]);
        check("\0", None, &all[..0]);
        check("nothing", None, &[]);
    }

    #[test]
    fn an_asset_is_in_it_once_and_keeps_its_place() {
        let mut index = index();
        let count = index.len();
        index.put(info("crypto:bitcoin", "Bitcoin Core", "XBT"), None);
        assert_eq!(index.len(), count);
        assert_eq!(index.search("xbt", None).count(), 1);
        assert_eq!(
            index.ranked().first().map(ToString::to_string).as_deref(),
            Some("crypto:bitcoin")
        );
        index.put(info("crypto:bitcoin", "Bitcoin", "BTC"), Some(9));
        assert_eq!(
            index.ranked().last().map(ToString::to_string).as_deref(),
            Some("crypto:bitcoin")
        );
    }

    #[test]
    fn fifty_are_found_at_most_and_they_are_the_best() {
        let mut index = AssetIndex::default();
        for n in (0..500).rev() {
            index.put(info(&format!("crypto:coin-{n}"), &format!("Coin {n:03}"), ""), None);
        }
        let found: Vec<_> = index.search("coin", None).map(|info| info.name.clone()).collect();
        let wanted: Vec<_> = (0..50).map(|n| format!("Coin {n:03}")).collect();
        assert_eq!(found, wanted);
        assert!(index.bytes() > 500 * 100);
    }
}
