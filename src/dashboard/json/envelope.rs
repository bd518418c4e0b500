//! The envelope of every response: `schema`, `kind`, then the keys of that kind.

use bytes::Bytes;
use serde::Serialize;

/// Version of every shape here. A key that is added does not raise it; one that changes its meaning does.
const SCHEMA: u32 = 1;

/// A response with its `schema` and `kind` in front.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct Envelope<T> {
    schema: u32,
    kind: &'static str,
    #[serde(flatten)]
    content: T,
}

impl<T: Serialize> Envelope<T> {
    /// The envelope of a response of this kind.
    pub(in crate::dashboard) fn of(kind: &'static str, content: T) -> Self {
        Self { schema: SCHEMA, kind, content }
    }

    /// The bytes that are sent.
    pub(in crate::dashboard) fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

/// A value as compact JSON. Types here have only keys that are text, so that writing one cannot fail.
pub(in crate::dashboard) fn to_bytes(value: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(value).unwrap_or_default())
}
