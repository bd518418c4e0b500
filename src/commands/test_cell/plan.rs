//! The plan of one cell: an endpoint of a scenario, or a URL, with what the command line says of its request.

use std::collections::BTreeMap;

use crate::domain::plan::Plan;
use crate::domain::suggestion::nearest;
use crate::domain::workload::Workload;
use crate::scenario::environment::Environment;
use crate::scenario::file::{
    CheckSection, EndpointSection, MonitorSection, PaceSection, PlanSection, RateLimitPolicy, SCHEMA,
    ScenarioFile, TargetSection, default_levels,
};
use crate::scenario::limits::refuse_excess;
use crate::scenario::notes::{INSECURE, notes};
use crate::scenario::opt_in;
use crate::scenario::origin::{OriginError, parse_url};
use crate::scenario::{Document, ScenarioError, Settings, parse, plan_of, shipped};

use super::super::CommandError;
use super::options::{DEFAULT_SCENARIO, TestOptions};
use super::request::{Typed, apply};
use super::target::{self, Word};

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
    let Chosen { document, mut file, is_url, notice } = chosen(options)?;
    file.levels = [target::level(&options.level, &file.levels)?].into();
    let Typed { environment, without, mut notices, .. } =
        apply(&options.request, &mut file, is_url, Environment::of_process())?;
    notices.splice(0..0, notice);
    file.plan = PlanSection {
        duration: "1d".to_owned(),
        cycle: "1d".to_owned(),
        window: options.requests.map_or_else(|| options.duration.clone(), |_| LONGEST.to_owned()),
        warm_up: options.warm_up.clone(),
        traceparent: options.traceparent.or(file.plan.traceparent),
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
        file.journey.iter_mut().for_each(|journey| journey.pace = Some(pace.clone()));
        file.mix.iter_mut().for_each(|mix| mix.pace = Some(pace.clone()));
    }
    let settings = Settings {
        seed: options.seed,
        overridden: options.request.given(&OVERRIDDEN),
        cells_fit_cycle: false,
        writes: options.writes,
        needs_load: true,
    };
    let mut plan = plan_of(&file, &document, &environment, &settings).map_err(|error| {
        if is_url { error } else { whole_scenario(options, &environment).err().unwrap_or(error) }
    })?;
    for workload in &mut plan.workloads {
        if let Workload::Endpoint(endpoint) = workload {
            endpoint.without.clone_from(&without);
        }
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
pub(in crate::commands) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").map_or((None, url), |(scheme, rest)| (Some(scheme), rest));
    // An `@` in the path belongs to the path; what is before one in the authority may be a password.
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    scheme.map_or_else(|| format!("{host}{path}"), |scheme| format!("{scheme}://{host}{path}"))
}

/// What is measured, and where that is described.
struct Chosen {
    document: Document,
    file: ScenarioFile,
    is_url: bool,
    /// The scheme that was chosen for a target without one.
    notice: Option<String>,
}

impl Chosen {
    fn url((document, file): (Document, ScenarioFile), notice: Option<String>) -> Self {
        Self { document, file, is_url: true, notice }
    }
}

/// A URL, or an endpoint of the scenario; the name of an endpoint comes first, whatever it looks like.
fn chosen(options: &TestOptions) -> Result<Chosen, CommandError> {
    let word = target::word(&options.target);
    if let Word::Url(url) = &word {
        return Ok(Chosen::url(url_scenario(url, options.request.path_as_is)?, None));
    }
    let found = shipped::find(options.scenario.as_deref().unwrap_or(DEFAULT_SCENARIO))
        .and_then(|source| parse(&source).map(|(file, document)| (source.label, document, file)));
    let (label, document, mut file) = match (found, &word) {
        (Ok(found), _) => found,
        // What a scenario that was not asked for says does not matter to a URL.
        (Err(_), Word::Bare(url)) if options.scenario.is_none() => {
            return Ok(Chosen::url(
                url_scenario(url, options.request.path_as_is)?,
                Some(target::notice(&shown(url))),
            ));
        }
        (Err(error), _) => return Err(error.into()),
    };
    if !document.problems().is_empty() {
        whole_scenario(options, &Environment::of_process())?;
    }
    let known = names_of(&file);
    if !known.contains(&options.target) {
        if let Word::Bare(url) = &word {
            return Ok(Chosen::url(
                url_scenario(url, options.request.path_as_is)?,
                Some(target::notice(&shown(url))),
            ));
        }
        return Err(not_found(&word, &options.target, &label, &known));
    }
    if !options.writes && opt_in::waiting(&file).contains(&options.target.as_str()) {
        return Err(CommandError::Usage {
            what: format!("`{}` writes to the target", options.target),
            hint: "add --writes to run it all the same".to_owned(),
        });
    }
    keep_only(&mut file, &options.target);
    Ok(Chosen { document, file, is_url: false, notice: None })
}

/// The names of everything that a scenario measures.
fn names_of(file: &ScenarioFile) -> Vec<String> {
    let endpoints = file.endpoint.iter().map(|endpoint| endpoint.name.clone());
    let journeys = file.journey.iter().map(|journey| journey.name.clone());
    let mixes = file.mix.iter().map(|mix| mix.name.clone());
    endpoints.chain(journeys).chain(mixes).collect()
}

/// Leaves one workload in a scenario, at the level that was asked for. The members of a mix stay as parts of it.
fn keep_only(file: &mut ScenarioFile, target: &str) {
    file.mix.retain(|mix| mix.name == target);
    let is_member = |name: &str| file.mix.iter().any(|mix| mix.weights.contains_key(name));
    file.endpoint.retain(|endpoint| endpoint.name == target || is_member(&endpoint.name));
    file.journey.retain(|journey| journey.name == target || is_member(&journey.name));
    let levels = |name: &str| (name != target).then(Vec::new);
    file.endpoint.iter_mut().for_each(|endpoint| endpoint.levels = levels(&endpoint.name));
    file.journey.iter_mut().for_each(|journey| journey.levels = levels(&journey.name));
    file.mix.iter_mut().for_each(|mix| mix.levels = None);
    // They may be about endpoints that are gone, and nothing here asks them.
    file.service.clear();
    file.plan.check = None;
}

fn not_found(word: &Word, target: &str, scenario: &str, known: &[String]) -> CommandError {
    let endpoints = format!("the endpoints of {scenario} are {}", known.join(", "));
    let shown = shown(target);
    let usage = |what: String, hint: String| CommandError::Usage { what, hint };
    let load = target.split_once(':').filter(|(name, _)| known.iter().any(|known| known == name));
    match (word, load) {
        (_, Some((name, users))) => usage(
            format!("`{target}` is not an endpoint"),
            format!("write the load as a word of its own: baseline test {name} {users}"),
        ),
        (Word::Ambiguous, None) => usage(
            format!("`{shown}` is neither an endpoint nor clearly a host"),
            format!("for a host, write http://{shown} or https://{shown}; {endpoints}"),
        ),
        (Word::Path, None) => usage(
            format!("`{shown}` has no host"),
            format!("write HOST/PATH, such as 127.0.0.1:8787/api/health; {endpoints}"),
        ),
        _ if target::is_scenario_file(target) => usage(
            format!("`{shown}` is not an endpoint"),
            format!("for a scenario file, write baseline test ENDPOINT --scenario {shown}"),
        ),
        _ => {
            let meant = nearest(target, known.iter().map(String::as_str));
            let meant = meant.map_or_else(String::new, |name| format!("did you mean `{name}`? "));
            let known = known.join(", ");
            usage(
                format!("{scenario} has no endpoint `{shown}`"),
                format!(
                    "{meant}its endpoints are {known}; a URL such as api.example/health needs no scenario"
                ),
            )
        }
    }
}

/// A URL forms its own scenario: one endpoint, with the typed host as the only one allowed.
pub(in crate::commands) fn url_scenario(
    url: &str,
    path_as_is: bool,
) -> Result<(Document, ScenarioFile), CommandError> {
    let (origin, path) = parse_url(url).map_err(|error| match error {
        // The URL contains a password.
        OriginError::Credentials => CommandError::Usage {
            what: "credentials are not allowed in a URL".to_owned(),
            hint: "use --user, or send them as a header with --header".to_owned(),
        },
        error => CommandError::Usage {
            what: format!("{:?}: {error}", shown(url)),
            hint: "write a complete URL, such as http://127.0.0.1:8787/api/health".to_owned(),
        },
    })?;
    let path = if path_as_is { path } else { without_dots(&path) };
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
        check: CheckSection::default(),
        service: Vec::new(),
        monitor: MonitorSection::default(),
        hook: Vec::new(),
        silence: Vec::new(),
        receiver: Vec::new(),
        cost: None,
        rate_limit: Vec::new(),
        data: Vec::new(),
        journey: Vec::new(),
        mix: Vec::new(),
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
    plan_of(&file, &document, environment, &Settings { writes: true, ..Settings::default() }).map(drop)
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
