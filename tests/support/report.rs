//! Reports of a run as a test reads them: every number of every format, read back by code that shares none with the program.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Endpoint, level and metric.
pub(crate) type Place = (String, String, String);

/// A row of `summary.csv`, by column.
pub(crate) type Row = BTreeMap<String, String>;

/// A drawn report.
pub(crate) struct Drawn {
    pub(crate) summary: BTreeMap<Place, Row>,
    pub(crate) json: Value,
    pub(crate) markdown: String,
    pub(crate) html: String,
}

impl Drawn {
    pub(crate) fn read(run: &Path) -> Self {
        let text = |name: &str| std::fs::read_to_string(run.join(name)).unwrap();
        Self {
            summary: summary(&text("report/summary.csv")),
            json: serde_json::from_str(&text("report.json")).unwrap(),
            markdown: text("report.md"),
            html: text("report.html"),
        }
    }

    /// The tables of the Markdown: each a head and its rows, each row its cells, without mark-up.
    pub(crate) fn markdown_tables(&self) -> Vec<Vec<Vec<String>>> {
        let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
        let mut is_in_table = false;
        for line in self.markdown.lines() {
            let Some(inner) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
                is_in_table = false;
                continue;
            };
            if !is_in_table {
                tables.push(Vec::new());
                is_in_table = true;
            }
            if inner.chars().all(|c| "-:| ".contains(c)) && inner.contains("---") {
                continue;
            }
            let cells = split_cells(inner);
            tables.last_mut().unwrap().push(cells.iter().map(|cell| bare_markdown(cell)).collect());
        }
        tables
    }

    /// The same of the HTML, which has further tables of no head.
    pub(crate) fn html_tables(&self) -> Vec<Vec<Vec<String>>> {
        let tables = self.html.split("<table>").skip(1).map(|rest| rest.split("</table>").next().unwrap());
        let rows = |table: &str| {
            let rows = table.split("<tr>").skip(1).map(|rest| rest.split("</tr>").next().unwrap().to_owned());
            rows.map(|row| cells_of(&row)).collect()
        };
        tables.map(rows).collect()
    }
}

fn summary(text: &str) -> BTreeMap<Place, Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let row: Row =
            names.iter().zip(&record).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        ((row["endpoint"].clone(), row["level"].clone(), row["metric"].clone()), row)
    });
    rows.collect()
}

/// At every bar that is not escaped.
fn split_cells(inner: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut letters = inner.chars();
    while let Some(c) = letters.next() {
        match c {
            '\\' => {
                cells.last_mut().unwrap().push('\\');
                cells.last_mut().unwrap().extend(letters.next());
            }
            '|' => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

fn bare_markdown(cell: &str) -> String {
    let mut text = cell.trim().replace("**", "").replace("<br><sub>", " ").replace("</sub>", "");
    text = text.replace("<code>", "").replace("</code>", "");
    // `[words](#place)` is its words.
    while let Some(end) = text.find("](#") {
        let start = text[..end].rfind('[').unwrap();
        let close = end + text[end..].find(')').unwrap();
        text = format!("{}{}{}", &text[..start], &text[start + 1..end], &text[close + 1..]);
    }
    let mut bare = String::new();
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match c {
            '\\' => bare.extend(letters.next()),
            '`' => (),
            c => bare.push(c),
        }
    }
    unescaped(&bare).trim().to_owned()
}

fn cells_of(row: &str) -> Vec<String> {
    let mut cells = Vec::new();
    for tag in ["<th", "<td"] {
        for piece in row.split(tag).skip(1) {
            let inner = &piece[piece.find('>').unwrap() + 1..];
            let end = inner.find("</th>").or_else(|| inner.find("</td>")).unwrap();
            cells.push(bare_html(&inner[..end]));
        }
    }
    cells
}

fn bare_html(text: &str) -> String {
    let text = text.replace("<small>", " ");
    let mut bare = String::new();
    let mut is_tag = false;
    for c in text.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            c if !is_tag => bare.push(c),
            _ => (),
        }
    }
    unescaped(&bare).trim().to_owned()
}

fn unescaped(text: &str) -> String {
    let text = text
        .replace('\u{a0}', " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'");
    text.replace("&amp;", "&")
}
