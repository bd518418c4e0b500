//! `gate --against`: recorded runs, or runs measured now, against a stored baseline.

use std::path::{Path, PathBuf};

use crate::analysis::gate::{
    Design, Doubt, Feasible, Judgement, Needed, OutcomesOfCells, RunOfCells, Sides, doubt_failing, feasible,
    judge, needed, wants_confirmation,
};
use crate::commands::{CommandError, compare};
use crate::domain::baseline::{Baseline, CellBaseline, differences};
use crate::domain::cell_name::CellName;
use crate::domain::outcomes::Outcomes;
use crate::domain::window::Counts;
use crate::report::gate::GateView;
use crate::report::wording::numbers::counted;
use crate::run::create::manifest_for_comparison;
use crate::run::feed::Feed;
use crate::run::launch::launch;
use crate::run::options::RunOptions;
use crate::run::recorded::Recorded;
use crate::scenario::environment::Environment;
use crate::store::manifest::Mode;
use crate::store::{StoreError, baselines};

use super::evidence;
use super::evidence::Fingerprint;
use super::options::{GateOptions, Interrupt, prepare};

/// Number of candidate runs, unless the user gives another.
const REPETITIONS: usize = 3;

pub(super) fn measure(
    options: &GateOptions,
    name: &str,
    load_percent: Option<u32>,
    interrupt: &Interrupt,
    feed: &Feed,
) -> Result<GateView, CommandError> {
    let baseline = baselines::read(&baseline_path(options, name, load_percent)?)?;
    let mut gate = Gate::new(options, baseline);
    if options.runs.is_empty() {
        gate.measured(load_percent, interrupt, feed)?;
    } else {
        gate.recorded()?;
    }
    gate.view()
}

/// The file of a baseline: a path, that of the scenario, or the only one with this name. Each stage has its own.
pub(super) fn baseline_path(
    options: &GateOptions,
    name: &str,
    load_percent: Option<u32>,
) -> Result<PathBuf, CommandError> {
    let stage = load_percent.filter(|load_percent| *load_percent != 100);
    let path = Path::new(name);
    if path.is_file() && stage.is_none() {
        return Ok(path.to_owned());
    }
    // For a file, the stages' baselines are beside it.
    let stem = if path.is_file() { path.with_extension("").display().to_string() } else { name.to_owned() };
    let name = stage.map_or_else(|| name.to_owned(), |load_percent| format!("{stem}-{load_percent}"));
    if stage.is_some() && path.is_file() {
        return Ok(PathBuf::from(name + ".json"));
    }
    let folder = &options.start.baselines;
    let found = compare::named(folder, &name);
    match (found.as_slice(), &options.start.scenario) {
        ([path], _) => Ok(path.clone()),
        ([], _) if stage.is_some() => Err(CommandError::Usage {
            what: format!("there is no baseline {name} for this stage in {}", folder.display()),
            hint: format!(
                "measure five runs with `baseline start --load-percent {}`, and promote them as {name}",
                stage.unwrap_or(100)
            ),
        }),
        ([], scenario) => {
            let path = baselines::path(folder, scenario.as_deref().unwrap_or("*"), &name);
            Err(StoreError::NoBaseline { path: path.unwrap_or_else(|_| folder.join("*").join(name)) }.into())
        }
        (several, Some(scenario)) => {
            let of_scenario = baselines::path(folder, scenario, &name)?;
            if several.contains(&of_scenario) { Ok(of_scenario) } else { Err(ambiguous(&name, several)) }
        }
        (several, None) => Err(ambiguous(&name, several)),
    }
}

fn ambiguous(name: &str, found: &[PathBuf]) -> CommandError {
    CommandError::Usage {
        what: format!("several scenarios have a baseline {name}"),
        hint: format!("give its file, such as {}, or its --scenario", found[0].display()),
    }
}

/// A gate while its runs are collected.
struct Gate<'a> {
    options: &'a GateOptions,
    baseline: Baseline,
    fingerprint: Fingerprint,
    differences: Vec<(String, String, String)>,
    /// Runs of the candidate: folder and contents.
    runs: Vec<(PathBuf, Recorded)>,
    /// Number of runs in the first set; the others confirm it.
    first: usize,
    can_confirm: bool,
    remarks: Vec<String>,
}

impl<'a> Gate<'a> {
    fn new(options: &'a GateOptions, baseline: Baseline) -> Self {
        let fingerprint = evidence::without_faults(baseline.provenance.fingerprint.clone());
        Self {
            options,
            baseline,
            fingerprint,
            differences: Vec::new(),
            runs: Vec::new(),
            first: 0,
            can_confirm: false,
            remarks: Vec::new(),
        }
    }

    /// Whether the runs of the baseline, and those that are to be measured, allow a verdict. If not, none is measured.
    fn can_judge(&mut self, feed: &Feed) -> bool {
        let (before, after) = (self.baseline.provenance.runs.len(), self.repetitions());
        let Needed { to_judge, to_accept } = needed(Design::Stored);
        let have = format!("baseline {} has {}", self.baseline.name, counted(before as u64, "run"));
        let advice = format!(
            "{have} and --runs is {after}; promote at least {} runs, and use --runs {} or more",
            to_accept.0, to_accept.1
        );
        match feasible(Design::Stored, before, after) {
            Feasible::AnyVerdict => true,
            Feasible::OnlyRegressions => {
                feed.notice(format!(
                    "warning: this gate can find a regression, but not accept the change: {advice}"
                ));
                true
            }
            Feasible::Nothing => {
                self.remarks.push(format!(
                    "nothing was measured, because no verdict is possible: {advice} ({} and {} are the fewest to find a regression)",
                    to_judge.0, to_judge.1
                ));
                false
            }
        }
    }

    fn repetitions(&self) -> usize {
        self.options.repetitions.unwrap_or(REPETITIONS)
    }

    /// Adds the conditions in which a candidate differs from the baseline.
    fn compare(&mut self, scenario: &str, fingerprint: &Fingerprint) {
        if scenario != self.baseline.scenario {
            self.differences.push((
                "scenario".to_owned(),
                self.baseline.scenario.clone(),
                scenario.to_owned(),
            ));
        }
        self.differences.extend(differences(&self.fingerprint, fingerprint));
        self.differences.sort();
        self.differences.dedup();
    }

    fn recorded(&mut self) -> Result<(), CommandError> {
        for (folder, run) in evidence::recorded(self.options)? {
            let run_id = run.manifest.run_id.clone();
            if self.baseline.provenance.runs.iter().any(|origin| origin.run_id == run_id) {
                return Err(CommandError::Usage {
                    what: format!("run {run_id} is part of baseline {}", self.baseline.name),
                    hint: "use runs that are not part of the baseline".to_owned(),
                });
            }
            self.compare(&run.manifest.scenario.clone(), &evidence::fingerprint_of(&run.manifest));
            self.remarks.extend(evidence::shortcoming(&run));
            self.runs.push((folder, run));
        }
        // Runs beyond a complete first set confirm it, if they are at least as many.
        let k = self.repetitions();
        let is_twice = self.runs.len() >= 2 * k;
        self.first = if is_twice { k } else { self.runs.len() };
        self.can_confirm = is_twice;
        Ok(())
    }

    fn measured(
        &mut self,
        load_percent: Option<u32>,
        interrupt: &Interrupt,
        feed: &Feed,
    ) -> Result<(), CommandError> {
        let environment = Environment::of_process();
        let mut start = self.options.at(load_percent);
        let scenario = start.scenario.clone().unwrap_or_else(|| self.baseline.scenario.clone());
        start.scenario = Some(scenario.clone());
        if self.options.start.scenario.is_none() && crate::scenario::shipped::find(&scenario).is_err() {
            return Err(CommandError::Usage {
                what: format!("the scenario `{scenario}` of the baseline was not found"),
                hint: "give its file with --scenario".to_owned(),
            });
        }
        let prepared = prepare(&scenario, &start, &environment)?;
        let manifest = manifest_for_comparison(&prepared, mode_of(&start))?;
        self.compare(&manifest.scenario.clone(), &evidence::fingerprint_of(&manifest));
        self.can_confirm = true;
        if !self.differences.is_empty() || !self.can_judge(feed) {
            return Ok(());
        }
        let k = self.repetitions();
        self.measure_set(k, &start, &scenario, &environment, interrupt, feed)?;
        self.first = k;
        if self.bad().is_empty() && wants_confirmation(&self.sides(k), &self.settings()) {
            feed.notice(format!(
                "possible change: measuring {} more to confirm it",
                counted(k as u64, "run")
            ));
            self.measure_set(k, &start, &scenario, &environment, interrupt, feed)?;
        }
        Ok(())
    }

    fn measure_set(
        &mut self,
        k: usize,
        start: &RunOptions,
        scenario: &str,
        environment: &Environment,
        interrupt: &Interrupt,
        feed: &Feed,
    ) -> Result<(), CommandError> {
        for _ in 0..k {
            let done = self.runs.len();
            let seed = start.seed + done as u64;
            let start = RunOptions { seed, ..start.clone() };
            let prepared = prepare(scenario, &start, environment)?;
            let finished = launch(&start, &prepared, environment, interrupt.stop()?, feed)?;
            let folder = match finished {
                Some(finished) if finished.is_complete() => finished.folder,
                _ => return Err(CommandError::GateInterrupted { done, planned: self.first + k }),
            };
            self.runs.push((folder.clone(), Recorded::read(&folder)?));
        }
        Ok(())
    }

    fn settings(&self) -> crate::analysis::gate::Settings {
        self.options.settings(Design::Stored)
    }

    fn bad(&self) -> Vec<(String, u64, u64)> {
        let bad = self.runs.iter().filter(|(_, run)| evidence::is_bad(run));
        bad.map(|(_, run)| {
            let tally = run.tally();
            (run.manifest.run_id.clone(), tally.valid, run.manifest.planned_windows.max(tally.windows))
        })
        .collect()
    }

    /// The baseline's runs, and the first `candidates` runs of the candidate.
    fn sides(&self, candidates: usize) -> Sides {
        let known = self.baseline.provenance.runs.len();
        let before = (0..known).map(|run| -> RunOfCells {
            let of_run =
                |(key, cell): (&CellName, &CellBaseline)| Some((key.clone(), cell.runs.get(run)?.clone()));
            self.baseline.cells.iter().filter_map(of_run).collect()
        });
        let after = self.runs.iter().take(candidates).map(|(_, run)| run.values.clone());
        Sides { before: before.collect(), after: after.collect() }
    }

    /// What the baseline keeps of the requests of each cell.
    fn outcomes_before(&self) -> OutcomesOfCells {
        let outcomes = |cell: &CellBaseline| {
            let succeeded = cell.judged.saturating_sub(cell.failed);
            Outcomes {
                counts: Counts { succeeded, failed: cell.failed, throttled: 0 },
                ..Outcomes::default()
            }
        };
        let wholes = self.baseline.cells.iter().filter(|(name, _)| name.step.is_none());
        wholes.map(|(name, cell)| (name.clone(), outcomes(cell))).collect()
    }

    fn judged(&self) -> Judgement {
        let (before, after) = (self.baseline.provenance.runs.len(), self.runs.len());
        let bad = self.bad();
        if !self.differences.is_empty() {
            return Judgement::refused(Doubt::FewRuns { before, after }, before, after);
        }
        if self.runs.is_empty() {
            let after = self.repetitions();
            return Judgement::refused(Doubt::FewRuns { before, after }, before, after);
        }
        if !bad.is_empty() {
            return Judgement::refused(Doubt::BadlyMeasured(bad), before, after);
        }
        let joint = (self.runs.len() > self.first).then(|| self.sides(self.runs.len()));
        judge(&self.sides(self.first), joint.as_ref(), self.can_confirm, &self.settings())
    }

    fn view(mut self) -> Result<GateView, CommandError> {
        let mut broken = Vec::new();
        let mut remarks = std::mem::take(&mut self.remarks);
        if self.differences.is_empty() {
            for (folder, run) in self.runs.iter().filter(|(_, run)| !evidence::is_bad(run)) {
                let whole = |endpoint: &str| Some(endpoint.to_owned());
                broken.extend(evidence::violated_objectives(folder, run, whole, &mut remarks)?);
            }
        }
        remarks.dedup();
        let mut judgement = self.judged();
        if self.differences.is_empty() {
            let windows = self.runs.iter().flat_map(|(_, run)| &run.windows);
            let after = evidence::outcomes_of(windows, |cell| Some(cell.clone()));
            doubt_failing(&mut judgement, &mut broken, &self.outcomes_before(), &after);
        }
        let candidates: Vec<String> = self.runs.iter().map(|(_, run)| run.manifest.run_id.clone()).collect();
        let scenario = self.baseline.scenario.clone();
        let noise =
            evidence::noise_of(self.options, &scenario, &self.fingerprint, &self.settings(), &mut remarks);
        Ok(GateView {
            scenario: self.baseline.scenario.clone(),
            before: self.baseline.name.clone(),
            after: match candidates.as_slice() {
                [] => "nothing measured".to_owned(),
                [one] => one.clone(),
                [first, .., last] => format!("{first} to {last}"),
            },
            runs_before: self.baseline.provenance.runs.iter().map(|run| run.run_id.clone()).collect(),
            runs_after: candidates,
            differences: self.differences.clone(),
            judgement,
            broken,
            remarks,
            noise,
            settings: self.settings(),
            load_percent: None,
        })
    }
}

/// The mode of the run, as its manifest will state it.
pub(super) fn mode_of(start: &RunOptions) -> Mode {
    if start.rehearse {
        Mode::Rehearsal { faults: Vec::new(), daily_swing: start.daily_swing }
    } else if start.demo {
        Mode::Demo { faults: Vec::new() }
    } else {
        Mode::Real
    }
}
