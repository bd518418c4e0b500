//! Values that nobody can guess: keys and masks of WebSocket connections, markers in requests.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Eight bytes that differ at every call, and that no server or proxy can know before.
pub(super) fn nonce() -> [u8; 8] {
    RandomState::new().build_hasher().finish().to_be_bytes()
}

/// The same in hexadecimal digits.
pub(super) fn marker() -> String {
    format!("{:016x}", u64::from_be_bytes(nonce()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_another() {
        let all: std::collections::BTreeSet<String> = (0..100).map(|_| marker()).collect();
        assert_eq!(all.len(), 100);
        assert!(all.iter().all(|marker| marker.len() == 16));
    }
}
