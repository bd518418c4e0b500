//! The words of status pages, and the rules for them.

use crate::analysis::incident::IncidentCause;
use crate::domain::availability::Availability;

use super::history::Sample;

/// Fraction of failed requests from which on an endpoint without an SLO for errors is degraded.
pub(super) const DEGRADED_FROM: f64 = 0.01;

/// How a service is doing, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServiceState {
    /// Nothing shows whether it works.
    NoData,
    /// None of the following.
    Operational,
    /// It works, but slower than expected or with more failures than its SLO accepts.
    Degraded,
    /// It was down for less than half of the measured time, or an incident with failing requests.
    Partial,
    /// It was down for at least half of the measured time.
    Major,
}

impl ServiceState {
    /// Every state, in the order of their declaration.
    pub(super) const ALL: [Self; 5] =
        [Self::NoData, Self::Operational, Self::Degraded, Self::Partial, Self::Major];

    /// The word that is shown.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NoData => "No data",
            Self::Operational => "Operational",
            Self::Degraded => "Degraded performance",
            Self::Partial => "Partial outage",
            Self::Major => "Major outage",
        }
    }

    /// The class of its colour.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::NoData => "none",
            Self::Operational => "good",
            Self::Degraded => "doubt",
            Self::Partial => "part",
            Self::Major => "bad",
        }
    }

    /// The height of its bar in percent: the less works, the lower.
    pub(super) fn height(self) -> u32 {
        match self {
            Self::NoData => 8,
            Self::Operational => 100,
            Self::Degraded => 76,
            Self::Partial => 52,
            Self::Major => 28,
        }
    }

    /// The state of a stretch, or of this moment, from its windows and the incidents within.
    pub(super) fn of<'s>(
        samples: impl IntoIterator<Item = &'s Sample>,
        causes: &[IncidentCause],
        error_limit: f64,
    ) -> Self {
        let (mut availability, mut failed, mut judged) = (Availability::default(), 0, 0);
        let (mut slow, mut timed) = (0_u64, 0_u64);
        for sample in samples.into_iter().filter(|sample| sample.worked.is_some()) {
            sample.add_to(&mut availability);
            failed += sample.failed;
            judged += sample.judged;
            slow += u64::from(sample.is_slow == Some(true));
            timed += u64::from(sample.is_slow.is_some());
        }
        match availability.down_ratio() {
            None => Self::NoData,
            Some(down) if down >= 0.5 => Self::Major,
            Some(down) if down > 0.0 => Self::Partial,
            // An incident may affect others for longer: one of failing requests is over where none fails.
            Some(_) if failed > 0 && causes.contains(&IncidentCause::Errors) => Self::Partial,
            Some(_) if causes.iter().any(|cause| *cause != IncidentCause::Errors) => Self::Degraded,
            Some(_) if failed as f64 > error_limit * judged as f64 => Self::Degraded,
            Some(_) if slow * 2 > timed => Self::Degraded,
            Some(_) => Self::Operational,
        }
    }

    /// The state of all services together.
    pub(super) fn of_all(states: &[Self]) -> Self {
        let known = || states.iter().copied().filter(|state| *state != Self::NoData);
        match known().max() {
            None => Self::NoData,
            Some(Self::Major) if known().any(|state| state != Self::Major) => Self::Partial,
            Some(worst) => worst,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_services_that_are_down_are_a_partial_outage() {
        use ServiceState::{Degraded, Major, NoData, Operational, Partial};
        let check = |states: &[ServiceState], expected| {
            assert_eq!(ServiceState::of_all(states), expected, "{states:?}");
        };
        check(&[], NoData);
        check(&[NoData, NoData], NoData);
        check(&[NoData, Operational], Operational);
        check(&[Degraded, Operational], Degraded);
        check(&[Major, Operational], Partial);
        check(&[Major, Major, NoData], Major);
        check(&[Partial, Degraded], Partial);
    }

    #[test]
    fn what_the_generator_could_not_measure_is_no_data() {
        let of = |samples: &[Sample], causes: &[IncidentCause]| ServiceState::of(samples, causes, 0.01);
        let sample = |worked, failed| Sample { worked, failed, judged: 100, ..Sample::made_up() };
        assert_eq!(of(&[], &[]), ServiceState::NoData);
        assert_eq!(of(&[sample(None, 100)], &[IncidentCause::Errors]), ServiceState::NoData);
        assert_eq!(of(&[sample(Some(true), 1)], &[]), ServiceState::Operational);
        assert_eq!(of(&[sample(Some(true), 2)], &[]), ServiceState::Degraded);
        assert_eq!(of(&[sample(Some(true), 0)], &[IncidentCause::Slowdown]), ServiceState::Degraded);
        assert_eq!(of(&[sample(Some(true), 1)], &[IncidentCause::Errors]), ServiceState::Partial);
        assert_eq!(of(&[sample(Some(true), 0)], &[IncidentCause::Errors]), ServiceState::Operational);
        let (up, down) = (sample(Some(true), 0), sample(Some(false), 100));
        assert_eq!(of(&[up.clone(), up.clone(), down.clone()], &[]), ServiceState::Partial);
        assert_eq!(of(&[up, down], &[]), ServiceState::Major);
    }
}
