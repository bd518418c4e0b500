//! The gate: whether a change made a platform slower, from runs of both sides.
//!
//! The run is the unit. A run's value of a metric is the mean of the logarithms of its valid windows' values. Values
//! are oriented so that above 0 is slower. `docs/gate.md` has the rule and its measured error rates.

mod counts;
mod decide;
mod detectable;
mod failing;
mod feasible;
mod judge;
mod judgement;
mod missing;
mod model;
pub mod noise;
mod rounds;
pub mod run_values;
mod settings;
mod word;
mod working;

pub use failing::{FailingCells, OutcomesOfCells};
pub use feasible::{Feasible, LEAST_CELLS, LEAST_ENDPOINTS, Needed, feasible, needed, separates_drift};
pub use judge::{judge, wants_confirmation};
pub use judgement::{Cause, Confirmation, Doubt, Judgement, Outcome, Row, Suspect, smallest_of};
pub use rounds::complete_rounds;
pub use settings::{DRIFT, Design, JUDGED, Quantity, RunOfCells, Settings, Sides};
pub use working::doubt_failing;
