//! How many requests the documented rate limits leave for a health check.
//!
//! A check is short, so each limit is taken as one number: what it allows in its period, however long the check takes.

use crate::domain::rate_limit::RateLimit;
use crate::domain::units::format_span;

/// Requests that may still be sent, by limit.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Vec<(RateLimit, u64)>,
}

impl Budget {
    /// Nothing is used yet.
    pub(super) fn new(limits: &[RateLimit]) -> Self {
        Self { limits: limits.iter().map(|limit| (limit.clone(), 0)).collect() }
    }

    /// Number of requests to a path that all limits allow; `None` where no limit covers it.
    pub(super) fn room(&self, path: &str) -> Option<u64> {
        let covering = self.limits.iter().filter(|(limit, _)| limit.covers(path));
        covering.filter_map(|(limit, used)| Some(smallest(limit)?.saturating_sub(*used))).min()
    }

    /// Takes a request to a path.
    /// # Errors
    /// The limit that has no room for it, in words.
    pub(super) fn take(&mut self, path: &str) -> Result<(), String> {
        let full = self.limits.iter().find(|(limit, used)| {
            limit.covers(path) && smallest(limit).is_some_and(|smallest| *used >= smallest)
        });
        if let Some((limit, _)) = full {
            return Err(words(limit));
        }
        for (_, used) in self.limits.iter_mut().filter(|(limit, _)| limit.covers(path)) {
            *used += 1;
        }
        Ok(())
    }
}

fn smallest(limit: &RateLimit) -> Option<u64> {
    limit.allowances.iter().map(|allowance| allowance.requests).min()
}

fn words(limit: &RateLimit) -> String {
    let tightest = limit.allowances.iter().min_by_key(|allowance| allowance.requests);
    tightest.map_or_else(
        || limit.path.clone(),
        |allowance| format!("{} per {} for {}", allowance.requests, format_span(allowance.per), limit.path),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::rate_limit::Allowance;

    #[test]
    fn every_limit_counts_the_paths_it_covers() {
        let limit = |path: &str, requests| RateLimit {
            path: path.into(),
            allowances: vec![
                Allowance { requests: 20, per: Duration::from_hours(1) },
                Allowance { requests, per: Duration::from_mins(1) },
            ],
        };
        let mut budget = Budget::new(&[limit("/api/*", 3), limit("/api/auth/*", 1)]);
        assert_eq!(
            (budget.room("/"), budget.room("/api/a"), budget.room("/api/auth/b?c")),
            (None, Some(3), Some(1))
        );
        assert_eq!(budget.take("/api/auth/b?c"), Ok(()));
        assert_eq!(budget.take("/api/auth/b"), Err("1 per 1m for /api/auth/*".to_owned()));
        assert_eq!((budget.take("/api/a"), budget.take("/api/a")), (Ok(()), Ok(())));
        assert_eq!(budget.take("/api/a"), Err("3 per 1m for /api/*".to_owned()));
        assert_eq!(budget.take("/"), Ok(()));
    }
}
