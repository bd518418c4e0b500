//! A document as Markdown that reads well on a code host.

use std::fmt::Write as _;

use super::document::{Align, Block, Card, Cell, Document, Span, Table, Text, Tone};

/// The document as Markdown, with a line end.
pub(in crate::report) fn markdown(document: &Document) -> String {
    let mut text = format!("# {}\n\n", escape(&document.title));
    blocks(&mut text, &document.blocks);
    // One line end at the end, not two.
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn blocks(text: &mut String, blocks: &[Block]) {
    for block in blocks {
        write_block(text, block);
        text.push('\n');
    }
}

fn write_block(text: &mut String, block: &Block) {
    match block {
        // An anchor of our own, because hosts make up theirs in different ways.
        Block::Heading { level, id, text: heading } => {
            let _ = writeln!(text, "<a id=\"{id}\"></a>\n");
            let _ = writeln!(text, "{} {}", "#".repeat(usize::from(*level)), escape(heading));
        }
        Block::Paragraph(paragraph) | Block::Small(paragraph) => {
            let _ = writeln!(text, "{}", inline(paragraph));
        }
        Block::Verdict { tone, text: verdict, rest } => {
            let sign = match tone {
                Tone::Good => "✅ ",
                Tone::Bad => "❌ ",
                Tone::Doubt => "⚠️ ",
                Tone::Plain => "",
            };
            let _ = writeln!(text, "{sign}**{}**", inline(verdict));
            if !rest.is_empty() {
                let _ = writeln!(text, "\n{}", inline(rest));
            }
        }
        Block::KeyNumbers(numbers) => {
            let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
            text.push_str(&row(numbers.iter().map(|number| escape(&number.label)).collect()));
            text.push_str(&row(numbers.iter().map(|_| "---".to_owned()).collect()));
            let values = numbers.iter().map(|number| {
                format!("**{}**<br><sub>{}</sub>", escape(&number.value), escape(&number.note))
            });
            text.push_str(&row(values.collect()));
        }
        Block::List(items) => {
            for item in items {
                let _ = writeln!(text, "- {}", inline(item));
            }
        }
        Block::Checklist(items) => {
            for item in items {
                let _ = writeln!(text, "- [ ] {}", inline(item));
            }
        }
        Block::Table(table) => write_table(text, table),
        Block::Figure { file, alternative, caption } => {
            // Names of files are made from letters, digits and dashes.
            let id = file.trim_end_matches(".png");
            let (alternative, caption) = (escape(alternative), escape(caption));
            let _ = writeln!(text, "<a id=\"{id}\"></a>\n\n![{alternative}]({file})\n\n<sub>{caption}</sub>");
        }
        Block::Cards(cards) => cards.iter().for_each(|card| write_card(text, card)),
        Block::Folded { summary, blocks: inner, .. } => {
            let _ = writeln!(text, "<details>\n<summary>{}</summary>\n", escape(summary));
            blocks(text, inner);
            text.push_str("</details>\n");
        }
    }
}

fn write_card(text: &mut String, card: &Card) {
    let (id, mark) = (&card.id, escape(&card.mark));
    let _ = writeln!(text, "<a id=\"{id}\"></a>\n\n**{mark}: {}**\n", inline(&card.title));
    for (name, fact) in &card.facts {
        let _ = writeln!(text, "- {}: {}", escape(name), inline(fact));
    }
    if let Some((file, alternative)) = &card.chart {
        let _ = writeln!(text, "\n![{}]({file})", escape(alternative));
    }
    text.push('\n');
}

fn write_table(text: &mut String, table: &Table) {
    let names = table.columns.iter().map(|(name, _)| escape(name));
    let _ = writeln!(text, "| {} |", names.collect::<Vec<_>>().join(" | "));
    let rules = table.columns.iter().map(|(_, align)| match align {
        Align::Left => "---",
        Align::Right => "---:",
    });
    let _ = writeln!(text, "|{}|", rules.collect::<Vec<_>>().join("|"));
    for row in &table.rows {
        let _ = writeln!(text, "| {} |", row.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
}

fn cell(cell: &Cell) -> String {
    let text = inline(&cell.text);
    let text = if cell.tone == Tone::Bad && !text.is_empty() { format!("**{text}**") } else { text };
    match &cell.note {
        Some(note) => format!("{text}<br><sub>{}</sub>", escape(note)),
        None => text,
    }
}

fn inline(text: &Text) -> String {
    let span = |span: &Span| match span {
        Span::Plain(text) => escape(text),
        Span::Strong(text) => format!("**{}**", escape(text)),
        Span::Code(text) => code(text),
        Span::Link { text, to } => format!("[{}](#{to})", escape(text)),
    };
    text.0.iter().map(span).collect()
}

/// Letter for letter, as HTML: a code span of Markdown cannot hold every text within a table.
fn code(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii_alphanumeric() || " -_./:,=+%".contains(c)) {
        return format!("`{text}`");
    }
    format!("<code>{}</code>", escape(text))
}

/// Keeps text from being read as Markdown or HTML.
pub(in crate::report) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '`' | '*' | '[' | ']' | '\\' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // Within a word, as in names, an underscore is one; at its edge it would be emphasis.
            '_' if is_at_edge(text) => escaped.push_str("\\_"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a text has an underscore that could begin or end emphasis.
fn is_at_edge(text: &str) -> bool {
    text.split(|c: char| c != '_' && !c.is_alphanumeric())
        .any(|word| word.starts_with('_') || word.ends_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        let check = |text: &str, expected: &str| assert_eq!(escape(text), expected);
        check("health_detailed", "health_detailed");
        check("_init_", "\\_init\\_");
        check("<script>alert(1)</script>|a\nb", "&lt;script&gt;alert(1)&lt;/script&gt;\\|a b");
        check("a*b`c[d](e)", "a\\*b\\`c\\[d\\](e)");
    }

    #[test]
    fn a_table_has_one_line_a_row_whatever_it_holds() {
        let mut table = Table::new(&["name", ">value"]);
        table.row(vec!["a|b\nc".into(), Cell::number("1 ms", None).with_note(Some("0 to 2 ms".to_owned()))]);
        let mut text = String::new();
        write_table(&mut text, &table);
        assert_eq!(text, "| name | value |\n|---|---:|\n| a\\|b c | 1 ms<br><sub>0 to 2 ms</sub> |\n");
    }
}
