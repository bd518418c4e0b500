//! What people noted about the time of the run, and when nobody was alerted.

use crate::report::formats::document::{Document, Table, Text};
use crate::report::view::marks::{Mark, MarkSource};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::MISSING;
use crate::report::wording::times::moment;

use super::parts::{MOST_LINES, more};

pub(super) fn section(document: &mut Document, view: &RunView) {
    of_marks(document, &view.marks);
}

fn of_marks(document: &mut Document, marks: &[Mark]) {
    if marks.is_empty() {
        return;
    }
    document.heading("notes", "Notes and maintenance");
    if marks.iter().any(|mark| mark.silence) {
        document
            .paragraph("No alerts were sent during silences; everything was measured and judged as always.");
    }
    let mut table = Table::new(&["", "from", "until", "what", "about", "alerts", "source"]);
    for mark in marks.iter().take(MOST_LINES) {
        let about = if mark.only.is_empty() { "everything".to_owned() } else { mark.only.join(", ") };
        let source = match mark.source {
            MarkSource::Scenario => Text::plain("scenario"),
            MarkSource::Note => Text::code("baseline annotate"),
        };
        table.row(vec![
            Text::strong(mark.name()).into(),
            moment(mark.at).into(),
            mark.until.map_or_else(|| MISSING.to_owned(), moment).into(),
            mark.text.as_str().into(),
            about.into(),
            if mark.silence { "silenced" } else { "as always" }.into(),
            source.into(),
        ]);
    }
    document.table(table);
    if let Some(more) = more(marks.len(), MOST_LINES, "report.json") {
        document.paragraph(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::formats::document::{Block, Cell};

    fn lines(marks: &[Mark]) -> Vec<String> {
        let mut document = Document::default();
        of_marks(&mut document, marks);
        let mut lines = Vec::new();
        for block in &document.blocks {
            match block {
                Block::Table(table) => {
                    let row = |row: &Vec<Cell>| {
                        row.iter().map(|cell| cell.text.bare()).collect::<Vec<_>>().join(" | ")
                    };
                    lines.extend(table.rows.iter().map(row));
                }
                Block::Paragraph(text) => lines.push(text.bare()),
                _ => {}
            }
        }
        lines
    }

    fn mark(number: usize) -> Mark {
        Mark {
            number,
            at: "2026-11-26T12:00:00Z".parse().unwrap(),
            until: None,
            text: "deploy 1.2.3".to_owned(),
            only: Vec::new(),
            silence: false,
            source: MarkSource::Note,
        }
    }

    #[test]
    fn a_run_without_notes_has_no_section() {
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn notes_and_silences_have_a_line_each() {
        let silence = Mark {
            until: Some("2026-11-26T12:30:00Z".parse().unwrap()),
            text: "backup".to_owned(),
            only: vec!["health".to_owned(), "browse".to_owned()],
            silence: true,
            source: MarkSource::Scenario,
            ..mark(2)
        };
        let expected = [
            "No alerts were sent during silences; everything was measured and judged as always.",
            "N1 | 26 Nov 12:00:00 UTC | – | deploy 1.2.3 | everything | as always | baseline annotate",
            "N2 | 26 Nov 12:00:00 UTC | 26 Nov 12:30:00 UTC | backup | health, browse | silenced | scenario",
        ];
        assert_eq!(lines(&[mark(1), silence]), expected);
        assert_eq!(lines(&[mark(1)]).len(), 1);
        let many: Vec<Mark> = (1..=25).map(mark).collect();
        assert_eq!(lines(&many).last().unwrap(), "and 5 more in report.json");
    }
}
