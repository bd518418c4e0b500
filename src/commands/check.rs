//! `baseline check`: looks at every service of a scenario once, and reports what it found.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::check::facts::Assessed;
use crate::check::{CheckOptions as Asked, assess};
use crate::domain::endpoint::Scheme;
use crate::domain::finding::{Priority, ServiceState};
use crate::domain::plan::Plan;
use crate::http::tls;
use crate::report::check::{Change, CheckFormat, Earlier, render};
use crate::run::feed::Feed;
use crate::run::runtime::runtime;
use crate::run::{RunError, interrupt};
use crate::scenario::environment::Environment;
use crate::scenario::file::{ExpectSection, ScenarioFile};
use crate::scenario::{Document, Settings, parse, plan_of, shipped};
use crate::store::{StoreError, read_check, write_atomically};

use super::busy::{idle, measuring};
use super::test_cell::{
    DEFAULT_SCENARIO, RequestOptions, Word, apply, is_scenario_file, notice, shown, url_scenario, word,
};
use super::{CommandError, Exit};

/// Options of the command `check`, after parsing.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// Path or name of a scenario, or a URL; `None` uses the default scenario.
    pub target: Option<String>,
    /// Names of the services to check; empty checks all of them.
    pub services: Vec<String>,
    /// Number of requests on new connections to each endpoint; overrides the scenario's.
    pub samples: Option<u32>,
    /// Report of an earlier check to compare with, or a folder of them.
    pub against: Option<PathBuf>,
    /// Priority from which findings fail the check; overrides the scenario's.
    pub fail_on: Option<Priority>,
    /// Whether a part that could not be checked makes the check inconclusive.
    pub strict: bool,
    /// Whether the documented rate limits are verified, and the longest wait for each.
    pub rate_limits: Option<Duration>,
    /// Folder that the report is written to in all formats; `None` writes none.
    pub out: Option<PathBuf>,
    /// What is sent with each request, and over which connections.
    pub request: RequestOptions,
}

/// Runs `check`. It fails where there is a finding of the priority that fails it.
/// # Errors
/// [`CommandError`] where nothing could be asked. A service that is down is a result.
pub fn check(
    options: &CheckOptions,
    format: CheckFormat,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let (plan, notices) = plan(options)?;
    for notice in notices {
        feed.notice(notice);
    }
    // What the report needs is known before the first request is sent.
    if let Some(folder) = &options.out {
        fs::create_dir_all(folder)
            .map_err(|source| CommandError::System { action: "make the folder of the report", source })?;
    }
    // A file of certificates that cannot be used is a mistake of the command, not a state of a service.
    if plan.assessment.services.iter().any(|service| service.origin.scheme == Scheme::Https) {
        tls::trust(&plan.access.transport.tls).map_err(|error| CommandError::Usage {
            what: error.to_string(),
            hint: "give a PEM file with certificates: --cacert FILE, or ca_file under [target]".to_owned(),
        })?;
    }
    let against = options.against.as_deref();
    let earlier = against.map(|path| earlier(path, &plan.name, feed)).transpose()?.flatten();
    if options.against.is_some() && earlier.is_none() {
        feed.notice("there is no earlier check to compare with: everything is new");
    }
    let Some(assessed) = assessed(&plan, options, feed)? else {
        feed.notice("interrupted: nothing was reported");
        return Ok(Exit::Inconclusive);
    };
    let change =
        earlier.as_ref().map(|earlier| Change::between(earlier, &assessed, !options.services.is_empty()));
    let text = render(&assessed, change.as_ref(), format)?;
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CommandError::Output);
    // Whether or not anybody reads the output, the report is kept; and the other way round.
    if let Some(folder) = &options.out {
        write_all(folder, &assessed, change.as_ref(), feed)?;
    }
    printed?;
    Ok(verdict(&assessed, options.strict))
}

/// Failed by a finding; inconclusive where a service could not be measured, or, strictly, any part of one.
fn verdict(assessed: &Assessed, is_strict: bool) -> Exit {
    let is_measured = |state: ServiceState| state != ServiceState::NotMeasured;
    if assessed.has_failed() {
        Exit::Failed
    } else if !assessed.services.iter().all(|service| is_measured(service.state))
        || (is_strict && !assessed.not_checked.is_empty())
    {
        Exit::Inconclusive
    } else {
        Exit::Accepted
    }
}

/// Looks at the services; `None` where it was interrupted.
fn assessed(plan: &Plan, options: &CheckOptions, feed: &Feed) -> Result<Option<Assessed>, CommandError> {
    let mut stop = interrupt::listen()?;
    let runtime = runtime()?;
    let names: Vec<&str> = plan.assessment.services.iter().map(|service| &*service.name).collect();
    measuring(feed, &names.join(", "), None);
    let asked = Asked { is_light: false, rate_limits: options.rate_limits };
    let assessed = runtime.block_on(async {
        tokio::select! {
            assessed = assess(plan, &asked) => Some(assessed),
            () = stop.raised() => None,
        }
    });
    idle(feed);
    // Whoever does not answer the resolver must not hold up the end.
    runtime.shutdown_background();
    Ok(assessed)
}

fn plan(options: &CheckOptions) -> Result<(Plan, Vec<String>), CommandError> {
    let Chosen { document, mut file, is_url, notice } = chosen(options)?;
    if is_url {
        // A plain URL asks how it responds: a redirect is a response.
        let accepted = (200..400).collect();
        file.endpoint[0].expect = Some(ExpectSection { status: accepted, ..ExpectSection::default() });
    } else if !options.request.headers.is_empty() || options.request.user.is_some() {
        return Err(CommandError::Usage {
            what: "--header and --user are for a URL".to_owned(),
            hint: "for a scenario, put headers under [target] or into its endpoints".to_owned(),
        });
    }
    let typed = apply(&options.request, &mut file, is_url, Environment::of_process())?;
    let settings =
        Settings { cells_fit_cycle: false, needs_load: false, writes: true, ..Settings::default() };
    let mut plan = plan_of(&file, &document, &typed.environment, &settings)?;
    let assessment = &mut plan.assessment;
    if let Some(samples) = options.samples {
        assessment.samples = samples;
    }
    if let Some(fail_on) = options.fail_on {
        assessment.fail_on = fail_on;
    }
    let known: Vec<String> = assessment.services.iter().map(|service| service.name.to_string()).collect();
    if let Some(name) = options.services.iter().find(|name| !known.contains(name)) {
        return Err(CommandError::Usage {
            what: format!("there is no service `{name}`"),
            hint: format!("its services are {}", known.join(", ")),
        });
    }
    if !options.services.is_empty() {
        assessment.services.retain(|service| options.services.iter().any(|name| **name == *service.name));
    }
    if assessment.services.is_empty() {
        return Err(CommandError::Usage {
            what: "there is no service to check".to_owned(),
            hint: "add a [[service]] or an [[endpoint]] to the scenario".to_owned(),
        });
    }
    if is_url {
        plan.name = plan.assessment.services[0].name.clone();
    }
    let notices = notice.into_iter().chain(typed.notices).collect();
    Ok((plan, notices))
}

/// What is checked, and where that is described.
struct Chosen {
    document: Document,
    file: ScenarioFile,
    is_url: bool,
    notice: Option<String>,
}

/// A URL, or a scenario by path or name; a name comes first, whatever it looks like.
fn chosen(options: &CheckOptions) -> Result<Chosen, CommandError> {
    let target = options.target.as_deref().unwrap_or(DEFAULT_SCENARIO);
    let url = |url: &str, notice: Option<String>| {
        let (document, file) = url_scenario(url, options.request.path_as_is)?;
        Ok(Chosen { document, file, is_url: true, notice })
    };
    match word(target) {
        Word::Url(text) => return url(&text, None),
        Word::Bare(text) if !is_scenario_file(target) && !Path::new(target).exists() => {
            return url(&text, Some(notice(&shown(&text))));
        }
        _ => (),
    }
    let (file, document) = parse(&shipped::find(target)?)?;
    Ok(Chosen { document, file, is_url: false, notice: None })
}

/// The earlier check: a file, or the latest of this scenario in a folder; `None` where the folder has none. What cannot be
/// read in a folder is passed over: one damaged file must not end a check that runs every hour.
fn earlier(path: &Path, scenario: &str, feed: &Feed) -> Result<Option<Earlier>, CommandError> {
    let refused = |problem: String| CommandError::Usage {
        what: format!("--against: {}: {problem}", path.display()),
        hint: "give the JSON of an earlier check, or a folder that --out wrote to".to_owned(),
    };
    if !path.is_dir() {
        return read_earlier(path).map(Some).map_err(refused);
    }
    let entries = fs::read_dir(path).map_err(|error| refused(error.to_string()))?;
    let beginning = beginning(scenario);
    let is_check = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // What follows is the time: another scenario may have a name that begins like this one's.
        let time = name.strip_prefix(&beginning).and_then(|rest| rest.strip_suffix(".json"));
        time.is_some_and(|time| time.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut found: Vec<PathBuf> =
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(is_check).collect();
    // Without their ending: the second check of a second, with `-2`, comes after the first.
    found.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
    for path in found.iter().rev() {
        match read_earlier(path) {
            Ok(earlier) => return Ok(Some(earlier)),
            Err(problem) => feed.notice(format!("warning: {} is passed over: {problem}", path.display())),
        }
    }
    Ok(None)
}

fn read_earlier(path: &Path) -> Result<Earlier, String> {
    let bytes = read_check(path).map_err(|error| match error {
        StoreError::Io { source, .. } => source.to_string(),
        error => error.to_string(),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    Earlier::read(&text).map_err(|error| error.to_string())
}

/// How the names of report files begin; the time follows, so that they sort by it.
fn beginning(scenario: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    format!("check-{}-", scenario.chars().map(plain).collect::<String>())
}

/// Writes the report in all formats, the JSON first: without it, the others are compared with nothing.
fn write_all(
    folder: &Path,
    assessed: &Assessed,
    change: Option<&Change>,
    feed: &Feed,
) -> Result<(), CommandError> {
    let time = format!("{}{}", beginning(&assessed.scenario), assessed.at.strftime("%Y%m%dT%H%M%SZ"));
    let is_free = |stem: &String| !folder.join(format!("{stem}.json")).exists();
    // Two checks in one second: the later one sorts behind the earlier one.
    let numbered = (2..).map(|number| format!("{time}-{number}"));
    let stem = std::iter::once(time.clone()).chain(numbered).find(is_free).unwrap_or(time);
    let formats = [
        (CheckFormat::Json, "json"),
        (CheckFormat::Markdown, "md"),
        (CheckFormat::Junit, "xml"),
        (CheckFormat::Html, "html"),
    ];
    for (format, ending) in formats {
        let path = folder.join(format!("{stem}.{ending}"));
        let text = render(assessed, change, format)?;
        write_atomically(&path, text.as_bytes()).map_err(RunError::from)?;
        if format == CheckFormat::Html {
            feed.notice(format!("wrote {}", path.display()));
        }
    }
    Ok(())
}
