//! What a window of probes shows by itself.

use crate::domain::health::Probe;
use crate::domain::metric::Metric;
use crate::domain::objective::{Objective, ObjectiveKind};
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;

/// Fraction of failed requests from which on a workload without an SLO for errors is degraded.
const ERRORS: f64 = 0.01;

/// What a window shows; `None` where it shows nothing, because the load generator itself was in trouble.
pub(super) fn probe_of(window: &Window, objective: &Objective) -> Option<Probe> {
    let worked = window.worked()?;
    if !worked {
        return Some(Probe::Bad);
    }
    let fails =
        window.counts.error_ratio().is_some_and(|ratio| ratio > objective.error_rate.unwrap_or(ERRORS));
    if fails {
        return Some(Probe::Poor);
    }
    match window.validity {
        // Times that the generator spoiled say nothing in favour either.
        Validity::Invalid(_) => None,
        _ => Some(if is_beyond(window, objective) { Probe::Poor } else { Probe::Good }),
    }
}

/// Whether a limit of the SLO other than that of errors is violated.
///
/// A handful of requests has no p95. Where even their mean is above its limit, so is their p95 for all that is known.
fn is_beyond(window: &Window, objective: &Objective) -> bool {
    let mean = window.time(TimeKind::Service).mean;
    let of = |kind: ObjectiveKind| match kind {
        ObjectiveKind::P95 => kind.metric().of(window).or(mean),
        kind => kind.metric().of(window),
    };
    let is_judged = |kind: &ObjectiveKind| {
        // Certificates have alerts of their own.
        !matches!(kind, ObjectiveKind::ErrorRate | ObjectiveKind::CertificateDays)
    };
    objective.limits().filter(|(kind, _)| is_judged(kind)).any(|(kind, limit)| {
        of(kind).is_some_and(|value| if kind.is_lower_limit() { value < limit } else { value > limit })
    })
}

/// The mean service time of a window that can be compared with others. Units: microseconds.
pub(super) fn pace_of(window: &Window) -> Option<f64> {
    (window.validity == Validity::Valid)
        .then(|| Metric::Time(TimeKind::Service, crate::domain::metric::Reading::Mean).of(window))
        .flatten()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::time_summary::TimeSummary;
    use crate::domain::verdict::InvalidReason;
    use crate::domain::window::Counts;

    fn window(succeeded: u64, failed: u64, mean_ms: f64, validity: Validity) -> Window {
        let mut window =
            Window { counts: Counts { succeeded, failed, throttled: 0 }, validity, ..Window::sample() };
        window.times[TimeKind::Service as usize] =
            TimeSummary { mean: Some(mean_ms * 1e3), ..TimeSummary::default() };
        window
    }

    #[test]
    fn a_probe_is_judged_by_failures_first_and_then_by_times() {
        let objective = Objective {
            p95: Some(Duration::from_millis(500)),
            error_rate: Some(0.3),
            ..Objective::default()
        };
        let check = |succeeded, failed, mean, validity, expected| {
            let window = window(succeeded, failed, mean, validity);
            assert_eq!(probe_of(&window, &objective), expected, "{window:?}");
        };
        check(5, 0, 100.0, Validity::Valid, Some(Probe::Good));
        check(5, 0, 501.0, Validity::Valid, Some(Probe::Poor));
        check(4, 1, 100.0, Validity::Valid, Some(Probe::Good));
        check(3, 2, 100.0, Validity::Valid, Some(Probe::Poor));
        check(2, 3, 100.0, Validity::Valid, Some(Probe::Bad));
        let starved = Validity::Invalid(InvalidReason::GeneratorStarved);
        check(5, 0, 9e3, starved, None);
        check(0, 5, 9e3, starved, None);
        let loose = Objective::default();
        assert_eq!(probe_of(&window(4, 1, 9e3, Validity::Valid), &loose), Some(Probe::Poor));
        assert_eq!(probe_of(&window(5, 0, 9e3, Validity::Valid), &loose), Some(Probe::Good));
    }
}
