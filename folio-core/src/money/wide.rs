//! Magnitudes of up to 192 bits, for sums and products before they are rounded to what fits.
//!
//! rust_decimal gives the same results, held by the test `money_oracle`; its rounding takes more than
//! twice as long, and values converted at a rate of 28 decimals round on every step.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::decimal::{LIMIT, POWERS};

/// The most digits that one division drops: 10^19 is the greatest power of ten of 64 bits.
const STEP: u32 = 19;

/// A magnitude below 2^192 in words of 64 bits, the lowest first.
#[derive(Clone, Copy)]
pub(super) struct Wide([u64; 3]);

impl Wide {
    /// `a` × `b`, both below 2^96.
    #[inline]
    pub(super) fn product(a: u128, b: u128) -> Self {
        let (a_high, a_low) = (a >> 64, u128::from(a as u64));
        let (b_high, b_low) = (b >> 64, u128::from(b as u64));
        let low = a_low * b_low;
        // Each product is below 2^96 and the carry below 2^64.
        let middle = a_low * b_high + a_high * b_low + (low >> 64);
        let high = a_high * b_high + (middle >> 64);
        Self([low as u64, middle as u64, high as u64])
    }

    pub(super) fn from_u128(magnitude: u128) -> Self {
        Self([magnitude as u64, (magnitude >> 64) as u64, 0])
    }

    /// `self` + `other`, whose sum is below 2^192.
    pub(super) fn plus(self, other: u128) -> Self {
        let [low, middle, high] = self.0;
        let (low, carry) = low.overflowing_add(other as u64);
        let sum = u128::from(middle) + (other >> 64) + u128::from(carry);
        Self([low, sum as u64, high + (sum >> 64) as u64])
    }

    /// |`self` − `other`|, and whether `other` is the greater.
    pub(super) fn distance(self, other: u128) -> (Self, bool) {
        let [low, middle, high] = self.0;
        if high == 0 && self.low() < other {
            let difference = other - self.low();
            return (Self([difference as u64, (difference >> 64) as u64, 0]), true);
        }
        let (low, borrow) = low.overflowing_sub(other as u64);
        let (middle, first) = middle.overflowing_sub((other >> 64) as u64);
        let (middle, second) = middle.overflowing_sub(u64::from(borrow));
        (Self([low, middle, high - u64::from(first || second)]), false)
    }

    /// The magnitude if it is below 2^96.
    #[inline]
    pub(super) fn narrow(self) -> Option<u128> {
        (self.0[2] == 0 && self.low() < LIMIT).then(|| self.low())
    }

    /// The magnitude and scale nearest to `self` ÷ 10^`scale`, half to even, with the most decimals
    /// that fit; `None` if it is too large without any.
    pub(super) fn fit(mut self, mut scale: u32) -> Option<(u128, u32)> {
        let drop = self.excess_digits().max(scale.saturating_sub(Decimal::MAX_SCALE));
        scale = scale.checked_sub(drop)?;
        let mut dropped = Dropped::NOTHING;
        for step in [drop.min(STEP), drop.saturating_sub(STEP).min(STEP)] {
            if step > 0 {
                let power = POWERS[step as usize] as u64;
                let rest = self.divide(power);
                dropped = dropped.below(rest, power);
            }
        }
        let mut digits = self.low();
        // The estimate may be a digit short, and rounding up may need one more.
        loop {
            let rounded = digits + u128::from(dropped.rounds_up(digits));
            if rounded < LIMIT {
                return Some((rounded, scale));
            }
            scale = scale.checked_sub(1)?;
            dropped = dropped.below((digits % 10) as u64, 10);
            digits /= 10;
        }
    }

    /// How many digits have to go at least for the rest to be below 2^96; at most one too few.
    fn excess_digits(self) -> u32 {
        let [_, middle, high] = self.0;
        let bits = if high > 0 {
            192 - high.leading_zeros()
        } else {
            128 - middle.leading_zeros()
        };
        // 1233 / 4096 is just below the logarithm of 2. A number of n bits is at least 2^(n − 1), so more
        // digits have to go than 2^(n − 97) has powers of ten.
        match bits.checked_sub(97) {
            Some(excess) => ((excess * 1233) >> 12) + 1,
            None => 0,
        }
    }

    /// Divides by `divisor` and returns the rest.
    fn divide(&mut self, divisor: u64) -> u64 {
        let mut rest = 0;
        for word in self.0.iter_mut().rev() {
            if rest == 0 && *word == 0 {
                continue;
            }
            let part = u128::from(rest) << 64 | u128::from(*word);
            let quotient = part / u128::from(divisor);
            rest = (part - quotient * u128::from(divisor)) as u64;
            *word = quotient as u64;
        }
        rest
    }

    #[inline]
    fn low(self) -> u128 {
        u128::from(self.0[1]) << 64 | u128::from(self.0[0])
    }
}

/// What is known of the digits dropped so far: how they compare with a half, and whether they are all
/// zero. Rounding looks at them once, at the end.
#[derive(Clone, Copy)]
struct Dropped {
    half: Ordering,
    nothing: bool,
}

impl Dropped {
    const NOTHING: Self = Self {
        half: Ordering::Less,
        nothing: true,
    };

    /// With the digits of `rest`, which is below the power of ten `power`, in front of these.
    fn below(self, rest: u64, power: u64) -> Self {
        let half = match rest.cmp(&(power / 2)) {
            Ordering::Equal if !self.nothing => Ordering::Greater,
            half => half,
        };
        Self {
            half,
            nothing: self.nothing && rest == 0,
        }
    }

    fn rounds_up(self, digits: u128) -> bool {
        match self.half {
            Ordering::Less => false,
            Ordering::Equal => digits & 1 == 1,
            Ordering::Greater => true,
        }
    }
}
