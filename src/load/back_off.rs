//! How long a user waits after broken exchanges.

use std::time::Duration;

/// The first pause after a broken exchange; each further one in a row doubles it.
const BACK_OFF: Duration = Duration::from_millis(10);
/// The longest pause after a broken exchange, however many failed in a row.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// The pause after this many broken exchanges in a row.
pub(crate) fn back_off(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        failures => BACK_OFF.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST_BACK_OFF),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_doubles_up_to_a_second() {
        let millis = [0, 1, 2, 3, 7, 8, 1_000].map(|failures| back_off(failures).as_millis());
        assert_eq!(millis, [0, 10, 20, 40, 640, 1_000, 1_000]);
    }
}
