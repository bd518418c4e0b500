//! Two runs or baselines side by side, as text, Markdown, HTML and JSON.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::document::{Document, Table, Text};
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::comparison::Comparison;
use crate::report::formats::{html, markdown, text};
use crate::report::sections::{self, Rest};
use crate::report::view::findings::NamedComparison;
use crate::report::wording::numbers::{count, counted};
use crate::report::wording::times::moment_with_year;

/// Maximum rows of the table; the JSON output has all.
const MOST_ROWS: usize = 1_000;

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct SideView {
    /// The run's identity, or the baseline's name.
    pub name: String,
    /// Whether it is a baseline; otherwise it is a run.
    pub is_baseline: bool,
    /// How many runs are behind it.
    pub runs: u64,
    /// Number of valid windows.
    pub windows: u64,
    /// When its first run started, RFC 3339.
    pub started_at: String,
}

/// Two sides and their difference.
#[derive(Debug, Clone)]
pub struct ComparedView {
    /// Name of the scenario that both sides ran.
    pub scenario: String,
    /// The side that was named first.
    pub before: SideView,
    /// The side that was named second.
    pub after: SideView,
    /// The comparison of the two.
    pub comparison: NamedComparison,
}

impl ComparedView {
    /// Renders the comparison as plain text, for a terminal: only what changed, or `all` values.
    pub fn text(&self, all: bool) -> String {
        text::plain(&self.document(if all { Rest::Folded(usize::MAX) } else { Rest::Counted }))
    }

    /// Renders the comparison as Markdown, for pull requests and issues.
    pub fn markdown(&self) -> String {
        markdown::markdown(&self.document(Rest::Folded(MOST_ROWS)))
    }

    /// Renders the comparison as one self-contained HTML page.
    pub fn html(&self) -> String {
        html::html(&self.document(Rest::Folded(MOST_ROWS)), &std::collections::BTreeMap::new())
    }

    /// Renders the comparison as JSON, for programs.
    pub fn json(&self) -> String {
        print(CompareOutput {
            scenario: &self.scenario,
            before: (&self.before).into(),
            after: (&self.after).into(),
            comparison: (&self.comparison).into(),
        })
    }

    fn document(&self, rest: Rest) -> Document {
        let title = format!("{}: before and after", self.scenario);
        let mut document = Document { title, ..Document::default() };
        let mut table = Table::new(&["", "source", ">runs", ">valid windows", "started"]);
        for (name, side) in [("before", &self.before), ("after", &self.after)] {
            let kind = if side.is_baseline { "baseline " } else { "run " };
            table.row(vec![
                name.into(),
                Text::plain(kind).and(Text::code(&side.name)).into(),
                count(side.runs).into(),
                count(side.windows).into(),
                started(&side.started_at).into(),
            ]);
        }
        document.table(table);
        sections::compared(&mut document, &self.comparison, rest);
        document.paragraph(format!(
            "Before and after are values of a typical window (the geometric mean of the windows; a percentile is that of a \
             typical window, not of the whole level). Change is after relative to before, the mean over the cells of a row; improvement is \
             positive if the change is better; both with their 95 % interval. \
             Effect size is the same change in standard deviations between windows. A verdict on a cell needs at least {}.",
            counted(20, "valid window")
        ));
        document
    }
}

/// A time from a file, for people; as it is where it is none.
fn started(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), moment_with_year)
}

/// Two runs or baselines side by side.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline compare --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct CompareOutput<'a> {
    /// Name of the scenario that both sides ran.
    scenario: &'a str,
    /// The side that was named first.
    before: Side<'a>,
    /// The side that was named second.
    after: Side<'a>,
    #[serde(flatten)]
    comparison: Comparison<'a>,
}

impl Output for CompareOutput<'_> {
    const KIND: &'static str = "compare";
}

/// One side of a comparison.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Side<'a> {
    /// The run ID, or the baseline's name.
    name: &'a str,
    /// Whether it is a baseline; otherwise it is a run.
    is_baseline: bool,
    /// How many runs are behind it.
    runs: u64,
    /// Number of valid windows.
    windows: u64,
    /// When its first run started.
    #[schemars(extend("format" = "date-time"))]
    started_at: &'a str,
}

impl<'a> From<&'a SideView> for Side<'a> {
    fn from(side: &'a SideView) -> Self {
        Self {
            name: &side.name,
            is_baseline: side.is_baseline,
            runs: side.runs,
            windows: side.windows,
            started_at: &side.started_at,
        }
    }
}
