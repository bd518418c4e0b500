//! `baseline promote`: turns accepted runs into the baseline that later runs are compared with.

use std::io::Write;
use std::path::PathBuf;

use crate::analysis::promotion::{Run, promote as promotion_of};
use crate::analysis::suggested_objective::objectives;
use crate::analysis::thresholds::suggest;
use crate::domain::run_verdict::Reason;
use crate::domain::tally::Tally;
use crate::domain::window::Window;
use crate::report::console::promote::{promotion_text, suggestions_text};
use crate::report::console::promote_json::{promotion_json, suggestions_json};
use crate::report::wording::numbers::{count, counted};
use crate::report::wording::phrases::{incident_span, incident_words};
use crate::report::wording::verdicts::reason_words;
use crate::run::feed::Feed;
use crate::run::fingerprint::fingerprint_of;
use crate::run::judged::{judged_of, progress_of};
use crate::run::recorded::Recorded;
use crate::run::state::is_running;
use crate::run::stored_plan::StoredPlan;
use crate::run::watcher::watcher_of;
use crate::store::manifest::Manifest;
use crate::store::{baselines, runs};

use super::{CommandError, Exit, Format};

/// Options of the command `promote`, after parsing.
#[derive(Debug, Clone)]
pub struct PromoteOptions {
    /// Runs to promote: IDs, prefixes, paths or `latest`.
    pub runs: Vec<String>,
    /// Name of the new baseline; `None` writes none.
    pub name: Option<String>,
    /// Whether a run that violates its SLOs may become a baseline.
    pub allow_violated: bool,
    /// Whether to print suggested SLOs and limits.
    pub suggest_thresholds: bool,
    /// Folder that contains all runs, one folder each.
    pub out: PathBuf,
    /// Folder that contains the baselines, by scenario.
    pub baselines: PathBuf,
}

impl PromoteOptions {
    /// Whether a reason keeps a run from what is asked: limits are suggested for a target that violates its own too.
    fn refuses(&self, reason: &Reason) -> bool {
        let may_violate = self.allow_violated || self.name.is_none();
        !(may_violate && matches!(reason, Reason::Violated { .. }))
    }
}

/// Runs `promote`, replacing an earlier baseline of that name.
/// # Errors
/// [`CommandError`]; an earlier baseline of that name is then intact.
pub fn promote(
    options: &PromoteOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let accepted = Accepted::read(options, feed)?;
    let suggested = options.suggest_thresholds.then(|| {
        let windows: Vec<&Window> = accepted.runs.iter().flat_map(|run| &run.windows).collect();
        let suggestions = suggest(&windows, accepted.cycle_s);
        let objectives = objectives(&suggestions, &windows, accepted.cycle_s);
        (suggestions, objectives)
    });
    let mut say = |text: &str| out.write_all(text.as_bytes()).map_err(CommandError::Output);
    let Some(name) = &options.name else {
        let Some((suggestions, objectives)) = suggested else { return Ok(Exit::Accepted) };
        say(&match format {
            Format::Json => suggestions_json(&suggestions, &objectives),
            _ => suggestions_text(&suggestions, &objectives),
        })?;
        return Ok(if suggestions.is_empty() { Exit::Inconclusive } else { Exit::Accepted });
    };
    let path = baselines::path(&options.baselines, &accepted.scenario, name)?;
    // An unreadable baseline is not replaced by accident: the user should look at it.
    let before = if path.is_file() { Some(baselines::read(&path)?) } else { None };
    let promotion = promotion_of(name, &accepted.scenario, &accepted.runs, accepted.fingerprint.clone());
    if promotion.baseline.cells.is_empty() {
        return Err(CommandError::NothingToPromote { left_out: promotion.left_out.len() });
    }
    baselines::write(&path, &promotion.baseline)?;
    let text = if format == Format::Json {
        let suggested = suggested.as_ref().map(|(limits, slos)| (limits.as_slice(), slos.as_slice()));
        promotion_json(&path, &promotion, before.as_ref(), suggested)
    } else {
        let limits =
            suggested.map(|(suggestions, objectives)| suggestions_text(&suggestions, &objectives) + "\n");
        limits.unwrap_or_default() + &promotion_text(&path, &promotion, before.as_ref())
    };
    say(&text)?;
    Ok(Exit::Accepted)
}

/// Runs of one scenario that were measured under the same conditions.
struct Accepted {
    scenario: String,
    fingerprint: std::collections::BTreeMap<String, String>,
    cycle_s: f64,
    runs: Vec<Run>,
}

impl Accepted {
    fn read(options: &PromoteOptions, feed: &Feed) -> Result<Self, CommandError> {
        let mut accepted: Option<Self> = None;
        for wanted in &options.runs {
            let folder = runs::find(&options.out, wanted)?;
            let recorded = Recorded::read(&folder)?;
            let (manifest, windows) = (&recorded.manifest, &recorded.windows);
            let run_id = manifest.run_id.clone();
            if is_running(&folder) {
                return Err(CommandError::Usage {
                    what: format!("run {run_id} is still running"),
                    hint: "promote it after it has ended; `baseline status` shows the planned end".to_owned(),
                });
            }
            let verdict =
                judged_of(&folder, manifest, windows, &recorded.log, progress_of(&folder, manifest))?.verdict;
            if let Some(reason) = verdict.refusals().find(|reason| options.refuses(reason)) {
                return Err(CommandError::NoBaseline { run_id, reason: reason_words(reason) });
            }
            for doubt in recorded.warnings.iter().cloned().chain(doubts(manifest, windows)) {
                feed.notice(format!("warning: {run_id}: {doubt}"));
            }
            let (fingerprint, scenario) = (fingerprint_of(manifest), manifest.scenario.clone());
            match &mut accepted {
                None => {
                    let cycle_s = StoredPlan::of(manifest).cycle(&folder)?.as_secs_f64();
                    accepted = Some(Self { scenario, fingerprint, cycle_s, runs: vec![recorded.into_run()] });
                }
                Some(accepted) => accepted.add(recorded.into_run(), &scenario, &fingerprint)?,
            }
        }
        accepted.ok_or_else(|| CommandError::Usage {
            what: "no run was given".to_owned(),
            hint: "give one or more runs; `baseline list` lists them".to_owned(),
        })
    }

    fn add(
        &mut self,
        run: Run,
        scenario: &str,
        fingerprint: &std::collections::BTreeMap<String, String>,
    ) -> Result<(), CommandError> {
        if self.runs.iter().any(|earlier| earlier.run_id == run.run_id) {
            return Err(CommandError::Usage {
                what: format!("run {} is given twice", run.run_id),
                hint: "give each run once".to_owned(),
            });
        }
        let mut differences: Vec<String> = self
            .fingerprint
            .iter()
            .filter(|(name, here)| fingerprint.get(*name) != Some(here))
            .map(|(name, _)| name.clone())
            .chain(fingerprint.keys().filter(|name| !self.fingerprint.contains_key(*name)).cloned())
            .collect();
        if scenario != self.scenario {
            differences.insert(0, "scenario".to_owned());
        }
        if differences.is_empty() {
            self.runs.push(run);
            return Ok(());
        }
        Err(CommandError::NotComparable { run_id: run.run_id, differences })
    }
}

/// Doubts about using a run as a baseline; the user decides.
fn doubts(manifest: &Manifest, windows: &[Window]) -> Vec<String> {
    let mut doubts = Vec::new();
    let (measured, planned) = (Tally::of(windows).windows, manifest.planned_windows);
    if measured < planned {
        doubts.push(format!("{} of {} planned windows", count(measured), count(planned)));
    }
    let mut watcher = watcher_of(manifest, None);
    for window in windows {
        watcher.take(window);
    }
    let incidents = watcher.incidents();
    if let Some(first) = incidents.first() {
        let all = counted(incidents.len() as u64, "incident");
        doubts.push(format!(
            "{all} in this run, the first: {} {}",
            incident_words(first),
            incident_span(first)
        ));
    }
    doubts
}
