//! `baseline test`: measures one cell now.

use std::io::Write;
use std::sync::Arc;

use crate::analysis::run_judge::{Judged, RunJudge};
use crate::domain::endpoint::Pace;
use crate::domain::objective::Objective;
use crate::domain::plan::{Cell, Plan};
use crate::domain::run_verdict::{RunProgress, RunVerdict};
use crate::domain::sample::ErrorClass;
use crate::domain::tally::Tally;
use crate::domain::verdict::Validity;
use crate::domain::window::{Histograms, MeasuredGroup, MeasuredWindow, Window};
use crate::load::engine::{Engine, WindowOrder};
use crate::load::goose_engine::GooseEngine;
use crate::report::console::test::{MeasurementView, measurement_text};
use crate::report::console::test_json::measurement_json;
use crate::report::wording::numbers::count;
use crate::run::drive::runtime;
use crate::run::feed::Feed;
use crate::run::{RunError, interrupt};
use crate::scenario::environment::Environment;
use crate::scenario::file::{
    EndpointSection, PaceSection, PlanSection, RateLimitPolicy, SCHEMA, ScenarioFile, TargetSection,
    default_levels,
};
use crate::scenario::limits::refuse_excess;
use crate::scenario::origin::parse_url;
use crate::scenario::{Settings, Source, parse, plan_of, shipped};

use super::{CommandError, Exit, Format};

/// The scenario that is used without `--scenario`.
pub const DEFAULT_SCENARIO: &str = "pitchey";
/// Upper bound with `--requests`, so that a cell ends however slow the target is.
const LONGEST: &str = "1h";

/// Options of the command `test`, after parsing.
#[derive(Debug, Clone)]
pub struct TestOptions {
    /// Name of an endpoint of the scenario, or a URL.
    pub target: String,
    /// Name of a level, or `NAME:USERS`.
    pub level: String,
    /// Path or name of the scenario; `None` uses [`DEFAULT_SCENARIO`].
    pub scenario: Option<String>,
    /// Length of the measurement, such as `10s`.
    pub duration: String,
    /// Number of requests to send instead of a duration.
    pub requests: Option<u64>,
    /// Requests per second of an open loop, instead of the scenario's pace.
    pub rate: Option<f64>,
    /// Length of the warm-up, such as `1s`.
    pub warm_up: String,
    /// Whether to ignore the scenario's rate limits.
    pub ignore_rate_limits: bool,
    /// Seed of every random choice of the measurement.
    pub seed: u64,
}

/// Runs `test`. It fails where an SLO is violated.
/// # Errors
/// [`CommandError`] where nothing could be measured. A target that fails is a result.
pub fn test(
    options: &TestOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let plan = Arc::new(plan(options)?);
    let cell = *plan.cells.first().ok_or_else(|| nothing_fits(options))?;
    if let (Some(cap), None) = (plan.request_caps[0], options.requests) {
        let remark = format!(
            "the documented rate limits allow {} requests for this cell; use --ignore-rate-limits to send more",
            count(cap)
        );
        feed.notice(remark);
    }
    let request_cap = options.requests.or(plan.request_caps[0]);
    let measured = measure(&plan, cell, request_cap)?;
    let Some(MeasuredWindow { window, histograms }) = measured else {
        feed.notice("interrupted before the window was complete: nothing was measured");
        return Ok(Exit::Inconclusive);
    };
    let endpoint = plan.workload(cell).endpoint();
    let judged = judged(&endpoint.objective, &window, &histograms)?;
    let view = MeasurementView {
        window: &window,
        judged: &judged,
        url: format!("{} {}{}", endpoint.method.as_str(), endpoint.origin, endpoint.path),
        offered_per_s: match endpoint.pace {
            Pace::Open { rate, .. } => Some(rate),
            Pace::Closed { .. } => None,
        },
    };
    if window.errors.get(ErrorClass::Connect) == window.counts.requests() && window.counts.requests() > 0 {
        feed.notice(format!(
            "cannot connect to {}; `baseline target` starts the demo server",
            endpoint.origin
        ));
    }
    let text = match format {
        Format::Json => measurement_json(&view),
        _ => measurement_text(&view),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(judged.verdict.outcome().into())
}

/// The verdict of one window. Without an SLO for errors no request may fail.
fn judged(objective: &Objective, window: &Window, histograms: &Histograms) -> Result<Judged, CommandError> {
    let error_rate = objective.error_rate.or(Some(0.0));
    // The window is the one stretch there is.
    let objective = Objective { error_rate, over: None, ..*objective };
    let mut judge = RunJudge::new([(window.cell.workload.to_string(), objective)].into());
    // Its limits are compared even where it is not valid, so that all of what was measured is said.
    let shown = Window { validity: Validity::Valid, ..window.clone() };
    judge.window(&shown);
    judge.times(&shown, &histograms.service_time).map_err(RunError::from)?;
    let Judged { cells, availability, .. } = judge.finish(1, RunProgress::Completed);
    let tally = Tally::of([window]);
    let verdict = RunVerdict::of(&tally, 1, RunProgress::Completed, &cells);
    Ok(Judged { verdict, cells, availability, tally })
}

fn measure(
    plan: &Arc<Plan>,
    cell: Cell,
    request_cap: Option<u64>,
) -> Result<Option<MeasuredWindow>, CommandError> {
    let mut stop = interrupt::listen()?;
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mut engine = GooseEngine::start(Arc::clone(plan)).await?;
        let order = WindowOrder { number: 1, cycle: 0, cell, request_cap, keeps_partial: true };
        let measured = engine.measure(&order, &mut stop).await;
        engine.finish().await;
        measured
    });
    runtime.shutdown_background();
    Ok(result.map_err(RunError::from)?.map(|group: MeasuredGroup| group.whole))
}

fn plan(options: &TestOptions) -> Result<Plan, CommandError> {
    let is_url = options.target.contains("://");
    let (source, mut file) = if is_url { url_scenario(options)? } else { named_scenario(options)? };
    choose_level(&mut file, options)?;
    file.plan = PlanSection {
        duration: "1d".to_owned(),
        cycle: "1d".to_owned(),
        window: options.requests.map_or_else(|| options.duration.clone(), |_| LONGEST.to_owned()),
        warm_up: options.warm_up.clone(),
        rate_limits: match (options.ignore_rate_limits, file.plan.rate_limits) {
            (true, _) => RateLimitPolicy::Ignore,
            // The number of requests was given explicitly, so all of them are sent.
            (false, _) if options.requests.is_some() => RateLimitPolicy::Ignore,
            (false, policy) => policy,
        },
        ..file.plan
    };
    if let Some(rate) = options.rate {
        let pace = PaceSection { rate: Some(rate), ..PaceSection::default() };
        file.endpoint.iter_mut().for_each(|endpoint| endpoint.pace = Some(pace.clone()));
    }
    let overridden = vec![
        ("plan.window", "--duration"),
        ("plan.warm_up", "--warm-up"),
        ("endpoint[0].pace.rate", "--rate"),
    ];
    let settings = Settings { seed: options.seed, overridden, cells_fit_cycle: false };
    let mut plan = plan_of(&file, &source, &Environment::of_process(), &settings)?;
    if let (Some(requests), false) = (options.requests, options.ignore_rate_limits) {
        plan.request_caps = vec![Some(requests); plan.cells.len()];
        refuse_excess(&plan).map_err(|excess| CommandError::Usage {
            what: format!(
                "{requests} requests exceed a documented rate limit of the target\n{}",
                excess.sums
            ),
            hint: "send fewer, or use --ignore-rate-limits if the limits do not apply to this client"
                .to_owned(),
        })?;
    }
    Ok(plan)
}

/// A URL forms its own scenario: one endpoint, with the typed host as the only one allowed.
fn url_scenario(options: &TestOptions) -> Result<(Source, ScenarioFile), CommandError> {
    let (origin, path) = parse_url(&options.target).map_err(|error| CommandError::Usage {
        what: format!("{:?}: {error}", options.target),
        hint: "write a complete URL, such as http://127.0.0.1:8787/api/health".to_owned(),
    })?;
    // A dollar in a typed URL is literal, not a reference.
    let literal = |text: String| text.replace('$', "$$");
    let endpoint = EndpointSection {
        name: "url".to_owned(),
        method: "GET".to_owned(),
        base_url: None,
        path: literal(path),
        headers: std::collections::BTreeMap::new(),
        body: None,
        expect: None,
        slo: None,
        pace: None,
        timeout: None,
        levels: None,
    };
    let file = ScenarioFile {
        schema: SCHEMA,
        name: "url".to_owned(),
        target: TargetSection {
            base_url: origin.to_string(),
            allow_hosts: vec![origin.host.clone()],
            allow_networks: None,
            timeout: "10s".to_owned(),
            headers: std::collections::BTreeMap::new(),
        },
        plan: PlanSection::default(),
        levels: default_levels(),
        endpoint: vec![endpoint],
        cost: None,
        rate_limit: Vec::new(),
    };
    Ok((Source { label: options.target.clone(), text: String::new() }, file))
}

fn named_scenario(options: &TestOptions) -> Result<(Source, ScenarioFile), CommandError> {
    let source = shipped::find(options.scenario.as_deref().unwrap_or(DEFAULT_SCENARIO))?;
    let mut file = parse(&source)?;
    let known: Vec<String> = file.endpoint.iter().map(|endpoint| endpoint.name.clone()).collect();
    file.endpoint.retain(|endpoint| endpoint.name == options.target);
    if file.endpoint.is_empty() {
        return Err(CommandError::Usage {
            what: format!("{} has no endpoint `{}`", source.label, options.target),
            hint: format!("its endpoints are {}; a URL needs no scenario", known.join(", ")),
        });
    }
    file.endpoint.iter_mut().for_each(|endpoint| endpoint.levels = None);
    Ok((source, file))
}

/// `normal_load` is a level of the scenario; `normal_load:5` gives its users, and may be any name.
fn choose_level(file: &mut ScenarioFile, options: &TestOptions) -> Result<(), CommandError> {
    let (name, users) = match options.level.split_once(':') {
        Some((name, users)) => (name, Some(users)),
        None => (options.level.as_str(), None),
    };
    let users = match users {
        Some(text) => text.parse().map_err(|_| CommandError::Usage {
            what: format!("{text:?} is not a number of users"),
            hint: "write a level and its users, such as normal_load:5".to_owned(),
        })?,
        None => *file.levels.get(name).ok_or_else(|| CommandError::Usage {
            what: format!("there is no level `{name}`"),
            hint: "write a level and its users, such as normal_load:5".to_owned(),
        })?,
    };
    file.levels = [(name.to_owned(), users)].into();
    Ok(())
}

fn nothing_fits(options: &TestOptions) -> CommandError {
    CommandError::Usage {
        what: format!("{} at {} does not fit the documented rate limits", options.target, options.level),
        hint: "use fewer users, or --ignore-rate-limits if the limits do not apply to this client".to_owned(),
    }
}
