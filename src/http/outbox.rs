//! Where a connection writes a request that names a trace: the prepared bytes are shared by all users, and stay as they are.

use super::request::Request;
use super::traceparent::Traceparent;

/// A longer request is not copied with its body. Units: bytes.
const SHORT: usize = 16 << 10;

/// The last request that was written, whose memory is used again.
#[derive(Debug, Default)]
pub(super) struct Outbox(Vec<u8>);

impl Outbox {
    /// The prepared bytes of a request with the trace that it names: those to send first, and those that follow them.
    pub(super) fn bytes_of<'a>(
        &'a mut self,
        request: &'a Request,
        traceparent: Option<&Traceparent>,
    ) -> [&'a [u8]; 2] {
        let (Some(at), Some(traceparent)) = (request.trace_at, traceparent) else {
            return [&request.wire, &[]];
        };
        let copied = if request.wire.len() <= SHORT { request.wire.len() } else { request.body_at };
        let (first, rest) = request.wire.split_at(copied);
        self.0.clear();
        self.0.extend_from_slice(first);
        let value = traceparent.as_bytes();
        if let Some(place) = self.0.get_mut(at..at + value.len()) {
            place.copy_from_slice(value);
        }
        [&self.0, rest]
    }
}
