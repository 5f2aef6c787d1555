//! The canonical CBOR of a value (RFC 7049, 3.9), fed to the hash as it is made: generation 3 of flagd's bucketing.
//!
//! Invariant: values that JSON does not tell apart are encoded alike: `1.0` as `1`, `-0.0` as `0`, members by the length of
//! their names and then by their bytes. Deliberately not here: CBOR for anybody to read.

use crate::murmur::Murmur;
use crate::rule::held::{Held, Number};

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

pub(crate) fn write(held: &Held<'_>, to: &mut Murmur) {
    match held {
        Held::Null => to.write(&[0xf6]),
        Held::Bool(false) => to.write(&[0xf4]),
        Held::Bool(true) => to.write(&[0xf5]),
        Held::Number(number) => write_number(*number, to),
        Held::Text(text) => write_text(text, to),
        Held::List(_) | Held::Object(_) | Held::Json(_) => write_structure(held, to),
    }
}

/// The head of a list of this many elements, which are to follow.
pub(crate) fn list_head(len: usize, to: &mut Murmur) {
    head(ARRAY, len as u64, to);
}

/// The head of a text of this many bytes, which are to follow.
#[inline]
pub(crate) fn text_head(len: usize, to: &mut Murmur) {
    head(TEXT, len as u64, to);
}

#[inline]
pub(crate) fn write_text(text: &str, to: &mut Murmur) {
    text_head(text.len(), to);
    to.write(text.as_bytes());
}

fn write_structure(held: &Held<'_>, to: &mut Murmur) {
    if let Some(mut members) = held.members() {
        members.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        head(MAP, members.len() as u64, to);
        for (name, value) in members {
            write_text(name, to);
            write(&value, to);
        }
        return;
    }
    list_head(held.len(), to);
    for index in 0..held.len() {
        write(&held.element(index).unwrap_or(Held::Null), to);
    }
}

fn write_number(number: Number, to: &mut Murmur) {
    match number.normal() {
        Number::Int(whole) if whole < 0 => head(NEGATIVE, !(whole as u64), to),
        Number::Int(whole) => head(UNSIGNED, whole as u64, to),
        Number::Unsigned(whole) => head(UNSIGNED, whole, to),
        Number::Float(float) => write_float(float, to),
    }
}

/// In the shortest of the three forms that keeps the value.
fn write_float(float: f64, to: &mut Murmur) {
    let single = float as f32;
    if float.is_nan() {
        to.write(&[0xf9, 0x7e, 0x00]);
    } else if f64::from(single).to_bits() != float.to_bits() {
        to.write(&[0xfb]);
        to.write(&float.to_be_bytes());
    } else if let Some(half) = half(single) {
        to.write(&[0xf9]);
        to.write(&half.to_be_bytes());
    } else {
        to.write(&[0xfa]);
        to.write(&single.to_be_bytes());
    }
}

/// The same number in IEEE 754's 16 bits, where they can hold it.
fn half(single: f32) -> Option<u16> {
    let bits = single.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let exponent = (bits >> 23 & 0xff).cast_signed() - 127;
    let fraction = bits & 0x7f_ffff;
    let kept = |significand: u32, shift: i32| {
        (significand.trailing_zeros().cast_signed() >= shift || significand == 0)
            .then_some((significand >> shift) as u16)
    };
    match exponent {
        128 => Some(sign | 0x7c00),
        -14..=15 => Some(sign | ((exponent + 15) as u16) << 10 | kept(fraction, 13)?),
        -24..=-15 => Some(sign | kept(fraction | 0x80_0000, -1 - exponent)?),
        _ if bits << 1 == 0 => Some(sign),
        _ => None,
    }
}

#[inline]
fn head(major: u8, count: u64, to: &mut Murmur) {
    let major = major << 5;
    match count {
        0..24 => to.write(&[major | count as u8]),
        24..0x100 => to.write(&[major | 0x18, count as u8]),
        0x100..0x1_0000 => {
            let [a, b] = (count as u16).to_be_bytes();
            to.write(&[major | 0x19, a, b]);
        }
        0x1_0000..0x1_0000_0000 => {
            to.write(&[major | 0x1a]);
            to.write(&(count as u32).to_be_bytes());
        }
        _ => {
            to.write(&[major | 0x1b]);
            to.write(&count.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_those_of_rfc_7049() {
        // Appendix A of the RFC.
        let table = [
            (5.960_464_5e-8, 0x0001),
            (0.000_061_035_156, 0x0400),
            (-4.1, 0),
            (1.5, 0x3e00),
            (65504.0, 0x7bff),
        ];
        for (single, expected) in table {
            assert_eq!(half(single).unwrap_or_default(), expected, "{single}");
        }
        assert_eq!(half(f32::INFINITY), Some(0x7c00));
        assert_eq!(half(-0.0), Some(0x8000));
        assert_eq!(half(65505.0), None);
    }
}
