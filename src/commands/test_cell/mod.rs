//! `baseline test`: measures one cell now.

mod body;
mod headers;
mod options;
mod plan;
mod request;
mod target;

use std::io::Write;
use std::sync::Arc;

use crate::analysis::run_judge::{Judged, RunJudge};
use crate::domain::endpoint::{Pace, Scheme};
use crate::domain::objective::Objective;
use crate::domain::plan::{Cell, Plan};
use crate::domain::run_verdict::{RunProgress, RunVerdict};
use crate::domain::sample::ErrorClass;
use crate::domain::tally::Tally;
use crate::domain::trace::SlowRequest;
use crate::domain::verdict::Validity;
use crate::domain::window::{MeasuredGroup, MeasuredWindow, Window};
use crate::domain::workload::Workload;
use crate::load::engine::{Engine, WindowOrder};
use crate::load::goose_engine::GooseEngine;
use crate::load::once::play_once;
use crate::report::console::once::once;
use crate::report::console::test::{MeasurementView, measurement_text};
use crate::report::console::test_json::measurement_json;
use crate::report::wording::numbers::count;
use crate::run::feed::Feed;
use crate::run::runtime::runtime;
use crate::run::{RunError, interrupt};
use crate::scenario::environment::Environment;

use super::busy::{LONGEST_FLUSH, idle, measuring};
use super::{CommandError, Exit, Format, unused_proxy};

use plan::{nothing_fits, plan};

pub(super) use plan::{shown, url_scenario};
pub(super) use request::apply;
pub(super) use target::{Word, is_scenario_file, notice, word};

pub use body::{Data, DataKind};
pub use options::{DEFAULT_SCENARIO, RequestOptions, TestOptions};

/// Runs `test`. It fails where an SLO is violated.
/// # Errors
/// [`CommandError`] where nothing could be measured. A target that fails is a result.
pub fn test(
    options: &TestOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let (plan, notices) = plan(options)?;
    let plan = Arc::new(plan);
    let about_proxy = unused_proxy::notice(&plan.access.transport, &Environment::of_process());
    options
        .notices
        .iter()
        .chain(&notices)
        .chain(&about_proxy)
        .for_each(|notice| feed.notice(notice.as_str()));
    let cell = *plan.cells.first().ok_or_else(|| nothing_fits(options))?;
    if let Some(remark) = about_cap(&plan, options) {
        feed.notice(remark);
    }
    if options.once {
        return show_once(&plan, cell, format, out);
    }
    let request_cap = options.requests.or(plan.request_caps[0]);
    let planned = request_cap.is_none().then(|| plan.warm_up + plan.window);
    let workload = plan.workload(cell);
    let Some(endpoint) = workload.first_request() else { return Err(nothing_fits(options)) };
    let url = url_of(workload);
    measuring(feed, &format!("{url} at {}", options.level), planned);
    let measured = measure(&plan, cell, request_cap);
    idle(feed);
    let Measured { group, redirect, interrupted } = measured?;
    let Some(MeasuredGroup { whole, parts, out_of_rows }) = group else {
        feed.notice("interrupted before the window was complete: nothing was measured");
        return Ok(Exit::Inconclusive);
    };
    let progress = if interrupted { RunProgress::Cut("stopped") } else { RunProgress::Completed };
    let judged = judged(workload, &whole, &parts, progress);
    let of_parts = parts.iter().flat_map(|part| &part.slowest);
    let slowest: Vec<SlowRequest> = whole.slowest.iter().chain(of_parts).cloned().collect();
    let window = whole.window;
    let parts: Vec<Window> = parts.into_iter().map(|part| part.window).collect();
    let view = MeasurementView {
        window: &window,
        parts: &parts,
        slowest: &slowest,
        is_iterated: workload.as_endpoint().is_none(),
        judged: &judged,
        url: match workload {
            Workload::Endpoint(endpoint) => format!("{} {url}", endpoint.method.as_str()),
            Workload::Journey(_) | Workload::Mix(_) => url,
        },
        offered_per_s: match workload.pace() {
            Pace::Open { rate, .. } => Some(rate),
            Pace::Closed { .. } => None,
        },
        planned: request_cap.is_none().then_some(plan.window),
        interrupted,
        insecure: plan.access.transport.tls.insecure && endpoint.origin.scheme == Scheme::Https,
        redirect,
        expectation: &endpoint.expectation,
    };
    if window.errors.get(ErrorClass::Connect) == window.counts.requests() && window.counts.requests() > 0 {
        feed.notice(format!(
            "cannot connect to {}; `baseline target` starts the demo server",
            endpoint.origin
        ));
    }
    // On a terminal, the result comes last.
    feed.flush(LONGEST_FLUSH);
    let text = match format {
        Format::Json => measurement_json(&view),
        _ => measurement_text(&view),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    if let Some(data) = &out_of_rows {
        feed.notice(format!("data {data:?} has no rows left, so the measurement ended early"));
    }
    if interrupted || out_of_rows.is_some() {
        return Ok(Exit::Inconclusive);
    }
    Ok(judged.verdict.outcome().into())
}

/// Where a workload's requests go: the URL of an endpoint, the origin of a journey's first step.
fn url_of(workload: &Workload) -> String {
    match workload {
        Workload::Endpoint(endpoint) => format!("{}{}", endpoint.origin, endpoint.path),
        Workload::Journey(_) | Workload::Mix(_) => {
            workload.first_request().map_or_else(String::new, |request| request.origin.to_string())
        }
    }
}

/// What the documented limits leave of a cell; `None` where they leave it whole, or a number was asked for.
fn about_cap(plan: &Plan, options: &TestOptions) -> Option<String> {
    let cap = plan.request_caps[0].filter(|_| options.requests.is_none())?;
    Some(format!(
        "the documented rate limits allow {} requests for this cell; use --ignore-rate-limits to send more",
        count(cap)
    ))
}

/// Plays one iteration and shows everything that was sent and received.
fn show_once(
    plan: &Arc<Plan>,
    cell: Cell,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let mut stop = interrupt::listen()?;
    let runtime = runtime()?;
    let played = runtime.block_on(async {
        tokio::select! {
            played = play_once(Arc::clone(plan), cell.workload) => Some(played),
            () = stop.raised() => None,
        }
    });
    runtime.shutdown_background();
    let Some(played) = played else { return Ok(Exit::Inconclusive) };
    let played = played.map_err(RunError::from)?;
    let text = once(plan.workload(cell).name(), &played, format);
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(if played.failure.is_none() { Exit::Accepted } else { Exit::Failed })
}

/// The verdict of one window. Without an SLO for errors no request may fail. Steps are judged by SLOs of their own.
fn judged(
    workload: &Workload,
    whole: &MeasuredWindow,
    parts: &[MeasuredWindow],
    progress: RunProgress,
) -> Judged {
    let of_whole = workload.objective();
    let error_rate = of_whole.error_rate.or(Some(0.0));
    // The window is the one stretch there is.
    let of_whole = Objective { error_rate, over: None, ..*of_whole };
    let of_parts = workload.parts().into_iter().map(|part| {
        (format!("{}.{}", workload.name(), part.name), Objective { over: None, ..*part.objective })
    });
    let objectives = std::iter::once((workload.name().to_string(), of_whole)).chain(of_parts);
    let mut judge = RunJudge::new(objectives.collect());
    for MeasuredWindow { window, histograms, .. } in std::iter::once(whole).chain(parts) {
        // Its limits are compared even where it is not valid, so that all of what was measured is said.
        let shown = Window { validity: Validity::Valid, ..window.clone() };
        judge.window(&shown);
        judge.times(&shown, &histograms.service_time);
    }
    let Judged { cells, availability, .. } = judge.finish(1, progress);
    let tally = Tally::of([&whole.window]);
    let verdict = RunVerdict::of(&tally, 1, progress, &cells);
    Judged { verdict, cells, availability, tally }
}

/// What a test measured.
struct Measured {
    /// `None` where it was interrupted before anything was.
    group: Option<MeasuredGroup>,
    /// Where the first redirect pointed to.
    redirect: Option<String>,
    /// Whether it was interrupted before its end.
    interrupted: bool,
}

fn measure(plan: &Arc<Plan>, cell: Cell, request_cap: Option<u64>) -> Result<Measured, CommandError> {
    let mut stop = interrupt::listen()?;
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mut engine = GooseEngine::start(Arc::clone(plan), None).await?;
        let order = WindowOrder { number: 1, cycle: 0, cell, request_cap, keeps_partial: true };
        let measured = engine.measure(&order, &mut stop).await;
        let redirect = engine.redirect(cell.workload);
        engine.finish().await;
        measured.map(|measured| (measured, redirect))
    });
    runtime.shutdown_background();
    let (group, redirect) = result.map_err(RunError::from)?;
    Ok(Measured { group, redirect, interrupted: stop.is_raised() })
}
