//! `baseline annotate`: notes what somebody did at a time, and silences alerts meanwhile.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::suggestion::nearest;
use crate::domain::units::{after, whole_millis};
use crate::host::clock;
use crate::report::console::notes::{Listed, listed_json, listed_text, noted_text};
use crate::report::drawing::unreadable_notes;
use crate::scenario::file::ScenarioFile;
use crate::scenario::{parse, shipped};
use crate::store::notes::{self, Note, TextError};

use super::{CommandError, Exit, Format};

/// The longest span of a note or a silence: one that is longer was hardly meant.
const LONGEST: Duration = Duration::from_hours(31 * 24);

/// Options of the command `annotate`, after parsing.
#[derive(Debug, Clone)]
pub struct AnnotateOptions {
    /// What happened.
    pub text: String,
    /// Name of the scenario that it is about, or its file; `None` is every scenario.
    pub scenario: Option<String>,
    /// When it happened; `None` is now.
    pub at: Option<String>,
    /// How long it lasts.
    pub length: Option<Duration>,
    /// Whether nobody is alerted meanwhile.
    pub silence: bool,
    /// Endpoints and journeys that it is about; empty means all.
    pub only: Vec<String>,
    /// Folder that contains all runs.
    pub out: PathBuf,
}

/// Runs `annotate`: the note is on disk when this returns.
/// # Errors
/// [`CommandError`]; nothing is noted then.
pub fn annotate(
    options: &AnnotateOptions,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let now = clock::now();
    let note = note_of(options, now)?;
    notes::append(&options.out, &note)?;
    let text = match format {
        Format::Json => listed_json(&[note], Vec::new()),
        _ => noted_text(&note, now),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Runs `annotate --list`, with the notes of one scenario or of all.
/// # Errors
/// [`CommandError`] where the notes cannot be read.
pub fn list(
    folder: &Path,
    scenario: Option<&str>,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let (mut all, unreadable) = notes::read(folder)?;
    if let Some(wanted) = scenario {
        let (name, _) = named(wanted)?;
        all.retain(|note| note.is_about(&name));
    }
    let warnings: Vec<String> = unreadable_notes(unreadable).into_iter().collect();
    let text = match format {
        Format::Json => listed_json(&all, warnings),
        _ => listed_text(&Listed { notes: &all, warnings: &warnings, folder }, clock::now()),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

fn note_of(options: &AnnotateOptions, now: Timestamp) -> Result<Note, CommandError> {
    let at = match &options.at {
        Some(text) => text.parse::<Timestamp>().map_err(|_| CommandError::Usage {
            what: format!("--at: {text:?} is not a point in time"),
            hint: "write it with its zone, such as 2026-12-01T02:00:00Z or 2026-12-01T03:00:00+01:00"
                .to_owned(),
        })?,
        None => now,
    };
    let at = whole_millis(at);
    if options.silence && options.length.is_none() {
        return Err(CommandError::Usage {
            what: "a silence needs its length".to_owned(),
            hint: "add --for SPAN, such as --for 30m; alerts are sent again afterwards".to_owned(),
        });
    }
    let length = options.length.map(checked).transpose()?;
    let (scenario, file) = match options.scenario.as_deref().map(named).transpose()? {
        Some((name, file)) => (Some(name), file),
        None => (None, None),
    };
    check_workloads(&options.only, file.as_ref())?;
    let note = Note::new(at, &options.text).map_err(|error| CommandError::Usage {
        what: error.to_string(),
        hint: match error {
            TextError::Empty => "say what happened, such as \"deploy 1.2.3\"",
            TextError::TooLong(_) => "name what happened, and link to the rest",
        }
        .to_owned(),
    })?;
    let until = length.map(|length| after(at, length));
    Ok(Note { until, scenario, only: options.only.clone(), silence: options.silence, ..note })
}

fn checked(length: Duration) -> Result<Duration, CommandError> {
    let wrong = |what: &str, hint: &str| CommandError::Usage { what: what.to_owned(), hint: hint.to_owned() };
    if length < Duration::from_secs(1) {
        return Err(wrong("--for: the span is shorter than a second", "give a span such as 30m"));
    }
    if length > LONGEST {
        let hint = "write a [[silence]] in the scenario for maintenance that comes again";
        return Err(wrong("--for: the span is longer than 31 days", hint));
    }
    Ok(length)
}

/// The name of a scenario, and what is in its file where there is one.
fn named(wanted: &str) -> Result<(String, Option<ScenarioFile>), CommandError> {
    let is_path =
        wanted.contains('/') || Path::new(wanted).extension().is_some_and(|ending| ending == "toml");
    match shipped::find(wanted).and_then(|source| parse(&source)) {
        Ok((file, _)) => Ok((file.name.clone(), Some(file))),
        Err(error) if is_path => Err(crate::run::RunError::from(error).into()),
        // A scenario that lies elsewhere: runs know it by its name.
        Err(_) => Ok((wanted.to_owned(), None)),
    }
}

/// A name that is not in the scenario would silence nothing.
fn check_workloads(only: &[String], file: Option<&ScenarioFile>) -> Result<(), CommandError> {
    let Some(file) = file else { return Ok(()) };
    let endpoints = file.endpoint.iter().map(|endpoint| endpoint.name.as_str());
    let journeys = file.journey.iter().map(|journey| journey.name.as_str());
    let known: Vec<&str> =
        endpoints.chain(journeys).chain(file.mix.iter().map(|mix| mix.name.as_str())).collect();
    let Some(unknown) = only.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    let hint = match nearest(unknown, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("it has {}", known.join(", ")),
    };
    Err(CommandError::Usage {
        what: format!("--only: {} has no endpoint, journey or mix {unknown:?}", file.name),
        hint,
    })
}
