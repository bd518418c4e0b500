//! Simulated series with known truth: families of noise, daily swings, steps and bursts. All seeded.

use std::f64::consts::TAU;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal, StudentT};

/// How far values stray from 100, as a share of it.
pub(crate) const SIGMA: f64 = 0.10;
/// A run of 48 hours.
pub(crate) const RUN_S: f64 = 172_800.0;

/// A family of series without any change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Family {
    /// Independent normal values.
    Normal,
    /// First-order dependence.
    Dependent(f64),
    /// Logarithms are normal.
    LogNormal,
    /// Student's t with 4 degrees, scaled to the same sigma.
    HeavyTailed,
    /// One value in a hundred is three times as large.
    Spikes,
    /// Normal, on a day of +-20 %, at a phase of its own.
    DailySwing,
    /// First-order dependence on such a day.
    DependentSwing(f64),
}

impl Family {
    pub(crate) const ALL: [Self; 7] = [
        Self::Normal,
        Self::Dependent(0.5),
        Self::Dependent(0.8),
        Self::LogNormal,
        Self::HeavyTailed,
        Self::Spikes,
        Self::DailySwing,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Normal => "independent normal".to_owned(),
            Self::Dependent(phi) => format!("AR(1), {phi}"),
            Self::LogNormal => "log-normal".to_owned(),
            Self::HeavyTailed => "Student t, 4 degrees".to_owned(),
            Self::Spikes => "normal, 1 % spikes x3".to_owned(),
            Self::DailySwing => "normal, daily swing of 20 %".to_owned(),
            Self::DependentSwing(phi) => format!("AR(1), {phi}, daily swing of 20 %"),
        }
    }

    /// A series of seconds and values, one every `spacing_s`.
    pub(crate) fn series(self, seed: u64, spacing_s: f64, n: usize) -> Vec<(f64, f64)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let heavy = StudentT::new(4.0).unwrap();
        let phase = random.random_range(0.0..TAU);
        let mut last: f64 = StandardNormal.sample(&mut random);
        let mut value = |at: f64| {
            let normal: f64 = StandardNormal.sample(&mut random);
            match self {
                Self::Normal => 1.0 + SIGMA * normal,
                Self::Dependent(phi) => {
                    last = phi * last + (1.0 - phi * phi).sqrt() * normal;
                    1.0 + SIGMA * last
                }
                Self::LogNormal => (SIGMA * normal).exp(),
                Self::HeavyTailed => (SIGMA * heavy.sample(&mut random) / 2.0_f64.sqrt()).exp(),
                Self::Spikes => (1.0 + SIGMA * normal) * if random.random_bool(0.01) { 3.0 } else { 1.0 },
                Self::DependentSwing(phi) => {
                    last = phi * last + (1.0 - phi * phi).sqrt() * normal;
                    (1.0 + 0.2 * (TAU * at / 86_400.0 + phase).sin()) * (1.0 + SIGMA * last)
                }
                Self::DailySwing => {
                    (1.0 + 0.2 * (TAU * at / 86_400.0 + phase).sin()) * (1.0 + SIGMA * normal)
                }
            }
        };
        // A wall clock that begins at some hour, as every run does.
        (0..n).map(|n| n as f64 * spacing_s).map(|at| (1.7e9 + at, (100.0 * value(at)).max(1e-3))).collect()
    }
}

/// How many windows a run of 48 hours has.
pub(crate) fn windows(spacing_s: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
    let windows = (RUN_S / spacing_s) as usize;
    windows
}

/// A first-order process with deviation 1 about 0.
pub(crate) fn dependent(random: &mut ChaCha8Rng, phi: f64, n: usize) -> Vec<f64> {
    let mut last: f64 = StandardNormal.sample(random);
    (0..n)
        .map(|_| {
            let fresh: f64 = StandardNormal.sample(random);
            last = phi * last + (1.0 - phi * phi).sqrt() * fresh;
            last
        })
        .collect()
}
