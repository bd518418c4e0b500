//! What reading a whole run tells: verdict, SLOs, capacity, warnings. The same code as the report, so that both agree.

use std::collections::BTreeMap;
use std::path::Path;

use crate::analysis::capacity::Capacity;
use crate::domain::cell_name::CellName;
use crate::domain::objective::JudgedLimit;
use crate::report::ReportError;
use crate::report::drawing::view;
use crate::report::sections::capacity_words;
use crate::report::view::headline::Headline;
use crate::report::view::incident_view::IncidentView;
use crate::report::wording::verdicts::{limit_words, reason_words};
use crate::run::state::RUNNING;

use super::clean::clean;
use super::incidents::Described;
use super::json::{CapacityEntry, ObjectiveEntry, Verdict};

/// A run as its report would describe it now.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) objectives: BTreeMap<CellName, Vec<ObjectiveEntry>>,
    pub(super) capacity: Vec<CapacityEntry>,
    pub(super) warnings: Vec<String>,
    pub(super) incidents: Vec<Described>,
}

/// Reads a whole run.
/// # Errors
/// [`ReportError`] where it cannot be read.
pub(super) fn judge(folder: &Path) -> Result<Judged, ReportError> {
    let view = view(folder)?;
    let verdict = &view.judged.verdict;
    let cells = view.judged.cells.iter().filter(|(_, cell)| !cell.limits.is_empty());
    let described = |incident: &IncidentView<'_>| Described {
        cause: incident.incident.cause,
        opened_at: incident.incident.opened_at,
        resolved_at: incident.incident.resolved_at,
        sentence: clean(incident.sentence()),
    };
    Ok(Judged {
        verdict: Verdict {
            outcome: verdict.outcome().word(),
            is_final: view.facts.state != RUNNING,
            sentence: clean(Headline::of(&view).sentence()),
            reasons: verdict.reasons.iter().map(|reason| clean(reason_words(reason))).collect(),
        },
        objectives: cells
            .map(|(name, cell)| (name.clone(), cell.limits.iter().map(limit).collect()))
            .collect(),
        capacity: view.findings.capacities.iter().map(capacity).collect(),
        warnings: view.facts.warnings.iter().map(clean).collect(),
        incidents: IncidentView::all(&view).iter().map(described).collect(),
    })
}

fn limit(judged: &JudgedLimit) -> ObjectiveEntry {
    ObjectiveEntry {
        metric: judged.kind.metric().name(),
        limit: judged.limit,
        at_most: !judged.kind.is_lower_limit(),
        unit: judged.kind.metric().unit(),
        state: judged.state.label(),
        sentence: clean(limit_words(judged)),
    }
}

fn capacity(capacity: &Capacity) -> CapacityEntry {
    CapacityEntry {
        endpoint: capacity.endpoint.clone(),
        sentence: clean(capacity_words(capacity)),
        sustained_per_s: capacity.support.as_ref().map(|support| support.throughput_per_s),
        users: capacity.support.as_ref().map(|support| support.users),
    }
}
