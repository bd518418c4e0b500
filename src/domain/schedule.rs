//! The order in which a cycle visits its cells: seeded, so that a resumed run and a rehearsal agree with the plan.

use rand::Rng as _;

use super::plan::{Cell, CellOrder, Plan, Side};
use super::random::{shuffle, stream};

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
