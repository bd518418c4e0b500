//! Weighted non-linear least squares for three parameters.

/// A model of three parameters: from parameters and x to its value and its derivatives by each parameter.
pub type Model = fn(&[f64; 3], f64) -> (f64, [f64; 3]);

/// The parameters that minimise the weighted squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minimum {
    /// Parameters at the minimum; fixed ones keep their start value.
    pub parameters: [f64; 3],
    /// Weighted sum of squared residuals at the minimum.
    pub cost: f64,
    /// The inverse of the weighted normal matrix, 0 for fixed parameters; `None` where it is singular.
    pub inverse: Option<[[f64; 3]; 3]>,
}

/// Minimises the weighted squares of `y - model(x)` over the parameters that are `free`.
///
/// Shape: `points` of x, y and weight, finite. Converges from a reasonable start; ends after 500 steps at the latest.
/// Source: Levenberg (1944), Marquardt (1963), with the damping scaled by the diagonal.
pub fn minimise(model: Model, points: &[(f64, f64, f64)], start: [f64; 3], free: [bool; 3]) -> Minimum {
    let mut parameters = start;
    let mut cost = cost_of(model, points, &parameters);
    let mut damping = 1e-3;
    for _ in 0..500 {
        let (normal, gradient) = normal_equations(model, points, &parameters, free);
        let mut damped = normal;
        for (i, row) in damped.iter_mut().enumerate() {
            row[i] += damping * normal[i][i].max(1e-300);
        }
        let Some(step) = invert(&damped, free).map(|inverse| times(&inverse, &gradient)) else { break };
        let next: [f64; 3] = std::array::from_fn(|i| parameters[i] + step[i]);
        let next_cost = cost_of(model, points, &next);
        if next_cost.is_finite() && next_cost <= cost {
            let moved = (0..3).any(|i| step[i].abs() > 1e-14 * parameters[i].abs().max(1e-14));
            (parameters, cost) = (next, next_cost);
            damping = (damping / 10.0).max(1e-15);
            if !moved {
                break;
            }
        } else {
            damping *= 10.0;
            if damping > 1e15 {
                break;
            }
        }
    }
    let (normal, _) = normal_equations(model, points, &parameters, free);
    Minimum { parameters, cost, inverse: invert(&normal, free) }
}

fn cost_of(model: Model, points: &[(f64, f64, f64)], parameters: &[f64; 3]) -> f64 {
    points.iter().map(|(x, y, weight)| weight * (y - model(parameters, *x).0).powi(2)).sum()
}

fn normal_equations(
    model: Model,
    points: &[(f64, f64, f64)],
    parameters: &[f64; 3],
    free: [bool; 3],
) -> ([[f64; 3]; 3], [f64; 3]) {
    let (mut normal, mut gradient) = ([[0.0; 3]; 3], [0.0; 3]);
    for (x, y, weight) in points {
        let (value, derivatives) = model(parameters, *x);
        for i in (0..3).filter(|i| free[*i]) {
            gradient[i] += weight * derivatives[i] * (y - value);
            for j in (0..3).filter(|j| free[*j]) {
                normal[i][j] += weight * derivatives[i] * derivatives[j];
            }
        }
    }
    (normal, gradient)
}

/// Inverts the free part of a symmetric matrix; `None` where it is singular.
pub(super) fn invert(matrix: &[[f64; 3]; 3], free: [bool; 3]) -> Option<[[f64; 3]; 3]> {
    // Scaled to a unit diagonal, so that parameters of very different size do not look singular.
    let scale: [f64; 3] = std::array::from_fn(|i| if free[i] { matrix[i][i].sqrt() } else { 1.0 });
    if scale.iter().any(|scale| !scale.is_finite() || *scale <= 0.0) {
        return None;
    }
    let mut work: [[f64; 6]; 3] = [[0.0; 6]; 3];
    for i in 0..3 {
        for j in 0..3 {
            let is_free = free[i] && free[j];
            work[i][j] =
                if is_free { matrix[i][j] / scale[i] / scale[j] } else { f64::from(u8::from(i == j)) };
        }
        work[i][3 + i] = 1.0;
    }
    for column in 0..3 {
        let pivot = (column..3).max_by(|a, b| work[*a][column].abs().total_cmp(&work[*b][column].abs()))?;
        if work[pivot][column].abs() < 1e-14 {
            return None;
        }
        work.swap(column, pivot);
        let divisor = work[column][column];
        work[column].iter_mut().for_each(|value| *value /= divisor);
        for row in (0..3).filter(|row| *row != column) {
            let factor = work[row][column];
            let source = work[column];
            work[row].iter_mut().zip(source).for_each(|(value, source)| *value -= factor * source);
        }
    }
    Some(std::array::from_fn(|i| {
        std::array::from_fn(|j| if free[i] && free[j] { work[i][3 + j] / scale[i] / scale[j] } else { 0.0 })
    }))
}

pub(super) fn times(matrix: &[[f64; 3]; 3], vector: &[f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| (0..3).map(|j| matrix[i][j] * vector[j]).sum())
}

/// Akaike's criterion for small samples; `None` where there are too few points for it.
///
/// Counts only what bends a curve, not the residual variance that all laws have: counted with it, seven points that visibly
/// turn down (specsdm91) would be called Amdahl's.
pub(super) fn criterion(points: &[(f64, f64, f64)], cost: f64, parameters: usize) -> Option<f64> {
    (points.len() > parameters + 1).then(|| {
        let (n, k) = (points.len() as f64, parameters as f64);
        n * (without_rounding(points, cost) / n).ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
    })
}

/// A weighted sum of squares, and not less than what rounding leaves of points that a law fits exactly.
pub(super) fn without_rounding(points: &[(f64, f64, f64)], cost: f64) -> f64 {
    let floor = 1e-24 * points.iter().map(|(_, y, weight)| weight * y * y).sum::<f64>();
    cost.max(floor)
}

/// What a straight line through the points leaves over.
pub(super) fn without_line(points: &[(f64, f64)]) -> Vec<f64> {
    let n = points.len() as f64;
    let (mean_x, mean_y) =
        (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let square: f64 = points.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    let product: f64 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    let slope = if square > 0.0 { product / square } else { 0.0 };
    points.iter().map(|p| p.1 - mean_y - slope * (p.0 - mean_x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parabola(p: &[f64; 3], x: f64) -> (f64, [f64; 3]) {
        (p[0] + p[1] * x + p[2] * x * x, [1.0, x, x * x])
    }

    #[test]
    fn a_parabola_is_found_exactly() {
        let points: Vec<(f64, f64, f64)> =
            (0..6).map(|x| (f64::from(x), parabola(&[1.0, -2.0, 0.5], f64::from(x)).0, 1.0)).collect();
        let found = minimise(parabola, &points, [0.0; 3], [true; 3]);
        for (found, expected) in found.parameters.iter().zip([1.0, -2.0, 0.5]) {
            assert!((found - expected).abs() < 1e-9, "{found}");
        }
        let fixed = minimise(parabola, &points, [0.0, 0.0, 0.5], [true, true, false]);
        assert!(
            (fixed.parameters[1] + 2.0).abs() < 1e-9 && fixed.parameters[2].to_bits() == 0.5_f64.to_bits()
        );
    }

    #[test]
    fn too_few_points_have_no_inverse() {
        let found = minimise(parabola, &[(1.0, 1.0, 1.0), (2.0, 2.0, 1.0)], [0.0; 3], [true; 3]);
        assert_eq!(found.inverse, None);
    }
}
