//! Every operation of `money::decimal` against exact integers in Python, on operands that are chosen to
//! be difficult: 18 and 28 decimals, full mantissas, powers of two and ten, ties, results next to 2^96.
//!
//! The seed is printed when something differs; `FOLIO_TEST_SEED` repeats a run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use folio_core::Result;
use folio_core::money::decimal::{self, Rounding};
use folio_core::money::{Decimal, Percent};

const OPERATIONS: usize = 240_000;
const LIMIT: u128 = 1 << 96;

#[test]
fn money_agrees_with_exact_integers() {
    let seed = seed();
    let mut random = Random(seed);
    let operations: Vec<Operation> = (0..OPERATIONS).map(|_| Operation::any(&mut random)).collect();
    let mut questions = String::new();
    for operation in &operations {
        operation.write(&mut questions);
    }

    let answers = ask_python(questions);
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(
        answers.len(),
        operations.len(),
        "the oracle did not answer every question (seed {seed})"
    );
    let differences: Vec<String> = std::iter::zip(&operations, answers)
        .filter(|(operation, expected)| operation.outcome() != *expected)
        .map(|(operation, expected)| format!("{operation:?}: expected {expected}, got {}", operation.outcome()))
        .collect();
    assert!(
        differences.is_empty(),
        "{} of {OPERATIONS} operations differ (seed {seed}), the first:\n{}",
        differences.len(),
        differences[..differences.len().min(10)].join("\n")
    );
}

fn seed() -> u64 {
    match std::env::var("FOLIO_TEST_SEED") {
        Ok(seed) => seed.parse().expect("FOLIO_TEST_SEED is a number"),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64,
    }
}

fn ask_python(questions: String) -> String {
    let mut python = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/decimal_oracle.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed as the oracle of this test");
    // The script reads everything before it writes, so neither side waits for the other.
    python.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[derive(Debug)]
enum Operation {
    Add(Decimal, Decimal),
    Sub(Decimal, Decimal),
    Mul(Decimal, Decimal),
    Div(Decimal, Decimal),
    Percent(Decimal, Decimal),
    Round(Decimal, u32),
    Parse(String),
    Text(Decimal),
}

impl Operation {
    fn any(random: &mut Random) -> Self {
        match random.below(16) {
            0..=1 => Self::Add(random.decimal(), random.decimal()),
            2 if random.coin() => random.sum_near_a_tie(),
            2 => random.difference_that_borrows(),
            3..=4 => Self::Sub(random.decimal(), random.decimal()),
            5..=6 => Self::Mul(random.decimal(), random.decimal()),
            7 => random.product_near_a_tie(),
            8..=9 => Self::Div(random.decimal(), random.decimal()),
            10 => random.quotient_near_a_tie(Self::Div),
            11 => Self::Percent(random.decimal(), random.decimal()),
            12 => random.quotient_near_a_tie(Self::Percent),
            13 => Self::Round(random.decimal(), random.below(30) as u32),
            14 => Self::Parse(random.text()),
            _ => Self::Text(random.decimal()),
        }
    }

    /// The line that asks the oracle; see `decimal_oracle.py`.
    fn write(&self, out: &mut String) {
        let pair = |a: &Decimal, b: &Decimal| format!("{}\t{}", operand(a), operand(b));
        match self {
            Self::Add(a, b) => writeln!(out, "add\t{}", pair(a, b)),
            Self::Sub(a, b) => writeln!(out, "sub\t{}", pair(a, b)),
            Self::Mul(a, b) => writeln!(out, "mul\t{}", pair(a, b)),
            Self::Div(a, b) => writeln!(out, "div\t{}", pair(a, b)),
            Self::Percent(part, whole) => writeln!(out, "percent\t{}", pair(part, whole)),
            Self::Round(value, decimals) => writeln!(out, "round\t{}\t{decimals}", operand(value)),
            Self::Parse(text) => writeln!(out, "parse\t{text}"),
            Self::Text(value) => writeln!(out, "text\t{}", operand(value)),
        }
        .unwrap();
    }

    fn outcome(&self) -> String {
        fn show(result: Result<Decimal>) -> String {
            result.map_or_else(
                |error| error.kind().as_str().to_owned(),
                |value| decimal::to_text(value).into(),
            )
        }
        match self {
            Self::Add(a, b) => show(decimal::add(*a, *b)),
            Self::Sub(a, b) => show(decimal::sub(*a, *b)),
            Self::Mul(a, b) => show(decimal::mul(*a, *b)),
            Self::Div(a, b) => show(decimal::div(*a, *b)),
            Self::Percent(part, whole) => match Percent::of(*part, *whole) {
                Ok(None) => "none".to_owned(),
                Ok(Some(percent)) => percent.to_string(),
                Err(error) => error.kind().as_str().to_owned(),
            },
            Self::Round(value, decimals) => show(Ok(decimal::round(*value, *decimals, Rounding::HalfEven))),
            Self::Parse(text) => show(decimal::parse(text)),
            Self::Text(value) => show(Ok(*value)),
        }
    }
}

fn operand(value: &Decimal) -> String {
    format!("{}:{}", value.mantissa(), value.scale())
}

fn decimal_from(magnitude: u128, scale: u32, negative: bool) -> Decimal {
    let magnitude = magnitude % LIMIT;
    Decimal::from_parts(
        magnitude as u32,
        (magnitude >> 32) as u32,
        (magnitude >> 64) as u32,
        negative,
        scale,
    )
}

/// SplitMix64 by Sebastiano Vigna.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn wide(&mut self) -> u128 {
        (u128::from(self.next()) << 64 | u128::from(self.next())) % LIMIT
    }

    fn power_of_ten(&mut self) -> u128 {
        10_u128.pow(self.below(29) as u32)
    }

    fn magnitude(&mut self) -> u128 {
        match self.below(10) {
            0 => self.wide(),
            1 | 2 => self.wide() >> self.below(96),
            3 => self.power_of_ten() * u128::from(1 + self.below(9)),
            4 => LIMIT - 1 - u128::from(self.below(20)),
            5 => (1 << self.below(96)) + u128::from(self.below(3)) - 1,
            6 => {
                let power = self.power_of_ten();
                (self.wide() >> self.below(96)) / power * power + power / 2
            }
            7 => {
                let mut smooth = 1;
                while smooth < LIMIT / 7 && self.below(60) > 0 {
                    smooth *= [2, 3, 5, 7][self.below(4) as usize];
                }
                smooth
            }
            8 => u128::from(self.below(1_000_000)),
            _ => u128::from(self.below(3)),
        }
    }

    fn scale(&mut self) -> u32 {
        match self.below(5) {
            0 => 0,
            1 => 18,
            2 => 28,
            _ => self.below(29) as u32,
        }
    }

    fn decimal(&mut self) -> Decimal {
        decimal_from(self.magnitude(), self.scale(), self.coin())
    }

    fn near_the_limit(&mut self) -> u128 {
        if self.coin() {
            LIMIT - 1 - u128::from(self.below(3))
        } else {
            self.wide()
        }
    }

    /// Aligned, the operands have `dropped` digits more than fit, and these are next to a half.
    fn sum_near_a_tie(&mut self) -> Operation {
        let dropped = 1 + self.below(9) as u32;
        let power = 10_u128.pow(dropped);
        let total = self.near_the_limit() * power + power / 2 + u128::from(self.below(3)) - 1;
        let shift = dropped + self.below(u64::from(29 - dropped)) as u32;
        let (high, low) = (total / 10_u128.pow(shift), total % 10_u128.pow(shift));
        let (scale, negative) = (self.below(u64::from(29 - shift)) as u32, self.coin());
        let (high_part, low_part) = (
            decimal_from(high, scale, negative),
            decimal_from(low, scale + shift, negative),
        );
        match self.below(3) {
            0 => Operation::Add(high_part, low_part),
            1 => Operation::Add(low_part, high_part),
            _ => Operation::Sub(low_part, -high_part),
        }
    }

    /// Aligned, the minuend is a little above a small multiple of 2^128 and the subtrahend is next to
    /// what it is above, or beyond that, so that a borrow runs through all words or just does not.
    fn difference_that_borrows(&mut self) -> Operation {
        let shift = 11 + self.below(16) as u32;
        let power = 10_u128.pow(shift);
        let above = u128::MAX / power + 1;
        let multiple = u128::from(1 + self.below(9));
        let mut rest = above.wrapping_mul(power) * multiple + u128::from(self.below(4));
        if self.coin() {
            rest += self.wide() >> (1 + self.below(95));
        }
        let (scale, negative) = (self.below(u64::from(29 - shift)) as u32, self.coin());
        Operation::Sub(
            decimal_from(above * multiple, scale, negative),
            decimal_from(rest.saturating_sub(2), scale + shift, negative),
        )
    }

    fn product_near_a_tie(&mut self) -> Operation {
        let factor = match self.below(5) {
            0 => 5_u128.pow(1 + self.below(40) as u32),
            1 => 1 << self.below(96),
            2 => self.power_of_ten() + 1,
            3 => self.wide() >> self.below(95),
            _ => u128::from(1 + self.below(1000)),
        }
        .max(1);
        let power = 10_u128.pow(1 + self.below(9) as u32);
        let product = self.near_the_limit() * power + power / 2;
        let other = product / factor + u128::from(self.below(2));
        Operation::Mul(
            decimal_from(other, self.scale(), self.coin()),
            decimal_from(factor, self.scale(), self.coin()),
        )
    }

    fn quotient_near_a_tie(&mut self, operation: fn(Decimal, Decimal) -> Operation) -> Operation {
        let divisor = match self.below(6) {
            0 => 5_u128.pow(1 + self.below(41) as u32),
            1 => 1 << self.below(96),
            2 => (1 << 32) + u128::from(self.below(3)) - 1,
            3 => (1 << 64) + u128::from(self.below(3)) - 1,
            4 => LIMIT - 1 - u128::from(self.below(100)),
            _ => self.wide() >> self.below(95),
        }
        .max(1)
            % LIMIT;
        // A quotient of an odd number of halves, at any scale, moved by at most one unit.
        let halves = (self.wide() >> self.below(96)) | 1;
        let power = self.power_of_ten();
        let mut dividend = match divisor.checked_mul(halves) {
            Some(product) => product / 2 / power,
            None => self.near_the_limit(),
        };
        dividend = (dividend + u128::from(self.below(3))).saturating_sub(1);
        while dividend >= LIMIT {
            dividend /= 2;
        }
        operation(
            decimal_from(dividend, self.scale(), self.coin()),
            decimal_from(divisor, self.scale(), self.coin()),
        )
    }

    /// Numbers and things that look like numbers, without a line break or a tabulator.
    fn text(&mut self) -> String {
        let mut text = String::new();
        if self.below(3) == 0 {
            text.push('-');
        }
        self.push_digits(&mut text, 32);
        if self.coin() {
            text.push('.');
            self.push_digits(&mut text, 36);
        }
        if self.below(3) == 0 {
            text.push(['e', 'E'][self.below(2) as usize]);
            text.push_str(["", "+", "-"][self.below(3) as usize]);
            let longest = if self.below(4) == 0 { 9 } else { 2 };
            self.push_digits(&mut text, longest);
        }
        if self.below(12) == 0 {
            let position = self.below(text.len() as u64 + 1) as usize;
            text.insert(
                position,
                ['+', '-', '.', 'e', '_', ' ', '0', 'N', '٣'][self.below(9) as usize],
            );
        }
        text
    }

    /// Up to `longest` digits, rarely none, with runs of zeros.
    fn push_digits(&mut self, text: &mut String, longest: u64) {
        let count = if self.below(20) == 0 {
            0
        } else {
            1 + self.below(longest)
        };
        let zeros = self.below(3);
        for _ in 0..count {
            let digit = if self.below(3) < zeros { 0 } else { self.below(10) };
            text.push(char::from(b'0' + digit as u8));
        }
    }
}
