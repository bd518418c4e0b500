//! `gate --ab`: two URLs, measured interleaved by one process, so that machine noise affects both equally.
//!
//! It is one run that contains each endpoint twice, as `name@a` and `name@b`, so it survives a crash and can be
//! reported like any other. A confirmation extends that run.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::analysis::gate::run_values::of_run;
use crate::analysis::gate::{
    Design, Doubt, Judgement, Outcome, RunOfCells, Sides, complete_rounds, doubt_failing, judge,
    wants_confirmation,
};
use crate::commands::CommandError;
use crate::commands::test_cell::DEFAULT_SCENARIO;
use crate::domain::cell_name::CellName;
use crate::domain::plan::{Plan, Side};
use crate::domain::units::{after, format_span, parse_span, whole_millis};
use crate::domain::window::Window;
use crate::host;
use crate::http::probe;
use crate::load::session::{Position, SessionEnd};
use crate::report::gate::GateView;
use crate::report::wording::numbers::{counted, span};
use crate::run::create::create;
use crate::run::drive::{Launch, check_allowed, drive};
use crate::run::feed::Feed;
use crate::run::prepared::{Prepared, check_disk};
use crate::run::recorded::{Recorded, merged};
use crate::run::runtime::runtime;
use crate::scenario::environment::Environment;
use crate::scenario::file::{
    EndpointSection, JourneySection, MixSection, OrderText, RateLimitPolicy, ScenarioFile,
};
use crate::scenario::opt_in;
use crate::scenario::origin::parse_origin;
use crate::scenario::{Settings, parse, plan_of, shipped};
use crate::store::manifest::{Manifest, Mode};
use crate::store::{StoreError, noise, window_log};

use super::options::{GateOptions, Interrupt, noise_path};
use super::servers::Servers;
use super::{calibration, evidence};

/// How long a side may take to accept a connection before the measurement.
const REACH: Duration = Duration::from_secs(10);
/// Suffixes of the two sides of an endpoint in the run.
const SIDES: [&str; 2] = ["@a", "@b"];

pub(super) fn measure(
    options: &GateOptions,
    urls: (&str, &str),
    load_percent: Option<u32>,
    interrupt: &Interrupt,
    feed: &Feed,
) -> Result<GateView, CommandError> {
    let environment = Environment::of_process();
    let prepared = paired(options, urls, load_percent, &environment)?;
    let (out, plan) = (&options.start.out, prepared.plan.clone());
    check_disk(out, &plan)?;
    let mut stop = interrupt.stop()?;
    let interrupted = || CommandError::RoundsInterrupted;
    if !check_allowed(&plan, &mut stop)? {
        return Err(interrupted());
    }
    let started_at = whole_millis(host::clock::now());
    let (directory, manifest) = create(&prepared, out, &Mode::Real, started_at, None)?;
    let mut servers = Servers::start(&options.servers, &plan, directory.folder())?;
    if !servers.wait_until_ready(&plan, options.ready, &mut stop)? {
        return Err(interrupted());
    }
    for side in [Side::A, Side::B] {
        let Some(endpoint) = plan.first_of(side) else { continue };
        if runtime()?.block_on(probe::listens(endpoint, &plan.access, REACH)).is_err() {
            return Err(CommandError::Unreachable { origin: endpoint.origin.to_string() });
        }
    }
    // The schedule begins when both sides accept connections.
    let started_at = whole_millis(host::clock::now());
    let manifest = begin(manifest, &plan, started_at, directory.folder())?;
    feed.notice(format!(
        "{} with {} per cell and side: about {}, and the same again to confirm a suspected change",
        counted(options.rounds as u64, "round"),
        counted(options.windows, "window"),
        span(Duration::from_secs(plan.duration.as_secs()))
    ));
    let settings = options.settings(Design::Interleaved);
    let position = Position::fresh(started_at);
    let sequel = |folder: &Path| {
        let rounds = rounds(options, &plan, folder)?;
        // Disturbed rounds are replaced by further ones.
        let are_few = complete_rounds(&rounds) < options.rounds;
        Ok(rounds.before.len() == options.rounds && (are_few || wants_confirmation(&rounds, &settings)))
    };
    let launch = Launch {
        plan: plan.clone(),
        directory,
        manifest,
        position,
        taken_up: None,
        demo: None,
        sequel: Some(Box::new(sequel)),
    };
    let finished = drive(launch, stop, feed);
    let remarks = servers.stop();
    let finished = finished?;
    if finished.end == SessionEnd::Stopped {
        return Err(interrupted());
    }
    view(options, urls, &plan, &finished.folder, remarks)
}

/// Records in the manifest that the run begins now.
fn begin(
    mut manifest: Manifest,
    plan: &Plan,
    at: jiff::Timestamp,
    folder: &Path,
) -> Result<Manifest, CommandError> {
    manifest.started_at = format!("{at:.3}");
    manifest.planned_end = format!("{:.3}", after(at, plan.duration));
    manifest.write(folder)?;
    Ok(manifest)
}

/// The scenario with each endpoint on both sides, interleaved.
fn paired(
    options: &GateOptions,
    urls: (&str, &str),
    load_percent: Option<u32>,
    environment: &Environment,
) -> Result<Prepared, CommandError> {
    let start = options.at(load_percent);
    let source = shipped::find(start.scenario.as_deref().unwrap_or(DEFAULT_SCENARIO))?;
    let (mut file, document) = parse(&source)?;
    let overridden = start.overrides.apply(&mut file);
    let mut hosts = Vec::new();
    for url in [urls.0, urls.1] {
        let origin = parse_origin(url).map_err(|error| CommandError::Usage {
            what: format!("{url:?}: {error}"),
            hint: "write scheme, host and port: http://127.0.0.1:8787".to_owned(),
        })?;
        hosts.push(origin.host);
    }
    // As with `test`, the typed hosts are the only ones allowed.
    file.target.base_url = urls.0.replace('$', "$$");
    file.target.allow_hosts = hosts;
    file.target.allow_networks = None;
    // It would be one server for both sides.
    file.target.unix_socket = None;
    file.endpoint.iter_mut().for_each(|endpoint| endpoint.base_url = None);
    // Health checks would disturb one side more than the other.
    file.service.clear();
    file.plan.check = None;
    for journey in &mut file.journey {
        journey.setup.iter_mut().chain(&mut journey.step).for_each(|step| step.base_url = None);
    }
    let writes = start.overrides.writes;
    opt_in::settle(&mut file, writes);
    let settings =
        Settings { seed: start.seed, overridden, cells_fit_cycle: false, writes, needs_load: true };
    // Once with every endpoint where the file has it, so that problems have their place. What is sent is known below.
    let mut whole = file.clone();
    whole.plan.rate_limits = RateLimitPolicy::Ignore;
    plan_of(&whole, &document, environment, &settings)?;
    file.endpoint = file.endpoint.iter().flat_map(|endpoint| sides_of(endpoint, urls)).collect();
    file.journey = file.journey.iter().flat_map(|journey| sides_of_journey(journey, urls)).collect();
    file.mix = file.mix.iter().flat_map(sides_of_mix).collect();
    file.plan.order = OrderText::Paired;
    if start.overrides.cycle.is_none() {
        file.plan.cycle = fitting_cycle(&file);
    }
    if let Ok(cycle) = parse_span(&file.plan.cycle) {
        let cycles = u32::try_from(options.rounds as u64 * options.windows).unwrap_or(u32::MAX);
        file.plan.duration = format_span(cycle.saturating_mul(cycles));
    }
    let settings = Settings { cells_fit_cycle: true, ..settings };
    let plan = plan_of(&file, &document, environment, &settings)?;
    Ok(Prepared { document, file, settings, plan, is_monitor: false, passed: Duration::ZERO })
}

fn sides_of_journey(journey: &JourneySection, urls: (&str, &str)) -> [JourneySection; 2] {
    let side = |side: &str, url: &str| {
        let mut journey = JourneySection { name: format!("{}{side}", journey.name), ..journey.clone() };
        for step in journey.setup.iter_mut().chain(&mut journey.step) {
            step.base_url = Some(url.replace('$', "$$"));
        }
        journey
    };
    [side(SIDES[0], urls.0), side(SIDES[1], urls.1)]
}

fn sides_of_mix(mix: &MixSection) -> [MixSection; 2] {
    SIDES.map(|side| MixSection {
        name: format!("{}{side}", mix.name),
        weights: mix.weights.iter().map(|(name, weight)| (format!("{name}{side}"), *weight)).collect(),
        ..mix.clone()
    })
}

fn sides_of(endpoint: &EndpointSection, urls: (&str, &str)) -> [EndpointSection; 2] {
    let side = |side: &str, url: &str| EndpointSection {
        name: format!("{}{side}", endpoint.name),
        base_url: Some(url.replace('$', "$$")),
        ..endpoint.clone()
    };
    [side(SIDES[0], urls.0), side(SIDES[1], urls.1)]
}

/// The length of a pass over all cells, plus a tenth for late responses.
fn fitting_cycle(file: &ScenarioFile) -> String {
    let span = |text: &str| parse_span(text).unwrap_or(Duration::ZERO);
    let levels = file.endpoint.iter().map(|endpoint| &endpoint.levels);
    let levels = levels.chain(file.journey.iter().map(|journey| &journey.levels));
    let levels = levels.chain(file.mix.iter().map(|mix| &mix.levels));
    let cells: usize = levels.map(|levels| levels.as_ref().map_or(file.levels.len(), Vec::len)).sum();
    let cell = span(&file.plan.window) + span(&file.plan.warm_up);
    let pass = cell.saturating_mul(u32::try_from(cells).unwrap_or(u32::MAX));
    let millis = pass.mul_f64(1.1).as_millis() + 200;
    format_span(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
}

/// The endpoint and side of a name in the run.
fn side_of(name: &str) -> Option<(&str, usize)> {
    SIDES.iter().enumerate().find_map(|(side, suffix)| Some((name.strip_suffix(suffix)?, side)))
}

/// The completed rounds of a run.
fn rounds(options: &GateOptions, plan: &Plan, folder: &Path) -> Result<Sides, StoreError> {
    let windows = window_log::read(&folder.join(window_log::FILE))?.windows;
    let round_of = |window: &Window| window.cycle / options.windows;
    let planned = options.rounds as u64;
    let last = windows.iter().map(round_of).max().map_or(0, |last| last + 1);
    // A second set counts completely or not at all.
    let rounds = if last > planned { 2 * planned } else { planned };
    let mut sides = Sides::default();
    for round in 0..rounds {
        let of_round: Vec<Window> =
            windows.iter().filter(|window| round_of(window) == round).cloned().collect();
        let values = of_run(&of_round, &merged(folder, &of_round)?);
        let mut both = [RunOfCells::new(), RunOfCells::new()];
        for cell in &plan.cells {
            let name = plan.cell_name(*cell);
            let Some((endpoint, side)) = side_of(&name.workload) else { continue };
            let value = values.get(&name).cloned().unwrap_or_default();
            both[side].insert(CellName::new(endpoint, Arc::clone(&name.level)), value);
            // A step that nobody reached has no values to compare.
            for part in plan.part_names(*cell) {
                let Some(value) = values.get(&part).cloned() else { continue };
                let step = part.step.as_deref().map(|step| Arc::from(step.replace(SIDES[side], "")));
                both[side].insert(CellName { step, ..CellName::new(endpoint, part.level) }, value);
            }
        }
        let [before, after] = both;
        sides.before.push(before);
        sides.after.push(after);
    }
    Ok(sides)
}

fn view(
    options: &GateOptions,
    urls: (&str, &str),
    plan: &Plan,
    folder: &Path,
    mut remarks: Vec<String>,
) -> Result<GateView, CommandError> {
    let settings = options.settings(Design::Interleaved);
    let run = Recorded::read(folder)?;
    let all = rounds(options, plan, folder)?;
    let done = all.before.len();
    let mut judgement = if evidence::is_bad(&run) {
        let bad = vec![(run.manifest.run_id.clone(), run.tally().valid, run.manifest.planned_windows)];
        Judgement::refused(Doubt::BadlyMeasured(bad), done, done)
    } else {
        let k = options.rounds.min(done);
        let first = Sides { before: all.before[..k].to_vec(), after: all.after[..k].to_vec() };
        judge(&first, (done > k).then_some(&all), true, &settings)
    };
    let candidate =
        |endpoint: &str| side_of(endpoint).filter(|(_, side)| *side == 1).map(|(name, _)| name.to_owned());
    let mut broken = evidence::violated_objectives(folder, &run, candidate, &mut remarks)?;
    let outcomes = |of_side: usize| {
        evidence::outcomes_of(&run.windows, |cell| {
            let (endpoint, side) = side_of(&cell.workload)?;
            (side == of_side).then(|| CellName::new(endpoint, Arc::clone(&cell.level)))
        })
    };
    doubt_failing(&mut judgement, &mut broken, &outcomes(0), &outcomes(1));
    remarks.extend(evidence::shortcoming(&run));
    let left_out = done - complete_rounds(&all);
    if left_out > 0 {
        remarks.push(format!("{left_out} of {done} rounds lack a cell and are used for errors only"));
    }
    let fingerprint = evidence::fingerprint_of(&run.manifest);
    let scenario = run.manifest.scenario.clone();
    if options.is_same {
        let key = evidence::noise_key(&fingerprint, &settings);
        let path = noise_path(options, &scenario, &evidence::identity_of(&key));
        let mut file = match noise::read(&path)? {
            Some(file) => file,
            None => calibration::new_file(key),
        };
        file.interleaved.gates += 1;
        file.interleaved.failed += u64::from(judgement.outcome == Outcome::Regressed);
        file.interleaved.inconclusive += u64::from(judgement.outcome == Outcome::Inconclusive);
        file.measured_at = calibration::now();
        noise::write(&path, &file)?;
        remarks.push(format!("both sides are the same code (--aa): recorded in {}", path.display()));
    }
    let noise = evidence::noise_of(options, &scenario, &fingerprint, &settings, &mut remarks);
    Ok(GateView {
        scenario,
        before: urls.0.to_owned(),
        after: urls.1.to_owned(),
        runs_before: vec![run.manifest.run_id.clone()],
        runs_after: vec![run.manifest.run_id.clone()],
        differences: Vec::new(),
        judgement,
        broken,
        remarks,
        noise,
        settings,
        load_percent: None,
    })
}
