//! How long a user waits after broken exchanges.
//!
//! A connection that drops now and then is opened again at once: a pause of 10 ms for one request in a hundred would cut
//! the throughput of a fast target to a quarter, and tell of the load generator. A target that stays away is asked less and
//! less, until each of its users asks once a second. Whatever is paused is recorded apart.

use std::time::Duration;

/// Broken exchanges in a row that no pause follows. If one exchange in ten breaks at random, four in a row are one in
/// ten thousand, and their pauses too rare to matter.
const AT_ONCE: u32 = 3;
/// The first pause; each further broken exchange in a row makes it four times as long. A user of a dead target asks nine
/// times in the first second.
const BACK_OFF: Duration = Duration::from_millis(1);
/// The longest pause after a broken exchange, however many failed in a row.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// The pause after this many broken exchanges in a row.
pub(crate) fn back_off(failures: u32) -> Duration {
    match failures.saturating_sub(AT_ONCE) {
        0 => Duration::ZERO,
        pauses => BACK_OFF.saturating_mul(1 << (2 * (pauses - 1).min(5))).min(LONGEST_BACK_OFF),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_begins_with_the_fourth_failure_in_a_row_and_grows_to_a_second() {
        let millis = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1_000, u32::MAX];
        let millis = millis.map(|failures| back_off(failures).as_millis());
        assert_eq!(millis, [0, 0, 0, 0, 1, 4, 16, 64, 256, 1_000, 1_000, 1_000, 1_000]);
    }

    #[test]
    fn a_dead_target_is_asked_hardly_more_than_once_a_second() {
        let (mut at, mut asked) = (Duration::ZERO, 0);
        while at < Duration::from_mins(1) {
            asked += 1;
            at += back_off(asked);
        }
        assert!(asked <= 70, "{asked}");
    }

    #[test]
    fn random_drops_cost_next_to_no_time() {
        // Mean pause per request where each breaks with this probability.
        let pause = |drops: f64| -> f64 {
            (1..60)
                .map(|row| {
                    back_off(row).as_secs_f64() * (1.0 - drops) * drops.powi(i32::try_from(row).unwrap())
                })
                .sum()
        };
        assert!(pause(0.01) < 1e-9 && pause(0.1) < 1e-6, "{} {}", pause(0.01), pause(0.1));
    }
}
