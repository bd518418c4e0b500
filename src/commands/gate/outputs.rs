//! Where a verdict goes: standard output, files for CI, GitHub's annotations and step summary.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::commands::{CommandError, Format};
use crate::report::gate as report;
use crate::report::gate::GateView;
use crate::run::feed::Feed;
use crate::store::{append_text, write_drawing};

/// The variable that names GitHub's step summary.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Files beside standard output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// JSON.
    pub json: Option<PathBuf>,
    /// Markdown.
    pub markdown: Option<PathBuf>,
    /// JUnit XML.
    pub junit: Option<PathBuf>,
    /// `OpenMetrics`, for GitLab.
    pub gitlab_metrics: Option<PathBuf>,
    /// Whether annotations are printed and the step summary is written.
    pub github: bool,
}

/// Removes what an earlier gate left, so that nobody takes it for this one's.
pub(super) fn clear(outputs: &Outputs) {
    let Outputs { json, markdown, junit, gitlab_metrics, github: _ } = outputs;
    for path in [json, markdown, junit, gitlab_metrics].into_iter().flatten() {
        // One that was not there is as good as removed; one that stays is written over.
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
        _ => report::text(views),
    };
    // First, so that no file that cannot be written costs the verdict.
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
        // The runner reads commands from both streams; standard output is data where it was asked for as such.
        let annotations = report::annotations(views);
        if format == Format::Text {
            say(out, &annotations)?;
        } else {
            annotations.lines().for_each(|line| feed.notice(line));
        }
        if let Some(path) = std::env::var_os(STEP_SUMMARY) {
            // A summary that cannot be written changes no verdict.
            if let Err(error) = append_text(Path::new(&path), &markdown) {
                feed.notice(format!("warning: {error}"));
            }
        }
    }
    Ok(())
}

/// A reader that has read enough changes nothing of the verdict.
fn say(out: &mut dyn Write, text: &str) -> Result<(), CommandError> {
    match out.write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        said => said.map_err(CommandError::Output),
    }
}
