//! Outputs of a verdict: standard output, files for CI, GitHub's annotations and step summary.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::commands::{CommandError, Format};
use crate::report::gate as report;
use crate::report::gate::GateView;
use crate::run::feed::Feed;
use crate::store::{append_text, write_drawing};

/// Environment variable with the path of GitHub's step summary.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Files to write besides standard output; `None` is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Path of the verdict as JSON.
    pub json: Option<PathBuf>,
    /// Path of the verdict as Markdown.
    pub markdown: Option<PathBuf>,
    /// Path of the verdict as JUnit XML.
    pub junit: Option<PathBuf>,
    /// Path of the verdict as `OpenMetrics`, for GitLab.
    pub gitlab_metrics: Option<PathBuf>,
    /// Whether to print GitHub annotations and append to the step summary.
    pub github: bool,
    /// Whether text lists every value, and not only what changed.
    pub all: bool,
}

/// Removes files of an earlier gate, so that they are not mistaken for this one's.
pub(super) fn clear(outputs: &Outputs) {
    let Outputs { json, markdown, junit, gitlab_metrics, github: _, all: _ } = outputs;
    for path in [json, markdown, junit, gitlab_metrics].into_iter().flatten() {
        // A missing file needs no removal; one that cannot be removed is overwritten.
        let _ = std::fs::remove_file(path);
    }
}

pub(super) fn write(
    outputs: &Outputs,
    views: &[GateView],
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<(), CommandError> {
    let markdown = report::markdown(views);
    let text = match format {
        Format::Json => report::json(views),
        Format::Markdown => markdown.clone(),
        _ => report::text(views, outputs.all),
    };
    // First, so that a file that cannot be written does not hide the verdict.
    say(out, &text)?;
    let put = |path: &Option<PathBuf>, text: &dyn Fn() -> Result<String, CommandError>| match path {
        Some(path) => write_drawing(path, text()?.as_bytes()).map_err(CommandError::from),
        None => Ok(()),
    };
    put(&outputs.json, &|| Ok(report::json(views)))?;
    put(&outputs.markdown, &|| Ok(markdown.clone()))?;
    put(&outputs.junit, &|| Ok(report::junit(views)?))?;
    put(&outputs.gitlab_metrics, &|| Ok(report::open_metrics(views)))?;
    if outputs.github {
        // The runner reads commands from both streams; standard output must stay valid data in other formats.
        let annotations = report::annotations(views);
        if format == Format::Text {
            say(out, &annotations)?;
        } else {
            annotations.lines().for_each(|line| feed.notice(line));
        }
        if let Some(path) = std::env::var_os(STEP_SUMMARY) {
            // A summary that cannot be written does not change the verdict.
            if let Err(error) = append_text(Path::new(&path), &markdown) {
                feed.notice(format!("warning: {error}"));
            }
        }
    }
    Ok(())
}

/// A reader that closes the pipe early does not change the verdict.
fn say(out: &mut dyn Write, text: &str) -> Result<(), CommandError> {
    match out.write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        said => said.map_err(CommandError::Output),
    }
}
