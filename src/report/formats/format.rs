//! How a result is printed.

/// A format of a verb's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// One line per row that was read: `detect` only.
    Csv,
    /// For code hosts: `compare` and `gate` only.
    Markdown,
    /// For browsers: `compare` only.
    Html,
}
