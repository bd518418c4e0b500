//! A report as headings, text, lists, tables and figures, built once. Markdown, HTML and plain text only spell it, so
//! they cannot disagree.

/// A piece of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) enum Span {
    /// Text without emphasis.
    Plain(String),
    /// Emphasised text.
    Strong(String),
    /// A name or a command, letter for letter.
    Code(String),
    /// Leads to another place of the report.
    Link { text: String, to: String },
}

/// A line of text, made of styled pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::report) struct Text(pub(super) Vec<Span>);

impl Text {
    pub(in crate::report) fn plain(text: impl Into<String>) -> Self {
        Self(vec![Span::Plain(text.into())])
    }

    pub(in crate::report) fn code(text: impl Into<String>) -> Self {
        Self(vec![Span::Code(text.into())])
    }

    pub(in crate::report) fn strong(text: impl Into<String>) -> Self {
        Self(vec![Span::Strong(text.into())])
    }

    pub(in crate::report) fn link(text: impl Into<String>, to: impl Into<String>) -> Self {
        Self(vec![Span::Link { text: text.into(), to: to.into() }])
    }

    /// This text, followed by another one.
    pub(in crate::report) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// This text, followed by plain text.
    pub(in crate::report) fn then(self, more: impl Into<String>) -> Self {
        self.and(Self::plain(more))
    }

    pub(in crate::report) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text without its styles.
    pub(in crate::report) fn bare(&self) -> String {
        let bare = |span: &Span| match span {
            Span::Plain(text) | Span::Strong(text) | Span::Code(text) | Span::Link { text, .. } => {
                text.clone()
            }
        };
        self.0.iter().map(bare).collect()
    }

    /// The text without its styles, with code between other text in backticks.
    pub(in crate::report) fn quoted(&self) -> String {
        let quoted = |span: &Span| match span {
            Span::Code(text) => format!("`{text}`"),
            Span::Plain(text) | Span::Strong(text) | Span::Link { text, .. } => text.clone(),
        };
        if self.0.len() > 1 { self.0.iter().map(quoted).collect() } else { self.bare() }
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self::plain(text)
    }
}

/// Whether something is as it should be. Said in words too, wherever it colours something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::report) enum Tone {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// Good: an SLO that is met, for example.
    Good,
    /// Undecided, or in need of attention.
    Doubt,
    /// Not as it should be.
    Bad,
}

impl Tone {
    /// CSS class of the tone in HTML.
    pub(in crate::report) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Doubt => "doubt",
            Self::Bad => "bad",
        }
    }
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::report) struct Cell {
    pub(in crate::report) text: Text,
    /// Below the text and smaller: usually its interval.
    pub(in crate::report) note: Option<String>,
    /// What the column is sorted by, where the text does not tell.
    pub(in crate::report) sort: Option<f64>,
    pub(in crate::report) tone: Tone,
}

impl Cell {
    /// A cell that is sorted by a number.
    pub(in crate::report) fn number(text: impl Into<String>, sort: Option<f64>) -> Self {
        Self { text: Text::plain(text), sort, ..Self::default() }
    }

    pub(in crate::report) fn with_note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    pub(in crate::report) fn with_tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl<T: Into<Text>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// Which way the cells of a column are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Align {
    Left,
    Right,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::report) struct Table {
    pub(in crate::report) columns: Vec<(String, Align)>,
    /// Each as long as `columns`.
    pub(in crate::report) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows; a column whose name begins with `>` is set right.
    pub(in crate::report) fn new(columns: &[&str]) -> Self {
        let columns = columns.iter().map(|name| match name.strip_prefix('>') {
            Some(name) => (name.to_owned(), Align::Right),
            None => ((*name).to_owned(), Align::Left),
        });
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    pub(in crate::report) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }
}

/// A number that carries the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyNumber {
    /// Name of the number.
    pub label: String,
    /// The number with its unit.
    pub value: String,
    /// Its interval and its limit or comparison value.
    pub note: String,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) enum Block {
    /// `id` is what links lead to.
    Heading {
        level: u8,
        id: String,
        text: String,
    },
    Paragraph(Text),
    /// A paragraph of lesser weight.
    Small(Text),
    /// The one sentence that is read if only one is.
    Verdict {
        tone: Tone,
        text: Text,
        /// What else belongs to it, less loud.
        rest: Text,
    },
    KeyNumbers(Vec<KeyNumber>),
    List(Vec<Text>),
    /// Things to do, each with a box to tick.
    Checklist(Vec<Text>),
    Table(Table),
    /// A chart, by the name of its file.
    Figure {
        file: String,
        alternative: String,
        caption: String,
    },
    /// Things that each need a few lines, side by side where there is room.
    Cards(Vec<Card>),
    /// For who wants to know more.
    Folded {
        summary: String,
        /// Whether it is unfolded at first, where it can be folded.
        is_open: bool,
        blocks: Vec<Block>,
    },
}

/// Something that needs a few lines: an incident, a recommendation.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Card {
    /// What links lead to.
    pub(in crate::report) id: String,
    pub(in crate::report) tone: Tone,
    /// A word or number before the title: `I1`, `critical`.
    pub(in crate::report) mark: String,
    pub(in crate::report) title: Text,
    /// Lines below the title, each with a name: `when`, `size`.
    pub(in crate::report) facts: Vec<(String, Text)>,
    /// A small chart by the name of its file, and what it shows in a sentence.
    pub(in crate::report) chart: Option<(String, String)>,
}

/// A report: its title and its blocks, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::report) struct Document {
    pub(in crate::report) title: String,
    pub(in crate::report) blocks: Vec<Block>,
}

impl Document {
    pub(in crate::report) fn heading(&mut self, id: &str, text: &str) {
        self.blocks.push(Block::Heading { level: 2, id: id.to_owned(), text: text.to_owned() });
    }

    pub(in crate::report) fn subheading(&mut self, id: &str, text: &str) {
        self.blocks.push(Block::Heading { level: 3, id: id.to_owned(), text: text.to_owned() });
    }

    pub(in crate::report) fn paragraph(&mut self, text: impl Into<Text>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    /// A list; nothing where it has no items.
    pub(in crate::report) fn list(&mut self, items: Vec<Text>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    /// A part that is folded at first.
    pub(in crate::report) fn folded(&mut self, summary: impl Into<String>, blocks: Vec<Block>) {
        if !blocks.is_empty() {
            self.blocks.push(Block::Folded { summary: summary.into(), is_open: false, blocks });
        }
    }

    pub(in crate::report) fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }
}
