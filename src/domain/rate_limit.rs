//! Documented limits of the target: which requests they count, and how many they allow.

use std::time::Duration;

/// A maximum number of requests in any stretch of a given length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Most requests in any stretch of length `per`.
    pub requests: u64,
    /// Length of the sliding stretch in which they are counted.
    pub per: Duration,
}

/// A documented limit, shared by all endpoints whose path matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// A path, or a prefix that ends in `*`.
    pub path: String,
    /// Allowances that apply at the same time, such as one per second and one per day.
    pub allowances: Vec<Allowance>,
}

impl RateLimit {
    /// Whether requests to a path count against this limit. The query does not matter.
    pub fn covers(&self, path: &str) -> bool {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_what_begins_alike() {
        let limit = |path: &str| RateLimit { path: path.into(), allowances: vec![] };
        assert!(limit("/api/*").covers("/api/health?x=1"));
        assert!(limit("/api/*").covers("/api/auth/check"));
        assert!(!limit("/api/*").covers("/"));
        assert!(limit("/a").covers("/a?b") && !limit("/a").covers("/a/b"));
    }
}
