//! Changes in the mean of a series, found exactly.

/// Start indices of all segments but the first: least squares within segments, plus a penalty per change.
///
/// Units: `values` in standard deviations of the noise, the penalty in their squares. Shape: ascending; empty where
/// nothing changed or the series is shorter than two segments. Values must be finite.
/// Source: PELT, Killick, Fearnhead and Eckley (2012), with pruning delayed by the least length: without that it is not
/// exact, and packages that prune at once miss the best segments on bursty series.
pub fn pelt(values: &[f64], penalty: f64, least_length: usize) -> Vec<usize> {
    let (n, least) = (values.len(), least_length.max(1));
    if n < 2 * least {
        return Vec::new();
    }
    let sums = Sums::of(values);
    // `best[t]`: least cost of the first t values; `last[t]`: start of their last segment.
    let mut best = vec![f64::INFINITY; n + 1];
    let mut last = vec![0; n + 1];
    best[0] = -penalty;
    // Starts that may still win, each with the end from which on it cannot.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for end in least..=n {
        // A start can be used once the segment before it has its length.
        let fresh = end - least;
        if fresh == 0 || fresh >= least {
            open.push((fresh, usize::MAX));
        }
        open.retain(|(_, until)| end < *until);
        let costs: Vec<f64> = open.iter().map(|(start, _)| best[*start] + sums.cost(*start, end)).collect();
        for ((start, _), cost) in open.iter().zip(&costs) {
            if cost + penalty < best[end] {
                best[end] = cost + penalty;
                last[end] = *start;
            }
        }
        for ((_, until), cost) in open.iter_mut().zip(costs) {
            if cost > best[end] {
                // A change here would do better, but only for ends that leave it its length.
                *until = (*until).min(end + least);
            }
        }
    }
    let mut found = Vec::new();
    let mut end = last[n];
    while end > 0 {
        found.push(end);
        end = last[end];
    }
    found.reverse();
    found
}

struct Sums {
    values: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    fn of(values: &[f64]) -> Self {
        // Around their mean, so that large values lose no digits.
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let running = |term: fn(f64) -> f64| {
            let mut sum = 0.0;
            std::iter::once(0.0)
                .chain(values.iter().map(|value| {
                    sum += term(value - mean);
                    sum
                }))
                .collect()
        };
        Self { values: running(|value| value), squares: running(|value| value * value) }
    }

    /// The sum of squares around the mean of `start..end`.
    fn cost(&self, start: usize, end: usize) -> f64 {
        let sum = self.values[end] - self.values[start];
        self.squares[end] - self.squares[start] - sum * sum / (end - start) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_where_it_is() {
        let noise = |n: usize| (n * 7919 % 13) as f64 / 13.0 - 0.46;
        let values: Vec<f64> = (0..60).map(|n| noise(n) + if n < 25 { 0.0 } else { 5.0 }).collect();
        assert_eq!(pelt(&values, 12.0, 6), [25]);
        assert_eq!(pelt(&values[..25], 12.0, 6), [0; 0]);
    }

    #[test]
    fn too_short_has_no_change() {
        assert_eq!(pelt(&[0.0, 9.0, 0.0], 1.0, 2), [0; 0]);
        assert_eq!(pelt(&[], 1.0, 0), [0; 0]);
    }
}
