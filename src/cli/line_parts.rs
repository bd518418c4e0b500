//! The parts of a line, by importance: those that fit a width, with a bar and colours.

use crate::domain::columns::{columns, cut};

/// Columns between two parts.
const GAP: usize = 2;
/// The narrowest and the widest bar, with its brackets.
const BAR: (usize, usize) = (12, 32);
/// Columns that are kept for what is being done, so that names of different lengths do not move the other parts.
const DOING: usize = 26;
/// Fewer columns than this say nothing about what is being done.
const LEAST_DOING: usize = 8;

/// How a part is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Good,
    Doubt,
    Bad,
    Faint,
}

impl Tone {
    /// Its codes of ECMA-48 (SGR), of the sixteen colours that each terminal has in its own shades.
    fn codes(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Good => "32",
            Self::Doubt => "33",
            Self::Bad => "1;31",
            Self::Faint => "2",
        }
    }
}

/// What a part shows.
pub(super) enum Content {
    Text(String),
    /// A bar; the number is the part that is done, 0 to 1.
    Bar(f64),
    /// What is being done: shortened to the columns that are left.
    Doing(String),
}

/// A part of the line; the lower its rank, the more important.
pub(super) struct Part {
    pub(super) content: Content,
    pub(super) rank: u8,
    pub(super) tone: Tone,
}

impl Part {
    pub(super) fn text(text: String, rank: u8, tone: Tone) -> Self {
        Self { content: Content::Text(text), rank, tone }
    }
}

/// The parts that fit as one line, at most `width` columns wide. Colours are codes, which take no columns.
pub(super) fn painted(parts: &[Part], width: usize, has_colours: bool) -> String {
    let pieces = fitted(parts, width).into_iter().map(|(text, tone)| match tone.codes() {
        codes if has_colours && !codes.is_empty() => format!("\u{1b}[{codes}m{text}\u{1b}[0m"),
        _ => text,
    });
    pieces.collect::<Vec<_>>().join(&" ".repeat(GAP))
}

/// The parts that fit, in the order of the line.
fn fitted(parts: &[Part], width: usize) -> Vec<(String, Tone)> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|place| parts[*place].rank);
    let mut room = width;
    let mut granted: Vec<Option<usize>> = vec![None; parts.len()];
    let mut is_first = true;
    for place in order.iter().copied() {
        let free = room.saturating_sub(if is_first { 0 } else { GAP });
        let needs = match &parts[place].content {
            Content::Text(text) if columns(text) <= free => columns(text),
            // What is less important would only come and go with the length of this one.
            Content::Text(_) => break,
            Content::Bar(_) if free >= BAR.0 => BAR.0,
            Content::Doing(_) if free >= LEAST_DOING => free.min(DOING),
            Content::Bar(_) | Content::Doing(_) => continue,
        };
        granted[place] = Some(needs);
        room -= needs + if is_first { 0 } else { GAP };
        is_first = false;
    }
    // What is left goes to the bar and to what is being done, to the more important one first.
    for place in order {
        let Some(granted) = &mut granted[place] else { continue };
        let most = match &parts[place].content {
            Content::Text(_) => continue,
            Content::Bar(_) => BAR.1,
            Content::Doing(doing) => columns(doing),
        };
        let more = room.min(most.saturating_sub(*granted));
        *granted += more;
        room -= more;
    }
    let pieces = parts.iter().zip(granted).filter_map(|(part, granted)| {
        let text = match &part.content {
            Content::Text(text) => granted.map(|_| text.clone()),
            Content::Bar(done) => granted.map(|granted| bar(*done, granted)),
            Content::Doing(doing) => granted.map(|granted| shortened(doing, granted)),
        };
        Some((text.filter(|text| !text.is_empty())?, part.tone))
    });
    pieces.collect()
}

fn bar(done: f64, width: usize) -> String {
    let room = width.saturating_sub(2);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the columns of a bar"
    )]
    let full = ((done * room as f64) as usize).min(room);
    let tip = if full < room { ">" } else { "" };
    format!("[{}{tip}{}]", "=".repeat(full), " ".repeat(room - full - tip.len()))
}

/// A cell without its level where both do not fit, and cut where not even that does.
fn shortened(doing: &str, most: usize) -> String {
    let brief = doing.split(" at ").next().unwrap_or(doing);
    if columns(doing) <= most { doing.to_owned() } else { cut(brief, most) }
}
