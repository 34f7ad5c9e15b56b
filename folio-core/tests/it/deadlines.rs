//! What is known when the time is up reaches those who waited for it.

use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{
    AssetClass, AssetId, Capabilities, Clock, Currency, ManualClock, Price, PriceSource, Quote, QuoteBatch, QuoteKind,
    QuoteRequest, Reason, Result, SourceId, Tracker, Unpriced,
};

/// A source that prices one asset a call and hangs on the one called `stuck` for as long as it is given.
#[derive(Debug)]
struct HangsOnOne(Arc<ManualClock>);

#[async_trait]
impl PriceSource for HangsOnOne {
    fn id(&self) -> SourceId {
        SourceId::new("hangs-on-one")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Crypto])
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        tokio::time::sleep_until(request.deadline.instant()).await;
        let outcome = |asset: &AssetId| {
            if asset.symbol() == "stuck" {
                return Err(Unpriced::new(Reason::Timeout, "no answer"));
            }
            let price = Price::parse("2", Currency::USD).unwrap();
            Ok(Quote {
                kind: QuoteKind::Realtime,
                ..Quote::manual(asset.clone(), price, self.0.now())
            })
        };
        let outcomes = request.keys.iter().map(|key| (key.clone(), outcome(&key.asset)));
        Ok(QuoteBatch::new(outcomes.collect()))
    }
}

#[tokio::test(start_paused = true)]
async fn an_asset_that_hangs_takes_no_other_with_it() {
    let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()));
    let source = Arc::new(HangsOnOne(Arc::clone(&clock)));
    let tracker = Tracker::builder().clock(clock).source(source).build().unwrap();
    let assets = ["crypto:bitcoin", "crypto:ether", "crypto:stuck"].map(|text| text.parse::<AssetId>().unwrap());
    let mut answers = tracker
        .quotes(&folio_core::OwnerId::default(), &assets, None)
        .await
        .unwrap();
    let (_, stuck) = answers.pop().unwrap();
    assert_eq!(stuck.unwrap_err().reason, Reason::Timeout);
    for (asset, answer) in answers {
        assert_eq!(answer.unwrap().price.to_string(), "2 USD", "{asset}");
    }
}
