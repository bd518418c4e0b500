//! How long the phases of requests took: of one, and of all samples together.

use std::time::Duration;

use crate::domain::grade::Phase;

/// How long the phases of one request took. `None` for a phase that did not take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhaseTimes {
    /// Resolving the host name; `None` for a literal address, and on a kept connection.
    pub resolve: Option<Duration>,
    /// Opening the TCP connection; `None` on a kept connection.
    pub connect: Option<Duration>,
    /// The TLS handshake; `None` for plain HTTP, and on a kept connection.
    pub tls: Option<Duration>,
    /// Writing the request, once the connection was open.
    pub request: Duration,
    /// From the beginning to the first byte of the response.
    pub first_byte: Duration,
    /// From the first byte of the response to its last.
    pub transfer: Duration,
    /// From the beginning to the last byte.
    pub total: Duration,
}

impl PhaseTimes {
    /// The time of a phase; `None` where it did not take place.
    pub fn of(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Resolve => self.resolve,
            Phase::Connect => self.connect,
            Phase::Tls => self.tls,
            Phase::Request => Some(self.request),
            Phase::FirstByte => Some(self.first_byte),
            Phase::Transfer => Some(self.transfer),
            Phase::Total => Some(self.total),
        }
    }

    /// How long the service took: from the written request to the first byte of the response.
    pub fn processing(&self) -> Duration {
        let opened = [self.resolve, self.connect, self.tls].into_iter().flatten().sum::<Duration>();
        self.first_byte.saturating_sub(opened + self.request)
    }
}

/// The middle and the spread of several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Number of times; at least 1.
    pub samples: u32,
    /// The shortest.
    pub min: Duration,
    /// A quarter of the times are not longer.
    pub lower_quartile: Duration,
    /// Half of the times are not longer.
    pub median: Duration,
    /// Three quarters of the times are not longer.
    pub upper_quartile: Duration,
    /// The longest.
    pub max: Duration,
}

impl Spread {
    /// The spread of these times, in any order; `None` without any.
    ///
    /// Quantiles are interpolated between the two times around them (type 7 of Hyndman and Fan, 1996).
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        let (min, max) = (*times.first()?, *times.last()?);
        let quantile = |fraction: f64| {
            let place = fraction * (times.len() - 1) as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the list")]
            let below = place as usize;
            let above = (below + 1).min(times.len() - 1);
            times[below] + times[above].saturating_sub(times[below]).mul_f64(place - below as f64)
        };
        Some(Self {
            samples: u32::try_from(times.len()).unwrap_or(u32::MAX),
            min,
            lower_quartile: quantile(0.25),
            median: quantile(0.5),
            upper_quartile: quantile(0.75),
            max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let check = |times: &[u64], expected: [u64; 5]| {
            let spread = Spread::of(times.iter().map(|time| ms(*time))).unwrap();
            let Spread { min, lower_quartile, median, upper_quartile, max, .. } = spread;
            assert_eq!([min, lower_quartile, median, upper_quartile, max], expected.map(ms), "{times:?}");
        };
        check(&[7], [7; 5]);
        check(&[30, 10], [10, 15, 20, 25, 30]);
        check(&[50, 10, 40, 20, 30], [10, 20, 30, 40, 50]);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn processing_is_what_remains_until_the_first_byte() {
        let times = PhaseTimes {
            resolve: Some(ms(1)),
            connect: Some(ms(2)),
            tls: None,
            request: ms(3),
            first_byte: ms(10),
            transfer: ms(5),
            total: ms(15),
        };
        assert_eq!(times.processing(), ms(4));
        assert_eq!(times.of(Phase::Tls), None);
        assert_eq!(times.of(Phase::Total), Some(ms(15)));
    }
}
