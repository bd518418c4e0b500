//! Measurements on a machine that may be busy: tried again, a bounded number of times.

/// How often a measurement is tried. A machine that spoils one of five spoils all of these once in 125 times.
const TRIES: usize = 3;

/// Tries until there is an answer; fails with the last reason for having none.
pub(crate) fn within_three_tries<T>(mut attempt: impl FnMut() -> Result<T, String>) -> T {
    let mut reasons = Vec::new();
    for _ in 0..TRIES {
        match attempt() {
            Ok(answer) => return answer,
            Err(reason) => reasons.push(reason),
        }
    }
    panic!("spoilt {TRIES} times in a row: {reasons:#?}");
}
