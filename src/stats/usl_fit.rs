//! Fits the laws of growth to points, chooses the one that they support, and tells its peak or why not.

use super::least_squares::{Minimum, minimise};
use super::usl::{Fit, FitError, LEAST_LEVELS, Law, Peak, Point, Refusal, Scalability, law};
use super::{Estimate, t_test};

/// How near to the far end of the peak's interval the highest level must lie: whoever tested up to there has seen the
/// turn, wherever within its interval it is.
const NEAR_PEAK: f64 = 0.75;
/// A peak whose throughput is known no better than this, relative and to either side, is not told.
const WIDEST_PEAK: f64 = 0.25;

/// Fits the three laws, with gamma at least 0 and alpha and beta within 0 and 1.
///
/// Shape: any order; several points at one level count each.
/// # Errors
/// [`FitError`] below three levels, for points that no measurement gives, or where nothing was served.
pub fn fit(points: &[Point]) -> Result<Scalability, FitError> {
    let is_sound = |point: &Point| {
        point.users > 0.0
            && point.throughput >= 0.0
            && point.weight > 0.0
            && [point.users, point.throughput, point.weight].iter().all(|value| value.is_finite())
    };
    if let Some(Point { users, throughput, .. }) = points.iter().find(|point| !is_sound(point)) {
        return Err(FitError::NotAMeasurement { users: *users, throughput: *throughput });
    }
    let levels = levels_of(points);
    if levels < 3 {
        return Err(FitError::TooFewLevels { levels });
    }
    let highest = points.iter().map(|point| point.throughput).fold(0.0, f64::max);
    if highest <= 0.0 {
        return Err(FitError::Nothing);
    }
    // In units of the highest throughput and a mean weight, so that no number is too small to be told from 0.
    let weight = points.iter().map(|point| point.weight).sum::<f64>() / points.len() as f64;
    let scaled: Vec<(f64, f64, f64)> =
        points.iter().map(|point| (point.users, point.throughput / highest, point.weight / weight)).collect();
    let fits = Law::ALL.map(|law| fit_law(&scaled, law, highest));
    // Below five points the criterion is not defined for all three, and nothing is chosen. The first of equals is the
    // simplest.
    let criteria: Option<Vec<(f64, Law)>> =
        Law::ALL.map(|law| fits[law as usize].aicc.map(|aicc| (aicc, law))).into_iter().collect();
    let least = criteria.and_then(|all| all.into_iter().min_by(|left, right| left.0.total_cmp(&right.0)));
    let law = least.map_or_else(|| named_by(&fits[Law::Usl as usize]), |(_, law)| law);
    let tested = (points.iter().map(|point| point.users).fold(0.0, f64::max), highest);
    let lowest = points.iter().map(|point| point.users).fold(f64::INFINITY, f64::min);
    let peak = peak(&fits[Law::Usl as usize], law, levels, (lowest, tested.0));
    Ok(Scalability { law, fits, peak, tested })
}

/// The law that a fit comes to by its own coefficients.
fn named_by(fit: &Fit) -> Law {
    match (fit.alpha > 0.0, fit.beta > 0.0) {
        (_, true) => Law::Usl,
        (true, false) => Law::Amdahl,
        (false, false) => Law::Linear,
    }
}

fn levels_of(points: &[Point]) -> usize {
    let mut users: Vec<f64> = points.iter().map(|point| point.users).collect();
    users.sort_by(f64::total_cmp);
    users.dedup();
    users.len()
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
    // Only what bends the curve is counted, not the residual variance that all three laws have: counted with it, seven
    // points that visibly turn down (specsdm91) would be called Amdahl's. Residuals beyond double precision are all
    // the same: none.
    let parameters = law as usize + 1;
    let floor = 1e-24 * points.iter().map(|(_, y, weight)| weight * y * y).sum::<f64>();
    let aicc = (n > parameters + 1).then(|| {
        let (n, k) = (n as f64, parameters as f64);
        n * (minimum.cost.max(floor) / n).ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
    });
    let residual = minimum.cost * unit * unit;
    Fit { alpha, beta, gamma, standard_error, interval, residual, degrees, aicc, covariance }
}

fn peak(fit: &Fit, law: Law, levels: usize, (lowest, tested): (f64, f64)) -> Result<Peak, Refusal> {
    if levels < LEAST_LEVELS {
        return Err(Refusal::TooFewLevels { levels });
    }
    if law != Law::Usl || fit.beta <= 0.0 || fit.alpha >= 1.0 {
        return Err(Refusal::NoPeak(law));
    }
    let users = ((1.0 - fit.alpha) / fit.beta).sqrt();
    if users <= lowest {
        return Err(Refusal::Falls);
    }
    if fit.interval[1].is_none_or(|(low, _)| low <= 0.0) {
        return Err(Refusal::MayBeChance);
    }
    // On logarithms: both are positive, and their errors are relative ones.
    let t = t_test::quantile(0.95, fit.degrees as f64);
    let by_users = [-0.5 / (1.0 - fit.alpha), -0.5 / fit.beta, 0.0];
    let (throughput, slopes) = super::usl::law(&[fit.alpha, fit.beta, fit.gamma], users);
    // At the peak the slope by users is 0, so only the parameters move it.
    let by_throughput = slopes.map(|slope| slope / throughput);
    let uncertain = Refusal::TooUncertain { reach: f64::INFINITY };
    let estimate = |value: f64, slopes: &[f64; 3]| -> Option<Estimate> {
        let reach = (t * fit.spread(slopes)?).exp();
        reach.is_finite().then(|| Estimate { value, low: value / reach, high: value * reach })
    };
    let users = estimate(users, &by_users).ok_or(uncertain)?;
    let throughput = estimate(throughput, &by_throughput).ok_or(uncertain)?;
    if tested < NEAR_PEAK * users.high {
        return Err(Refusal::TestedTooLow { tested, fitted: users.value, high: users.high });
    }
    let reach = (throughput.high - throughput.low) / 2.0 / throughput.value;
    if reach > WIDEST_PEAK {
        return Err(Refusal::TooUncertain { reach });
    }
    Ok(Peak { users, throughput })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(found.law, Law::Linear);
        assert_eq!(found.peak, Err(Refusal::NoPeak(Law::Linear)));
        assert!((found.best().gamma - 10.0).abs() < 1e-9);
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
    fn a_serialised_server_is_amdahls_at_its_bound() {
        let flat =
            [(1.0, 50.0), (2.0, 51.0), (4.0, 49.0), (8.0, 50.0), (16.0, 52.0), (32.0, 48.0), (64.0, 50.0)];
        let found = fit(&points(&flat)).unwrap();
        assert!(found.best().alpha > 0.9 && (found.best().gamma - 50.0).abs() < 2.0, "{found:?}");
        assert!(found.peak.is_err());
        let falling =
            [(1.0, 106.0), (2.0, 89.0), (4.0, 49.0), (8.0, 35.0), (16.0, 30.0), (24.0, 23.0), (32.0, 18.0)];
        assert!(fit(&points(&falling)).unwrap().peak.is_err());
    }

    #[test]
    fn three_levels_prove_nothing() {
        let found = fit(&points(&[(1.0, 10.0), (5.0, 40.0), (10.0, 60.0)])).unwrap();
        assert_eq!(found.peak, Err(Refusal::TooFewLevels { levels: 3 }));
        assert_eq!(found.fit(Law::Usl).standard_error, [None; 3]);
    }
}
