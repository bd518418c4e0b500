//! Two runs or baselines side by side, as text, Markdown, HTML and JSON.

use serde_json::{Value, json};

use crate::report::formats::document::{Document, Table, Text};
use crate::report::formats::json::{SCHEMA, pretty};
use crate::report::formats::json_findings::comparison_json;
use crate::report::formats::{html, markdown, text};
use crate::report::sections;
use crate::report::view::findings::NamedComparison;
use crate::report::wording::numbers::{count, counted};

/// More rows than these are in the JSON only.
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
    /// How many valid windows.
    pub windows: u64,
    /// When its first run started, RFC 3339.
    pub started_at: String,
}

/// Two sides and their difference.
#[derive(Debug, Clone)]
pub struct ComparedView {
    /// The scenario of both.
    pub scenario: String,
    /// What was before.
    pub before: SideView,
    /// What came after.
    pub after: SideView,
    /// What differs.
    pub comparison: NamedComparison,
}

impl ComparedView {
    /// For a terminal.
    pub fn text(&self) -> String {
        text::plain(&self.document())
    }

    /// For a code host.
    pub fn markdown(&self) -> String {
        markdown::markdown(&self.document())
    }

    /// One file.
    pub fn html(&self) -> String {
        html::html(&self.document(), &std::collections::BTreeMap::new())
    }

    /// For programs.
    pub fn json(&self) -> String {
        let mut object = json!({
            "schema": SCHEMA,
            "scenario": self.scenario,
            "before": side_json(&self.before),
            "after": side_json(&self.after),
        });
        if let (Value::Object(object), Value::Object(comparison)) =
            (&mut object, comparison_json(&self.comparison))
        {
            object.extend(comparison.into_iter().filter(|(key, _)| key != "baseline"));
        }
        pretty(&object)
    }

    fn document(&self) -> Document {
        let title = format!("{}: before and after", self.scenario);
        let mut document = Document { title, ..Document::default() };
        let mut table = Table::new(&["", "what", ">runs", ">valid windows", "started"]);
        for (name, side) in [("before", &self.before), ("after", &self.after)] {
            let kind = if side.is_baseline { "baseline " } else { "run " };
            table.row(vec![
                name.into(),
                Text::plain(kind).and(Text::code(&side.name)).into(),
                count(side.runs).into(),
                count(side.windows).into(),
                side.started_at.as_str().into(),
            ]);
        }
        document.table(table);
        sections::compared(&mut document, &self.comparison, MOST_ROWS, |_| true);
        document.paragraph(format!(
            "Before and after are of a typical window (the geometric mean of windows; a percentile is that of a typical \
             window, not of the whole level). Improvement is above 0 where it is better, with its 95 % interval. Effect is the \
             same difference in standard deviations between windows. {} at least are needed for a verdict on a cell.",
            counted(20, "valid window")
        ));
        document
    }
}

fn side_json(side: &SideView) -> Value {
    json!({
        "name": side.name,
        "is_baseline": side.is_baseline,
        "runs": side.runs,
        "windows": side.windows,
        "started_at": side.started_at,
    })
}
