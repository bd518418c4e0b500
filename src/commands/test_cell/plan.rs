//! The plan of one cell: an endpoint of a scenario, or a URL, with what the command line says of its request.

use std::collections::BTreeMap;

use crate::domain::plan::Plan;
use crate::domain::suggestion::nearest;
use crate::domain::workload::Workload;
use crate::scenario::environment::Environment;
use crate::scenario::file::{
    EndpointSection, PaceSection, PlanSection, RateLimitPolicy, SCHEMA, ScenarioFile, TargetSection,
    default_levels,
};
use crate::scenario::limits::refuse_excess;
use crate::scenario::notes::{INSECURE, notes};
use crate::scenario::origin::{OriginError, parse_url};
use crate::scenario::{Document, ScenarioError, Settings, parse, plan_of, shipped};

use super::super::CommandError;
use super::options::{DEFAULT_SCENARIO, TestOptions};
use super::request::{Typed, apply};

/// Upper bound with `--requests`, so that a cell ends however slow the target is.
const LONGEST: &str = "1h";
/// Keys of a scenario that options replace, for messages.
const OVERRIDDEN: [(&str, &str); 17] = [
    ("plan.window", "--duration"),
    ("plan.warm_up", "--warm-up"),
    ("endpoint[0].pace.rate", "--rate"),
    ("endpoint[0].timeout", "--timeout"),
    ("endpoint[0].method", "--request"),
    ("endpoint[0].headers", "--header"),
    ("endpoint[0].body", "--data"),
    ("endpoint[0].body_file", "--data-binary"),
    ("target.http", "--http2"),
    ("target.ca_file", "--cacert"),
    ("target.client_cert", "--cert"),
    ("target.client_key", "--key"),
    ("target.resolve", "--resolve"),
    ("target.connect_to", "--connect-to"),
    ("target.proxy", "--proxy"),
    ("target.unix_socket", "--unix-socket"),
    ("target.insecure", "--insecure"),
];

/// The plan, and what the user should know about it, a sentence each.
/// # Errors
/// [`CommandError`] where the options and the scenario give no valid plan.
pub(super) fn plan(options: &TestOptions) -> Result<(Plan, Vec<String>), CommandError> {
    let is_url = options.target.contains("://");
    let (document, mut file) = if is_url { url_scenario(options)? } else { named_scenario(options)? };
    choose_level(&mut file, options)?;
    let Typed { environment, without, mut notices, .. } =
        apply(&options.request, &mut file, is_url, Environment::of_process())?;
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
    let settings = Settings {
        seed: options.seed,
        overridden: options.request.given(&OVERRIDDEN),
        cells_fit_cycle: false,
    };
    let mut plan = plan_of(&file, &document, &environment, &settings).map_err(|error| {
        if is_url { error } else { whole_scenario(options, &environment).err().unwrap_or(error) }
    })?;
    for workload in &mut plan.workloads {
        let Workload::Endpoint(endpoint) = workload;
        endpoint.without.clone_from(&without);
    }
    // That certificates are not verified stands in the result.
    let notes = notes(&file, &plan).into_iter().filter(|note| note != INSECURE);
    notices.extend(notes.map(|note| format!("note: {note}")));
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
    Ok((plan, notices))
}

/// A typed URL without what may be secret: a password, and the query.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        (_, None) => url.to_owned(),
    }
}

/// A URL forms its own scenario: one endpoint, with the typed host as the only one allowed.
fn url_scenario(options: &TestOptions) -> Result<(Document, ScenarioFile), CommandError> {
    let (origin, path) = parse_url(&options.target).map_err(|error| match error {
        // The URL contains a password.
        OriginError::Credentials => CommandError::Usage {
            what: "credentials are not allowed in a URL".to_owned(),
            hint: "use --user, or send them as a header with --header".to_owned(),
        },
        error => CommandError::Usage {
            what: format!("{:?}: {error}", shown(&options.target)),
            hint: "write a complete URL, such as http://127.0.0.1:8787/api/health".to_owned(),
        },
    })?;
    let path = if options.request.path_as_is { path } else { without_dots(&path) };
    // A dollar in a typed URL is literal, not a reference.
    let literal = |text: String| text.replace('$', "$$");
    let endpoint = EndpointSection {
        name: "url".to_owned(),
        method: "GET".to_owned(),
        base_url: None,
        path: literal(path),
        headers: BTreeMap::new(),
        body: None,
        body_file: None,
        expect: None,
        slo: None,
        pace: None,
        timeout: None,
        levels: None,
    };
    let file = ScenarioFile {
        schema: SCHEMA,
        name: "url".to_owned(),
        target: TargetSection::new(origin.url(), vec![origin.host.clone()]),
        plan: PlanSection::default(),
        levels: default_levels(),
        endpoint: vec![endpoint],
        cost: None,
        rate_limit: Vec::new(),
    };
    Ok((Document::without_text(&origin.to_string()), file))
}

/// A path without its `.` and `..`, as browsers and curl send it (RFC 3986, section 5.2.4); the query stays.
fn without_dots(path: &str) -> String {
    let (path, query) = path.find('?').map_or((path, ""), |start| path.split_at(start));
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => (),
            ".." => drop(kept.pop()),
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}

/// Every problem of the scenario: one that concerns the tested endpoint is not told alone, nor without its place.
fn whole_scenario(options: &TestOptions, environment: &Environment) -> Result<(), ScenarioError> {
    let source = shipped::find(options.scenario.as_deref().unwrap_or(DEFAULT_SCENARIO))?;
    let (file, document) = parse(&source)?;
    plan_of(&file, &document, environment, &Settings::default()).map(drop)
}

fn named_scenario(options: &TestOptions) -> Result<(Document, ScenarioFile), CommandError> {
    let source = shipped::find(options.scenario.as_deref().unwrap_or(DEFAULT_SCENARIO))?;
    let (mut file, document) = parse(&source)?;
    if !document.problems().is_empty() {
        whole_scenario(options, &Environment::of_process())?;
    }
    let known: Vec<String> = file.endpoint.iter().map(|endpoint| endpoint.name.clone()).collect();
    file.endpoint.retain(|endpoint| endpoint.name == options.target);
    if file.endpoint.is_empty() {
        let meant = nearest(&options.target, known.iter().map(String::as_str));
        let meant = meant.map_or_else(String::new, |name| format!("did you mean `{name}`? "));
        return Err(CommandError::Usage {
            what: format!("{} has no endpoint `{}`", source.label, options.target),
            hint: format!("{meant}its endpoints are {}; a URL needs no scenario", known.join(", ")),
        });
    }
    file.endpoint.iter_mut().for_each(|endpoint| endpoint.levels = None);
    Ok((document, file))
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
            hint: match nearest(name, file.levels.keys().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write a level and its users, such as normal_load:5".to_owned(),
            },
        })?,
    };
    file.levels = [(name.to_owned(), users)].into();
    Ok(())
}

pub(super) fn nothing_fits(options: &TestOptions) -> CommandError {
    CommandError::Usage {
        what: format!("{} at {} does not fit the documented rate limits", options.target, options.level),
        hint: "use fewer users, or --ignore-rate-limits if the limits do not apply to this client".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out_of_typed_paths() {
        let check = |path: &str, expected: &str| assert_eq!(without_dots(path), expected, "{path}");
        check("/", "/");
        check("/a/b/", "/a/b/");
        check("/a/../b/./c//d", "/b/c//d");
        check("/a/b/..", "/a/");
        check("/a/.", "/a/");
        check("/../../a", "/a");
        check("/a...b/.c?x=/../y", "/a...b/.c?x=/../y");
    }
}
