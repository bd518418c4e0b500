//! The schedule of an open loop: when each arrival is intended, independent of the responses to earlier ones.

use rand::Rng;

use crate::domain::endpoint::Arrivals;
use crate::domain::random::stream;

/// The intended starts of one window, warm-up included.
#[derive(Debug)]
pub enum Schedule {
    /// Arrivals at equal intervals, the first at the start.
    Uniform {
        /// Interval between two arrivals, in nanoseconds.
        spacing_ns: f64,
        /// Number of arrivals in the stretch.
        count: u64,
    },
    /// At random times, drawn beforehand, so that sending is not delayed.
    Drawn {
        /// Mean interval between two arrivals, in nanoseconds.
        spacing_ns: f64,
        /// The times in nanoseconds, ascending.
        times: Vec<u64>,
    },
}

impl Schedule {
    /// The schedule of a stretch of `span_ns` at a rate in arrivals per second.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
    pub fn new(rate: f64, arrivals: Arrivals, span_ns: u64, seed: u64, window: u64) -> Self {
        let spacing_ns = 1e9 / rate;
        match arrivals {
            Arrivals::Uniform => {
                Self::Uniform { spacing_ns, count: (span_ns as f64 / spacing_ns).ceil() as u64 }
            }
            Arrivals::Poisson => {
                let mut random = stream(seed, window, u64::MAX - 1);
                let mut at = 0.0;
                let draw = std::iter::from_fn(|| {
                    // 53 random bits make a uniform number in (0, 1]; its logarithm spaces independent arrivals.
                    let uniform = ((random.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
                    at -= uniform.ln() * spacing_ns;
                    Some(at as u64)
                });
                Self::Drawn { spacing_ns, times: draw.take_while(|at| *at < span_ns).collect() }
            }
        }
    }

    /// Intended start of an arrival, in nanoseconds from the start of the schedule; `None` after the last.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive time within the window"
    )]
    pub fn at_ns(&self, arrival: u64) -> Option<u64> {
        match self {
            Self::Uniform { spacing_ns, count } => {
                (arrival < *count).then(|| (arrival as f64 * spacing_ns).round() as u64)
            }
            Self::Drawn { times, .. } => times.get(usize::try_from(arrival).ok()?).copied(),
        }
    }

    /// How long a window lasted that sent this many arrivals, in nanoseconds, rounded up to microseconds.
    ///
    /// `worked_ns` is the time from the first request to the end of the last. That leaves out the interval after the
    /// last arrival, so N arrivals take at least N intervals: otherwise a single one would come at the rate of its own
    /// service time. `nominal_ns` is the planned length where the window did not end by its number of requests; the
    /// arrivals of a random schedule in it are as many as chance made them, and are not stretched.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive time")]
    pub fn span_ns(&self, sent: u64, worked_ns: u64, nominal_ns: Option<u64>) -> u64 {
        let paced = |spacing_ns: &f64| ((sent as f64 * spacing_ns / 1e3 - 1e-6).ceil() * 1e3) as u64;
        let least_ns = match (self, nominal_ns) {
            (Self::Uniform { spacing_ns, .. }, nominal_ns) => paced(spacing_ns).max(nominal_ns.unwrap_or(0)),
            (Self::Drawn { spacing_ns, .. }, None) => paced(spacing_ns),
            (Self::Drawn { .. }, Some(nominal_ns)) => nominal_ns,
        };
        worked_ns.max(least_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_last_as_long_as_their_rate_says() {
        for arrivals in [Arrivals::Uniform, Arrivals::Poisson] {
            for rate in [0.3, 1.0, 7.0, 1_000.0, 30_000.0] {
                let schedule = Schedule::new(rate, arrivals, 1_000_000_000, 1, 1);
                for sent in 1..=50 {
                    let seconds = schedule.span_ns(sent, 1_000, None) as f64 / 1e9;
                    let told = sent as f64 / (seconds * 1e6).floor() * 1e6;
                    assert!(told <= rate * (1.0 + 1e-9), "{arrivals:?} {sent} at {rate}: {told}");
                    assert!(seconds - sent as f64 / rate < 1.1e-6);
                }
            }
        }
        // A window of one second at 1.5/s has two arrivals, which is two thirds of a second each.
        let schedule = Schedule::new(1.5, Arrivals::Uniform, 1_000_000_000, 1, 1);
        assert_eq!(schedule.span_ns(2, 700_000_000, Some(1_000_000_000)), 1_333_334_000);
        // One that takes longer than its rate is not shortened.
        assert_eq!(schedule.span_ns(2, 5_000_000_000, None), 5_000_000_000);
    }

    #[test]
    fn uniform_arrivals_keep_their_count_and_spacing() {
        for (rate, expected) in [(10.0, 100), (1_000.0, 10_000), (5_000.0, 50_000), (0.5, 5)] {
            let schedule = Schedule::new(rate, Arrivals::Uniform, 10_000_000_000, 1, 1);
            let times: Vec<u64> = (0..).map_while(|arrival| schedule.at_ns(arrival)).collect();
            assert_eq!(times.len(), expected);
            assert!(
                times.windows(2).all(|pair| pair[0] < pair[1]) && times[times.len() - 1] < 10_000_000_000
            );
        }
    }

    #[test]
    fn poisson_arrivals_have_their_rate_and_spread() {
        let schedule = Schedule::new(1_000.0, Arrivals::Poisson, 100_000_000_000, 7, 3);
        let times: Vec<u64> = (0..).map_while(|arrival| schedule.at_ns(arrival)).collect();
        // 100,000 expected, deviation 316: five deviations.
        assert!((times.len() as f64 - 100_000.0).abs() < 1_600.0, "{}", times.len());
        let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        // Exponential spacing has a deviation as large as its mean.
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.02);
    }

    #[test]
    fn the_same_window_draws_the_same_arrivals() {
        let times = |window| {
            let schedule = Schedule::new(100.0, Arrivals::Poisson, 1_000_000_000, 7, window);
            (0..).map_while(|arrival| schedule.at_ns(arrival)).collect::<Vec<u64>>()
        };
        assert_eq!(times(1), times(1));
        assert_ne!(times(1), times(2));
    }
}
