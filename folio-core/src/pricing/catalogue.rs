//! Names of assets: from the lists of the sources, from what they find and say beside prices, kept in the
//! store and found without a call.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures::future::join_all;
use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::Sources;
use super::index::AssetIndex;
use crate::asset::{AssetClass, AssetId, AssetInfo};
use crate::book::age;
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::source::{Deadline, PriceSource};
use crate::store::{OpsStore, PortfolioStore, RecordKind, Row, Table};
use crate::{Error, ErrorKind, Result};

/// How old a list may be, and how long a search by text is not repeated upstream.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// After how long a list that could not be had is asked for again, by whatever process.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// How long somebody who searches waits for a first list or for an upstream search.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the download of a list may take.
const LIST_LIMIT: Duration = Duration::from_secs(60);
/// How many assets are read, and written in one transaction, at once.
const PAGE: usize = 5_000;
/// Of how many assets the place in the source's order of importance is kept.
const MOST_RANKED: usize = 5_000;
/// How many texts are remembered as searched for.
const MOST_ASKED: u64 = 10_000;

/// When a source's list was read last, and which assets it names first.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct AssetList {
    source: SourceId,
    asked_at: Timestamp,
    listed_at: Option<Timestamp>,
    first: Vec<AssetId>,
}

impl Row for AssetList {
    const KIND: RecordKind = RecordKind("asset_list");

    fn key(&self) -> String {
        self.source.to_string()
    }
}

/// When a source's list was read and asked for last, as far as this process knows.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    listed_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

/// What an upstream search found, and when.
type Asked = (Timestamp, Arc<Vec<AssetId>>);

/// The names of assets that this process knows; cheap to clone.
#[derive(Clone)]
pub(crate) struct Catalogue(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    sources: Arc<Sources>,
    store: Arc<dyn PortfolioStore>,
    records: Arc<dyn OpsStore>,
    index: RwLock<AssetIndex>,
    loaded: OnceCell<()>,
    lists: Mutex<HashMap<SourceId, Listed>>,
    listing: tokio::sync::Mutex<()>,
    asked: Cache<(SourceId, String), Asked>,
    /// What was learnt already, by its digest, so that the same news costs nothing the second time.
    learnt: Mutex<HashMap<AssetId, u64>>,
}

impl Catalogue {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        sources: Arc<Sources>,
        store: Arc<dyn PortfolioStore>,
        records: Arc<dyn OpsStore>,
    ) -> Self {
        Self(Arc::new(Inner {
            clock,
            sources,
            store,
            records,
            index: RwLock::default(),
            loaded: OnceCell::new(),
            lists: Mutex::default(),
            listing: tokio::sync::Mutex::default(),
            asked: Cache::new(MOST_ASKED),
            learnt: Mutex::default(),
        }))
    }

    /// The kept assets that fit a text, the best first. A class with a list is answered without a call; of
    /// another one the sources are asked once a day for a text, waited for only where nothing is kept.
    pub(crate) async fn search(&self, text: &str, class: Option<AssetClass>) -> Result<Vec<AssetInfo>> {
        self.load().await?;
        let mut failure = self.ensure_lists(class).await.err();
        let mut extra = Vec::new();
        let mut answered = false;
        let asked = self.upstream(text, class).into_iter();
        for (source, found) in join_all(asked.map(|(source, waits)| self.ask(source, text, waits))).await {
            match found {
                Ok(found) => {
                    answered = true;
                    extra.extend(found.iter().cloned());
                }
                Err(error) => {
                    tracing::warn!(%source, %error, "a search failed");
                    failure = Some(error);
                }
            }
        }
        let index = self.0.index.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = index.search(text, class).cloned().collect();
        // A source may find what has the text nowhere in its names.
        for asset in extra {
            let wanted = class.is_none_or(|class| asset.class() == class);
            if wanted && !found.iter().any(|info| info.asset == asset) {
                found.extend(index.get(&asset).cloned());
            }
        }
        match failure {
            Some(error) if found.is_empty() && !answered => Err(error),
            _ => Ok(found),
        }
    }

    /// Keeps what was said of assets, new or changed, without anybody waiting.
    pub(crate) fn learn(&self, infos: Vec<AssetInfo>) {
        if infos.is_empty() {
            return;
        }
        let fresh: Vec<_> = {
            let mut learnt = self.0.learnt.lock().unwrap_or_else(PoisonError::into_inner);
            let is_news = |info: &AssetInfo| {
                let digest = digest(info);
                learnt.insert(info.asset.clone(), digest) != Some(digest)
            };
            infos.into_iter().filter(is_news).collect()
        };
        if fresh.is_empty() {
            return;
        }
        let catalogue = self.clone();
        tokio::spawn(async move {
            if let Err(error) = catalogue.keep(fresh, false).await {
                tracing::warn!(%error, "the names of assets cannot be kept");
            }
        });
    }

    /// Has the lists of a class brought up to date without anybody waiting.
    pub(crate) fn refresh_behind(&self, class: AssetClass) {
        for source in self.listing(Some(class)) {
            if self.is_due(&source.id()) {
                self.refresh(source);
            }
        }
    }

    /// Waits for the first list of a class, where there is none yet.
    pub(crate) async fn ensure_lists(&self, class: Option<AssetClass>) -> Result<()> {
        let mut first = Vec::new();
        for source in self.listing(class) {
            let id = source.id();
            if !self.is_due(&id) {
                continue;
            }
            let refreshed = self.refresh(source);
            if self.listed(&id).listed_at.is_none() {
                first.push((id, refreshed));
            }
        }
        let deadline = Deadline::after(PATIENCE);
        let mut failure = None;
        for (id, refreshed) in first {
            failure = match tokio::time::timeout_at(deadline.instant(), refreshed).await {
                Ok(Ok(Ok(()))) => failure,
                Ok(Ok(Err(error))) => Some(error),
                Ok(Err(_)) => Some(Error::new(ErrorKind::Internal, "reading a list of assets ended early")),
                Err(_) => Some(Error::new(
                    ErrorKind::Timeout,
                    format!("{id} did not send its list in time"),
                )),
            };
        }
        failure.map_or(Ok(()), Err)
    }

    fn listing(&self, class: Option<AssetClass>) -> impl Iterator<Item = Arc<dyn PriceSource>> {
        let lists = move |source: &&Arc<dyn PriceSource>| {
            let capabilities = source.capabilities();
            capabilities.list && class.is_none_or(|class| capabilities.prices(class))
        };
        self.0.sources.all.iter().filter(lists).cloned()
    }

    /// The sources that have to be asked for a text, and whether their answer is waited for.
    fn upstream(&self, text: &str, class: Option<AssetClass>) -> Vec<(Arc<dyn PriceSource>, bool)> {
        let index = self.0.index.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = |of: &AssetClass| class.is_none_or(|class| class == *of);
        let mut asked = Vec::new();
        for source in &self.0.sources.all {
            let capabilities = source.capabilities();
            let has_list = capabilities.list && self.listed(&source.id()).listed_at.is_some();
            if capabilities.search && !has_list && capabilities.classes.iter().any(wanted) {
                let mut classes = capabilities.classes.iter().filter(|class| wanted(class));
                let known = classes.any(|class| index.has(text, *class));
                asked.push((Arc::clone(source), !known));
            }
        }
        asked
    }

    /// What a source finds for a text; nothing yet if that is not waited for.
    async fn ask(
        &self,
        source: Arc<dyn PriceSource>,
        text: &str,
        waits: bool,
    ) -> (SourceId, Result<Arc<Vec<AssetId>>>) {
        let key = (source.id(), text.to_lowercase());
        if let Some((at, found)) = self.0.asked.get(&key).await
            && age(at, self.0.clock.now()) <= FRESH
        {
            return (key.0, Ok(found));
        }
        let (catalogue, id) = (self.clone(), key.0.clone());
        let text = text.to_owned();
        // A task of its own, so that what was asked is kept also when nobody waits any more.
        let task = tokio::spawn(async move {
            let deadline = Deadline::after(PATIENCE);
            let found = tokio::time::timeout_at(deadline.instant(), source.search(&text)).await;
            let late = |_| {
                Err(Error::new(
                    ErrorKind::Timeout,
                    format!("{} did not answer in time", source.id()),
                ))
            };
            let found = found.unwrap_or_else(late)?;
            let assets: Arc<Vec<_>> = Arc::new(found.iter().map(|info| info.asset.clone()).collect());
            catalogue.keep(found, false).await?;
            let asked = (catalogue.0.clock.now(), Arc::clone(&assets));
            catalogue.0.asked.insert(key, asked).await;
            Ok(assets)
        });
        if !waits {
            return (id, Ok(Arc::default()));
        }
        let aborted = |_| Err(Error::new(ErrorKind::Internal, "a search ended early"));
        (id, task.await.unwrap_or_else(aborted))
    }

    fn listed(&self, source: &SourceId) -> Listed {
        let lists = self.0.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(source).copied().unwrap_or_default()
    }

    fn note(&self, list: &AssetList) {
        let listed = Listed {
            listed_at: list.listed_at,
            asked_at: Some(list.asked_at),
        };
        let mut lists = self.0.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.insert(list.source.clone(), listed);
    }

    fn is_due(&self, source: &SourceId) -> bool {
        let (listed, now) = (self.listed(source), self.0.clock.now());
        let within = |at: Option<Timestamp>, span| at.is_some_and(|at| age(at, now) <= span);
        !within(listed.listed_at, FRESH) && !within(listed.asked_at, AGAIN)
    }

    fn refresh(&self, source: Arc<dyn PriceSource>) -> tokio::task::JoinHandle<Result<()>> {
        let catalogue = self.clone();
        tokio::spawn(async move {
            let refreshed = catalogue.read_list(&*source).await;
            if let Err(error) = &refreshed {
                tracing::warn!(source = %source.id(), %error, "the list of assets cannot be read");
            }
            refreshed
        })
    }

    /// Reads a source's list, unless somebody else has or is about to.
    async fn read_list(&self, source: &dyn PriceSource) -> Result<()> {
        let _one_at_a_time = self.0.listing.lock().await;
        let (id, now) = (source.id(), self.0.clock.now());
        self.load().await?;
        if !self.is_due(&id) {
            return Ok(());
        }
        let table: Table<'_, AssetList> = Table::new(&*self.0.records);
        loop {
            let Some(mut list) = table.get(id.as_str()).await? else {
                let list = AssetList {
                    source: id.clone(),
                    asked_at: now,
                    listed_at: None,
                    first: Vec::new(),
                };
                self.note(&list);
                if table.insert(&list).await? {
                    break;
                }
                continue;
            };
            if list.listed_at.is_some_and(|at| age(at, now) <= FRESH) {
                return self.reload().await;
            }
            if age(list.asked_at, now) <= AGAIN {
                self.note(&list);
                return Ok(());
            }
            list.asked_at = now;
            self.note(&list);
            if table.replace(&mut list).await? {
                break;
            }
        }
        let deadline = Deadline::after(LIST_LIMIT);
        let late = |_| {
            Err(Error::new(
                ErrorKind::Timeout,
                format!("{id} did not send its list in time"),
            ))
        };
        let listed = tokio::time::timeout_at(deadline.instant(), source.list(deadline)).await;
        let listed = listed.unwrap_or_else(late)?;
        let first: Vec<_> = listed.iter().take(MOST_RANKED).map(|info| info.asset.clone()).collect();
        tracing::info!(source = %id, assets = listed.len(), "the list of assets is read");
        self.keep(listed, true).await?;
        let list = table.modify(id.as_str(), |list| {
            list.listed_at = Some(now);
            list.first.clone_from(&first);
            Ok(true)
        });
        if let Some(list) = list.await? {
            self.note(&list);
        }
        Ok(())
    }

    /// Reads what is kept, once in the life of the process.
    async fn load(&self) -> Result<()> {
        self.0.loaded.get_or_try_init(|| self.reload()).await.map(|_| ())
    }

    async fn reload(&self) -> Result<()> {
        let mut ranks = HashMap::new();
        let table: Table<'_, AssetList> = Table::new(&*self.0.records);
        for source in self.listing(None) {
            if let Some(list) = table.get(source.id().as_str()).await? {
                self.note(&list);
                for (rank, asset) in (0..).zip(&list.first) {
                    ranks.entry(asset.clone()).or_insert(rank);
                }
            }
        }
        let mut after = None;
        loop {
            let page = self.0.store.asset_infos_after(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.asset.clone());
            let mut index = self.0.index.write().unwrap_or_else(PoisonError::into_inner);
            for info in page {
                let rank = ranks.get(&info.asset).copied();
                index.put(info, rank);
            }
        }
    }

    /// Writes what is new or changed, a transaction a page, and puts it into the index.
    async fn keep(&self, infos: Vec<AssetInfo>, in_order: bool) -> Result<()> {
        let ranked = |place: usize| u32::try_from(place).ok().filter(|_| in_order && place < MOST_RANKED);
        let infos: Vec<_> = infos.into_iter().enumerate().collect();
        for page in infos.chunks(PAGE) {
            let known = self.known(page).await?;
            let merged: Vec<_> = page
                .iter()
                .map(|(place, info)| (ranked(*place), merge(known.get(&info.asset), info)))
                .collect();
            let news: Vec<_> = merged
                .iter()
                .map(|(_, info)| info)
                .filter(|info| known.get(&info.asset) != Some(info))
                .cloned()
                .collect();
            if !news.is_empty() {
                self.0.store.put_asset_infos(&news).await?;
            }
            let mut index = self.0.index.write().unwrap_or_else(PoisonError::into_inner);
            for (rank, info) in merged {
                index.put(info, rank);
            }
        }
        Ok(())
    }

    async fn known(&self, page: &[(usize, AssetInfo)]) -> Result<HashMap<AssetId, AssetInfo>> {
        let by_asset = |info: AssetInfo| (info.asset.clone(), info);
        if self.0.loaded.initialized() {
            let index = self.0.index.read().unwrap_or_else(PoisonError::into_inner);
            let known = page.iter().filter_map(|(_, info)| index.get(&info.asset).cloned());
            return Ok(known.map(by_asset).collect());
        }
        let assets: Vec<_> = page.iter().map(|(_, info)| info.asset.clone()).collect();
        let known = self.0.store.asset_infos(&assets).await?;
        Ok(known.into_iter().map(by_asset).collect())
    }
}

/// The news, with what was known where the news does not say it.
fn merge(known: Option<&AssetInfo>, news: &AssetInfo) -> AssetInfo {
    let mut merged = news.clone();
    if let Some(known) = known {
        merged.ticker = merged.ticker.or_else(|| known.ticker.clone());
        merged.currency = merged.currency.or(known.currency);
        merged.exchange = merged.exchange.or_else(|| known.exchange.clone());
        if merged.kind == crate::asset::AssetKind::Other {
            merged.kind = known.kind;
        }
        if merged.name.is_empty() {
            merged.name.clone_from(&known.name);
        }
    }
    merged
}

fn digest(info: &AssetInfo) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&info.name, &info.ticker, info.kind, info.currency, &info.exchange).hash(&mut hasher);
    hasher.finish()
}
