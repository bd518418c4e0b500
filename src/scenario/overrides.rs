//! What the command line changes in a scenario, before it is validated.

use super::file::{RateLimitPolicy, ScenarioFile, TraceparentText};

/// Values given as options. They take the place of the file's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Value of `--duration`, in place of `plan.duration`; `None` keeps the file's.
    pub duration: Option<String>,
    /// Value of `--cycle`, in place of `plan.cycle`; `None` keeps the file's.
    pub cycle: Option<String>,
    /// Value of `--window`, in place of `plan.window`; `None` keeps the file's.
    pub window: Option<String>,
    /// Value of `--warm-up`, in place of `plan.warm_up`; `None` keeps the file's.
    pub warm_up: Option<String>,
    /// Value of `--traceparent`, in place of `plan.traceparent`; `None` keeps the file's.
    pub traceparent: Option<TraceparentText>,
    /// Whether `--ignore-rate-limits` was given.
    pub ignore_rate_limits: bool,
    /// Whether `--writes` was given: journeys that wait for it are measured.
    pub writes: bool,
    /// `--share`: of the users of every level and of every rate. Units: percent.
    pub load_percent: Option<u32>,
}

/// A key of the file, and the option that took its place.
pub type Overridden = Vec<(&'static str, &'static str)>;

impl Overrides {
    /// Changes the file; returns which keys now come from which option.
    pub fn apply(&self, file: &mut ScenarioFile) -> Overridden {
        let mut overridden = Vec::new();
        let plan = &mut file.plan;
        let spans = [
            (&self.duration, &mut plan.duration, ("plan.duration", "--duration")),
            (&self.cycle, &mut plan.cycle, ("plan.cycle", "--cycle")),
            (&self.window, &mut plan.window, ("plan.window", "--window")),
            (&self.warm_up, &mut plan.warm_up, ("plan.warm_up", "--warm-up")),
        ];
        for (option, value, names) in spans {
            if let Some(text) = option {
                value.clone_from(text);
                overridden.push(names);
            }
        }
        plan.traceparent = self.traceparent.or(plan.traceparent);
        if self.ignore_rate_limits {
            file.plan.rate_limits = RateLimitPolicy::Ignore;
        }
        if let Some(load_percent) = self.load_percent {
            let of = |whole: f64| whole * f64::from(load_percent) / 100.0;
            for users in file.levels.values_mut() {
                // A level has one user at least; one that is out of range is refused later, as it was written.
                *users = (users.saturating_mul(i64::from(load_percent)) / 100).max((*users).min(1));
            }
            let paces = file.endpoint.iter_mut().map(|endpoint| &mut endpoint.pace);
            let paces = paces.chain(file.journey.iter_mut().map(|journey| &mut journey.pace));
            let paces = paces.chain(file.mix.iter_mut().map(|mix| &mut mix.pace)).filter_map(Option::as_mut);
            for rate in paces.filter_map(|pace| pace.rate.as_mut()) {
                *rate = of(*rate);
            }
        }
        overridden
    }
}
