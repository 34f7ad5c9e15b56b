//! What assets are called and what currencies once cost.

use bson::{Document, doc};
use folio_core::{AssetId, AssetInfo, Currency, ReferenceRate, Result};
use jiff::civil::Date;

use crate::encode::{rate_id, read_info, read_rate, write_info, write_rate};
use crate::error::{DUPLICATE_KEY, corrupt};
use crate::store::{MongoStore, batch, count};

/// How many keys one query asks for, and how many documents one command writes.
const KEYS: usize = 5_000;

impl MongoStore {
    pub(crate) async fn put_infos(&self, infos: &[AssetInfo]) -> Result<()> {
        for part in infos.chunks(KEYS) {
            let mut updates = Vec::with_capacity(part.len());
            for info in part {
                let document = Document::try_from(&write_info(info)?).map_err(|error| corrupt("asset", error))?;
                updates.push(doc! { "q": { "_id": info.asset.to_string() }, "u": document, "upsert": true });
            }
            let written = self.update("assets", updates.clone(), DUPLICATE_KEY).await?;
            if !written.refused.is_empty() {
                // Another process inserted one of them at the same moment; now it is there to be replaced.
                self.update("assets", updates, 0).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn find_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>> {
        let mut found = Vec::new();
        for part in assets.chunks(KEYS) {
            let keys: Vec<String> = part.iter().map(ToString::to_string).collect();
            let find = self.assets.find(doc! { "_id": { "$in": keys } });
            found.extend(self.read(find.batch_size(batch(KEYS)), read_info).await?);
        }
        Ok(found)
    }

    pub(crate) async fn infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let filter = match after {
            Some(asset) => doc! { "_id": { "$gt": asset.to_string() } },
            None => Document::new(),
        };
        let find = self.assets.find(filter).sort(doc! { "_id": 1 });
        self.read(find.limit(count(limit)).batch_size(batch(limit)), read_info)
            .await
    }

    pub(crate) async fn put_rates(&self, rates: &[ReferenceRate]) -> Result<()> {
        for part in rates.chunks(KEYS) {
            let documents = part.iter().map(write_rate).collect::<Result<Vec<_>>>()?;
            match self.call(self.rates.insert_many(&documents).ordered(false)).await {
                Ok(_) => {}
                // The rates that are there already stay as they are.
                Err(failed) if failed.duplicates().is_some() => {}
                Err(failed) => return Err(self.failure(failed)),
            }
        }
        Ok(())
    }

    pub(crate) async fn find_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>> {
        let mut found = Vec::new();
        for part in wanted.chunks(KEYS) {
            let keys: Vec<String> = part.iter().map(|(currency, day)| rate_id(*currency, *day)).collect();
            let find = self.rates.find(doc! { "_id": { "$in": keys } });
            found.extend(self.read(find.batch_size(batch(KEYS)), read_rate).await?);
        }
        Ok(found)
    }
    pub(crate) async fn rates_after(
        &self,
        after: Option<(Currency, Date)>,
        limit: usize,
    ) -> Result<Vec<ReferenceRate>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let filter = match after {
            Some((currency, day)) => doc! { "_id": { "$gt": rate_id(currency, day) } },
            None => Document::new(),
        };
        let find = self.rates.find(filter).sort(doc! { "_id": 1 });
        self.read(find.limit(count(limit)).batch_size(batch(limit)), read_rate)
            .await
    }
}
