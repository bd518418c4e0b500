//! Values as the templates of Prometheus show them, for the annotations that a test expects.

/// As `humanizePercentage`.
pub(super) fn percent(ratio: f64) -> String {
    format!("{}%", four(ratio * 100.0))
}

/// As `humanizeDuration`.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        let mut value = seconds;
        for prefix in ["m", "u"] {
            value *= 1000.0;
            if value >= 1.0 {
                return format!("{}{prefix}s", four(value));
            }
        }
        return format!("{}ns", four(value * 1000.0));
    }
    if seconds < 60.0 {
        return format!("{}s", four(seconds));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and cut as Prometheus does"
    )]
    let whole = seconds as u64;
    let [days, hours, minutes, seconds] =
        [whole / 86_400, whole % 86_400 / 3600, whole % 3600 / 60, whole % 60];
    match (days, hours) {
        (0, 0) => format!("{minutes}m {seconds}s"),
        (0, _) => format!("{hours}h {minutes}m {seconds}s"),
        _ => format!("{days}d {hours}h {minutes}m {seconds}s"),
    }
}

/// A number with four significant digits.
fn four(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_prometheus_shows_them() {
        assert_eq!(percent(0.525), "52.5%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.000_45), "0.045%");
        for (seconds, expected) in [
            (0.1, "100ms"),
            (0.000_25, "250us"),
            (4.875, "4.875s"),
            (180.0, "3m 0s"),
            (3_661.0, "1h 1m 1s"),
            (864_000.0, "10d 0h 0m 0s"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
