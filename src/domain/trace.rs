//! Identifiers of traces and spans, and the slow requests that are kept with them.
//!
//! Source: W3C Trace Context, <https://www.w3.org/TR/trace-context/>

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::cell_name::CellName;
use super::error_reason::ErrorReason;

/// Identifier of a trace: all requests of one iteration of a journey, or one request of an endpoint. Never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub [u8; 16]);

/// Identifier of a span within its trace: one request. Never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub [u8; 8]);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl TraceId {
    /// Reads 32 lower-case hexadecimal digits; `None` for anything else, and for an identifier of zeros.
    pub fn parse(text: &str) -> Option<Self> {
        bytes_of(text).map(Self)
    }
}

impl SpanId {
    /// Reads 16 lower-case hexadecimal digits; `None` for anything else, and for an identifier of zeros.
    pub fn parse(text: &str) -> Option<Self> {
        bytes_of(text).map(Self)
    }
}

fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    (bytes != [0; N]).then_some(bytes)
}

/// Whether requests name the trace that they belong to, and whether the target is asked to record it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tracing {
    /// They do, and the target is asked to record it (flag 01).
    #[default]
    Sampled,
    /// They do, and a target that asks whoever calls it records nothing (flag 00).
    Unsampled,
    /// They do not.
    Off,
}

impl Tracing {
    /// The word in a scenario and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::Unsampled => "unsampled",
            Self::Off => "off",
        }
    }
}

/// One of the slowest requests of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowRequest {
    /// Number of the window in which it was measured.
    pub window: u64,
    /// The cell or step that it belongs to.
    pub cell: CellName,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// From sending the request to the complete response, or to its failure.
    pub service_time: Duration,
    /// Trace that its `traceparent` named.
    pub trace_id: TraceId,
    /// Span that its `traceparent` named.
    pub span_id: SpanId,
    /// Status of the response; `None` without one.
    pub status: Option<u16>,
    /// Why it failed; `None` where it succeeded or was rate-limited.
    pub failure: Option<ErrorReason>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_as_it_is_written() {
        let text = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(TraceId::parse(text).unwrap().to_string(), text);
        assert_eq!(SpanId::parse("00f067aa0ba902b7").unwrap().to_string(), "00f067aa0ba902b7");
        for bad in ["", "0000000000000000", "00F067AA0BA902B7", "00f067aa0ba902b", "00f067aa0ba902bé"] {
            assert_eq!(SpanId::parse(bad), None, "{bad}");
        }
    }
}
