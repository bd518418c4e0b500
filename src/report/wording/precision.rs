//! Changes written as precisely as their interval allows, and no more.

use crate::stats::Estimate;

use super::numbers::{MISSING, separated};

/// A width in percent, and the decimals of what is known to that width.
fn decimals(low: f64, high: f64) -> usize {
    match (high - low).abs() {
        width if width >= 20.0 => 0,
        width if width >= 0.5 => 1,
        width if width >= 0.05 => 2,
        _ => 3,
    }
}

/// A number with its sign; without one where it is zero.
fn signed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    if text.bytes().all(|byte| byte == b'0' || byte == b'.') {
        return "0".to_owned();
    }
    format!("{}{}", if value < 0.0 { "-" } else { "+" }, separated(&text))
}

/// A value beside its interval, in a unit that both share: `+18.2 %` and `+14.2 to +22.2 %`.
///
/// A value that the decimals of the interval would make zero has two.
fn beside(Estimate { value, low, high }: Estimate, unit: &str) -> (String, String) {
    let decimals = decimals(low, high);
    let own = match signed(value, decimals) {
        zero if zero == "0" && low < high => signed(value, decimals.max(2)),
        text => text,
    };
    (format!("{own} {unit}"), format!("{} to {} {unit}", signed(low, decimals), signed(high, decimals)))
}

/// A change, given as the ratio of after and before, and its interval.
pub fn change(ratio: Estimate) -> (String, String) {
    beside(ratio.map(|ratio| (ratio - 1.0) * 100.0), "%")
}

/// A difference of ratios in percentage points, and its interval.
pub fn points(difference: Estimate) -> (String, String) {
    beside(difference.map(|ratio| ratio * 100.0), "points")
}

/// The size of a change without its sign, to two digits: `18 %`, `6.4 %`.
pub fn about_percent(change: f64) -> String {
    let percent = change.abs() * 100.0;
    if !percent.is_finite() {
        return MISSING.to_owned();
    }
    let decimals = usize::from(percent < 9.95);
    format!("{} %", separated(&format!("{percent:.decimals$}")))
}

/// The interval of a ratio of requests. Nothing is known to a thousandth of a percent: that end is rounded outwards.
pub fn ratio_interval((low, high): (f64, f64)) -> String {
    let (low, high) = (low * 100.0, high * 100.0);
    if !low.is_finite() || !high.is_finite() {
        return MISSING.to_owned();
    }
    let decimals = decimals(low, high);
    let unit = 10_f64.powi(-i32::try_from(decimals).unwrap_or(0));
    let bare = |value: f64| match format!("{value:.decimals$}") {
        text if text.bytes().all(|byte| byte == b'0' || byte == b'.') => "0".to_owned(),
        text => text,
    };
    // Rounded down to nothing, the upper end would claim that nothing can fail.
    let high = if high > 0.0 && high < unit { unit } else { high };
    format!("{} to {} %", bare(low), bare(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(low: f64, value: f64, high: f64) -> Estimate {
        Estimate { value, low, high }
    }

    #[test]
    fn digits_follow_the_interval() {
        let check = |ratio: Estimate, value: &str, interval: &str| {
            assert_eq!(change(ratio), (value.to_owned(), interval.to_owned()));
        };
        check(of(0.946, 1.0003, 1.057), "+0.03 %", "-5.4 to +5.7 %");
        check(of(1.142, 1.182, 1.222), "+18.2 %", "+14.2 to +22.2 %");
        check(of(1.1799, 1.182, 1.1839), "+18.20 %", "+17.99 to +18.39 %");
        check(of(0.7, 1.0, 1.4), "0 %", "-30 to +40 %");
        check(of(10.0, 21.04, 40.0), "+2,004 %", "+900 to +3,900 %");
        check(of(1.0, 1.0, 1.0), "0 %", "0 to 0 %");
        check(of(f64::NAN, f64::NAN, f64::NAN), "– %", "– to – %");
    }

    #[test]
    fn points_and_ratios() {
        assert_eq!(
            points(of(0.015, 0.02, 0.025)),
            ("+2.0 points".to_owned(), "+1.5 to +2.5 points".to_owned())
        );
        let check = |interval, expected: &str| assert_eq!(ratio_interval(interval), expected);
        check((0.0, 0.000_000_592), "0 to 0.001 %");
        check((0.0, 0.001), "0 to 0.10 %");
        check((0.0, 0.0), "0 to 0 %");
        check((0.012, 0.031), "1.2 to 3.1 %");
        check((0.9999, 1.0), "99.990 to 100.000 %");
    }

    #[test]
    fn sizes_in_sentences_have_two_digits() {
        let check = |change: f64, expected: &str| assert_eq!(about_percent(change), expected);
        check(0.182, "18 %");
        check(-0.0641, "6.4 %");
        check(0.0997, "10 %");
        check(12.0, "1,200 %");
        check(f64::INFINITY, MISSING);
    }
}
