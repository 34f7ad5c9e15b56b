//! Planning a tick: its prices, frozen in one book, and its chunks.

use std::time::Duration;

use folio_core::pricing::{Caller, Needs};
use folio_core::store::{HeldAsset, Scan};
use folio_core::{
    BookEntry, BookId, Deadline, Error, ErrorKind, PortfolioId, PriceBook, PriceState, Reason, Result, Unpriced,
};
use jiff::Timestamp;
use tracing::{info, warn};

use crate::alerts;
use crate::chunk_row::Chunk;
use crate::context::Context;
use crate::lease::{Halt, Lease};
use crate::tick::{Tick, TickState};

/// How many held assets are read at once.
const PAGE: usize = 1_000;
/// A planner that comes late still asks for so long: what is older than the window is as good as before.
const GRACE: Duration = Duration::from_secs(5);

/// Plans a tick from where the last planner got to.
pub(crate) async fn plan(context: &Context, lease: &mut Lease<Tick>) -> Result<(), Halt> {
    let as_of = lease.row().as_of;
    let book_id = match lease.row().book_id {
        Some(book_id) => book_id,
        None => choose_book(context, lease).await?,
    };
    let publish = context.tracker.books().publish(book_id, as_of);
    lease.keep(publish).await??;
    let count = lease.keep(cut(context, as_of, book_id)).await??;
    let now = context.now();
    lease
        .update(|tick| {
            tick.chunk_count = Some(count);
            tick.state = TickState::Open;
            tick.dispatch.release(now);
        })
        .await?;
    info!(%as_of, %book_id, chunks = count, "a tick is planned");
    context.wake.notify_one();
    Ok(())
}

/// Collects the prices and makes them the tick's, unless another planner's are by then.
async fn choose_book(context: &Context, lease: &mut Lease<Tick>) -> Result<BookId, Halt> {
    let as_of = lease.row().as_of;
    let since = context.now();
    let book = lease.keep(context.unless_stopping(collect(context, as_of))).await???;
    lease
        .keep(alerts::observe_sources(context, as_of, &book, since))
        .await??;
    let books = context.tracker.books();
    let mine = lease.keep(books.write(&book, context.now())).await??;
    let chosen = lease.update(|tick| _ = tick.book_id.get_or_insert(mine)).await;
    let theirs = match chosen {
        Ok(()) => lease.row().book_id,
        Err(Halt::Lost) => context
            .table::<Tick>()
            .get(&Tick::key_at(as_of))
            .await?
            .and_then(|tick| tick.book_id),
        Err(halt) => return Err(halt),
    };
    if theirs != Some(mine)
        && let Err(error) = books.remove(mine).await
    {
        warn!(%error, book_id = %mine, "a book that was not chosen stays until the sweep");
    }
    chosen?;
    theirs.ok_or_else(|| Error::new(ErrorKind::Internal, "a tick has no book after one was chosen").into())
}

/// The prices of everything held, none of them later than the tick's window.
async fn collect(context: &Context, as_of: Timestamp) -> Result<PriceBook> {
    let mut needs = Needs::default();
    let mut after: Option<HeldAsset> = None;
    loop {
        let page = context.store().held_assets(after.as_ref(), PAGE).await?;
        page.iter().for_each(|held| needs.add(held));
        match page.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    // A price by hand is valued in its own currency, so the book has the rate of each that occurs.
    if !needs.is_empty() {
        needs.currencies.extend(context.tracker.manual_currencies().await?);
    }
    let latest = as_of + context.config.schedule.window(as_of);
    let left = Duration::try_from(latest.duration_since(context.now())).unwrap_or_default();
    let caller = Caller::job(Deadline::after(left.max(GRACE)));
    let collected = context.tracker.collect(&needs, caller).await?;
    let late = |entry: &BookEntry| entry.quote.as_ref().is_some_and(|quote| quote.as_of > latest);
    let previous = if collected.entries().any(late) {
        context.tracker.books().newest().await?
    } else {
        None
    };
    Ok(admit(collected, previous.as_deref(), latest))
}

/// The book without what is later than `latest`; where the book before has a price that is not, that one
/// is carried with its own times.
fn admit(collected: PriceBook, previous: Option<&PriceBook>, latest: Timestamp) -> PriceBook {
    let in_time = |entry: &BookEntry| entry.quote.as_ref().is_none_or(|quote| quote.as_of <= latest);
    if collected.entries().all(in_time) {
        return collected;
    }
    let mut book = PriceBook::new();
    for entry in collected.entries() {
        if in_time(entry) {
            book.insert(entry.clone());
            continue;
        }
        let failure = Unpriced::new(Reason::NoData, "the price is later than the valuation's instant allows");
        let before = previous.and_then(|previous| match (entry.key.asset.as_currency(), entry.key.currency) {
            (Some(from), Some(to)) => previous.leg(from, to),
            _ => previous.entry(&entry.key.asset),
        });
        let quote = before
            .filter(|before| before.state != PriceState::Unpriced && in_time(before))
            .and_then(|before| before.quote.clone());
        book.insert(match quote {
            Some(quote) => BookEntry::carried(entry.key.clone(), quote, failure),
            None => BookEntry::unpriced(entry.key.clone(), failure),
        });
    }
    book
}

/// Makes the chunks that are not there yet, and says how many there are.
///
/// The next one begins where the stored one ends, whoever stored it and whatever portfolios were made or
/// deleted since: no id is in two chunks and none is in none.
async fn cut(context: &Context, as_of: Timestamp, book_id: BookId) -> Result<u32, Halt> {
    let table = context.table::<Chunk>();
    let size = context.config.chunk_size.get();
    let scan = Scan {
        prefix: Chunk::prefix_of(as_of),
        descending: true,
        limit: 1,
        ..Scan::default()
    };
    let mut last = table
        .scan(&scan)
        .await?
        .into_iter()
        .next()
        .map(|chunk| (chunk.n, chunk.hi));
    let end_of = async |lo: Option<PortfolioId>| {
        let hi = context.store().portfolio_id_after(lo, size).await?;
        // A range that ends where it begins would be cut again for ever.
        Ok::<_, Error>(hi.filter(|hi| lo.is_none_or(|lo| *hi > lo)))
    };
    let mut ahead = None;
    loop {
        let (n, lo) = match last {
            Some((n, None)) => return Ok(n + 1),
            Some((n, hi)) => (n + 1, hi),
            None => (0, None),
        };
        context.go_on()?;
        let hi = match ahead.take() {
            Some(hi) => hi,
            None => end_of(lo).await?,
        };
        let chunk = Chunk::new(as_of, n, lo, hi, book_id, context.now());
        // Where the next one ends is looked up while this one is written.
        let next = async {
            match hi {
                Some(_) => end_of(hi).await.map(Some),
                None => Ok(None),
            }
        };
        let (inserted, next) = tokio::try_join!(table.insert(&chunk), next)?;
        last = if inserted {
            ahead = next;
            if (n as usize + 1).is_multiple_of(context.config.concurrency.get()) {
                // There is work for every place.
                context.wake.notify_one();
            }
            Some((n, hi))
        } else {
            table
                .get(&folio_core::store::Row::key(&chunk))
                .await?
                .map(|stored| (stored.n, stored.hi))
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folio_core::{Currency, Price, PriceKey, Quote};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn book(asset: &str, price: &str, as_of: &str) -> PriceBook {
        let price = Price::parse(price, Currency::USD).unwrap();
        PriceBook::new().with(Quote::manual(asset.parse().unwrap(), price, at(as_of)))
    }

    #[track_caller]
    fn check(quoted: &str, before: Option<&str>, state: PriceState, price: Option<&str>) {
        let latest = at("2026-03-01T09:10:00Z");
        for asset in ["crypto:bitcoin", "currency:EUR"] {
            let before = before.map(|before| book(asset, "1", before));
            let admitted = admit(book(asset, "2", quoted), before.as_ref(), latest);
            let entry = admitted.entries().next().unwrap();
            let asset = asset.parse().unwrap();
            assert_eq!(
                entry.key,
                PriceKey {
                    asset,
                    currency: Some(Currency::USD)
                }
            );
            assert_eq!(entry.state, state, "{quoted}");
            let found = entry.quote.as_ref().map(|quote| quote.price.amount().to_string());
            assert_eq!(found.as_deref(), price, "{quoted}");
        }
    }

    #[test]
    fn no_price_is_later_than_the_window() {
        use PriceState::{Carried, Priced, Unpriced};
        check("2026-03-01T09:10:00Z", None, Priced, Some("2"));
        check("2026-03-01T09:10:00.001Z", None, Unpriced, None);
        check("2026-03-01T09:50:00Z", Some("2026-03-01T08:00:00Z"), Carried, Some("1"));
        check("2026-03-01T09:50:00Z", Some("2026-03-01T09:40:00Z"), Unpriced, None);
    }
}
