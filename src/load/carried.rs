//! What a user carries through a journey: captured values, rows of data, generated values.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::domain::feeder::RowPer;
use crate::domain::journey::{Generator, Slot};
use crate::domain::template::{Template, Values};

use super::play::Play;
use super::rows_in_use::RowsInUse;

/// The values of a user's slots. They may be secrets, so they are not shown.
pub(super) struct Carried {
    values: Vec<String>,
    is_set: Vec<bool>,
    /// Which are set by the setup, and stay from one iteration to the next.
    is_lasting: Vec<bool>,
    /// The row of each feeder, by its place among those of the plan.
    rows: Vec<Option<usize>>,
}

impl Values for Carried {
    fn get(&self, slot: usize) -> &str {
        self.values.get(slot).map_or("", String::as_str)
    }
}

/// Who draws a value, and for which iteration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who {
    /// Number of the user, from 1.
    pub(super) user: u64,
    /// Number of the iteration, from 1.
    pub(super) iteration: u64,
}

impl Carried {
    pub(super) fn new(play: &Play, feeders: usize) -> Self {
        let slots = play.slots.len();
        Self {
            values: vec![String::new(); slots],
            is_set: vec![false; slots],
            is_lasting: vec![false; slots],
            rows: vec![None; feeders],
        }
    }

    /// Takes the rows that a user has for the whole run. `number` is its number among all users of a feeder, from 0.
    pub(super) fn take_rows_of_user(&mut self, play: &Play, rows: &RowsInUse, number: impl Fn(usize) -> u64) {
        for feeder in &play.feeders {
            let is_of_user = rows.feeder(*feeder).is_some_and(|known| known.per == RowPer::User);
            if is_of_user {
                self.rows[*feeder] = rows.of_user(*feeder, number(*feeder));
            }
        }
        self.fill_rows(play, rows);
    }

    /// Takes the rows of the next iteration.
    /// # Errors
    /// The feeder that has no more.
    pub(super) fn take_rows(&mut self, play: &Play, rows: &RowsInUse) -> Result<(), usize> {
        if play.feeders.is_empty() {
            return Ok(());
        }
        for feeder in &play.feeders {
            if rows.feeder(*feeder).is_some_and(|known| known.per == RowPer::Iteration) {
                self.rows[*feeder] = Some(rows.next(*feeder).ok_or(*feeder)?);
            }
        }
        self.fill_rows(play, rows);
        Ok(())
    }

    fn fill_rows(&mut self, play: &Play, rows: &RowsInUse) {
        for (slot, from) in play.slots.iter().enumerate() {
            let Slot::Data { feeder, column } = from else { continue };
            let Some(row) = self.rows[*feeder] else { continue };
            let value = rows.feeder(*feeder).and_then(|known| known.rows.get(row)?.get(*column));
            self.values[slot].clear();
            self.values[slot].push_str(value.map_or("", String::as_str));
        }
    }

    /// Forgets what the last iteration captured; what the setup gave stays.
    pub(super) fn begin_iteration(&mut self) {
        self.is_set.copy_from_slice(&self.is_lasting);
    }

    /// What is captured from now on stays: the setup begins.
    pub(super) fn begin_setup(&mut self) {
        self.is_set.fill(false);
        self.is_lasting.fill(false);
    }

    /// What the setup captured stays.
    pub(super) fn end_setup(&mut self) {
        self.is_lasting.copy_from_slice(&self.is_set);
    }

    /// Sets the value of a slot that a step gives.
    pub(super) fn keep(&mut self, slot: usize, value: String) {
        if let Some(place) = self.values.get_mut(slot) {
            *place = value;
            self.is_set[slot] = true;
        }
    }

    /// Whether every one of these slots has a value.
    pub(super) fn has_all(&self, slots: &[usize]) -> bool {
        slots.iter().all(|slot| self.is_set.get(*slot).copied().unwrap_or(false))
    }

    /// Draws fresh values for slots that generate one: UUIDs from the second stream, everything else from the first.
    pub(super) fn draw(
        &mut self,
        play: &Play,
        slots: &[usize],
        who: Who,
        now: Timestamp,
        (random, unique): (&mut ChaCha8Rng, &mut ChaCha8Rng),
    ) {
        for slot in slots {
            let (Some(Slot::Generated(generator)), Some(value)) =
                (play.slots.get(*slot), self.values.get_mut(*slot))
            else {
                continue;
            };
            value.clear();
            // Writing into memory does not fail.
            let _ = match generator {
                Generator::Uuid => write!(value, "{}", uuid(unique)),
                Generator::Now => write!(value, "{now:.3}"),
                Generator::NowMillis => write!(value, "{}", now.as_millisecond()),
                Generator::User => write!(value, "{}", who.user),
                Generator::Iteration => write!(value, "{}", who.iteration),
                Generator::Random { low, high } => write!(value, "{}", between(*low, *high, random)),
            };
        }
    }

    /// Sets a slot to a text with the other values filled in.
    pub(super) fn set(&mut self, slot: usize, text: &Template) {
        // Its own text may have the value that it had before.
        let mut value = String::new();
        text.render(self, &mut value);
        self.keep(slot, value);
    }
}

/// A random UUID in its usual form.
/// Source: RFC 9562, section 5.4.
fn uuid(random: &mut ChaCha8Rng) -> String {
    let bits = (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64());
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[expect(clippy::cast_possible_truncation, reason = "the sum lies between two 64-bit numbers")]
fn between(low: i64, high: i64, random: &mut ChaCha8Rng) -> i64 {
    let count = i128::from(high) - i128::from(low) + 1;
    let drawn = (u128::from(random.next_u64()) * count.unsigned_abs()) >> 64;
    (i128::from(low) + drawn.cast_signed()) as i64
}

/// What a captured value is called, for messages: never the value.
pub(super) fn trouble_with(name: &Arc<str>, query: &str, what: &str) -> String {
    format!("capture {name} ({query}): {what}")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let (first, second) = (uuid(&mut random), uuid(&mut random));
        assert_ne!(first, second);
        for uuid in [first, second] {
            let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
            assert_eq!(&uuid[14..15], "4", "{uuid}");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }

    #[test]
    fn random_numbers_reach_both_ends_and_nothing_beyond() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let drawn: Vec<i64> = (0..1_000).map(|_| between(-2, 2, &mut random)).collect();
        assert!((-2..=2).all(|value| drawn.contains(&value)));
        assert!(drawn.iter().all(|value| (-2..=2).contains(value)));
        assert_eq!(between(7, 7, &mut random), 7);
        let _ = between(i64::MIN, i64::MAX, &mut random);
    }
}
