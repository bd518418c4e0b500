//! Identifiers of traces and spans for the requests of one user: unique over users, processes and restarts.
//!
//! A user draws random numbers when it starts, and counts. The counter goes through a bijection, so that no identifier of a
//! user comes twice, and neighbours look unrelated: samplers and stores cut identifiers where they like.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use crate::domain::trace::{SpanId, TraceId, Tracing};
use crate::http::Traceparent;

/// The trace and span of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
}

/// What names the traces and spans of one user.
#[derive(Debug)]
pub(super) struct Tracer {
    /// First half of the identifiers of all its traces; not 0.
    upper: u64,
    key: u64,
    drawn: u64,
    /// Second half of the identifier of the current trace.
    lower: u64,
    span: u64,
    text: Traceparent,
}

impl Tracer {
    /// Draws what distinguishes this user from all others.
    pub(super) fn new(tracing: Tracing) -> Self {
        // Its keys come from the operating system, and no two have the same.
        let random = RandomState::new();
        let mut tracer = Self {
            upper: random.hash_one(0_u8).max(1),
            key: random.hash_one(1_u8),
            drawn: 0,
            lower: 0,
            span: 0,
            text: Traceparent::new(tracing == Tracing::Sampled),
        };
        tracer.text.set_trace(tracer.ids().trace);
        tracer
    }

    /// The next request begins a trace.
    pub(super) fn begin_trace(&mut self) {
        self.lower = self.draw();
        self.text.set_lower_half(self.lower);
    }

    /// The next request is another span of the current trace.
    pub(super) fn begin_span(&mut self) {
        self.span = self.draw();
        self.text.set_span(SpanId(self.span.to_be_bytes()));
    }

    /// What the next request sends, or the last one has sent.
    pub(super) fn traceparent(&self) -> &Traceparent {
        &self.text
    }

    /// The same as identifiers.
    pub(super) fn ids(&self) -> Ids {
        let trace = u128::from(self.upper) << 64 | u128::from(self.lower);
        Ids { trace: TraceId(trace.to_be_bytes()), span: SpanId(self.span.to_be_bytes()) }
    }

    /// The current trace, to go on with it after another one.
    pub(super) fn mark(&self) -> u64 {
        self.lower
    }

    /// Goes on with a trace.
    pub(super) fn return_to(&mut self, mark: u64) {
        self.lower = mark;
        self.text.set_lower_half(mark);
    }

    /// A number that was not drawn before, and is not 0.
    fn draw(&mut self) -> u64 {
        loop {
            self.drawn = self.drawn.wrapping_add(1);
            let drawn = mixed(self.drawn ^ self.key);
            if drawn != 0 {
                return drawn;
            }
        }
    }
}

/// A bijection of 64 bits in which each bit depends on all others.
/// Source: Steele, Lea and Flood (2014), `SplitMix64`; constants of Stafford's variant 13.
fn mixed(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn identifiers_never_come_twice_and_are_never_zero() {
        let (mut traces, mut spans) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..100 {
            let mut tracer = Tracer::new(Tracing::Sampled);
            for _ in 0..100 {
                tracer.begin_trace();
                tracer.begin_span();
                let ids = tracer.ids();
                assert!(traces.insert(ids.trace.to_string()) && spans.insert(ids.span.to_string()));
                assert_eq!(tracer.traceparent().as_str(), format!("00-{}-{}-01", ids.trace, ids.span));
                assert!(TraceId::parse(&ids.trace.to_string()).is_some());
                assert!(SpanId::parse(&ids.span.to_string()).is_some());
            }
        }
    }

    #[test]
    fn zero_is_left_out() {
        // The only number that becomes 0 is 0.
        let mut tracer = Tracer { key: 1, ..Tracer::new(Tracing::Unsampled) };
        assert_eq!((mixed(0), tracer.draw()), (0, mixed(3)));
        assert!(tracer.traceparent().as_str().ends_with("-00"));
    }

    #[test]
    fn a_trace_goes_on_after_another_one() {
        let mut tracer = Tracer::new(Tracing::Sampled);
        tracer.begin_trace();
        let (before, mark) = (tracer.ids().trace, tracer.mark());
        tracer.begin_trace();
        assert_ne!(tracer.ids().trace, before);
        tracer.return_to(mark);
        tracer.begin_span();
        assert_eq!(tracer.ids().trace, before);
        assert!(tracer.traceparent().as_str().contains(&before.to_string()));
    }
}
