//! The JSON Schemas of everything that is printed as JSON, generated from the types that are printed.

use super::check::CheckOutput;
use super::console::alerts::AlertsOutput;
use super::console::calibrate::NoiseOutput;
use super::console::capacity::CapacityOutput;
use super::console::collected::CollectedOutput;
use super::console::compare::CompareOutput;
use super::console::detect_json::DetectOutput;
use super::console::dry_run::PlanOutput;
use super::console::list_json::ListOutput;
use super::console::monitor::MonitorOutput;
use super::console::notes::NotesOutput;
use super::console::once::IterationOutput;
use super::console::promote_json::{PromotionOutput, ThresholdsOutput};
use super::console::scenarios::{CheckedOutput, KnownOutput, ProblemsOutput};
use super::console::stack::StackOutput;
use super::console::start::StartOutput;
use super::console::status_json::StatusOutput;
use super::console::test_json::TestOutput;
use super::formats::envelope::{Output, schema_text};
use super::formats::json::ReportOutput;
use super::gate::GateOutput;
use super::period::PeriodOutput;

/// The word in `kind`, and its JSON Schema.
pub type KindSchema = (&'static str, String);

fn of<T: Output>() -> KindSchema {
    (T::KIND, schema_text::<T>())
}

/// The JSON Schema of `report.json`.
pub fn report() -> String {
    schema_text::<ReportOutput<'static>>()
}

/// The schema of what `gate --format json` prints.
pub fn gate() -> String {
    schema_text::<GateOutput<'static>>()
}

/// Every kind with its schema.
pub fn all() -> Vec<KindSchema> {
    vec![
        of::<ReportOutput<'static>>(),
        of::<GateOutput<'static>>(),
        of::<NoiseOutput<'static>>(),
        of::<CompareOutput<'static>>(),
        of::<StatusOutput<'static>>(),
        of::<ListOutput<'static>>(),
        of::<StackOutput<'static>>(),
        of::<StartOutput<'static>>(),
        of::<CheckedOutput<'static>>(),
        of::<KnownOutput<'static>>(),
        of::<ProblemsOutput<'static>>(),
        of::<TestOutput<'static>>(),
        of::<IterationOutput<'static>>(),
        of::<PlanOutput<'static>>(),
        of::<PromotionOutput<'static>>(),
        of::<ThresholdsOutput<'static>>(),
        of::<MonitorOutput>(),
        of::<DetectOutput<'static>>(),
        of::<CapacityOutput>(),
        of::<CollectedOutput<'static>>(),
        of::<PeriodOutput<'static>>(),
        of::<CheckOutput<'static>>(),
        of::<AlertsOutput<'static>>(),
        of::<NotesOutput<'static>>(),
    ]
}
