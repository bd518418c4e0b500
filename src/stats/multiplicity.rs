//! Correction for many tests at once.

/// P-values adjusted so that, among those below a level, on average at most that fraction are false discoveries.
///
/// Units: probability. Shape: in the order of the input. Source: Benjamini and Hochberg (1995).
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let mut adjusted = vec![0.0; n];
    let mut least = 1.0_f64;
    for (place, index) in order.into_iter().enumerate() {
        let rank = (n - place) as f64;
        least = least.min(p_values[index] * n as f64 / rank);
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values() {
        // Source: statsmodels.stats.multitest.multipletests([0.01, 0.04, 0.03, 0.005, 0.9], method="fdr_bh").
        let found = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005, 0.9]);
        let expected = [0.025, 0.05, 0.05, 0.025, 0.9];
        assert!(
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12),
            "{found:?}"
        );
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
