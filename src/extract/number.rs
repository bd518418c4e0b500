//! Numbers as they are written, compared by what they are worth.

use std::cmp::Ordering;

/// How two numbers compare; `None` where one of them is none.
///
/// Integers are compared exactly, others as floats.
pub(super) fn compared(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (left.trim(), right.trim());
    if !is_number(left) || !is_number(right) {
        return None;
    }
    match (left.parse::<i128>(), right.parse::<i128>()) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?),
    }
}

/// Whether a text is a decimal number: neither `inf` nor `0x1f` is.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(is_plain)
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_their_worth() {
        let check = |left: &str, right: &str, expected: Option<Ordering>| {
            assert_eq!(compared(left, right), expected, "{left} {right}");
        };
        check("1", "1.0", Some(Ordering::Equal));
        check("10", "9", Some(Ordering::Greater));
        check("-1e3", "-999.5", Some(Ordering::Less));
        // As floats, these two are one.
        check("9007199254740993", "9007199254740992", Some(Ordering::Greater));
        check("01", "1", Some(Ordering::Equal));
        for none in ["", "a", "inf", "NaN", "0x1", "1,5", "-", ".5", "+1", "1 2"] {
            check(none, "1", None);
            check("1", none, None);
        }
    }
}
