//! Output of `baseline gc`: what became of each run, and how much room that made.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::columns::{columns, padded};
use crate::domain::plain_text::visible;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::Moment;
use crate::report::wording::numbers::{bytes, counted};
use crate::run::collect::{Collected, Outcome};

/// What `gc --format json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct CollectedOutput<'a> {
    /// Whether nothing was changed: with --dry-run.
    dry_run: bool,
    /// Runs to which something happened, or would happen, in the order of their starts. A run that is kept because a baseline
    /// names it may also be compressed, and is listed twice then.
    runs: Vec<RunOutput<'a>>,
    /// Room that was made. What compressing would make is not known before, and not counted with --dry-run.
    freed_bytes: u64,
}

impl Output for CollectedOutput<'_> {
    const KIND: &'static str = "gc";
}

/// A run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "CollectedRun", deny_unknown_fields)]
struct RunOutput<'a> {
    /// The run ID.
    run: &'a str,
    /// When it ended.
    ended_at: Moment,
    /// What became of it.
    action: Action,
    /// Size of what was compressed or removed; null for others.
    bytes_before: Option<u64>,
    /// Size afterwards, 0 for a run that was removed; null where it is not known.
    bytes_after: Option<u64>,
    /// Why it was kept or why it failed; null for others.
    reason: Option<String>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// Its logs were compressed.
    Compressed,
    /// It was removed.
    Removed,
    /// It is old enough to be removed, but a promoted baseline names it.
    Kept,
    /// It could not be compressed or removed; it can be read as before.
    Failed,
}

impl<'a> RunOutput<'a> {
    fn of(run: &'a Collected) -> Self {
        let (action, before, after, reason) = match &run.outcome {
            Outcome::Compressed { before, after } => (Action::Compressed, Some(*before), *after, None),
            Outcome::Removed { size } => (Action::Removed, Some(*size), Some(0), None),
            Outcome::Named { by } => (Action::Kept, None, None, Some(format!("named by {}", by.display()))),
            Outcome::Failed(error) => (Action::Failed, None, None, Some(with_source(error))),
        };
        Self {
            run: &run.run_id,
            ended_at: Moment(run.ended_at),
            action,
            bytes_before: before,
            bytes_after: after,
            reason,
        }
    }

    fn freed(&self) -> u64 {
        match (self.bytes_before, self.bytes_after) {
            (Some(before), Some(after)) => before.saturating_sub(after),
            _ => 0,
        }
    }

    fn sizes(&self) -> String {
        match (self.bytes_before, self.bytes_after) {
            (Some(before), Some(after)) if after > 0 => format!("{} to {}", bytes(before), bytes(after)),
            (Some(before), _) => bytes(before),
            _ => self.reason.clone().unwrap_or_default(),
        }
    }
}

fn with_source(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

impl Action {
    fn words(self, is_dry_run: bool) -> &'static str {
        match self {
            Self::Compressed if is_dry_run => "would compress",
            Self::Removed if is_dry_run => "would remove",
            Self::Compressed => "compressed",
            Self::Removed => "removed",
            Self::Kept => "kept",
            Self::Failed => "failed",
        }
    }
}

fn outputs(collected: &[Collected]) -> Vec<RunOutput<'_>> {
    collected.iter().map(RunOutput::of).collect()
}

/// Renders what became of the runs as JSON, for programs.
pub fn collected_json(collected: &[Collected], is_dry_run: bool) -> String {
    let runs = outputs(collected);
    let freed_bytes = runs.iter().map(RunOutput::freed).sum();
    print(CollectedOutput { dry_run: is_dry_run, runs, freed_bytes })
}

/// Renders what became of the runs as text, for people: a line for each, and a total.
pub fn collected_text(collected: &[Collected], is_dry_run: bool) -> String {
    let runs = outputs(collected);
    if runs.is_empty() {
        return "nothing to compress or remove\n".to_owned();
    }
    let mut text = String::new();
    let widths = [
        runs.iter().map(|run| columns(run.action.words(is_dry_run))).max().unwrap_or(0),
        runs.iter().map(|run| columns(run.run)).max().unwrap_or(0),
    ];
    for run in &runs {
        let [action, id] = [run.action.words(is_dry_run), run.run];
        let _ = writeln!(
            text,
            "{}  {}  {}",
            padded(action, widths[0]),
            padded(&visible(id), widths[1]),
            run.sizes()
        );
    }
    let count = |action: Action| runs.iter().filter(|run| run.action == action).count() as u64;
    let (packed, gone) = (count(Action::Compressed), count(Action::Removed));
    let freed = bytes(runs.iter().map(RunOutput::freed).sum());
    let _ = if is_dry_run {
        writeln!(
            text,
            "\nnothing was changed: {} would be compressed, {gone} removed, which frees {freed} and what compressing saves",
            counted(packed, "run")
        )
    } else {
        writeln!(text, "\n{} compressed, {gone} removed: {freed} freed", counted(packed, "run"))
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn collected(id: &str, outcome: Outcome) -> Collected {
        Collected { run_id: id.to_owned(), folder: id.into(), ended_at: Timestamp::UNIX_EPOCH, outcome }
    }

    #[test]
    fn a_line_for_each_run_and_a_total() {
        let runs = [
            collected("shop-1", Outcome::Removed { size: 2_500_000 }),
            collected("shop-20", Outcome::Compressed { before: 8_000_000, after: Some(2_000_000) }),
            collected("shop-3", Outcome::Named { by: "baselines/shop/main.json".into() }),
        ];
        let text = "removed     shop-1   2.50 MB\n\
                    compressed  shop-20  8.00 MB to 2.00 MB\n\
                    kept        shop-3   named by baselines/shop/main.json\n\
                    \n1 run compressed, 1 removed: 8.50 MB freed\n";
        assert_eq!(collected_text(&runs, false), text);
        assert!(collected_json(&runs, false).contains("\"freed_bytes\": 8500000"));
    }

    #[test]
    fn a_dry_run_says_what_would_be() {
        let runs = [
            collected("a", Outcome::Removed { size: 1_000 }),
            collected("b", Outcome::Compressed { before: 8_000, after: None }),
        ];
        let text = collected_text(&runs, true);
        assert!(
            text.starts_with("would remove    a  1.00 kB\nwould compress  b  8.00 kB\n\nnothing was changed"),
            "{text}"
        );
        assert_eq!(collected_text(&[], true), "nothing to compress or remove\n");
    }
}
