//! `/api/v1/snapshot`: the whole state of a run; and the events that change it.

use std::sync::Arc;

use serde::Serialize;

use super::incident::{GapEntry, IncidentEntry, Note};
use super::mark::MarkEntry;
use super::point::Point;
use super::series::SeriesEntry;

/// Everything that the page shows of a run, without the points of its charts.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct Snapshot {
    /// Number of the last group of windows, from which events go on.
    pub(in crate::dashboard) event_id: u64,
    /// Time of the server, RFC 3339.
    pub(in crate::dashboard) now: String,
    /// Whether the run is being measured.
    pub(in crate::dashboard) is_live: bool,
    pub(in crate::dashboard) run: Run,
    pub(in crate::dashboard) progress: Progress,
    pub(in crate::dashboard) verdict: Verdict,
    pub(in crate::dashboard) generator: Generator,
    /// Capacity by endpoint, in the words of the report; empty until it was computed.
    pub(in crate::dashboard) capacity: Vec<CapacityEntry>,
    /// Load levels, fewest users first.
    pub(in crate::dashboard) levels: Vec<LevelEntry>,
    /// Series that have windows.
    pub(in crate::dashboard) series: Vec<SeriesEntry>,
    pub(in crate::dashboard) incidents: Vec<IncidentEntry>,
    pub(in crate::dashboard) gaps: Vec<GapEntry>,
    /// Warnings and health checks.
    pub(in crate::dashboard) notes: Vec<Note>,
    /// What people noted, and silences, in the order of time; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::dashboard) marks: Vec<MarkEntry>,
}

/// What the run is.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_field_names, reason = "the key is that of the other answers")]
pub(in crate::dashboard) struct Run {
    pub(in crate::dashboard) run_id: String,
    pub(in crate::dashboard) scenario: String,
    /// The target, or what stands in for it.
    pub(in crate::dashboard) mode: String,
    /// `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
    pub(in crate::dashboard) state: &'static str,
    pub(in crate::dashboard) started_at: String,
    pub(in crate::dashboard) planned_end: String,
    /// Last heartbeat of a run that is over.
    pub(in crate::dashboard) ended_at: Option<String>,
    /// The plan in a sentence.
    pub(in crate::dashboard) plan: String,
    /// The machine that generates the load.
    pub(in crate::dashboard) host: String,
    /// Version of this program that started the run.
    pub(in crate::dashboard) tool: String,
    /// Name of the baseline that the run was started with.
    pub(in crate::dashboard) baseline: Option<String>,
    /// Whether its HTML report is there.
    pub(in crate::dashboard) report: bool,
}

/// How far the run has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct Progress {
    /// The cycle, from 1; null without a heartbeat.
    pub(in crate::dashboard) cycle: Option<u64>,
    pub(in crate::dashboard) cycles: u64,
    pub(in crate::dashboard) windows: u64,
    pub(in crate::dashboard) planned_windows: u64,
    pub(in crate::dashboard) requests: u64,
    pub(in crate::dashboard) failed: u64,
    pub(in crate::dashboard) throttled: u64,
    pub(in crate::dashboard) invalid_windows: u64,
    /// Outliers for the time of day so far, and how many chance would bring.
    pub(in crate::dashboard) outliers: u64,
    pub(in crate::dashboard) outliers_expected: f64,
    pub(in crate::dashboard) incidents_open: usize,
    pub(in crate::dashboard) incidents: usize,
    pub(in crate::dashboard) gaps: usize,
    /// Time to the planned end; null where the run is over.
    pub(in crate::dashboard) left_s: Option<f64>,
    /// The cell that is being measured.
    pub(in crate::dashboard) cell: Option<String>,
    /// When the next cycle begins; null within one.
    pub(in crate::dashboard) next_cycle_at: Option<String>,
}

/// What the run comes to so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct Verdict {
    /// `accepted`, `failed` or `inconclusive`.
    pub(in crate::dashboard) outcome: &'static str,
    /// Whether the run is over, so that it stays.
    pub(in crate::dashboard) is_final: bool,
    /// The first sentences of the report.
    pub(in crate::dashboard) sentence: String,
    /// Every reason.
    pub(in crate::dashboard) reasons: Vec<String>,
}

/// Which side is short of CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::dashboard) enum ShortOfCpu {
    /// The generator: its windows are invalid.
    Generator,
    /// Not the generator; the target is not measured.
    Neither,
    /// Nothing is known.
    Unknown,
}

/// How the generator fares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct Generator {
    pub(in crate::dashboard) short_of_cpu: ShortOfCpu,
    pub(in crate::dashboard) sentence: String,
    /// CPU time of the generating thread over the last window, 0 to 1.
    pub(in crate::dashboard) cpu_share: Option<f64>,
    /// Time that it waited for a processor, 0 to 1.
    pub(in crate::dashboard) wait_share: Option<f64>,
    /// Not measured.
    pub(in crate::dashboard) target_cpu: Option<f64>,
}

/// The capacity of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct CapacityEntry {
    pub(in crate::dashboard) endpoint: String,
    /// As in the report.
    pub(in crate::dashboard) sentence: String,
    /// Sustained throughput.
    pub(in crate::dashboard) sustained_per_s: Option<f64>,
    /// Users of the level that has it.
    pub(in crate::dashboard) users: Option<u32>,
}

/// A load level of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct LevelEntry {
    pub(in crate::dashboard) name: String,
    pub(in crate::dashboard) users: u64,
}

/// Event `window`: a group of windows was committed.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct WindowEvent {
    /// The windows of the group, steps first; empty where only `series` changed.
    pub(in crate::dashboard) rows: Vec<WindowRow>,
    /// The series as they are now; empty for groups that are sent again.
    pub(in crate::dashboard) series: Vec<SeriesEntry>,
}

/// A window of a series.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct WindowRow {
    /// The series.
    pub(in crate::dashboard) id: Arc<str>,
    pub(in crate::dashboard) point: Point,
}

/// Event `state`: progress and verdict, at each change and every 5 seconds.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct StateEvent {
    pub(in crate::dashboard) progress: Progress,
    pub(in crate::dashboard) verdict: Verdict,
    pub(in crate::dashboard) generator: Generator,
    pub(in crate::dashboard) run: StateOfRun,
}

/// Which run it is, and its state.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct StateOfRun {
    pub(in crate::dashboard) run_id: String,
    pub(in crate::dashboard) state: &'static str,
    /// Whether its HTML report is there.
    pub(in crate::dashboard) report: bool,
}
