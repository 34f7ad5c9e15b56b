//! Names of assets: lists, searches, what is said beside prices, and all of it offline.

#![cfg(feature = "memory")]
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use folio_core::memory::MemoryStore;
use folio_core::{
    AssetClass, AssetId, AssetInfo, AssetKind, Capabilities, Clock, Currency, Deadline, Error, ErrorKind, Holding,
    HoldingId, ManualClock, OwnerId, Portfolio, PortfolioStore, Price, PriceSource, Quote, QuoteBatch, QuoteRequest,
    Result, SourceId, Tracker,
};
use jiff::SignedDuration;

fn info(asset: &str, name: &str, ticker: &str) -> AssetInfo {
    AssetInfo {
        asset: asset.parse().unwrap(),
        name: name.to_owned(),
        ticker: Some(ticker.to_owned()),
        kind: AssetKind::Coin,
        currency: None,
        exchange: None,
    }
}

/// A vendor with a list of coins, or with a search for shares; it says names beside prices.
#[derive(Debug)]
struct Vendor {
    class: AssetClass,
    infos: Mutex<Vec<AssetInfo>>,
    down: AtomicBool,
    lists: AtomicU64,
    searches: AtomicU64,
}

impl Vendor {
    fn new(class: AssetClass, infos: &[AssetInfo]) -> Arc<Self> {
        Arc::new(Self {
            class,
            infos: Mutex::new(infos.to_vec()),
            down: AtomicBool::new(false),
            lists: AtomicU64::new(0),
            searches: AtomicU64::new(0),
        })
    }

    fn calls(&self) -> (u64, u64) {
        (self.lists.load(Ordering::SeqCst), self.searches.load(Ordering::SeqCst))
    }

    fn answer(&self) -> Result<Vec<AssetInfo>> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Unavailable, "the vendor is down"));
        }
        Ok(self.infos.lock().unwrap().clone())
    }
}

#[async_trait]
impl PriceSource for Vendor {
    fn id(&self) -> SourceId {
        SourceId::new(format!("vendor-{}", self.class))
    }

    fn capabilities(&self) -> Capabilities {
        let capabilities = Capabilities::new([self.class]).batches_of(100).with_search();
        if self.class == AssetClass::Crypto {
            capabilities.with_list()
        } else {
            capabilities
        }
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let price = Price::parse("1", Currency::USD).unwrap();
        let at = "2026-03-04T10:00:00Z".parse().unwrap();
        let quote = |key: &folio_core::PriceKey| (key.clone(), Ok(Quote::manual(key.asset.clone(), price, at)));
        let asked = |info: &AssetInfo| request.keys.iter().any(|key| key.asset == info.asset);
        let infos = self.answer()?.into_iter().filter(asked).collect();
        Ok(QuoteBatch::new(request.keys.iter().map(quote).collect()).with_infos(infos))
    }

    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        self.searches.fetch_add(1, Ordering::SeqCst);
        // As vendors do, it finds "berkshire" for "buffett" too.
        let text = text.to_lowercase();
        let fits = |info: &AssetInfo| info.name.to_lowercase().contains(&text) || text == "buffett";
        Ok(self.answer()?.into_iter().filter(fits).collect())
    }

    async fn list(&self, _: Deadline) -> Result<Vec<AssetInfo>> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        self.answer()
    }
}

struct World {
    clock: Arc<ManualClock>,
    coins: Arc<Vendor>,
    shares: Arc<Vendor>,
    store: Arc<MemoryStore>,
}

impl World {
    fn new() -> Self {
        let coins = [
            info("crypto:bitcoin", "Bitcoin", "BTC"),
            info("crypto:bitcoin-cash", "Bitcoin Cash", "BCH"),
            info("crypto:batcat", "batcat", "BTC"),
        ];
        let shares = [
            info("stock:BRK-B", "Berkshire Hathaway", "BRK-B"),
            info("stock:BITF", "Bitfarms", "BITF"),
        ];
        Self {
            clock: Arc::new(ManualClock::new("2026-03-04T10:00:00Z".parse().unwrap())),
            coins: Vendor::new(AssetClass::Crypto, &coins),
            shares: Vendor::new(AssetClass::Stock, &shares),
            store: Arc::new(MemoryStore::new()),
        }
    }

    /// A process with nothing in its memory.
    fn tracker(&self) -> Tracker {
        Tracker::builder()
            .clock(self.clock.clone())
            .store(self.store.clone())
            .source(self.coins.clone())
            .source(self.shares.clone())
            .build()
            .unwrap()
    }

    fn set_down(&self, down: bool) {
        self.coins.down.store(down, Ordering::SeqCst);
        self.shares.down.store(down, Ordering::SeqCst);
    }
}

async fn find(tracker: &Tracker, text: &str, class: Option<AssetClass>) -> Vec<String> {
    let found = tracker.search(text, class).await.unwrap();
    found.into_iter().map(|info| info.asset.to_string()).collect()
}

/// Waits until something that goes on behind is done.
async fn until(done: impl AsyncFn() -> bool) {
    for _ in 0..2_000 {
        if done().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    unreachable!("what was waited for did not come");
}

const COINS: Option<AssetClass> = Some(AssetClass::Crypto);
const SHARES: Option<AssetClass> = Some(AssetClass::Stock);

#[tokio::test]
async fn typing_a_coin_is_one_call_a_day_of_all_processes() {
    let world = World::new();
    let tracker = world.tracker();
    for end in 1..="bitcoin".len() {
        let found = find(&tracker, &"bitcoin"[..end], COINS).await;
        assert_eq!(found.first().map(String::as_str), Some("crypto:bitcoin"), "{end}");
    }
    assert_eq!(find(&tracker, "BTC", COINS).await, ["crypto:bitcoin", "crypto:batcat"]);
    assert_eq!(world.coins.calls(), (1, 0));

    // Another process finds it in the store.
    world.set_down(true);
    let other = world.tracker();
    assert_eq!(find(&other, "btc", COINS).await, ["crypto:bitcoin", "crypto:batcat"]);
    assert_eq!(find(&other, "nothing", COINS).await, [""; 0]);
    let shown = other.asset_info(&"crypto:batcat".parse().unwrap()).await.unwrap();
    assert_eq!(shown.map(|info| info.name).as_deref(), Some("batcat"));
    assert_eq!(world.coins.calls(), (1, 0));

    // After a day the list is read again, behind what is known.
    world.set_down(false);
    world
        .coins
        .infos
        .lock()
        .unwrap()
        .insert(0, info("crypto:newcoin", "New BTC", "BTC"));
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(find(&other, "btc", COINS).await, ["crypto:bitcoin", "crypto:batcat"]);
    until(async || find(&other, "btc", COINS).await.len() == 3).await;
    assert_eq!(
        find(&other, "btc", COINS).await[0],
        "crypto:newcoin",
        "the source's own order"
    );
    assert_eq!(find(&tracker, "btc", COINS).await[0], "crypto:bitcoin");
    until(async || find(&tracker, "btc", COINS).await[0] == "crypto:newcoin").await;
    assert_eq!(world.coins.calls(), (2, 0));
}

#[tokio::test]
async fn without_a_list_what_is_kept_is_found_and_else_the_failure_is_told() {
    let world = World::new();
    world.set_down(true);
    let error = world.tracker().search("bit", None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        find(&world.tracker(), "usd", None).await,
        ["currency:USD"],
        "currencies need nobody"
    );
    let kept = [info("crypto:bitcoin", "Bitcoin", "BTC")];
    world.store.put_asset_infos(&kept).await.unwrap();
    assert_eq!(find(&world.tracker(), "bit", COINS).await, ["crypto:bitcoin"]);
    // Whoever failed is not asked again at once, and then is.
    let lists = world.coins.calls().0;
    assert_eq!(lists, 1, "of all processes");
    world.set_down(false);
    world.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(find(&world.tracker(), "batc", COINS).await, ["crypto:batcat"]);
    assert_eq!(world.coins.calls().0, lists + 1);
}

#[tokio::test]
async fn a_share_is_searched_for_upstream_once_a_day() {
    let world = World::new();
    let tracker = world.tracker();
    for _ in 0..3 {
        assert_eq!(find(&tracker, "Buffett", SHARES).await.len(), 2);
    }
    assert_eq!(world.shares.calls(), (0, 1));
    world.set_down(true);
    // Kept at once, and asked for behind.
    assert_eq!(find(&tracker, "berk", SHARES).await, ["stock:BRK-B"]);
    assert_eq!(find(&world.tracker(), "bitf", SHARES).await, ["stock:BITF"]);
    let error = tracker.search("zzz", SHARES).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    world.set_down(false);
    world.clock.advance(SignedDuration::from_hours(25));
    let before = world.shares.calls().1;
    assert_eq!(find(&tracker, "buffett", SHARES).await.len(), 2);
    assert_eq!(world.shares.calls().1, before + 1);
}

#[tokio::test]
async fn names_are_learnt_beside_prices_and_with_holdings() {
    let world = World::new();
    let tracker = world.tracker();
    let (share, coin): (AssetId, AssetId) = ("stock:BITF".parse().unwrap(), "crypto:bitcoin".parse().unwrap());
    tracker.quote(&OwnerId::default(), &share, None).await.unwrap();
    let known = async |asset: &AssetId| {
        !world
            .store
            .asset_infos(std::slice::from_ref(asset))
            .await
            .unwrap()
            .is_empty()
    };
    until(async || known(&share).await).await;
    assert_eq!(world.shares.calls(), (0, 0));
    assert_eq!(find(&world.tracker(), "bitf", SHARES).await, ["stock:BITF"]);

    let now = world.clock.now();
    let holding = Holding::new(
        HoldingId::new(now),
        "crypto:batcat".parse().unwrap(),
        "1".parse().unwrap(),
    )
    .unwrap();
    let portfolio = Portfolio::new("P", Currency::USD, now).with(holding);
    tracker.create_portfolio(portfolio).await.unwrap();
    until(async || known(&coin).await).await;
    assert_eq!(world.coins.calls(), (1, 0), "the whole list, since a coin was added");
}

#[tokio::test]
async fn news_takes_nothing_away() {
    let world = World::new();
    let full = AssetInfo {
        currency: Some(Currency::USD),
        exchange: Some("NASDAQ".to_owned()),
        kind: AssetKind::Equity,
        ..info("stock:BITF", "Bitfarms", "BITF")
    };
    world.store.put_asset_infos(std::slice::from_ref(&full)).await.unwrap();
    let bare = AssetInfo {
        ticker: None,
        kind: AssetKind::Other,
        ..info("stock:BITF", "Bitfarms Ltd.", "")
    };
    *world.shares.infos.lock().unwrap() = vec![bare];
    let tracker = world.tracker();
    tracker.quote(&OwnerId::default(), &full.asset, None).await.unwrap();
    let wanted = AssetInfo {
        name: "Bitfarms Ltd.".to_owned(),
        ..full.clone()
    };
    let kept = async || {
        world
            .store
            .asset_infos(std::slice::from_ref(&full.asset))
            .await
            .unwrap()
    };
    until(async || kept().await == [wanted.clone()]).await;
}
