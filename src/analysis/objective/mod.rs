//! The one judge of objectives, with three policies that ask different questions of the same limits.
//!
//! - [`by_value`]: does the number lie within the limit? For one cell that is measured now (`baseline test`).
//! - [`by_interval`]: does the data show which side of the limit the true value is on? For reports.
//! - [`stretches::violated`]: would a target that just keeps the limit look like this once in a hundred runs? For the
//!   gate, which must not fail by chance.

pub mod stretches;

/// What is known about an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveState {
    /// Within the limit.
    Met,
    /// Beyond the limit.
    Violated,
    /// Too little is known to decide.
    Undecided,
}

impl ObjectiveState {
    /// The word in files, which readers of earlier versions know.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "held",
            Self::Violated => "broken",
            Self::Undecided => "unclear",
        }
    }

    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Violated => "violated",
            Self::Undecided => "undecided",
        }
    }
}

/// Judges a number alone: a value at the limit still meets it.
pub fn by_value(limit: f64, value: Option<f64>) -> ObjectiveState {
    match value {
        Some(value) if value > limit => ObjectiveState::Violated,
        Some(_) => ObjectiveState::Met,
        None => ObjectiveState::Undecided,
    }
}

/// Judges a 95 % interval: met where all of it lies within the limit, violated where all of it lies beyond.
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
