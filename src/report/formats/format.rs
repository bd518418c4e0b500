//! How a result is printed.

/// A format of a verb's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text, for people.
    Text,
    /// JSON, for programs.
    Json,
    /// One line per row that was read: `detect` only.
    Csv,
    /// For code hosts: `compare` and `gate` only.
    Markdown,
    /// One self-contained HTML page: `compare` only.
    Html,
}
