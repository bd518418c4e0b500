//! The value of a `traceparent` header: written once, and patched in place for each request.
//!
//! Source: W3C Trace Context, <https://www.w3.org/TR/trace-context/#traceparent-header>

use std::fmt;

use crate::domain::trace::{SpanId, TraceId};

/// Name of the header.
pub(super) const NAME: &str = "traceparent";
/// What stands in a prepared request until a value takes its place.
pub(super) const BLANK: &str = "00-00000000000000000000000000000000-0000000000000000-00";

/// Length of the value. Units: bytes.
const LENGTH: usize = BLANK.len();
/// Where the two halves of the trace, the span and the flags begin.
const UPPER: usize = 3;
const LOWER: usize = 19;
const SPAN: usize = 36;
const FLAGS: usize = 53;

/// The value of a `traceparent` header of version 00.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Traceparent([u8; LENGTH]);

impl Traceparent {
    /// A value without identifiers, which must be set before it is sent. `is_sampled`: whether the target is asked to record
    /// the trace.
    pub fn new(is_sampled: bool) -> Self {
        let mut text = [0; LENGTH];
        text.copy_from_slice(BLANK.as_bytes());
        text[FLAGS + 1] = if is_sampled { b'1' } else { b'0' };
        Self(text)
    }

    /// Names another trace.
    pub fn set_trace(&mut self, trace: TraceId) {
        let [upper, lower] = halves(trace);
        self.put(UPPER, upper);
        self.put(LOWER, lower);
    }

    /// Names another trace whose first eight bytes are those of the last one.
    pub fn set_lower_half(&mut self, lower: u64) {
        self.put(LOWER, lower);
    }

    /// Names another span.
    pub fn set_span(&mut self, span: SpanId) {
        self.put(SPAN, u64::from_be_bytes(span.0));
    }

    /// The value as text.
    pub fn as_str(&self) -> &str {
        // It has digits and dashes only.
        std::str::from_utf8(&self.0).unwrap_or(BLANK)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn put(&mut self, at: usize, half: u64) {
        self.0[at..at + 16].copy_from_slice(&digits(half));
    }
}

impl fmt::Debug for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn halves(TraceId(bytes): TraceId) -> [u64; 2] {
    let whole = u128::from_be_bytes(bytes);
    #[expect(clippy::cast_possible_truncation, reason = "each half has 64 bits")]
    [(whole >> 64) as u64, whole as u64]
}

/// Sixteen lower-case hexadecimal digits, all at once: this is on the path of every request.
fn digits(value: u64) -> [u8; 16] {
    let spread = |half: u64| {
        let half = (half | half << 16) & 0x0000_FFFF_0000_FFFF;
        let half = (half | half << 8) & 0x00FF_00FF_00FF_00FF;
        let nibbles = (half | half << 4) & 0x0F0F_0F0F_0F0F_0F0F;
        // 1 in each byte whose digit is a letter.
        let letters = ((nibbles + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
        (nibbles + 0x3030_3030_3030_3030 + letters * u64::from(b'a' - b'0' - 10)).to_be_bytes()
    };
    let mut text = [0; 16];
    text[..8].copy_from_slice(&spread(value >> 32));
    text[8..].copy_from_slice(&spread(value & 0xFFFF_FFFF));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_example_of_the_standard() {
        let trace = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
        let mut value = Traceparent::new(true);
        value.set_trace(trace);
        value.set_span(SpanId::parse("00f067aa0ba902b7").unwrap());
        assert_eq!(value.as_str(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        value.set_lower_half(0x0123_4567_89ab_cdef);
        assert_eq!(value.as_str(), "00-4bf92f3577b34da60123456789abcdef-00f067aa0ba902b7-01");
        assert_eq!(Traceparent::new(false).as_str(), BLANK);
    }

    #[test]
    fn digits_are_those_of_the_formatter() {
        for shift in 0..64 {
            for value in [0x0123_4567_89AB_CDEF_u64.rotate_left(shift), 1 << shift, u64::MAX >> shift] {
                assert_eq!(digits(value), *format!("{value:016x}").as_bytes());
            }
        }
    }
}
