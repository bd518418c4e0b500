//! How much a variance may borrow from others like it.

/// The prior degrees of freedom that explain the spread of log variances, limited to `least` and `most`.
///
/// `spread` is the variance of the logarithms of sample variances, each with `degrees` degrees of freedom. Where they
/// differ no more than chance explains, all are considered equal, and the most is borrowed.
/// Source: Smyth (2004), equation 8.
pub fn prior_degrees(spread: f64, degrees: f64, least: f64, most: f64) -> f64 {
    let beyond_chance = spread - trigamma(degrees / 2.0);
    let explains = |prior: f64| trigamma(prior / 2.0);
    if beyond_chance.is_nan() || beyond_chance <= explains(most) {
        return most;
    }
    if beyond_chance >= explains(least) {
        return least;
    }
    // The function falls as the degrees rise.
    let (mut low, mut high) = (least, most);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if explains(middle) > beyond_chance { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The second derivative of the logarithm of the gamma function; the variance of the logarithm of a gamma variable.
///
/// Shape: `x` above 0. Source: Abramowitz and Stegun, 6.4.6 and 6.4.12.
fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = x * x;
    let series = 1.0 / 6.0 - (1.0 / 30.0 - (1.0 / 42.0 - 1.0 / (30.0 * square)) / square) / square;
    sum + 1.0 / x + 1.0 / (2.0 * square) + series / (square * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values() {
        // Source: scipy.special.polygamma(1, x).
        for (x, expected) in [
            (0.5, 4.934_802_200_544_679),
            (1.0, 1.644_934_066_848_226_4),
            (2.666_666_666_666_666_5, 0.453_875_409_358_717),
            (4.0, 0.283_822_955_737_115_3),
            (25.0, 0.040_810_663_257_225),
        ] {
            assert!((trigamma(x) / expected - 1.0).abs() < 1e-9, "{x}: {}", trigamma(x));
        }
    }

    #[test]
    fn the_more_variances_differ_the_less_is_borrowed() {
        let of = |spread: f64| prior_degrees(spread, 6.0, 1.0, 8.0);
        assert_eq!((of(0.0), of(f64::NAN), of(100.0)), (8.0, 8.0, 1.0));
        // Variances on 6 degrees that differ by a prior of 4 have this spread.
        assert!((of(trigamma(3.0) + trigamma(2.0)) - 4.0).abs() < 1e-9);
        assert!(of(1.0) > of(1.5));
    }
}
