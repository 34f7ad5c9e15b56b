//! How long a search takes among 20,000 assets: `cargo bench -p folio-core --bench search`.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use folio_core::pricing::AssetIndex;
use folio_core::{AssetInfo, AssetKind};

/// As many names as there are coins, some of them alike.
fn index() -> AssetIndex {
    let mut index = AssetIndex::default();
    let words = [
        "bit", "doge", "meta", "wrapped", "staked", "moon", "cash", "protocol", "finance", "network",
    ];
    for n in 0..20_000_usize {
        let (one, two) = (words[n % 10], words[n / 10 % 10]);
        let info = AssetInfo {
            asset: format!("crypto:{one}-{two}-{n}").parse().unwrap(),
            name: format!("{one} {two} Token {n}"),
            ticker: Some(format!("{}{n}", &one[..3]).to_uppercase()),
            kind: AssetKind::Coin,
            currency: None,
            exchange: None,
        };
        index.put(info, u32::try_from(n).ok().filter(|rank| *rank < 5_000));
    }
    index
}

fn searches(criterion: &mut Criterion) {
    let index = index();
    eprintln!("{} assets take about {} KiB", index.len(), index.bytes() / 1024);
    let mut group = criterion.benchmark_group("search");
    for text in ["b", "bit", "bit moon", "bit19990", "nothing like it"] {
        group.bench_function(text, |bencher| {
            bencher.iter(|| index.search(black_box(text), None).count());
        });
    }
    group.finish();
}

criterion_group!(benches, searches);
criterion_main!(benches);
