//! Recommendations on caches and certificates of endpoints that have no SLO for them.

use std::collections::BTreeMap;

use crate::domain::metric::Metric;
use crate::domain::objective::ObjectiveState;
use crate::domain::window::{CacheCounts, LEAST_CACHE_RESPONSES};
use crate::report::view::run_view::CellView;
use crate::report::wording::numbers::{count, listed, percent};
use crate::report::wording::phrases::metric_value;
use crate::stats::proportion::wilson_95;

use super::{Advisor, Priority, Recommendation};

/// A cache hit ratio below this is reported.
const LOW_CACHE: f64 = 0.7;
/// A certificate that expires within fewer days is reported: renewal by hand takes days ...
const SOON_DAYS: f64 = 14.0;
/// ... and is urgent below this, because a weekend is longer.
const URGENT_DAYS: f64 = 3.0;

/// What misses cost.
pub(super) const MISSES_COST: &str = "Every miss is a request to the origin, which has to carry the load";
/// What to do about misses.
pub(super) const CHECK_CACHE: &str = "Check the caching headers of the responses and the cache key";
/// What an expired certificate costs.
pub(super) const EXPIRY_COST: &str = "Once it has expired, browsers and clients refuse to connect";
/// What to do about a certificate that expires.
pub(super) const RENEW: &str = "Renew the certificate, and check why it was not renewed automatically";

impl Advisor<'_> {
    /// Endpoints with a low cache hit ratio, unless a violated SLO already says so.
    pub(super) fn caches(&self) -> Vec<Recommendation> {
        let mut by_endpoint: BTreeMap<&str, CacheCounts> = BTreeMap::new();
        for (_, cell) in self.view.cells().filter(|(_, cell)| !is_violated(cell, Metric::CacheHitRatio)) {
            let sum = by_endpoint.entry(&cell.endpoint).or_default();
            sum.hits += cell.cache.hits;
            sum.misses += cell.cache.misses;
        }
        let is_low = |cache: &CacheCounts| {
            let interval = wilson_95(cache.hits, cache.known());
            cache.known() >= LEAST_CACHE_RESPONSES && interval.is_some_and(|(_, high)| high < LOW_CACHE)
        };
        let low = by_endpoint.into_iter().filter(|(_, cache)| is_low(cache));
        low.map(|(endpoint, cache)| Recommendation {
            id: format!("cache/{endpoint}"),
            priority: Priority::Medium,
            issue: format!("Low cache hit ratio of {endpoint}"),
            evidence: format!(
                "{} of {} responses came from the cache; {} or more is usual for a cache that works",
                percent(cache.hit_ratio()),
                count(cache.known()),
                percent(Some(LOW_CACHE))
            ),
            chart: None,
            impact: MISSES_COST.to_owned(),
            action: CHECK_CACHE.to_owned(),
        })
        .collect()
    }

    /// Certificates that expire soon, one recommendation for all endpoints that show the same day.
    pub(super) fn certificates(&self) -> Vec<Recommendation> {
        let mut soonest: Option<f64> = None;
        let mut endpoints: Vec<String> = Vec::new();
        for (_, cell) in self.view.cells().filter(|(_, cell)| !is_violated(cell, Metric::CertificateDays)) {
            let Some(days) = cell.certificate_days.filter(|days| *days < SOON_DAYS) else { continue };
            soonest = Some(soonest.map_or(days, |known| known.min(days)));
            if !endpoints.iter().any(|known| **known == *cell.endpoint) {
                endpoints.push(cell.endpoint.to_string());
            }
        }
        let Some(days) = soonest else { return Vec::new() };
        let span = metric_value(Metric::CertificateDays, Some(days.abs()));
        vec![Recommendation {
            id: "certificate".to_owned(),
            priority: if days < URGENT_DAYS { Priority::Critical } else { Priority::Medium },
            issue: if days < 0.0 {
                "A certificate of the target has expired".to_owned()
            } else {
                "A certificate of the target expires soon".to_owned()
            },
            evidence: if days < 0.0 {
                format!("It had expired {span} before a window of {}", listed(&endpoints))
            } else {
                format!("{span} left in the last window that shows it, of {}", listed(&endpoints))
            },
            chart: None,
            impact: EXPIRY_COST.to_owned(),
            action: RENEW.to_owned(),
        }]
    }
}

fn is_violated(cell: &CellView, metric: Metric) -> bool {
    let violates = |state| state == ObjectiveState::Violated;
    cell.objectives.iter().any(|objective| objective.metric == metric && violates(objective.state))
}
