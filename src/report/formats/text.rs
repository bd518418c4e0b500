//! A document as plain text, for terminals.

use std::fmt::Write as _;

use crate::domain::columns::{columns, padded};

use super::document::{Align, Block, Cell, Document, Table};

/// The document as text, with a line end.
pub(in crate::report) fn plain(document: &Document) -> String {
    let mut text = format!("{}\n\n", shown(&document.title));
    blocks(&mut text, &document.blocks);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// One table as plain text.
pub(in crate::report) fn table_text(table: &Table) -> String {
    let mut text = String::new();
    write_table(&mut text, table);
    text
}

fn blocks(text: &mut String, all: &[Block]) {
    for block in all {
        match block {
            Block::Heading { text: heading, .. } => {
                let _ = writeln!(text, "{}", shown(heading));
            }
            Block::Paragraph(paragraph) | Block::Small(paragraph) => {
                let _ = writeln!(text, "{}", shown(&paragraph.bare()));
            }
            Block::Verdict { text: verdict, rest, .. } => {
                let _ = writeln!(text, "{}", shown(&verdict.bare()));
                if !rest.is_empty() {
                    let _ = writeln!(text, "{}", shown(&rest.bare()));
                }
            }
            Block::Cards(cards) => {
                for card in cards {
                    let _ = writeln!(text, "  {}: {}", shown(&card.mark), shown(&card.title.bare()));
                    for (name, fact) in &card.facts {
                        let _ = writeln!(text, "    {}: {}", shown(name), shown(&fact.bare()));
                    }
                }
            }
            Block::KeyNumbers(numbers) => {
                for number in numbers {
                    let _ = writeln!(
                        text,
                        "  {}: {} ({})",
                        shown(&number.label),
                        number.value,
                        shown(&number.note)
                    );
                }
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(text, "  - {}", shown(&item.bare()));
                }
            }
            Block::Checklist(items) => {
                for item in items {
                    let _ = writeln!(text, "  [ ] {}", shown(&item.bare()));
                }
            }
            Block::Table(table) => write_table(text, table),
            // A terminal has no pictures; their sentence says what they show.
            Block::Figure { alternative, .. } => {
                let _ = writeln!(text, "{}", shown(alternative));
            }
            Block::Folded { summary, blocks: inner, .. } => {
                let _ = writeln!(text, "{}\n", shown(summary));
                blocks(text, inner);
            }
        }
        text.push('\n');
    }
}

fn write_table(text: &mut String, table: &Table) {
    let header: Vec<String> = table.columns.iter().map(|(name, _)| shown(name)).collect();
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>()).collect();
    let wide = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.chain(header.get(column)).map(|cell| columns(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(wide).collect();
    for row in std::iter::once(&header).chain(&rows) {
        let mut line = String::from(" ");
        for ((cell, width), (_, align)) in row.iter().zip(&widths).zip(&table.columns) {
            let _ = match align {
                Align::Left => write!(line, " {} ", padded(cell, *width)),
                Align::Right => write!(line, " {}{cell} ", " ".repeat(width.saturating_sub(columns(cell)))),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn cell(cell: &Cell) -> String {
    let text = shown(&cell.text.bare());
    match &cell.note {
        Some(note) => format!("{text} ({})", shown(note)),
        None => text,
    }
}

/// Without what could move a cursor.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(&["name", ">value"]);
        table.row(vec!["a".into(), "1 ms".into()]);
        table.row(vec!["long\u{1b}[2J".into(), "1,000 ms".into()]);
        let mut text = String::new();
        write_table(&mut text, &table);
        assert_eq!(text, "  name         value\n  a             1 ms\n  long [2J  1,000 ms\n");
    }

    #[test]
    fn wide_letters_keep_the_columns() {
        let mut table = Table::new(&["name", ">value"]);
        table.row(vec!["検索".into(), "1 ms".into()]);
        table.row(vec!["browse".into(), "20 件".into()]);
        assert_eq!(table_text(&table), "  name    value\n  検索     1 ms\n  browse  20 件\n");
    }
}
