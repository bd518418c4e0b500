//! Tables of users and throughput with known truth: how throughput grows, with noise in proportion to it. All seeded.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// How throughput grows with users.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// The same at every level.
    Constant,
    /// In proportion to the users.
    Linear,
    /// Amdahl's law with this contention.
    Amdahl(f64),
    /// In proportion up to this many users, then level.
    Plateau(f64),
    /// A closed system: think time and the service times of its servers, in units of the slowest one's.
    Closed(f64, &'static [f64]),
    /// The Universal Scalability Law with these two coefficients.
    Usl(f64, f64),
    /// In proportion up to this many users, then down by this part of the highest throughput with each.
    Collapse(f64, f64),
}

impl Target {
    /// Throughput at each number of users, in units of the limit or peak where there is one.
    pub(crate) fn throughput(self, users: usize) -> f64 {
        let n = users as f64;
        match self {
            Self::Constant => 1.0,
            Self::Linear => n / 40.0,
            Self::Amdahl(contention) => contention * n / (1.0 + contention * (n - 1.0)),
            Self::Plateau(knee) => (n / knee).min(1.0),
            Self::Closed(think, servers) => closed(think, servers, users),
            Self::Usl(alpha, beta) => {
                let law = |n: f64| n / (1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0));
                law(n) / law(((1.0 - alpha) / beta).sqrt())
            }
            Self::Collapse(knee, fall) => (n / knee).min(1.0) - fall * (n - knee).max(0.0),
        }
    }

    /// Where it levels off, peaks or would be tested up to otherwise. Unit: users.
    pub(crate) fn knee(self) -> f64 {
        match self {
            Self::Constant | Self::Linear => 20.0,
            Self::Amdahl(contention) => 1.0 / contention,
            Self::Plateau(knee) | Self::Collapse(knee, _) => knee,
            Self::Closed(think, servers) => think + servers.iter().sum::<f64>(),
            Self::Usl(alpha, beta) => ((1.0 - alpha) / beta).sqrt(),
        }
    }

    /// A table of this many levels, evenly up to a multiple of the knee, with relative noise.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rounded number of users")]
    pub(crate) fn table(self, levels: usize, reach: f64, noise: f64, seed: u64) -> Vec<(f64, f64)> {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let most = (self.knee() * reach).max(levels as f64 + 1.0);
        (0..levels)
            .map(|level| {
                let users = 1.0 + level as f64 * (most - 1.0) / (levels as f64 - 1.0);
                let users = users.round() as usize;
                let stray: f64 = StandardNormal.sample(random);
                (users as f64, 210.0 * (self.throughput(users) * (1.0 + noise * stray)).max(0.0))
            })
            .collect()
    }
}

/// Mean value analysis: exact, and never falls.
fn closed(think: f64, servers: &[f64], users: usize) -> f64 {
    let mut queues = vec![0.0; servers.len()];
    let mut throughput = 0.0;
    for n in 1..=users {
        let times: Vec<f64> = servers.iter().zip(&queues).map(|(time, queue)| time * (1.0 + queue)).collect();
        throughput = n as f64 / (think + times.iter().sum::<f64>());
        queues = times.iter().map(|time| time * throughput).collect();
    }
    throughput
}
