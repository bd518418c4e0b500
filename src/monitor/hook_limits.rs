//! How often a hook may start: after its cool-down, and a few times an hour. Pure.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::monitoring::Hook;
use crate::domain::units::format_span;

const HOUR: Duration = Duration::from_hours(1);

/// The starts of hooks, by their name.
#[derive(Debug, Clone, Default)]
pub(super) struct HookLimits {
    started: BTreeMap<String, VecDeque<Timestamp>>,
}

impl HookLimits {
    /// Notes a start.
    pub(super) fn started(&mut self, hook: &str, at: Timestamp) {
        let starts = self.started.entry(hook.to_owned()).or_default();
        starts.push_back(at);
        // More than one an hour for each limit there can be is never looked at.
        while starts.len() > 4_000 {
            starts.pop_front();
        }
    }

    /// Why a hook may not start now; `None` where it may.
    pub(super) fn refusal(&self, hook: &Hook, now: Timestamp) -> Option<String> {
        let starts = self.started.get(&hook.name)?;
        let since = |at: &Timestamp| Duration::try_from(now.duration_since(*at)).unwrap_or_default();
        let last = starts.back().map(since)?;
        if last < hook.cool_down {
            let left = hook.cool_down.saturating_sub(last).as_millis().div_ceil(1_000);
            let left = Duration::from_secs(u64::try_from(left).unwrap_or(u64::MAX));
            return Some(format!("cool-down of {}: {} left", format_span(hook.cool_down), format_span(left)));
        }
        let within = starts.iter().rev().filter(|at| since(at) < HOUR).count();
        (within >= hook.most_per_hour as usize)
            .then(|| format!("started {within} times within an hour, {} at most", hook.most_per_hour))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Health;

    #[test]
    fn a_thousand_flaps_start_it_as_often_as_its_limits_allow() {
        let hook = Hook {
            name: "restart".to_owned(),
            when: Health::Unhealthy,
            workloads: Vec::new(),
            run: vec!["true".to_owned()],
            timeout: Duration::from_secs(1),
            cool_down: Duration::from_mins(10),
            most_per_hour: 3,
        };
        let mut limits = HookLimits::default();
        let mut starts = Vec::new();
        for flap in 0..1_000 {
            // Every 30 seconds: 8 hours 20 minutes in all.
            let now = Timestamp::from_second(1_800_000_000 + flap * 30).unwrap();
            if limits.refusal(&hook, now).is_none() {
                limits.started(&hook.name, now);
                starts.push(flap * 30);
            }
        }
        // At 0, 10 and 20 minutes of each hour.
        assert_eq!(starts.len(), 26, "{starts:?}");
        for start in &starts {
            assert!(starts.iter().filter(|other| (0..3_600).contains(&(*other - start))).count() <= 3);
        }
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 600));
        let other = Hook { name: "page".to_owned(), ..hook.clone() };
        assert_eq!(limits.refusal(&other, Timestamp::from_second(1_800_000_000).unwrap()), None);
        let now = Timestamp::from_second(1_800_000_000 + starts.last().unwrap() + 60).unwrap();
        assert_eq!(limits.refusal(&hook, now).unwrap(), "cool-down of 10m: 9m left");
    }
}
