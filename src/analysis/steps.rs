//! Steps of a series that neither noise nor the daily cycle explains, searched and fitted together with the cycle.

use crate::stats::changepoint::pelt;
use crate::stats::stretch_fit::{Height, StretchFit, fit, noise_of};

/// Fewest windows between two steps.
const LEAST_WINDOWS: usize = 4;
/// A step must be this many standard errors high beside a daily cycle of likely size.
const LEAST_CLARITY: f64 = 5.0;

/// A series with its steps.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stepped {
    /// The moment of each step in seconds, and its height.
    pub(super) steps: Vec<(f64, f64)>,
    /// The fit of the series with these steps.
    pub(super) fit: StretchFit,
}

/// Finds the steps of a series of seconds and values; `None` where there are too few values for a fit.
pub(super) fn stepped(points: &[(f64, f64)]) -> Option<Stepped> {
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let noise = fit(points, &[])?.sigma.min(noise_of(&values));
    let scaled: Vec<f64> = values.iter().map(|value| value / noise).collect();
    let penalty = 3.0 * (points.len() as f64).ln();
    let mut starts: Vec<f64> =
        pelt(&scaled, penalty, LEAST_WINDOWS).into_iter().map(|start| points[start].0).collect();
    loop {
        let spans: Vec<(f64, f64)> = starts.iter().map(|start| (*start, f64::INFINITY)).collect();
        let fitted = fit(points, &spans)?;
        let clarity = |height: &Height| height.value.abs() / height.error;
        let weakest = fitted.heights.iter().enumerate().min_by(|a, b| clarity(a.1).total_cmp(&clarity(b.1)));
        match weakest {
            Some((place, height)) if clarity(height) < LEAST_CLARITY => drop(starts.remove(place)),
            _ => {
                let heights = fitted.heights.iter().map(|height| height.value);
                return Some(Stepped { steps: starts.into_iter().zip(heights).collect(), fit: fitted });
            }
        }
    }
}

/// The steps of a series of seconds and values.
pub(super) fn steps(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    stepped(points).map_or_else(Vec::new, |found| found.steps)
}
