//! The order in which a cycle visits its cells: seeded, so that a resumed run and a rehearsal agree with the plan.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::plan::{Cell, CellOrder, Plan, Side};

/// The cells of a cycle in the order in which they are measured.
pub fn cells_in_order(plan: &Plan, cycle: u64) -> Vec<Cell> {
    let mut cells = plan.cells.clone();
    match plan.order {
        CellOrder::Listed => (),
        CellOrder::Shuffled => shuffle(&mut cells, &mut stream(plan.seed, cycle, u64::MAX)),
        CellOrder::Paired => return paired(plan, cycle),
    }
    cells
}

/// Fisher and Yates: every order is equally likely.
pub(super) fn shuffle<T>(items: &mut [T], random: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        let place = below(random, last + 1);
        items.swap(last, place);
    }
}

/// Pairs in a fresh order; which side goes first is drawn once for each pair and alternates with every cycle.
fn paired(plan: &Plan, cycle: u64) -> Vec<Cell> {
    let mut firsts: Vec<Cell> = plan.cells.iter().copied().filter(|cell| cell.side != Side::B).collect();
    shuffle(&mut firsts, &mut stream(plan.seed, cycle, u64::MAX));
    let sides = |first: Cell| {
        let second = plan.other_side(first);
        let purpose = u64::MAX - 1 - (first.workload * plan.levels.len() + first.level) as u64;
        let begins = stream(plan.seed, u64::MAX, purpose).next_u64() % 2;
        let is_first_before = (cycle + begins).is_multiple_of(2);
        let both = [Some(first), second];
        if is_first_before { both } else { [second, Some(first)] }
    };
    firsts.into_iter().flat_map(sides).flatten().collect()
}

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

#[expect(clippy::cast_possible_truncation, reason = "the result is below a usize")]
fn below(random: &mut ChaCha8Rng, limit: usize) -> usize {
    // The bias of a 64-bit product over a few dozen cells is below 1e-17.
    ((u128::from(random.next_u64()) * limit as u128) >> 64) as usize
}
