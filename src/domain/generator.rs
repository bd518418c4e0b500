//! How the generator itself fared during a window, and when that spoils the window.

use std::time::Duration;

use super::units::round_to_thousandths;
use super::verdict::InvalidReason;

/// CPU time as a fraction of one core above which the generator is the bottleneck.
pub const SATURATED_CPU_SHARE: f64 = 0.95;
/// Fraction of the window spent waiting for a processor above which times are inflated.
pub const STARVED_WAIT_SHARE: f64 = 0.10;
/// Waiting for less than this is a few turns of other processes, and says nothing about the machine: a turn is about 3 ms
/// under Linux, and a test of a few requests, over after 5 ms, waits for one of them as often as not. On a machine with five
/// busy processes for two processors, 40 tests of 1 to 30 requests waited for 0.1 to 10 ms, and 5 of them for longer; windows
/// from 100 ms on waited for the same fraction of their time (0.3 to 0.5) as those of a second.
pub const LEAST_WAIT: Duration = Duration::from_millis(10);
/// Wake-ups later than this (99th percentile) are not the runtime's millisecond ticks any more.
pub const SCHEDULING_LAG_LIMIT_US: f64 = 20_000.0;
/// Sends later than this (99th percentile) although a user was free invalidate the window.
pub const SEND_LATENESS_LIMIT_US: f64 = 5_000.0;
/// Largest accepted distance of the Little's law ratio from 1.
pub const LITTLES_LAW_TOLERANCE: f64 = 0.05;
/// A timer later than this means that the process was paused or the machine slept.
pub const INTERRUPTION_US: f64 = 1_000_000.0;

/// The generator's own health over one window. A reading that the machine does not offer is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GeneratorHealth {
    /// Processor time of the generating thread over wall time, 0 to 1.
    pub cpu_share: Option<f64>,
    /// Time spent ready to run but without a processor, over wall time, 0 to 1.
    pub wait_share: Option<f64>,
    /// How late the runtime's timers fired, 99th percentile, microseconds.
    pub scheduling_lag_p99_us: Option<f64>,
    /// How late the latest of the runtime's timers fired, microseconds.
    pub scheduling_lag_max_us: Option<f64>,
    /// In an open loop: how late a free user sent, 99th percentile, microseconds.
    pub send_lateness_p99_us: Option<f64>,
    /// In a closed loop: time explained by requests and pauses over users x time; 1 is perfect.
    pub littles_law_ratio: Option<f64>,
    /// Processor time of the generating thread over requests, microseconds.
    pub cpu_us_per_request: Option<f64>,
    /// Free file descriptors over the limit, 0 to 1.
    pub descriptor_headroom: Option<f64>,
    /// Local ports that are free for further connections over all that may be used, 0 to 1.
    pub port_headroom: Option<f64>,
}

/// One reading of the generator: a column of `windows.csv` and a key in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratorReading {
    /// CPU time of the generating thread over wall time, 0 to 1.
    CpuShare,
    /// Time ready to run but without a processor, over wall time, 0 to 1.
    WaitShare,
    /// How late the runtime's timers fired, 99th percentile, microseconds.
    SchedulingLagP99,
    /// How late the latest of the runtime's timers fired, microseconds.
    SchedulingLagMax,
    /// How late a free user sent in an open loop, 99th percentile, microseconds.
    SendLatenessP99,
    /// Time explained by requests and pauses over users x time, in a closed loop; 1 is perfect.
    LittlesLawRatio,
    /// CPU time of the generating thread per request, in microseconds.
    CpuPerRequest,
    /// Free file descriptors over the limit, 0 to 1.
    DescriptorHeadroom,
    /// Local ports that are free for further connections over all that may be used, 0 to 1.
    PortHeadroom,
}

impl GeneratorReading {
    /// Every reading, in the order of the columns.
    pub const ALL: [Self; 9] = [
        Self::CpuShare,
        Self::WaitShare,
        Self::SchedulingLagP99,
        Self::SchedulingLagMax,
        Self::SendLatenessP99,
        Self::LittlesLawRatio,
        Self::CpuPerRequest,
        Self::DescriptorHeadroom,
        Self::PortHeadroom,
    ];

    /// The column and key, with the unit last.
    pub fn name(self) -> &'static str {
        match self {
            Self::CpuShare => "generator_cpu_share",
            Self::WaitShare => "generator_wait_share",
            Self::SchedulingLagP99 => "scheduling_lag_p99_us",
            Self::SchedulingLagMax => "scheduling_lag_max_us",
            Self::SendLatenessP99 => "send_lateness_p99_us",
            Self::LittlesLawRatio => "littles_law_ratio",
            Self::CpuPerRequest => "cpu_us_per_request",
            Self::DescriptorHeadroom => "descriptor_headroom",
            Self::PortHeadroom => "port_headroom",
        }
    }

    /// The value of this reading; `None` where the machine does not offer it.
    pub fn of(self, health: &GeneratorHealth) -> Option<f64> {
        match self {
            Self::CpuShare => health.cpu_share,
            Self::WaitShare => health.wait_share,
            Self::SchedulingLagP99 => health.scheduling_lag_p99_us,
            Self::SchedulingLagMax => health.scheduling_lag_max_us,
            Self::SendLatenessP99 => health.send_lateness_p99_us,
            Self::LittlesLawRatio => health.littles_law_ratio,
            Self::CpuPerRequest => health.cpu_us_per_request,
            Self::DescriptorHeadroom => health.descriptor_headroom,
            Self::PortHeadroom => health.port_headroom,
        }
    }

    /// The field that stores this reading.
    pub fn place_in(self, health: &mut GeneratorHealth) -> &mut Option<f64> {
        match self {
            Self::CpuShare => &mut health.cpu_share,
            Self::WaitShare => &mut health.wait_share,
            Self::SchedulingLagP99 => &mut health.scheduling_lag_p99_us,
            Self::SchedulingLagMax => &mut health.scheduling_lag_max_us,
            Self::SendLatenessP99 => &mut health.send_lateness_p99_us,
            Self::LittlesLawRatio => &mut health.littles_law_ratio,
            Self::CpuPerRequest => &mut health.cpu_us_per_request,
            Self::DescriptorHeadroom => &mut health.descriptor_headroom,
            Self::PortHeadroom => &mut health.port_headroom,
        }
    }
}

impl GeneratorHealth {
    /// The same readings, rounded to the precision of files.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        for reading in GeneratorReading::ALL {
            let place = reading.place_in(&mut self);
            *place = place.map(round_to_thousandths);
        }
        self
    }

    /// The first reason, if any, why a window that was measured for so long with this health must not be judged.
    pub fn spoils(&self, measured: Duration) -> Option<InvalidReason> {
        let above = |value: Option<f64>, limit: f64| value.is_some_and(|value| value > limit);
        let waited_s = self.wait_share.unwrap_or(0.0) * measured.as_secs_f64();
        if above(self.scheduling_lag_max_us, INTERRUPTION_US) {
            Some(InvalidReason::Interrupted)
        } else if above(self.wait_share, STARVED_WAIT_SHARE) && waited_s > LEAST_WAIT.as_secs_f64() {
            Some(InvalidReason::GeneratorStarved)
        } else if above(self.cpu_share, SATURATED_CPU_SHARE) {
            Some(InvalidReason::GeneratorSaturated)
        } else if above(self.scheduling_lag_p99_us, SCHEDULING_LAG_LIMIT_US) {
            Some(InvalidReason::SchedulingLag)
        } else if above(self.send_lateness_p99_us, SEND_LATENESS_LIMIT_US) {
            Some(InvalidReason::LateSends)
        } else if self.littles_law_ratio.is_some_and(|ratio| (ratio - 1.0).abs() > LITTLES_LAW_TOLERANCE) {
            Some(InvalidReason::LittlesLaw)
        } else if self.descriptor_headroom.is_some_and(|headroom| headroom < 0.05) {
            Some(InvalidReason::Descriptors)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl Fn(&mut GeneratorHealth), expected: Option<InvalidReason>) {
        let mut health = GeneratorHealth::default();
        change(&mut health);
        assert_eq!(health.spoils(Duration::from_secs(1)), expected);
    }

    #[test]
    fn every_reading_has_a_place_of_its_own() {
        let mut health = GeneratorHealth::default();
        for (value, reading) in (0_u32..).zip(GeneratorReading::ALL) {
            *reading.place_in(&mut health) = Some(f64::from(value));
        }
        let read: Vec<Option<f64>> = GeneratorReading::ALL.map(|reading| reading.of(&health)).to_vec();
        assert_eq!(read, (0_u32..9).map(|value| Some(f64::from(value))).collect::<Vec<_>>());
    }

    #[test]
    fn a_short_test_may_wait_for_a_turn_or_two() {
        let half = GeneratorHealth { wait_share: Some(0.5), ..GeneratorHealth::default() };
        assert_eq!(half.spoils(Duration::from_millis(6)), None);
        assert_eq!(half.spoils(Duration::from_millis(100)), Some(InvalidReason::GeneratorStarved));
    }

    #[test]
    fn each_reading_has_its_limit() {
        check(|_| (), None);
        check(|health| health.cpu_share = Some(0.8), None);
        check(|health| health.cpu_share = Some(0.99), Some(InvalidReason::GeneratorSaturated));
        check(|health| health.wait_share = Some(0.5), Some(InvalidReason::GeneratorStarved));
        check(|health| health.scheduling_lag_p99_us = Some(5e4), Some(InvalidReason::SchedulingLag));
        check(|health| health.scheduling_lag_max_us = Some(2e6), Some(InvalidReason::Interrupted));
        check(|health| health.send_lateness_p99_us = Some(9e3), Some(InvalidReason::LateSends));
        check(|health| health.littles_law_ratio = Some(0.9), Some(InvalidReason::LittlesLaw));
        check(|health| health.littles_law_ratio = Some(0.97), None);
        check(|health| health.descriptor_headroom = Some(0.01), Some(InvalidReason::Descriptors));
    }
}
