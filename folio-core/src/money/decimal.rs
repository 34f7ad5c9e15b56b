//! Text and exact arithmetic for [`Decimal`].
//!
//! A [`Decimal`] is a sign, a magnitude below 2^96 and a scale, the number of decimals, up to 28. The
//! rule of [`add`], [`sub`], [`mul`] and [`div`]: the exact result if it has that form; else the exact
//! result rounded half to even, once, to the greatest number of decimals that fits; else, if even its
//! whole part is too large, [`OutOfRange`](crate::ErrorKind::OutOfRange). No result is a negative zero.
//!
//! The test `money_oracle` holds every operation here against Python's exact integers. The `checked_`
//! methods of [`Decimal`] follow the same rule in rust_decimal 1.43, save that a product that rounds to
//! zero may be a negative zero; division is rust_decimal's.

use std::fmt;

use rust_decimal::Decimal;

use super::wide::Wide;
use crate::{Error, Result};

/// The longest text that [`parse`] looks at, in bytes.
pub const MAX_TEXT: usize = 200;
/// How many significant digits [`parse`] accepts.
pub const MAX_DIGITS: u32 = 28;

/// Every magnitude is below this, 2^96.
pub(super) const LIMIT: u128 = 1 << 96;

/// The powers of ten that an unsigned 128-bit integer holds.
pub(super) const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Reads a decimal that somebody wrote, in plain or exponent notation: `-0.5`, `1.64e-05`.
///
/// The form is that of a JSON number, except that zeros may lead. Zeros at either end do not count as
/// digits. The result has no trailing zeros.
///
/// ```
/// use folio_core::ErrorKind;
/// use folio_core::money::decimal;
///
/// assert_eq!(decimal::parse("1.640e-05")?.to_string(), "0.0000164");
/// assert_eq!(decimal::parse("1e400").unwrap_err().kind(), ErrorKind::OutOfRange);
/// assert_eq!(decimal::parse("1_000").unwrap_err().kind(), ErrorKind::InvalidInput);
/// # Ok::<(), folio_core::Error>(())
/// ```
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the text has another form,
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) if it has more than 28 significant digits or 28 decimals,
/// if the number is too large, or the text longer than [`MAX_TEXT`].
pub fn parse(text: &str) -> Result<Decimal> {
    read(text, MAX_DIGITS)
}

/// Reads back what [`to_text`] wrote.
///
/// As [`parse`], with one difference: 29 digits are accepted if, read without the point, they are below
/// 2^96, because results may have as many.
///
/// # Errors
///
/// As [`parse`].
pub fn from_text(text: &str) -> Result<Decimal> {
    read(text, MAX_DIGITS + 1)
}

fn read(text: &str, max_digits: u32) -> Result<Decimal> {
    if text.len() > MAX_TEXT {
        return Err(Error::out_of_range(format!(
            "a decimal has at most {MAX_TEXT} characters"
        )));
    }
    let number = Scanned::from_text(text).ok_or_else(|| {
        Error::invalid(format!(
            "{text:?} is not a decimal; accepted are plain and exponent notation, like -0.5 and 1.64e-05"
        ))
    })?;
    number.to_decimal(max_digits)
}

/// A number as it was written: `magnitude` × 10^`exponent`.
struct Scanned {
    negative: bool,
    /// Meaningful while there are at most 29 digits.
    magnitude: u128,
    /// From the first digit that is not zero to the last one.
    digits: u32,
    exponent: i32,
}

impl Scanned {
    fn from_text(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut number = Self {
            negative,
            magnitude: 0,
            digits: 0,
            exponent: 0,
        };
        // Zeros count only once another digit follows them.
        let mut zeros = 0;
        let mut rest = number.push_digits(rest, &mut zeros)?;
        if let [b'.', fraction @ ..] = rest {
            rest = number.push_digits(fraction, &mut zeros)?;
            number.exponent = -i32::try_from(fraction.len() - rest.len()).ok()?;
        }
        number.exponent += zeros.cast_signed();
        match rest {
            [] => {}
            [b'e' | b'E', b'-', digits @ ..] => number.exponent -= scan_exponent(digits)?,
            [b'e' | b'E', b'+', digits @ ..] | [b'e' | b'E', digits @ ..] => number.exponent += scan_exponent(digits)?,
            _ => return None,
        }
        Some(number)
    }

    /// Takes the digits at the start of `bytes`, at least one, and returns what follows them.
    fn push_digits<'a>(&mut self, bytes: &'a [u8], zeros: &mut u32) -> Option<&'a [u8]> {
        let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = bytes.split_at(count);
        if digits.is_empty() {
            return None;
        }
        for digit in digits {
            if *digit == b'0' {
                *zeros += 1;
                continue;
            }
            let added = if self.digits == 0 { 1 } else { *zeros + 1 };
            self.digits += added;
            if self.digits <= MAX_DIGITS + 1 {
                self.magnitude = self.magnitude * POWERS[added as usize] + u128::from(digit - b'0');
            }
            *zeros = 0;
        }
        Some(rest)
    }

    fn to_decimal(&self, max_digits: u32) -> Result<Decimal> {
        if self.digits == 0 {
            return Ok(Decimal::ZERO);
        }
        if self.digits > max_digits {
            return Err(Error::out_of_range(format!(
                "a decimal has at most {MAX_DIGITS} significant digits"
            )));
        }
        if self.exponent < -Decimal::MAX_SCALE.cast_signed() {
            return Err(Error::out_of_range(format!(
                "a decimal has at most {} decimals",
                Decimal::MAX_SCALE
            )));
        }
        let scale = self.exponent.min(0).unsigned_abs();
        usize::try_from(self.exponent.max(0))
            .ok()
            .and_then(|exponent| POWERS.get(exponent))
            .and_then(|power| self.magnitude.checked_mul(*power))
            .filter(|magnitude| *magnitude < LIMIT)
            .map(|magnitude| compose(magnitude, scale, self.negative))
            .ok_or_else(too_large)
    }
}

/// The digits of an exponent; all that is beyond reach is the same.
fn scan_exponent(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |value: i32, digit| {
        (value * 10 + i32::from(digit - b'0')).min(100_000)
    }))
}

/// The text of `value`: plain notation without trailing zeros, without an exponent, never `-0`.
///
/// ```
/// use folio_core::money::{Decimal, decimal};
///
/// assert_eq!(decimal::to_text(Decimal::new(-1500, 3)).as_str(), "-1.5");
/// ```
#[must_use]
pub fn to_text(value: Decimal) -> Text {
    const HALF: u128 = POWERS[19];

    let digits = magnitude(value);
    let scale = value.scale();
    // Both parts are below 10^19, as 2^96 is below 10^38.
    let (mut high, mut low) = ((digits / HALF) as u64, (digits % HALF) as u64);
    let mut text = Text {
        buffer: [0; Text::SIZE],
        start: Text::SIZE,
        end: Text::SIZE,
    };
    let mut written = 0;
    while written <= scale || low > 0 || high > 0 {
        if written == scale && scale > 0 {
            text.push_front(b'.');
        }
        text.push_front(b'0' + (low % 10) as u8);
        low /= 10;
        written += 1;
        if written == 19 {
            low = std::mem::take(&mut high);
        }
    }
    if scale > 0 {
        text.trim_zeros();
    }
    if is_negative(value) {
        text.push_front(b'-');
    }
    text
}

/// The text of a decimal, made by [`to_text`] without an allocation.
#[derive(Clone, Copy)]
pub struct Text {
    buffer: [u8; Self::SIZE],
    start: usize,
    end: usize,
}

impl Text {
    /// A sign, 29 digits and a point; of a number below one, 28 decimals and the zero before them.
    const SIZE: usize = 31;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII gets in, so the other branch is never taken.
        self.buffer
            .get(self.start..self.end)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    fn push_front(&mut self, byte: u8) {
        self.start -= 1;
        self.buffer[self.start] = byte;
    }

    /// Drops the zeros at the end, which stand behind a point, and the point if nothing else does.
    fn trim_zeros(&mut self) {
        while self.buffer[self.end - 1] == b'0' {
            self.end -= 1;
        }
        if self.buffer[self.end - 1] == b'.' {
            self.end -= 1;
        }
    }
}

/// Width, alignment and sign are as for integers; a precision is ignored, for it would cut digits off.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.as_str();
        match text.strip_prefix('-') {
            Some(digits) => f.pad_integral(false, "", digits),
            None => f.pad_integral(true, "", text),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

/// `a` + `b`, exact or rounded by the rule of this [module](self).
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the sum is too large.
#[inline]
pub fn add(a: Decimal, b: Decimal) -> Result<Decimal> {
    signed_sum(a, magnitude(b), b.scale(), b.is_sign_negative())
}

/// `a` − `b`, exact or rounded by the rule of this [module](self).
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the difference is too large.
#[inline]
pub fn sub(a: Decimal, b: Decimal) -> Result<Decimal> {
    signed_sum(a, magnitude(b), b.scale(), !b.is_sign_negative())
}

/// `a` × `b`, exact or rounded by the rule of this [module](self).
///
/// ```
/// use folio_core::money::decimal;
///
/// let product = decimal::mul(decimal::parse("0.1")?, decimal::parse("0.2")?)?;
/// assert_eq!(decimal::to_text(product).as_str(), "0.02");
/// # Ok::<(), folio_core::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the product is too large.
#[inline]
pub fn mul(a: Decimal, b: Decimal) -> Result<Decimal> {
    let product = Wide::product(magnitude(a), magnitude(b));
    let scale = a.scale() + b.scale();
    let negative = a.is_sign_negative() != b.is_sign_negative();
    match product.narrow() {
        Some(magnitude) if scale <= Decimal::MAX_SCALE => Ok(compose(magnitude, scale, negative)),
        _ => rounded(product, scale, negative),
    }
}

/// `a` ÷ `b`, exact or rounded by the rule of this [module](self).
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if `b` is zero,
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) if the quotient is too large.
#[inline]
pub fn div(a: Decimal, b: Decimal) -> Result<Decimal> {
    if b.is_zero() {
        return Err(Error::invalid("a number cannot be divided by zero"));
    }
    a.checked_div(b).ok_or_else(too_large)
}

/// `a` plus the decimal of the given parts.
#[inline]
fn signed_sum(a: Decimal, b: u128, b_scale: u32, b_negative: bool) -> Result<Decimal> {
    let (a, a_scale, a_negative) = (magnitude(a), a.scale(), a.is_sign_negative());
    let scale = a_scale.max(b_scale);
    let aligned = |magnitude: u128, own: u32| magnitude.checked_mul(POWERS[(scale - own) as usize]);
    if let (Some(a), Some(b)) = (aligned(a, a_scale), aligned(b, b_scale)) {
        let (sum, negative) = if a_negative == b_negative {
            (a.checked_add(b), a_negative)
        } else {
            (Some(a.abs_diff(b)), if a > b { a_negative } else { b_negative })
        };
        match sum {
            Some(sum) if sum < LIMIT => return Ok(compose(sum, scale, negative)),
            Some(sum) => return rounded(Wide::from_u128(sum), scale, negative),
            None => {}
        }
    }
    // The one with fewer decimals gets zeros appended, the other is as it is.
    let (short, short_scale, short_negative, long, long_negative) = if a_scale < b_scale {
        (a, a_scale, a_negative, b, b_negative)
    } else {
        (b, b_scale, b_negative, a, a_negative)
    };
    let short = Wide::product(short, POWERS[(scale - short_scale) as usize]);
    if short_negative == long_negative {
        rounded(short.plus(long), scale, long_negative)
    } else {
        let (distance, long_is_greater) = short.distance(long);
        rounded(
            distance,
            scale,
            if long_is_greater { long_negative } else { short_negative },
        )
    }
}

fn rounded(digits: Wide, scale: u32, negative: bool) -> Result<Decimal> {
    let (magnitude, scale) = digits.fit(scale).ok_or_else(too_large)?;
    Ok(compose(magnitude, scale, negative))
}

/// −`value`; zero stays zero.
#[must_use]
pub fn neg(value: Decimal) -> Decimal {
    compose(magnitude(value), value.scale(), !is_negative(value))
}

/// What becomes of the digits that [`round`] drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rounding {
    /// To the nearest, a tie to the even neighbour.
    HalfEven,
    /// To the nearest, a tie away from zero.
    HalfAwayFromZero,
    /// They are cut off.
    TowardZero,
}

/// `value` with at most `decimals` decimals.
///
/// ```
/// use folio_core::money::decimal::{self, Rounding};
///
/// let value = decimal::parse("2.345")?;
/// assert_eq!(decimal::round(value, 2, Rounding::HalfEven).to_string(), "2.34");
/// assert_eq!(decimal::round(value, 2, Rounding::HalfAwayFromZero).to_string(), "2.35");
/// # Ok::<(), folio_core::Error>(())
/// ```
#[must_use]
pub fn round(value: Decimal, decimals: u32, rounding: Rounding) -> Decimal {
    let scale = value.scale();
    if scale <= decimals {
        return value;
    }
    let divisor = POWERS[(scale - decimals) as usize];
    let quotient = magnitude(value) / divisor;
    let rest = magnitude(value) - quotient * divisor;
    let up = match rounding {
        Rounding::HalfEven => rounds_up(quotient, rest, divisor),
        Rounding::HalfAwayFromZero => rest >= divisor - rest,
        Rounding::TowardZero => false,
    };
    compose(quotient + u128::from(up), decimals, is_negative(value))
}

/// 100 × `part` ÷ `whole`, exact and then rounded half to even to four decimals, once; `None` of a
/// whole of zero.
#[inline]
pub(super) fn percent(part: Decimal, whole: Decimal) -> Result<Option<Decimal>> {
    const DECIMALS: u32 = 4;

    if whole.is_zero() {
        return Ok(None);
    }
    let (numerator, denominator) = (magnitude(part), magnitude(whole));
    // The magnitude of the result, with its four decimals, is numerator × 10^(up − down) ÷ denominator.
    let (up, down) = (DECIMALS + 2 + whole.scale(), part.scale());
    let rounded = if let Some(exponent) = up.checked_sub(down) {
        match numerator.checked_mul(POWERS[exponent as usize]) {
            Some(numerator) => rounded_quotient(numerator, denominator),
            None => long_division(numerator, exponent, denominator).ok_or_else(too_large)?,
        }
    } else {
        match denominator.checked_mul(POWERS[(down - up) as usize]) {
            Some(denominator) => rounded_quotient(numerator, denominator),
            // The denominator is at least 2^128, the numerator below 2^96.
            None => 0,
        }
    };
    if rounded >= LIMIT {
        return Err(too_large());
    }
    Ok(Some(compose(
        rounded,
        DECIMALS,
        is_negative(part) != is_negative(whole),
    )))
}

/// `numerator` ÷ `denominator`, rounded half to even.
#[inline]
fn rounded_quotient(numerator: u128, denominator: u128) -> u128 {
    let quotient = numerator / denominator;
    // One division instead of two: `%` would divide again.
    let rest = numerator - quotient * denominator;
    quotient + u128::from(rounds_up(quotient, rest, denominator))
}

/// `numerator` × 10^`exponent` ÷ `denominator`, rounded half to even, or `None` if that is 2^96 or
/// more. Both numbers are below 2^96.
#[cold]
fn long_division(numerator: u128, mut exponent: u32, denominator: u128) -> Option<u128> {
    // A quotient or rest below 2^96 times 10^9 stays below 2^128.
    const STEP: u32 = 9;

    let mut quotient = numerator / denominator;
    let mut rest = numerator % denominator;
    while exponent > 0 {
        let step = exponent.min(STEP);
        rest *= POWERS[step as usize];
        quotient = quotient * POWERS[step as usize] + rest / denominator;
        rest %= denominator;
        exponent -= step;
        if quotient >= LIMIT {
            return None;
        }
    }
    Some(quotient + u128::from(rounds_up(quotient, rest, denominator)))
}

/// Whether `quotient` + `rest` ÷ `divisor`, the latter below one, rounds half to even upwards.
#[inline]
fn rounds_up(quotient: u128, rest: u128, divisor: u128) -> bool {
    let gap = divisor - rest;
    rest > gap || (rest == gap && quotient & 1 == 1)
}

/// The binary floating-point number nearest to `value`, for plotting.
#[must_use]
pub fn to_f64_lossy(value: Decimal) -> f64 {
    // The text of a decimal is the text of a number, so the other branch is never taken.
    to_text(value).as_str().parse().unwrap_or_default()
}

#[inline]
fn magnitude(value: Decimal) -> u128 {
    value.mantissa().unsigned_abs()
}

/// A zero is not negative, whatever its sign bit says.
#[inline]
fn is_negative(value: Decimal) -> bool {
    value.is_sign_negative() && !value.is_zero()
}

/// Both are in range: a magnitude below 2^96, a scale up to 28.
#[inline]
fn compose(magnitude: u128, scale: u32, negative: bool) -> Decimal {
    Decimal::from_parts(
        magnitude as u32,
        (magnitude >> 32) as u32,
        (magnitude >> 64) as u32,
        negative,
        scale,
    )
}

#[cold]
fn too_large() -> Error {
    Error::out_of_range("the number is too large: its digits, read without the point, have to be below 2^96")
}
