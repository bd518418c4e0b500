//! Grades of times: a word for each phase of a request, by limits that a scenario may set.
//!
//! The default limits come from the platform whose reports this program reproduces.

use std::time::Duration;

/// A part of a request on a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Resolving the host name.
    Resolve,
    /// Opening the TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Writing the request.
    Request,
    /// From the beginning, with resolving and connecting, to the first byte of the response.
    FirstByte,
    /// From the first byte of the response to its last.
    Transfer,
    /// From the beginning to the last byte: the response time on a new connection.
    Total,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 7] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Request,
        Self::FirstByte,
        Self::Transfer,
        Self::Total,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Request => "request",
            Self::FirstByte => "first_byte",
            Self::Transfer => "transfer",
            Self::Total => "total",
        }
    }

    /// The name as people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::FirstByte => "first byte",
            Self::Total => "response",
            phase => phase.name(),
        }
    }
}

/// A word for a time. Ordered: a later one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// The best.
    Excellent,
    /// Between excellent and good.
    VeryFast,
    /// As it should be.
    Good,
    /// Noticeable, and within limits.
    Acceptable,
    /// Beyond every limit.
    Slow,
}

impl Grade {
    /// Every grade, the best first.
    pub const ALL: [Self; 5] = [Self::Excellent, Self::VeryFast, Self::Good, Self::Acceptable, Self::Slow];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::VeryFast => "very_fast",
            Self::Good => "good",
            Self::Acceptable => "acceptable",
            Self::Slow => "slow",
        }
    }

    /// The word as people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::VeryFast => "very fast",
            grade => grade.name(),
        }
    }
}

/// The limits of one phase: the longest time of each grade; longer ones are [`Grade::Slow`]. A grade without a limit is not
/// used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Longest time that is excellent.
    pub excellent: Option<Duration>,
    /// Longest time that is very fast.
    pub very_fast: Option<Duration>,
    /// Longest time that is good.
    pub good: Option<Duration>,
    /// Longest time that is acceptable.
    pub acceptable: Option<Duration>,
}

impl Limits {
    /// The limits that are set, from the best grade to the worst.
    pub fn listed(&self) -> impl Iterator<Item = (Grade, Duration)> {
        let all = [
            (Grade::Excellent, self.excellent),
            (Grade::VeryFast, self.very_fast),
            (Grade::Good, self.good),
            (Grade::Acceptable, self.acceptable),
        ];
        all.into_iter().filter_map(|(grade, limit)| limit.map(|limit| (grade, limit)))
    }

    /// Whether each limit is longer than that of the grade before it.
    pub fn are_ascending(&self) -> bool {
        let limits: Vec<Duration> = self.listed().map(|(_, limit)| limit).collect();
        limits.is_sorted_by(|a, b| a < b)
    }

    fn grade(&self, time: Duration) -> Grade {
        self.listed().find(|(_, limit)| time <= *limit).map_or(Grade::Slow, |(grade, _)| grade)
    }
}

/// The limits of every phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradeTable([Limits; Phase::ALL.len()]);

impl GradeTable {
    /// The limits of a phase.
    pub fn limits(&self, phase: Phase) -> &Limits {
        &self.0[phase as usize]
    }

    /// Replaces the limits of a phase.
    pub fn set(&mut self, phase: Phase, limits: Limits) {
        self.0[phase as usize] = limits;
    }

    /// The grade of a time. A time that equals a limit has the better grade.
    pub fn grade(&self, phase: Phase, time: Duration) -> Grade {
        self.limits(phase).grade(time)
    }
}

impl Default for GradeTable {
    fn default() -> Self {
        let ms = |limit: u64| Some(Duration::from_millis(limit));
        let limits = |excellent: u64, good: u64, acceptable: u64| Limits {
            excellent: ms(excellent),
            very_fast: None,
            good: ms(good),
            acceptable: ms(acceptable),
        };
        let mut table = Self([Limits::default(); Phase::ALL.len()]);
        table.set(Phase::Resolve, Limits { very_fast: ms(5), ..limits(1, 50, 200) });
        table.set(Phase::Connect, limits(20, 100, 300));
        table.set(Phase::Tls, limits(100, 300, 600));
        table.set(Phase::Request, limits(1, 10, 100));
        // The platform calls 170 ms excellent and 171 ms good: its limit lies between the two.
        table.set(Phase::FirstByte, limits(170, 300, 800));
        table.set(Phase::Transfer, limits(50, 200, 1_000));
        table.set(Phase::Total, limits(200, 500, 1_000));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_times_have_the_documented_grades() {
        let check = |phase, milliseconds: f64, expected: Grade| {
            let time = Duration::from_secs_f64(milliseconds / 1e3);
            assert_eq!(GradeTable::default().grade(phase, time), expected, "{phase:?} {milliseconds}");
        };
        check(Phase::Total, 172.0, Grade::Excellent);
        check(Phase::Total, 170.0, Grade::Excellent);
        check(Phase::Total, 314.0, Grade::Good);
        check(Phase::Resolve, 0.76, Grade::Excellent);
        check(Phase::Resolve, 1.95, Grade::VeryFast);
        check(Phase::Resolve, 24.0, Grade::Good);
        check(Phase::Tls, 115.0, Grade::Good);
        check(Phase::Tls, 115.9, Grade::Good);
        check(Phase::Tls, 293.0, Grade::Good);
        check(Phase::FirstByte, 170.0, Grade::Excellent);
        check(Phase::FirstByte, 171.0, Grade::Good);
        check(Phase::FirstByte, 314.0, Grade::Acceptable);
        check(Phase::Total, 1_000.1, Grade::Slow);
    }

    #[test]
    fn phases_are_in_the_order_of_the_table_and_limits_ascend() {
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, index);
            assert!(GradeTable::default().limits(phase).are_ascending(), "{phase:?}");
        }
        let ms = |limit| Some(Duration::from_millis(limit));
        assert!(!Limits { excellent: ms(2), good: ms(2), ..Limits::default() }.are_ascending());
        assert_eq!(Limits::default().grade(Duration::ZERO), Grade::Slow);
    }
}
