//! A document as text for terminals: no line is wider than 100 columns. Cells of wide tables are wrapped.

use std::fmt::Write as _;

use crate::domain::columns::{columns, padded};
use crate::domain::plain_text::visible;
use crate::report::formats::document::{Align, Block, Card, Cell, Document, Table};
use crate::report::wording::numbers::capital;

/// Widest line. Units: columns.
const WIDEST: usize = 100;
/// No column of a table becomes narrower than this, unless all its cells are.
const NARROWEST: usize = 10;

/// The document as text, with a line end.
pub(super) fn plain(document: &Document) -> String {
    let mut text = String::new();
    paragraph(&mut text, "", "", &document.title);
    text.push('\n');
    blocks(&mut text, &document.blocks);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn blocks(text: &mut String, all: &[Block]) {
    for block in all {
        write_block(text, block);
        let is_heading = matches!(block, Block::Heading { .. });
        if !is_heading {
            text.push('\n');
        }
    }
}

fn write_block(text: &mut String, block: &Block) {
    match block {
        Block::Heading { level: 2, text: heading, .. } => {
            let _ = writeln!(text, "{}", shown(heading).to_uppercase());
        }
        Block::Heading { text: heading, .. } => paragraph(text, "", "", heading),
        Block::Paragraph(words) => paragraph(text, "", "", &words.bare()),
        // A note belongs to what it follows.
        Block::Small(words) => {
            text.truncate(text.trim_end().len());
            text.push('\n');
            paragraph(text, "  ", "  ", &words.bare());
        }
        Block::Verdict { text: verdict, rest, .. } => {
            paragraph(text, "", "", &verdict.bare());
            if !rest.is_empty() {
                paragraph(text, "", "", &rest.bare());
            }
        }
        Block::Cards(cards) => cards.iter().for_each(|card| write_card(text, card)),
        Block::KeyNumbers(numbers) => {
            for number in numbers {
                paragraph(
                    text,
                    "  ",
                    "    ",
                    &format!("{}: {} ({})", number.label, number.value, number.note),
                );
            }
        }
        Block::List(items) => items.iter().for_each(|item| paragraph(text, "  - ", "    ", &item.bare())),
        Block::Checklist(items) => {
            for item in items {
                paragraph(text, "  [ ] ", "      ", &item.quoted());
            }
        }
        Block::Table(table) => write_table(text, table),
        Block::Figure { alternative, .. } => paragraph(text, "", "", alternative),
        Block::Folded { summary, blocks: inner, .. } => {
            paragraph(text, "", "", summary);
            blocks(text, inner);
        }
    }
}

fn write_card(text: &mut String, card: &Card) {
    paragraph(text, "  ", "     ", &format!("{}  {}", card.mark, card.title.quoted()));
    for (name, fact) in &card.facts {
        paragraph(text, "     ", "       ", &format!("{}: {}", capital(name), fact.quoted()));
    }
}

/// Writes a text in lines of at most [`WIDEST`] columns: the first begins with `first`, all others with `other`.
fn paragraph(text: &mut String, first: &str, other: &str, words: &str) {
    let room = WIDEST - columns(first).max(columns(other));
    for (place, line) in wrapped(&shown(words), room).into_iter().enumerate() {
        let beginning = if place == 0 { first } else { other };
        let _ = writeln!(text, "{}", format!("{beginning}{line}").trim_end());
    }
}

/// The text in lines of at most `room` columns. Words that are longer are cut.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in text.split_whitespace() {
        let space = usize::from(taken > 0);
        if taken + space + columns(word) > room && taken > 0 {
            lines.push(String::new());
            taken = 0;
        } else if space > 0 {
            lines.last_mut().into_iter().for_each(|line| line.push(' '));
            taken += 1;
        }
        for letter in word.chars() {
            let width = columns(letter.encode_utf8(&mut [0; 4]));
            if taken + width > room && taken > 0 {
                lines.push(String::new());
                taken = 0;
            }
            lines.last_mut().into_iter().for_each(|line| line.push(letter));
            taken += width;
        }
    }
    lines
}

fn write_table(text: &mut String, table: &Table) {
    let header: Vec<String> = table.columns.iter().map(|(name, _)| shown(name)).collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let widths = widths(&header, &rows);
    let has_header = header.iter().any(|name| !name.is_empty());
    for row in has_header.then_some(&header).into_iter().chain(&rows) {
        let cells: Vec<Vec<String>> =
            row.iter().zip(&widths).map(|(cell, width)| wrapped(cell, *width)).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut written = String::from(" ");
            for ((cell, width), (_, align)) in cells.iter().zip(&widths).zip(&table.columns) {
                let piece = cell.get(line).map_or("", String::as_str);
                let _ = match align {
                    Align::Left => write!(written, " {} ", padded(piece, *width)),
                    Align::Right => {
                        write!(written, " {}{piece} ", " ".repeat(width.saturating_sub(columns(piece))))
                    }
                };
            }
            let _ = writeln!(text, "{}", written.trim_end());
        }
    }
}

/// Widths of the columns: as wide as their cells, the widest ones narrowed until a line fits.
fn widths(header: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let wide = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.chain(header.get(column)).map(|cell| columns(cell)).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..header.len()).map(wide).collect();
    // A column has a space on each side; a line begins with one more, and its end is trimmed.
    let room = WIDEST.saturating_sub(2 * header.len());
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

fn cell(cell: &Cell) -> String {
    let text = shown(&cell.text.bare());
    match &cell.note {
        Some(note) => format!("{text} ({})", shown(note)),
        None => text,
    }
}

/// Without what could move a cursor or turn the direction of writing. It is as wide as it is shown.
fn shown(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_between_words() {
        let check = |text: &str, room: usize, expected: &[&str]| assert_eq!(wrapped(text, room), expected);
        check("one two three", 7, &["one two", "three"]);
        check("one two three", 13, &["one two three"]);
        check("", 5, &[""]);
        check("abcdefgh ij", 5, &["abcde", "fgh", "ij"]);
        check("検索検索 a", 5, &["検索", "検索", "a"]);
    }

    #[test]
    fn no_table_is_wider_than_a_line() {
        let mut table = Table::new(&["name", "value", ">number"]);
        let long = "a value of many words ".repeat(12);
        table.row(vec!["x".into(), long.as_str().into(), "1".into()]);
        table.row(vec!["検".repeat(40).into(), "short".into(), "123".into()]);
        let mut text = String::new();
        write_table(&mut text, &table);
        assert!(text.lines().all(|line| columns(line) <= WIDEST), "{text}");
        assert!(text.lines().any(|line| columns(line) > WIDEST - 8), "{text}");
    }
}
