//! Seeded streams of random numbers, one per purpose, and what is drawn from them.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The stream of random numbers for one purpose within one cycle.
///
/// Streams of different purposes never overlap, so a cell draws the same numbers no matter what was measured before it.
pub fn stream(seed: u64, cycle: u64, purpose: u64) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&cycle.to_le_bytes());
    key[16..24].copy_from_slice(&purpose.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Fisher and Yates: every order is equally likely.
pub fn shuffle<T>(items: &mut [T], random: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        let place = below(random, last + 1);
        items.swap(last, place);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the result is below a usize")]
fn below(random: &mut ChaCha8Rng, limit: usize) -> usize {
    // The bias of a 64-bit product over a few dozen cells is below 1e-17.
    ((u128::from(random.next_u64()) * limit as u128) >> 64) as usize
}
