//! One verb a file: composes the rooms below into what the user asked for.
//!
//! A command writes its result to the output it is given and its progress to an observer; it never prints.

pub mod capacity;
mod committer;
pub mod compare;
pub mod detach;
pub mod detect;
mod error;
mod exit;
mod fingerprint;
pub mod gate;
mod interrupt;
mod launch;
pub mod list;
pub mod observer;
pub mod promote;
mod recorded;
pub mod report;
pub mod scenarios;
pub mod start;
mod start_plan;
pub mod status;
pub mod stop;
pub mod target;
pub mod test_cell;
mod watching;

pub use error::CommandError;
pub use exit::Exit;

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A row for each row read: `detect` alone.
    Csv,
    /// For code hosts: `compare` alone.
    Markdown,
    /// For browsers: `compare` alone.
    Html,
}
