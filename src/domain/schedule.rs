//! The order in which a cycle visits its cells: seeded, so that a resumed run and a rehearsal agree with the plan.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::plan::{Cell, CellOrder, Plan};

/// The cells of a cycle in the order in which they are measured.
pub fn cells_in_order(plan: &Plan, cycle: u64) -> Vec<Cell> {
    let mut cells = plan.cells.clone();
    if plan.order == CellOrder::Shuffled {
        let mut random = stream(plan.seed, cycle, u64::MAX);
        // Fisher and Yates: every order is equally likely.
        for last in (1..cells.len()).rev() {
            let place = below(&mut random, last + 1);
            cells.swap(last, place);
        }
    }
    cells
}

/// The stream of random numbers for one purpose within one cycle.
///
/// Streams of different purposes never overlap, so a cell draws the same numbers whatever was measured before it.
pub fn stream(seed: u64, cycle: u64, purpose: u64) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&cycle.to_le_bytes());
    key[16..24].copy_from_slice(&purpose.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

#[expect(clippy::cast_possible_truncation, reason = "the result is below a usize")]
fn below(random: &mut ChaCha8Rng, limit: usize) -> usize {
    // The bias of a 64-bit product over a few dozen cells is below 1e-17.
    ((u128::from(random.next_u64()) * limit as u128) >> 64) as usize
}
