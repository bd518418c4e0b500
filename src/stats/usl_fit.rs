//! Fits the laws of growth to points. Which one they support is chosen elsewhere.

use super::bounded;
use super::least_squares::{Minimum, criterion, minimise};
use super::scaling_choice::Fitted;
use super::t_test;
use super::usl::{Constant, Fit, FitError, Law, Point, Scalability, Scatter, law};

/// Fits every law; those with coefficients with gamma at least 0 and alpha and beta within 0 and 1.
///
/// Shape: any order; several points at one level count each.
/// # Errors
/// [`FitError`] below three levels, for points that no measurement gives, or where nothing was served.
pub fn fit(points: &[Point]) -> Result<Scalability, FitError> {
    fit_with(points, &[])
}

/// The same, with the scatter within each level where it is known: a law must not miss the levels by far more.
///
/// Shape: `scatter` in the order of `points`, or empty.
/// # Errors
/// As [`fit`].
pub fn fit_with(points: &[Point], scatter: &[Option<Scatter>]) -> Result<Scalability, FitError> {
    let is_sound = |point: &Point| {
        point.users > 0.0
            && point.throughput >= 0.0
            && point.weight > 0.0
            && [point.users, point.throughput, point.weight].iter().all(|value| value.is_finite())
    };
    if let Some(Point { users, throughput, .. }) = points.iter().find(|point| !is_sound(point)) {
        return Err(FitError::NotAMeasurement { users: *users, throughput: *throughput });
    }
    let highest = points.iter().map(|point| point.throughput).fold(0.0, f64::max);
    // In units of the highest throughput and a mean weight, so that no number is too small to be told from 0.
    let weight = points.iter().map(|point| point.weight).sum::<f64>() / points.len() as f64;
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|left, right| points[*left].users.total_cmp(&points[*right].users));
    let sorted = |place: &usize| {
        let point = &points[*place];
        (point.users, point.throughput / highest, point.weight / weight)
    };
    let scaled: Vec<(f64, f64, f64)> = order.iter().map(sorted).collect();
    let levels = levels_of(&scaled);
    if levels.len() < 3 {
        return Err(FitError::TooFewLevels { levels: levels.len() });
    }
    if highest <= 0.0 {
        return Err(FitError::Nothing);
    }
    let fits = Law::ALL.map(|law| fit_law(&scaled, law, highest));
    let bounded = bounded::fit(&scaled, highest);
    let constant = constant(&scaled, highest);
    // Their weight is in the unit of the weights given.
    let scatter: Vec<Option<Scatter>> =
        order.iter().map(|place| scatter.get(*place).copied().flatten()).collect();
    let fitted = Fitted {
        points: &scaled,
        levels: &levels,
        scatter: &scatter,
        fits: &fits,
        bounded: &bounded,
        constant: &constant,
    };
    let choice = fitted.choose();
    let tested = (levels.last().map_or(0.0, |level| level.0), highest);
    let (law, level_off, peak) = (choice.law, choice.level_off, choice.peak);
    Ok(Scalability { law, fits, bounded, constant, level_off, peak, tested })
}

/// One point per level: the weighted mean, with the sum of the weights.
fn levels_of(points: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    let mut levels: Vec<(f64, f64, f64)> = Vec::new();
    for (users, y, weight) in points.iter().copied() {
        match levels.last_mut() {
            Some(last) if last.0 >= users => {
                last.2 += weight;
                last.1 += (y - last.1) * weight / last.2;
            }
            _ => levels.push((users, y, weight)),
        }
    }
    levels
}

fn constant(points: &[(f64, f64, f64)], unit: f64) -> Constant {
    let weight: f64 = points.iter().map(|point| point.2).sum();
    let mean = points.iter().map(|(_, y, weight)| weight * y).sum::<f64>() / weight;
    let cost: f64 = points.iter().map(|(_, y, weight)| weight * (y - mean).powi(2)).sum();
    let degrees = points.len().saturating_sub(1);
    let interval = (degrees > 0).then(|| {
        let half = t_test::quantile(0.95, degrees as f64) * (cost / degrees as f64 / weight).sqrt();
        ((mean - half) * unit, (mean + half) * unit)
    });
    Constant {
        throughput: mean * unit,
        interval,
        residual: cost * unit * unit,
        degrees,
        aicc: criterion(points, cost, 1),
        unit,
    }
}

/// Where a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq)]
enum At {
    Within,
    Bound(f64),
}

/// The best of the law within its bounds: alpha and beta each within them or on one, whichever leaves least.
fn fit_law(points: &[(f64, f64, f64)], law_name: Law, unit: f64) -> Fit {
    let anywhere = [At::Within, At::Bound(0.0), At::Bound(1.0)];
    let (alphas, betas): (&[At], &[At]) = match law_name {
        Law::Linear => (&[At::Bound(0.0)], &[At::Bound(0.0)]),
        Law::Amdahl => (&anywhere, &[At::Bound(0.0)]),
        Law::Usl => (&anywhere, &anywhere),
    };
    let is_within = |minimum: &Minimum| {
        let [alpha, beta, gamma] = minimum.parameters;
        (0.0..=1.0).contains(&alpha) && (0.0..=1.0).contains(&beta) && gamma >= 0.0
    };
    let mut best: Option<(Minimum, [bool; 3])> = None;
    for (alpha, beta) in alphas.iter().flat_map(|alpha| betas.iter().map(move |beta| (*alpha, *beta))) {
        let free = [alpha == At::Within, beta == At::Within, true];
        for start in starts(points, alpha, beta) {
            let minimum = minimise(law, points, start, free);
            // Of equals the first stays: the one with the most freedom.
            let is_better = best.as_ref().is_none_or(|(best, _)| minimum.cost < best.cost);
            if is_within(&minimum) && is_better {
                best = Some((minimum, free));
            }
        }
    }
    // A straight line through the origin always has a least square, so there is one.
    let (minimum, free) = best.unwrap_or_else(|| {
        let free = [false, false, true];
        (minimise(law, points, [0.0, 0.0, 1.0], free), free)
    });
    describe(points, &minimum, free, law_name, unit)
}

/// Where to start from: the linear least squares of N / X, and plainer guesses beside it.
fn starts(points: &[(f64, f64, f64)], alpha: At, beta: At) -> Vec<[f64; 3]> {
    let first = points.iter().min_by(|left, right| left.0.total_cmp(&right.0));
    let each = first.map_or(1.0, |point| (point.1 / point.0).max(1e-6));
    let mut starts = vec![[0.01, 1e-4, each], [0.1, 1e-2, each], [0.5, 0.0, each]];
    // x = N, y = N / X weighted as X is: 1 / gamma, alpha / gamma, beta / gamma.
    let inverse: Vec<(f64, f64, f64)> = points
        .iter()
        .filter(|point| point.1 > 0.0)
        .map(|(users, throughput, weight)| {
            (*users, users / throughput, weight * throughput.powi(4) / users.powi(2))
        })
        .collect();
    let [level, contention, coherency] =
        minimise(straightened, &inverse, [1.0, 0.0, 0.0], [true; 3]).parameters;
    if level > 0.0 {
        starts.push([contention / level, coherency / level, 1.0 / level]);
    }
    for start in &mut starts {
        for (place, at) in [alpha, beta].into_iter().enumerate() {
            start[place] = match at {
                At::Within => start[place].clamp(0.0, 1.0),
                At::Bound(bound) => bound,
            };
        }
    }
    starts
}

fn straightened(p: &[f64; 3], users: f64) -> (f64, [f64; 3]) {
    let slopes = [1.0, users - 1.0, users * (users - 1.0)];
    (p[0] * slopes[0] + p[1] * slopes[1] + p[2] * slopes[2], slopes)
}

fn describe(points: &[(f64, f64, f64)], minimum: &Minimum, free: [bool; 3], law: Law, unit: f64) -> Fit {
    let n = points.len();
    let fitted = free.iter().filter(|free| **free).count();
    let degrees = n.saturating_sub(fitted);
    let sigma = (degrees > 0).then(|| minimum.cost / degrees as f64);
    // Gamma carries the unit of throughput; alpha and beta have none.
    let units = [1.0, 1.0, unit];
    let covariance = sigma.zip(minimum.inverse).map(|(sigma, inverse)| -> [[f64; 3]; 3] {
        std::array::from_fn(|i| std::array::from_fn(|j| sigma * inverse[i][j] * units[i] * units[j]))
    });
    let standard_error: [Option<f64>; 3] =
        std::array::from_fn(|i| covariance.filter(|_| free[i]).map(|covariance| covariance[i][i].sqrt()));
    let [alpha, beta, gamma] = [minimum.parameters[0], minimum.parameters[1], minimum.parameters[2] * unit];
    let t = t_test::quantile(0.95, degrees.max(1) as f64);
    let interval = std::array::from_fn(|i| {
        let value = [alpha, beta, gamma][i];
        standard_error[i].map(|error| (value - t * error, value + t * error))
    });
    let aicc = criterion(points, minimum.cost, law as usize + 1);
    let residual = minimum.cost * unit * unit;
    Fit { alpha, beta, gamma, standard_error, interval, residual, degrees, aicc, covariance }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::growth::{Growth, NoLaw};
    use crate::stats::usl::Refusal;

    fn points(table: &[(f64, f64)]) -> Vec<Point> {
        table
            .iter()
            .map(|(users, throughput)| Point { users: *users, throughput: *throughput, weight: 1.0 })
            .collect()
    }

    #[test]
    fn a_straight_line_is_linear_and_has_no_peak() {
        let found =
            fit(&points(&[(1.0, 10.0), (2.0, 20.0), (4.0, 40.0), (8.0, 80.0), (16.0, 160.0), (32.0, 320.0)]));
        let found = found.unwrap();
        assert_eq!(found.law, Ok(Growth::Linear));
        assert_eq!(found.peak, Err(Refusal::NoPeak(Growth::Linear, false)));
        assert!((found.throughput(3.0).unwrap() - 30.0).abs() < 1e-9);
    }

    #[test]
    fn what_no_measurement_gives_is_refused() {
        assert_eq!(fit(&[]), Err(FitError::TooFewLevels { levels: 0 }));
        assert_eq!(
            fit(&points(&[(1.0, 1.0), (1.0, 2.0), (2.0, 3.0)])),
            Err(FitError::TooFewLevels { levels: 2 })
        );
        assert_eq!(fit(&points(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)])), Err(FitError::Nothing));
        assert!(matches!(fit(&points(&[(0.0, 1.0)])), Err(FitError::NotAMeasurement { .. })));
    }

    #[test]
    fn a_server_that_one_user_saturates_is_constant() {
        let flat =
            [(1.0, 50.0), (2.0, 51.0), (4.0, 49.0), (8.0, 50.0), (16.0, 52.0), (32.0, 48.0), (64.0, 50.0)];
        let found = fit(&points(&flat)).unwrap();
        assert_eq!(found.law, Ok(Growth::Constant));
        let level = found.level_off.unwrap();
        assert!((level.throughput - 50.0).abs() < 0.1 && (level.users - 1.0).abs() < 1e-9, "{level:?}");
        assert_eq!(found.peak, Err(Refusal::NoPeak(Growth::Constant, true)));
        let falling =
            [(1.0, 106.0), (2.0, 89.0), (4.0, 49.0), (8.0, 35.0), (16.0, 30.0), (24.0, 23.0), (32.0, 18.0)];
        assert!(fit(&points(&falling)).unwrap().peak.is_err());
    }

    #[test]
    fn three_levels_prove_nothing() {
        let found = fit(&points(&[(1.0, 10.0), (5.0, 40.0), (10.0, 60.0)])).unwrap();
        assert_eq!(found.law, Err(NoLaw::TooFewLevels { levels: 3 }));
        assert_eq!(found.peak, Err(Refusal::TooFewLevels { levels: 3 }));
        assert_eq!(found.fit(Law::Usl).standard_error, [None; 3]);
    }
}
