//! The rows of data that the users of a run share: each gets the next one.
//!
//! Rows of a queue are noted on disk before they are used, so that a resumed run does not hand them out again.

use std::sync::{Mutex, PoisonError};

use crate::domain::feeder::{Dealer, Feeder, RowOrder, RowPer, Share};
use crate::domain::plan::Plan;
use crate::store::queue_ledger::QueueLedger;

/// The rows of all feeders, and who got which.
#[derive(Debug, Default)]
pub(crate) struct RowsInUse {
    feeders: Vec<InUse>,
    ledger: Option<QueueLedger>,
}

#[derive(Debug)]
struct InUse {
    dealer: Mutex<Dealer>,
    feeder: Feeder,
    seed: u64,
}

impl RowsInUse {
    /// The rows of a plan; queues go on where the ledger says.
    pub(crate) fn of(plan: &Plan, ledger: Option<QueueLedger>) -> Self {
        let in_use = |feeder: &Feeder| {
            let is_noted = feeder.order == RowOrder::Queue && feeder.per == RowPer::Iteration;
            let next =
                ledger.as_ref().filter(|_| is_noted).map_or(0, |ledger| ledger.handed_out(&feeder.name));
            let dealer = Dealer::new(feeder.clone(), Share::WHOLE, plan.seed, next);
            InUse { dealer: Mutex::new(dealer), feeder: feeder.clone(), seed: plan.seed }
        };
        Self { feeders: plan.feeders.iter().map(in_use).collect(), ledger }
    }

    /// The row for the next iteration; `None` where a queue has no more.
    pub(crate) fn next(&self, feeder: usize) -> Option<usize> {
        let in_use = self.feeders.get(feeder)?;
        let mut dealer = in_use.dealer.lock().unwrap_or_else(PoisonError::into_inner);
        let row = dealer.deal()?;
        if in_use.feeder.order == RowOrder::Queue
            && let Some(ledger) = &self.ledger
        {
            // A row that cannot be noted is not used: a resumed run would hand it out again.
            ledger.note(&in_use.feeder.name, dealer.handed_out()).ok()?;
        }
        Some(row)
    }

    /// The row of the user with this number among those that use the feeder, from 0.
    pub(crate) fn of_user(&self, feeder: usize, number: u64) -> Option<usize> {
        let in_use = self.feeders.get(feeder)?;
        Dealer::new(in_use.feeder.clone(), Share::WHOLE, in_use.seed, number).deal()
    }

    /// The feeder at this place.
    pub(crate) fn feeder(&self, feeder: usize) -> Option<&Feeder> {
        self.feeders.get(feeder).map(|in_use| &in_use.feeder)
    }
}
