//! Thousands of random portfolios against an independent valuation in Python.
//!
//! The seed is printed when something differs; `FOLIO_TEST_SEED` repeats a run.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use folio_core::{Valuation, value};
use serde_json::json;

use crate::scene::random::{Random, World};
use crate::scene::{fields, now, row_fields};

const PORTFOLIOS: usize = 5_000;
const TOTALS: [&str; 12] = [
    "status",
    "total",
    "with_cost",
    "cost",
    "gain",
    "gain%",
    "excluded",
    "priced",
    "carried",
    "unpriced",
    "without_cost",
    "by_cost%",
];
const ROW: [&str; 10] = [
    "state",
    "reason",
    "price",
    "fx",
    "value",
    "cost",
    "cost_reason",
    "gain",
    "gain%",
    "weight%",
];

#[test]
fn five_thousand_portfolios_agree_with_an_independent_valuation() {
    let seed = seed();
    let mut python = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/valuation_oracle.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed as the oracle of this test");
    let questions = python.stdin.take().unwrap();
    let asking = std::thread::spawn(move || ask(seed, questions));
    let answers = BufReader::new(python.stdout.take().unwrap());

    // The same worlds once more, so that neither side holds them all.
    let mut random = Random(seed);
    let (mut compared, mut cells, mut differences) = (0, 0, Vec::new());
    let mut seen = Seen::default();
    for answer in answers.lines() {
        let answer = answer.unwrap();
        let world = World::any(&mut random);
        let valuation = value(&world.portfolio, &world.book(), world.policy, now());
        let found = cells_of(&valuation);
        let wanted: Vec<&str> = answer.split('\t').collect();
        assert_eq!(found.len(), wanted.len(), "portfolio {compared} (seed {seed})");
        for (index, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            if found != wanted {
                differences.push(format!(
                    "portfolio {compared}, {}: expected {wanted}, got {found}",
                    name(index)
                ));
            }
        }
        seen.count(&valuation);
        compared += 1;
        cells += found.len();
    }
    asking.join().unwrap();
    assert!(python.wait().unwrap().success(), "the oracle failed (seed {seed})");
    assert_eq!(
        compared, PORTFOLIOS,
        "the oracle did not answer every question (seed {seed})"
    );
    assert!(
        differences.is_empty(),
        "{} of {cells} numbers differ (seed {seed}), the first:\n{}",
        differences.len(),
        differences[..differences.len().min(10)].join("\n")
    );
    println!("{cells} numbers of {compared} portfolios agree (seed {seed}): {seen:?}");
    assert!(
        seen.is_everything(),
        "the portfolios do not show every case: {seen:?} (seed {seed})"
    );
}

fn seed() -> u64 {
    match std::env::var("FOLIO_TEST_SEED") {
        Ok(seed) => seed.parse().expect("FOLIO_TEST_SEED is a number"),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64,
    }
}

fn ask(seed: u64, python: ChildStdin) {
    let mut random = Random(seed);
    let mut python = BufWriter::new(python);
    for _ in 0..PORTFOLIOS {
        let world = World::any(&mut random);
        let question = json!({
            "portfolio": world.portfolio,
            "policy": world.policy.as_str(),
            "max_age": world.policy.max_age().map(|age| age.as_secs()),
            "frozen": world.frozen,
            "entries": world.entries,
            "references": world.references,
            "as_of": now(),
        });
        serde_json::to_writer(&mut python, &question).unwrap();
        python.write_all(b"\n").unwrap();
    }
    python.flush().unwrap();
}

fn cells_of(valuation: &Valuation) -> Vec<String> {
    let totals = Valuation {
        holdings: Vec::new(),
        ..valuation.clone()
    };
    let mut totals = fields(&totals);
    let mut cells: Vec<String> = TOTALS.iter().map(|name| totals.remove(*name).unwrap()).collect();
    for row in &valuation.holdings {
        let mut row = row_fields(row, valuation.base_currency);
        for name in ROW {
            let field = row.iter_mut().find(|(field, _)| *field == name).unwrap();
            cells.push(std::mem::take(&mut field.1));
        }
    }
    cells
}

fn name(index: usize) -> String {
    match index.checked_sub(TOTALS.len()) {
        None => TOTALS[index].to_owned(),
        Some(index) => format!("holding {} {}", index / ROW.len(), ROW[index % ROW.len()]),
    }
}

/// How often each outcome came up: agreement on what never happens would prove nothing.
#[derive(Debug, Default)]
struct Seen {
    statuses: [usize; 3],
    rows: usize,
    carried: usize,
    reasons: std::collections::BTreeMap<String, usize>,
    cost_reasons: std::collections::BTreeMap<String, usize>,
}

impl Seen {
    fn count(&mut self, valuation: &Valuation) {
        self.statuses[valuation.status as usize] += 1;
        self.rows += valuation.holdings.len();
        self.carried += valuation.coverage.carried as usize;
        for row in &valuation.holdings {
            if let Some(reason) = row.pricing.reason {
                *self.reasons.entry(reason.to_string()).or_default() += 1;
            }
            if let Some(reason) = row.cost_reason {
                *self.cost_reasons.entry(crate::scene::word(&reason)).or_default() += 1;
            }
        }
    }

    fn is_everything(&self) -> bool {
        // Four of the book's own, and no_data, no_rate, outdated, out_of_range, not_in_book.
        self.statuses.iter().all(|count| *count > 0)
            && self.carried > 0
            && self.reasons.len() == 9
            && self.cost_reasons.len() == 3
    }
}
