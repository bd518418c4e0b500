//! Facts about caches from response headers, read the same way for both HTTP versions and in any order of headers.

use crate::domain::sample::CacheState;

/// Headers about caching, the most trusted last: `age` decides only without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Age,
    XCache,
    CfCacheStatus,
}

/// Collects facts header by header. Names are compared without regard to case.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    cache: Option<(Source, CacheState)>,
}

impl Facts {
    /// Reads a header; returns whether it is one of the relevant ones.
    pub(super) fn read(&mut self, name: &str, value: &[u8]) -> bool {
        // Comparing lengths first keeps this to a few instructions for the headers that do not matter.
        let is = |wanted: &str| name.len() == wanted.len() && name.eq_ignore_ascii_case(wanted);
        if is("cf-cache-status") {
            self.take(Source::CfCacheStatus, names_a_hit(value));
        } else if is("x-cache") {
            self.take(Source::XCache, names_a_hit(value));
        } else if is("age") {
            self.take(Source::Age, value.iter().any(|digit| (b'1'..=b'9').contains(digit)));
        } else {
            return false;
        }
        true
    }

    fn take(&mut self, source: Source, is_hit: bool) {
        // Of two headers with one name the first counts.
        if self.cache.is_none_or(|(known, _)| known < source) {
            self.cache = Some((source, if is_hit { CacheState::Hit } else { CacheState::Miss }));
        }
    }

    /// Whether a cache served the response; `None` where no header reports it.
    pub(super) fn cache(self) -> Option<CacheState> {
        self.cache.map(|(_, state)| state)
    }
}

/// Matches `HIT`, `hit from edge`, `TCP_HIT`; every other value counts as a miss.
fn names_a_hit(value: &[u8]) -> bool {
    value.to_ascii_lowercase().windows(3).any(|word| word == b"hit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_trusted_header_decides_in_any_order() {
        let check = |headers: &[(&str, &str)], expected| {
            let read = |headers: &mut dyn Iterator<Item = &(&str, &str)>| {
                let mut facts = Facts::default();
                headers.for_each(|(name, value)| assert!(facts.read(name, value.as_bytes())));
                facts.cache()
            };
            assert_eq!(read(&mut headers.iter()), expected, "{headers:?}");
            assert_eq!(read(&mut headers.iter().rev()), expected, "{headers:?} reversed");
        };
        check(&[("CF-Cache-Status", "HIT")], Some(CacheState::Hit));
        check(&[("cf-cache-status", "DYNAMIC"), ("Age", "5")], Some(CacheState::Miss));
        check(&[("x-cache", "TCP_HIT from edge"), ("cf-cache-status", "MISS")], Some(CacheState::Miss));
        check(&[("X-Cache", "HIT"), ("age", "0")], Some(CacheState::Hit));
        check(&[("Age", "30")], Some(CacheState::Hit));
        check(&[("Age", "0")], Some(CacheState::Miss));
        check(&[], None);
    }

    #[test]
    fn other_headers_are_passed_over() {
        assert!(!Facts::default().read("content-type", b"text/html"));
    }
}
