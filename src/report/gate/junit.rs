//! A gate as JUnit XML: one test suite per cell, one test case per value.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::analysis::gate::{Outcome, Row};
use crate::domain::cell_name::CellName;
use crate::domain::plain_text::visible;
use crate::domain::verdict::Verdict;
use crate::report::changes::quantity_words;

use super::reason::{broken, change_words, reason};
use super::view::GateView;

/// Why there is no JUnit XML.
#[derive(Debug, thiserror::Error)]
#[error("cannot write JUnit XML")]
pub struct JunitError(#[from] quick_junit::SerializeError);

/// The stages as one report.
pub(super) fn junit(stages: &[GateView]) -> Result<String, JunitError> {
    let mut report = Report::new("baseline gate");
    for view in stages {
        report.add_test_suites(suites(view));
    }
    // XML allows neither most control characters nor U+FFFE, not even escaped.
    Ok(visible(&report.to_string()?).into_owned())
}

fn suites(view: &GateView) -> Vec<TestSuite> {
    let prefix =
        view.load_percent.map_or_else(String::new, |share| format!("{share} % of the planned load, "));
    let mut verdict = TestSuite::new(format!("{prefix}{}", view.scenario));
    let mut whole_case = case("verdict", whole(view));
    whole_case.set_classname(format!("{prefix}gate"));
    verdict.add_test_case(whole_case);
    for one in &view.broken {
        let name = format!("SLO: {} in {}", one.kind.name(), one.run_id);
        let mut case = case(&name, failure("objective", broken(one, 1)));
        case.set_classname(format!("{prefix}{}.{}", one.cell.series(), one.cell.level));
        verdict.add_test_case(case);
    }
    let mut cells: BTreeMap<&CellName, TestSuite> = BTreeMap::new();
    for row in &view.judgement.rows {
        let suite = cells.entry(&row.cell).or_insert_with(|| TestSuite::new(format!("{prefix}{}", row.cell)));
        let mut case = case(&quantity_words(row.quantity), status(row));
        case.set_classname(format!("{prefix}{}.{}", row.cell.series(), row.cell.level));
        suite.add_test_case(case);
    }
    std::iter::once(verdict).chain(cells.into_values()).collect()
}

fn case(name: &str, status: TestCaseStatus) -> TestCase {
    TestCase::new(name, status)
}

fn failure(kind: &str, message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind).set_message(message);
    status
}

/// Inconclusive values are neither a success nor a failure.
fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn whole(view: &GateView) -> TestCaseStatus {
    match view.outcome() {
        Outcome::Accepted => TestCaseStatus::success(),
        Outcome::Regressed => failure("regression", reason(view)),
        Outcome::Inconclusive => skipped(reason(view)),
    }
}

fn status(row: &Row) -> TestCaseStatus {
    match row.verdict {
        Verdict::Regressed => failure("regression", change_words(row)),
        Verdict::Inconclusive => skipped(change_words(row)),
        Verdict::Improved | Verdict::Unchanged => TestCaseStatus::success(),
    }
}
