//! A feeder: rows of data that are handed to users, and which row comes next.
//!
//! Which row the n-th request for one gets depends on n and the seed alone, so that the same seed hands out the same rows.

use std::path::PathBuf;
use std::sync::Arc;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::random::{shuffle, stream};

/// Rows of data that are handed to users.
#[derive(Clone, PartialEq, Eq)]
pub struct Feeder {
    /// Name of the feeder, unique within a plan.
    pub name: Arc<str>,
    /// The file that the rows were read from; `None` for rows of the scenario itself.
    pub file: Option<PathBuf>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Which columns may be shown.
    pub public: Vec<bool>,
    /// The rows; each has a value for every column.
    pub rows: Arc<Vec<Vec<String>>>,
    /// Which row comes next.
    pub order: RowOrder,
    /// How often a user gets a new row.
    pub per: RowPer,
}

// The values may be secrets.
impl std::fmt::Debug for Feeder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feeder")
            .field("name", &self.name)
            .field("columns", &self.columns)
            .field("rows", &self.rows.len())
            .field("order", &self.order)
            .field("per", &self.per)
            .finish_non_exhaustive()
    }
}

/// Which row comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowOrder {
    /// Each row once, in the order of the file; then no more.
    Queue,
    /// Each row once in a random order, then again in another.
    Shuffle,
    /// Any row, each time.
    Random,
    /// In the order of the file, again and again.
    #[default]
    Circular,
}

/// How often a user gets a new row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowPer {
    /// One row for the whole run.
    User,
    /// A new one for each iteration.
    #[default]
    Iteration,
}

/// One part of several that share the rows of a feeder, such as one of several machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which part, from 0.
    pub part: u64,
    /// Number of parts; at least 1.
    pub of: u64,
}

impl Share {
    /// All rows are for one.
    pub const WHOLE: Self = Self { part: 0, of: 1 };
}

impl Feeder {
    /// Number of rows of a part. The rows of all parts are disjoint, and together all rows.
    pub fn rows_of(&self, share: Share) -> u64 {
        let rows = self.rows.len() as u64;
        let of = share.of.max(1);
        rows / of + u64::from(share.part < rows % of)
    }

    /// Index of the row for the n-th request of a part, from 0; `None` where a queue has no more, or there are no rows.
    ///
    /// `shuffled` keeps the order of a pass from one request to the next.
    /// Source: part p of k owns the rows p, p + k, p + 2k.
    fn row(&self, n: u64, share: Share, seed: u64, shuffled: &mut Option<(u64, Vec<u64>)>) -> Option<usize> {
        let rows = self.rows_of(share);
        if rows == 0 {
            return None;
        }
        let of_part = match self.order {
            RowOrder::Queue => (n < rows).then_some(n)?,
            RowOrder::Circular => n % rows,
            RowOrder::Random => below(&mut self.random(n, share, seed), rows),
            RowOrder::Shuffle => {
                let pass = n / rows;
                let (_, places) = match shuffled {
                    Some(known) if known.0 == pass => known,
                    _ => {
                        let mut places: Vec<u64> = (0..rows).collect();
                        shuffle(&mut places, &mut self.random(pass, share, seed));
                        shuffled.insert((pass, places))
                    }
                };
                places[usize::try_from(n % rows).ok()?]
            }
        };
        usize::try_from(of_part * share.of.max(1) + share.part).ok()
    }

    fn random(&self, n: u64, share: Share, seed: u64) -> ChaCha8Rng {
        let name = self.name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        stream(seed ^ name, n, u64::MAX / 2 - share.part)
    }
}

/// Hands out the rows of a feeder, one after the other.
#[derive(Debug, Clone)]
pub struct Dealer {
    feeder: Feeder,
    share: Share,
    seed: u64,
    next: u64,
    shuffled: Option<(u64, Vec<u64>)>,
}

impl Dealer {
    /// Begins with the row for request number `next`, from 0.
    pub fn new(feeder: Feeder, share: Share, seed: u64, next: u64) -> Self {
        Self { feeder, share, seed, next, shuffled: None }
    }

    /// Index of the next row; `None` where a queue has no more, or there are no rows.
    pub fn deal(&mut self) -> Option<usize> {
        let row = self.feeder.row(self.next, self.share, self.seed, &mut self.shuffled)?;
        self.next += 1;
        Some(row)
    }

    /// Number of rows that were handed out so far, by whoever began as well.
    pub fn handed_out(&self) -> u64 {
        self.next
    }

    /// The feeder.
    pub fn feeder(&self) -> &Feeder {
        &self.feeder
    }
}

fn below(random: &mut ChaCha8Rng, limit: u64) -> u64 {
    ((u128::from(random.next_u64()) * u128::from(limit)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn feeder(rows: usize, order: RowOrder) -> Feeder {
        Feeder {
            name: "account".into(),
            file: None,
            columns: vec!["email".into()],
            public: vec![false],
            rows: Arc::new((0..rows).map(|row| vec![format!("obviously-fake-{row}")]).collect()),
            order,
            per: RowPer::Iteration,
        }
    }

    fn drawn(feeder: &Feeder, count: u64, share: Share, seed: u64) -> Vec<usize> {
        let mut dealer = Dealer::new(feeder.clone(), share, seed, 0);
        (0..count).map_while(|_| dealer.deal()).collect()
    }

    #[test]
    fn a_queue_hands_out_each_row_once() {
        assert_eq!(drawn(&feeder(5, RowOrder::Queue), 99, Share::WHOLE, 1), [0, 1, 2, 3, 4]);
        assert_eq!(drawn(&feeder(0, RowOrder::Circular), 9, Share::WHOLE, 1), Vec::<usize>::new());
    }

    #[test]
    fn circular_rows_differ_in_use_by_one_at_most() {
        let feeder = feeder(7, RowOrder::Circular);
        let rows = drawn(&feeder, 100, Share::WHOLE, 1);
        let uses = |row| rows.iter().filter(|known| **known == row).count();
        assert!((0..7).all(|row| (14..=15).contains(&uses(row))), "{rows:?}");
    }

    #[test]
    fn shuffled_rows_come_once_a_pass_each_pass_in_another_order() {
        let feeder = feeder(20, RowOrder::Shuffle);
        let rows = drawn(&feeder, 40, Share::WHOLE, 1);
        let (first, second) = rows.split_at(20);
        for pass in [first, second] {
            assert_eq!(pass.iter().collect::<BTreeSet<_>>().len(), 20);
        }
        assert_ne!(first, second);
        assert_ne!(first, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn random_rows_repeat_with_the_seed_and_are_spread_evenly() {
        let feeder = feeder(10, RowOrder::Random);
        let rows = drawn(&feeder, 10_000, Share::WHOLE, 7);
        assert_eq!(rows, drawn(&feeder, 10_000, Share::WHOLE, 7));
        assert_ne!(rows, drawn(&feeder, 10_000, Share::WHOLE, 8));
        for row in 0..10 {
            let uses = rows.iter().filter(|known| **known == row).count();
            // Five standard deviations of 30.
            assert!((850..=1_150).contains(&uses), "{row}: {uses}");
        }
    }

    #[test]
    fn the_rows_of_all_parts_are_disjoint_and_together_all_rows() {
        for order in [RowOrder::Queue, RowOrder::Shuffle, RowOrder::Circular] {
            for (rows, of) in [(10, 3), (3, 5), (64, 4), (1, 1)] {
                let feeder = feeder(rows, order);
                let mut seen = Vec::new();
                for part in 0..of {
                    let share = Share { part, of };
                    seen.extend(drawn(&feeder, feeder.rows_of(share), share, 3));
                }
                seen.sort_unstable();
                assert_eq!(seen, (0..rows).collect::<Vec<_>>(), "{order:?} {rows} {of}");
            }
        }
    }

    #[test]
    fn rows_go_on_where_somebody_else_stopped() {
        for order in [RowOrder::Queue, RowOrder::Shuffle, RowOrder::Random, RowOrder::Circular] {
            let feeder = feeder(9, order);
            let mut all = Dealer::new(feeder.clone(), Share::WHOLE, 5, 0);
            let from_start: Vec<_> = (0..20).map(|_| all.deal()).collect();
            let mut rest = Dealer::new(feeder, Share::WHOLE, 5, 4);
            let from_fifth: Vec<_> = (0..16).map(|_| rest.deal()).collect();
            assert_eq!(from_start[4..], from_fifth, "{order:?}");
            assert_eq!(all.handed_out(), if order == RowOrder::Queue { 9 } else { 20 });
        }
    }

    #[test]
    fn values_are_not_shown() {
        assert!(!format!("{:?}", feeder(2, RowOrder::Queue)).contains("fake"));
    }
}
