//! The one judge of SLOs, with three policies that ask different questions about the same limits.
//!
//! - [`by_value`]: does the number lie within the limit? For one cell that is measured now (`baseline test`).
//! - [`by_interval`]: does the data show on which side of the limit the true value lies? For reports.
//! - [`stretches::violations`]: would a target that just keeps the limit look like this once in a hundred runs? For the
//!   gate, which must not fail by chance.

pub mod stretches;

/// Whether a limit of an SLO was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveState {
    /// The value lies within the limit.
    Met,
    /// The value lies beyond the limit.
    Violated,
    /// There is too little data to decide.
    Undecided,
}

impl ObjectiveState {
    /// Every state of an SLO, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Met, Self::Violated, Self::Undecided];

    /// The value of `state` in files, kept from earlier versions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "held",
            Self::Violated => "broken",
            Self::Undecided => "unclear",
        }
    }

    /// The word in reports and on the terminal.
    pub fn label(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Violated => "violated",
            Self::Undecided => "undecided",
        }
    }
}

/// Judges a number alone: a value at the limit meets it, a missing one leaves it undecided.
pub fn by_value(limit: f64, value: Option<f64>) -> ObjectiveState {
    match value {
        Some(value) if value > limit => ObjectiveState::Violated,
        Some(_) => ObjectiveState::Met,
        None => ObjectiveState::Undecided,
    }
}

/// Judges a 95% interval: met where all of it lies within the limit, violated where all of it lies beyond.
pub fn by_interval(limit: f64, interval: Option<(f64, f64)>) -> ObjectiveState {
    match interval {
        Some((_, high)) if high <= limit => ObjectiveState::Met,
        Some((low, _)) if low > limit => ObjectiveState::Violated,
        _ => ObjectiveState::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_within_the_interval_is_undecided() {
        let check = |limit: f64, interval, expected| assert_eq!(by_interval(limit, interval), expected);
        check(100.0, Some((80.0, 90.0)), ObjectiveState::Met);
        check(100.0, Some((80.0, 100.0)), ObjectiveState::Met);
        check(100.0, Some((80.0, 110.0)), ObjectiveState::Undecided);
        check(100.0, Some((101.0, 110.0)), ObjectiveState::Violated);
        check(100.0, None, ObjectiveState::Undecided);
        // No failure may happen, and none did: the interval of nothing still reaches above 0.
        check(0.0, Some((0.0, 0.01)), ObjectiveState::Undecided);
    }

    #[test]
    fn a_value_at_the_limit_meets_it() {
        assert_eq!(by_value(0.01, Some(0.01)), ObjectiveState::Met);
        assert_eq!(by_value(0.01, Some(0.011)), ObjectiveState::Violated);
        assert_eq!(by_value(0.01, None), ObjectiveState::Undecided);
    }
}
