//! Decimals as MongoDB keeps them: 34 decimal digits and an exponent of ten, IEEE 754-2008 in its binary encoding.
//!
//! A [`Decimal`] has fewer digits and a smaller exponent, so every one of them is stored as it is. Of what is read
//! back only what a [`Decimal`] can say is taken; nothing is rounded.

use bson::Decimal128;
use folio_core::money::Decimal;
use folio_core::{Error, Result};

use crate::error::corrupt;

/// What is added to an exponent so that it is stored without a sign.
const BIAS: i32 = 6176;
/// The bits of a coefficient.
const COEFFICIENT_BITS: u32 = 113;
const COEFFICIENT: u128 = (1 << COEFFICIENT_BITS) - 1;
/// The first coefficient beyond 34 digits, which stands for zero by the standard and is written by nobody.
const NOT_CANONICAL: u128 = 10_u128.pow(34);
const EXPONENT: u128 = (1 << 14) - 1;
/// Every magnitude of a [`Decimal`] is below this.
const LIMIT: u128 = 1 << 96;

/// The stored form, with the decimals that the value has.
pub(crate) fn to_decimal128(value: Decimal) -> Decimal128 {
    let sign = u128::from(value.is_sign_negative() && !value.is_zero());
    // A scale is at most 28.
    let exponent = u128::from((BIAS - value.scale().cast_signed()).unsigned_abs());
    let bits = sign << 127 | exponent << COEFFICIENT_BITS | value.mantissa().unsigned_abs();
    Decimal128::from_bytes(bits.to_le_bytes())
}

/// Reads a stored decimal, whatever its exponent, if it is a number that folio computes with.
///
/// # Errors
/// `CorruptData` for infinities, what is not a number, and numbers with more digits or decimals.
pub(crate) fn from_decimal128(stored: Decimal128) -> Result<Decimal> {
    let refused = || refused(stored);
    let bits = u128::from_le_bytes(stored.bytes());
    // Two ones behind the sign: no number, or a coefficient that is beyond 34 digits.
    if bits >> 125 & 0b11 == 0b11 {
        return Err(refused());
    }
    let mut magnitude = bits & COEFFICIENT;
    if magnitude >= NOT_CANONICAL {
        return Err(refused());
    }
    if magnitude == 0 {
        return Ok(Decimal::ZERO);
    }
    // 14 bits fit.
    let mut exponent = (bits >> COEFFICIENT_BITS & EXPONENT) as i32 - BIAS;
    let max_scale = Decimal::MAX_SCALE.cast_signed();
    while exponent < 0 && (exponent < -max_scale || magnitude >= LIMIT) && magnitude.is_multiple_of(10) {
        magnitude /= 10;
        exponent += 1;
    }
    while exponent > 0 && magnitude < LIMIT {
        magnitude *= 10;
        exponent -= 1;
    }
    if exponent > 0 || exponent < -max_scale || magnitude >= LIMIT {
        return Err(refused());
    }
    let mut value =
        Decimal::try_from_i128_with_scale(magnitude.cast_signed(), exponent.unsigned_abs()).map_err(|_| refused())?;
    value.set_sign_negative(bits >> 127 == 1);
    Ok(value)
}

fn refused(stored: Decimal128) -> Error {
    corrupt("decimal", stored)
}
