//! `report` from its command line to its output.

use std::io::Write;

use crate::commands::report_period::{self, PeriodFormat, PeriodOptions};
use crate::commands::{CommandError, Exit, report};
use crate::domain::units::parse_span;
use crate::report::drawing::Drawing;

use super::run_args::{ReportArguments, ReportFormat};

/// Runs `report`.
/// # Errors
/// [`CommandError`] where the options contradict each other, or as the functions of [`report`].
pub(super) fn draw(arguments: &ReportArguments, out: &mut dyn Write) -> Result<Exit, CommandError> {
    if arguments.schema {
        return report::print_schema(out);
    }
    let folder = &arguments.folder.out;
    if let Some(to) = &arguments.status_page {
        return report::status_page(folder, &arguments.runs, arguments.all, to, out);
    }
    if let Some(last) = &arguments.last {
        return report_period::report(&period(arguments, last)?, out);
    }
    let [run] = arguments.runs.as_slice() else {
        return Err(CommandError::Usage {
            what: "several runs have no report together".to_owned(),
            hint: "name one run, or use --status-page DIR".to_owned(),
        });
    };
    match arguments.format {
        ReportFormat::Json => return report::print(folder, run, out),
        ReportFormat::Text => (),
        ReportFormat::Markdown | ReportFormat::Html => {
            return Err(CommandError::Usage {
                what: "the report of a run is not printed in this format".to_owned(),
                hint: "use --only md or --only html, or report a period with --last 30d".to_owned(),
            });
        }
    }
    let drawings: Vec<Drawing> = match arguments.only.as_slice() {
        [] => Drawing::ALL.to_vec(),
        only => only.iter().map(|drawing| (*drawing).into()).collect(),
    };
    report::report(folder, run, &drawings, out)
}

fn period(arguments: &ReportArguments, last: &str) -> Result<PeriodOptions, CommandError> {
    let usage = |what: String| CommandError::Usage {
        what,
        hint: "give a duration with its unit, such as --last 30d, and one scenario".to_owned(),
    };
    let length = parse_span(last).map_err(|error| usage(format!("--last: {error}")))?;
    if length.is_zero() {
        return Err(usage("--last: nothing was measured within no time".to_owned()));
    }
    let [wanted] = arguments.runs.as_slice() else {
        return Err(usage("--last reports the runs of one scenario".to_owned()));
    };
    Ok(PeriodOptions {
        wanted: wanted.clone(),
        last: last.to_owned(),
        length,
        to: arguments.to.clone(),
        out: arguments.folder.out.clone(),
        format: match arguments.format {
            ReportFormat::Text => PeriodFormat::Files,
            ReportFormat::Json => PeriodFormat::Json,
            ReportFormat::Markdown => PeriodFormat::Markdown,
            ReportFormat::Html => PeriodFormat::Html,
        },
    })
}
