//! The plan of a monitor: a few requests to each endpoint, and a few iterations of each journey, at an interval.

use std::time::Duration;

use crate::domain::plan::Plan;
use crate::domain::units::format_span;
use crate::scenario::environment::Environment;
use crate::scenario::file::{OrderText, RateLimitPolicy, ScenarioFile};
use crate::scenario::{Settings, plan_of};

use super::error::RunError;
use super::prepared::Prepared;

/// Level of the probes where the lightest of the scenario has more than one user.
const PROBE: &str = "probe";
const DAY: Duration = Duration::from_hours(24);
/// How much rarer health checks may become where limits leave no room for them.
const RARER: [u32; 4] = [1, 3, 12, 48];
/// The part of an interval that all probes together may take.
const SHARE: f64 = 0.8;

/// How a monitor differs from its scenario.
#[derive(Debug, Clone, Copy, Default)]
pub struct Probing {
    /// Time from one round of probes to the next, in place of the scenario's; `None` keeps that.
    pub every: Option<Duration>,
    /// Length of the run.
    pub duration: Duration,
}

impl Prepared {
    /// The interval of its probes.
    pub fn interval(&self, every: Option<Duration>) -> Duration {
        every.unwrap_or(self.plan.monitoring.every)
    }

    /// A run of probes in place of a run of load.
    ///
    /// Its cells are those of the lightest level, so that a baseline of that level fits, with one user each. Mixes are left
    /// out: what they consist of is probed by itself.
    /// # Errors
    /// [`RunError::Scenario`] where not all probes fit into the interval, or into the rate limits.
    pub fn probing(&self, probing: Probing, environment: &Environment) -> Result<Self, RunError> {
        let every = self.interval(probing.every);
        // What the plan says is not from options any more, but for the interval.
        let overridden = if probing.every.is_some() {
            vec![("plan.cycle", "--every"), ("monitor.every", "--every")]
        } else {
            vec![]
        };
        let settings = Settings { overridden, ..self.settings.clone() };
        let planned = |check_every: Duration, duration: Duration| {
            let mut file = self.file.clone();
            file.monitor.every = Some(format_span(every));
            lighten(&mut file, &self.plan, every, duration);
            file.plan.check = Some(format_span(check_every));
            let plan = plan_of(&file, &self.document, environment, &settings)?;
            let settings = settings.clone();
            Ok::<_, RunError>(Self { file, settings, plan, is_monitor: true, ..self.clone() })
        };
        let duration = probing.duration.max(every);
        // Where limits leave no room for health checks this often, they are made less often. A short day has those of a whole
        // one, so that it can go on with the run of that.
        let wanted = self.plan.monitoring.check_every.max(every);
        let rarer = RARER.map(|times| wanted.saturating_mul(times)).into_iter();
        let check_every = rarer.filter(|check| *check <= DAY.max(wanted));
        let fits = |check: &Duration| planned(*check, duration.max(DAY)).is_ok();
        planned(check_every.into_iter().find(fits).unwrap_or(wanted), duration)
    }
}

fn lighten(file: &mut ScenarioFile, plan: &Plan, every: Duration, duration: Duration) {
    file.mix.clear();
    let monitoring = &plan.monitoring;
    let workloads = file.endpoint.len() + file.journey.len();
    let window = match file.monitor.window {
        Some(_) => monitoring.window,
        None => {
            monitoring.window.min(every.mul_f64(SHARE) / u32::try_from(workloads.max(1)).unwrap_or(u32::MAX))
        }
    };
    let section = &mut file.plan;
    section.duration = format_span(duration);
    section.cycle = format_span(every);
    section.window =
        format_span(Duration::from_millis(u64::try_from(window.as_millis()).unwrap_or(u64::MAX).max(1)));
    section.warm_up = format_span(Duration::ZERO);
    section.order = OrderText::Listed;
    section.requests = Some(i64::try_from(monitoring.requests).unwrap_or(i64::MAX));
    if section.rate_limits == RateLimitPolicy::Refuse {
        section.rate_limits = RateLimitPolicy::Fit;
    }
    let lightest = plan.levels.first().filter(|level| level.users.get() == 1);
    let level = lightest.map_or_else(|| PROBE.to_owned(), |level| level.name.to_string());
    file.levels = [(level, 1)].into();
    for endpoint in &mut file.endpoint {
        (endpoint.levels, endpoint.pace) = (None, None);
    }
    for journey in &mut file.journey {
        (journey.levels, journey.pace) = (None, None);
    }
}
