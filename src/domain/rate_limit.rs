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

    /// Whether requests to a path that may have placeholders can count against this limit.
    pub fn may_cover(&self, path: &str) -> bool {
        let Some((before, _)) = path.split_once("{{") else { return self.covers(path) };
        match self.path.strip_suffix('*') {
            Some(prefix) => before.starts_with(prefix) || prefix.starts_with(before),
            None => self.path.starts_with(before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_placeholders_may_be_any_that_begins_like_it() {
        let limit = |path: &str| RateLimit { path: path.into(), allowances: vec![] };
        assert!(limit("/api/*").may_cover("/api/{{id}}") && limit("/api/*").may_cover("{{location}}"));
        assert!(limit("/api/a").may_cover("/api/{{id}}") && !limit("/b").may_cover("/api/{{id}}"));
        assert!(limit("/api/auth/*").may_cover("/api/{{part}}/x") && !limit("/x/*").may_cover("/api/{{id}}"));
    }

    #[test]
    fn a_star_covers_what_begins_alike() {
        let limit = |path: &str| RateLimit { path: path.into(), allowances: vec![] };
        assert!(limit("/api/*").covers("/api/health?x=1"));
        assert!(limit("/api/*").covers("/api/auth/check"));
        assert!(!limit("/api/*").covers("/"));
        assert!(limit("/a").covers("/a?b") && !limit("/a").covers("/a/b"));
    }
}
