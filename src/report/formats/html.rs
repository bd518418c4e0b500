//! A document as one HTML file: style, script, font and charts are within; nothing is fetched.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plotters::style::RGBColor;

use crate::report::charts::FAMILY;
use crate::report::charts::palette::ON_DARK;

use super::document::{Align, Block, Card, Cell, Document, Span, Table, Text, Tone};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/sort.js");
/// The letters of charts, so that their labels are as wide as they were measured.
const FONT: &[u8] = include_bytes!("../charts/font/noto-sans.woff2");
/// Content security policy: the file loads nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:; img-src data:";

/// Longer texts in cells wrap on narrow screens.
const LONGEST_WORD: usize = 28;
/// Units that a line never ends before.
const UNITS: [&str; 16] = [
    "%", "us", "ms", "s", "min", "h", "d", "B", "kB", "MB", "GB", "users", "user", "days", "points", "sigma",
];
/// Months as times are written.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The document as HTML; `charts` are SVGs, one per layout, by the name of their file.
pub(in crate::report) fn html(document: &Document, charts: &BTreeMap<String, String>) -> String {
    let title = escape(&document.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n"
    );
    if !charts.is_empty() {
        let font = STANDARD.encode(FONT);
        let _ = writeln!(page, "@font-face{{font-family:\"Chart\";src:url(data:font/woff2;base64,{font})}}");
    }
    page.push_str(STYLE);
    page.push_str(&chart_style());
    let _ = write!(page, "</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n");
    // The verdict comes first; what leads to the rest of the page follows.
    let lead = usize::from(matches!(document.blocks.first(), Some(Block::Verdict { .. })));
    let (verdict, rest) = document.blocks.split_at(lead);
    blocks(&mut page, verdict, charts);
    contents(&mut page, rest);
    blocks(&mut page, rest, charts);
    let _ = write!(page, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

/// Which layout is shown, and how: letters stand as far apart as they were measured. Charts are drawn for light pages; on
/// dark ones each colour has a stand-in.
fn chart_style() -> String {
    let mut style = format!(
        ".chart svg text{{font-family:Chart,{FAMILY};font-kerning:none;font-variant-ligatures:none}}\n\
         .chart svg.narrow{{display:none}}\n\
         @media screen and (max-width:600px){{.chart svg.wide{{display:none}}.chart svg.narrow{{display:block}}}}\n\
         @media screen and (prefers-color-scheme:dark){{\n"
    );
    for (RGBColor(red, green, blue), on_dark) in ON_DARK {
        let colour = format!("#{red:02X}{green:02X}{blue:02X}");
        let _ = writeln!(
            style,
            ".chart svg [fill=\"{colour}\"]{{fill:{on_dark}}}.chart svg [stroke=\"{colour}\"]{{stroke:{on_dark}}}"
        );
    }
    style.push_str("}\n");
    style
}

fn contents(page: &mut String, blocks: &[Block]) {
    page.push_str("<nav aria-label=\"Contents\"><ul>\n");
    for block in blocks {
        if let Block::Heading { level: 2, id, text } = block {
            let _ = writeln!(page, "<li><a href=\"#{}\">{}</a></li>", escape(id), escape(text));
        }
    }
    page.push_str("</ul></nav>\n");
}

fn blocks(page: &mut String, all: &[Block], charts: &BTreeMap<String, String>) {
    for block in all {
        write_block(page, block, charts);
    }
}

fn write_block(page: &mut String, block: &Block, charts: &BTreeMap<String, String>) {
    let _ = match block {
        Block::Heading { level, id, text } => {
            writeln!(page, "<h{level} id=\"{}\">{}</h{level}>", escape(id), escape(text))
        }
        Block::Paragraph(text) => writeln!(page, "<p>{}</p>", inline(text)),
        Block::Small(text) => writeln!(page, "<p class=\"small\">{}</p>", inline(text)),
        Block::Verdict { tone, text, rest } => {
            let _ = write!(
                page,
                "<div class=\"verdict {}\" role=\"status\"><p>{}</p>",
                tone.name(),
                inline(text)
            );
            if !rest.is_empty() {
                let _ = write!(page, "<p class=\"rest\">{}</p>", inline(rest));
            }
            writeln!(page, "</div>")
        }
        Block::Cards(cards) => {
            page.push_str("<ul class=\"cards\">\n");
            for card in cards {
                write_card(page, card, charts);
            }
            writeln!(page, "</ul>")
        }
        Block::KeyNumbers(numbers) => {
            page.push_str("<dl class=\"numbers\">\n");
            for number in numbers {
                let _ = writeln!(
                    page,
                    "<div><dt>{}</dt><dd class=\"value\">{}</dd><dd>{}</dd></div>",
                    escape(&number.label),
                    kept_together(&escape(&number.value)),
                    kept_together(&escape(&number.note))
                );
            }
            writeln!(page, "</dl>")
        }
        Block::List(items) => {
            page.push_str("<ul>\n");
            for item in items {
                let _ = writeln!(page, "<li>{}</li>", inline(item));
            }
            writeln!(page, "</ul>")
        }
        Block::Checklist(items) => {
            page.push_str("<ul class=\"checklist\">\n");
            for item in items {
                let _ = writeln!(page, "<li><label><input type=\"checkbox\"> {}</label></li>", inline(item));
            }
            writeln!(page, "</ul>")
        }
        Block::Table(table) => {
            write_table(page, table);
            Ok(())
        }
        Block::Figure { file, alternative, caption } => {
            let svg = drawing(file, alternative, charts);
            let id = file.trim_end_matches(".png");
            writeln!(
                page,
                "<figure id=\"{}\" tabindex=\"-1\"><div class=\"chart\" tabindex=\"0\">{svg}</div><figcaption>{}</figcaption></figure>",
                escape(id),
                escape(caption)
            )
        }
        Block::Folded { summary, is_open, blocks: inner } => {
            let open = if *is_open { " open" } else { "" };
            let _ = writeln!(page, "<details{open}><summary>{}</summary>", escape(summary));
            blocks(page, inner, charts);
            writeln!(page, "</details>")
        }
    };
}

/// A chart with its sentence for those who do not see it.
fn drawing(file: &str, alternative: &str, charts: &BTreeMap<String, String>) -> String {
    let label = format!("<svg role=\"img\" aria-label=\"{}\" ", escape(alternative));
    charts.get(file).map_or_else(String::new, |svg| svg.replace("<svg ", &label))
}

fn write_card(page: &mut String, card: &Card, charts: &BTreeMap<String, String>) {
    let _ = writeln!(
        page,
        "<li class=\"card {}\" id=\"{}\" tabindex=\"-1\"><h3><span class=\"mark\">{}</span> {}</h3>",
        card.tone.name(),
        escape(&card.id),
        escape(&card.mark),
        inline(&card.title)
    );
    page.push_str("<dl>");
    for (name, fact) in &card.facts {
        let _ = writeln!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), inline(fact));
    }
    page.push_str("</dl>\n");
    if let Some((file, alternative)) = &card.chart {
        let _ = writeln!(page, "<div class=\"chart\">{}</div>", drawing(file, alternative, charts));
    }
    page.push_str("</li>\n");
}

fn write_table(page: &mut String, table: &Table) {
    page.push_str("<div class=\"table\" tabindex=\"0\"><table>\n");
    // A table of names and values needs no head.
    if table.columns.iter().any(|(name, _)| !name.is_empty()) {
        page.push_str("<thead><tr>");
        for (name, align) in &table.columns {
            let _ = write!(
                page,
                "<th scope=\"col\"{}>{}</th>",
                class_of(*align, Tone::Plain, false),
                escape(name)
            );
        }
        page.push_str("</tr></thead>\n");
    }
    page.push_str("<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (cell, (_, align)) in row.iter().zip(&table.columns) {
            write_cell(page, cell, *align);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table></div>\n");
}

fn class_of(align: Align, tone: Tone, is_text: bool) -> String {
    let align = if align == Align::Right { "right" } else { "" };
    let tone = if tone == Tone::Plain { "" } else { tone.name() };
    let text = if is_text { "text" } else { "" };
    let classes =
        [align, tone, text].into_iter().filter(|class| !class.is_empty()).collect::<Vec<_>>().join(" ");
    if classes.is_empty() { classes } else { format!(" class=\"{classes}\"") }
}

fn write_cell(page: &mut String, cell: &Cell, align: Align) {
    let is_text = align == Align::Left && cell.text.bare().len() > LONGEST_WORD;
    let _ = write!(page, "<td{}", class_of(align, cell.tone, is_text));
    if let Some(sort) = cell.sort.filter(|sort| sort.is_finite()) {
        let _ = write!(page, " data-sort=\"{sort}\"");
    }
    let _ = write!(page, ">{}", inline(&cell.text));
    if let Some(note) = &cell.note {
        let _ = write!(page, "<small>{}</small>", kept_together(&escape(note)));
    }
    page.push_str("</td>");
}

fn inline(text: &Text) -> String {
    let span = |span: &Span| match span {
        Span::Plain(text) => kept_together(&escape(text)),
        Span::Strong(text) => format!("<strong>{}</strong>", kept_together(&escape(text))),
        Span::Code(text) => format!("<code>{}</code>", escape(text)),
        Span::Link { text, to } => format!("<a href=\"#{}\">{}</a>", escape(to), escape(text)),
    };
    text.0.iter().map(span).collect()
}

/// Numbers stay with their units, and days with their months and times: `38.2 %`, `26 Nov 12:09:44`.
fn kept_together(text: &str) -> String {
    const JOINED: &str = "\u{a0}";
    let is_number = |word: &str| {
        let word = word.trim_start_matches(['(', '+', '-']);
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || ",.".contains(c))
    };
    let bare = without_punctuation;
    let is_time = |word: &str| {
        let of = |(place, c): (usize, u8)| if place % 3 == 2 { c == b':' } else { c.is_ascii_digit() };
        bare(word).len() == 8 && bare(word).bytes().enumerate().all(of)
    };
    let is_year = |word: &str| word.len() == 4 && word.bytes().all(|c| c.is_ascii_digit());
    let is_month = |word: &str| MONTHS.contains(&word);
    let mut joined = String::with_capacity(text.len() + 16);
    let mut before = "";
    for (place, word) in text.split(' ').enumerate() {
        let is_together = is_number(before) && (UNITS.contains(&bare(word)) || is_month(bare(word)))
            || is_month(before) && (is_time(word) || is_year(word))
            || is_year(before) && is_time(word)
            || is_time(before) && bare(word) == "UTC";
        if place > 0 {
            joined.push_str(if is_together { JOINED } else { " " });
        }
        joined.push_str(word);
        before = word;
    }
    joined
}

fn without_punctuation(word: &str) -> &str {
    word.trim_end_matches([',', ';', '.', ')', ':'])
}

/// Keeps text from being read as HTML, in elements and attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
