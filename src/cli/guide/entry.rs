//! One entry of the tables: what there is to say about a verb.

/// A command that can be typed as it is, and what it is for.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Example {
    /// What it does, as a sentence without its full stop.
    pub(in crate::cli) what: &'static str,
    /// The command, with `\` at the end of a line that continues.
    pub(in crate::cli) command: &'static str,
    /// Whether the short help shows it too.
    pub(in crate::cli) is_short: bool,
}

/// What help and man page of a verb say beyond its options.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Guide {
    /// The words after the name of the program; empty for the program itself.
    pub(in crate::cli) verb: &'static str,
    /// At least one.
    pub(in crate::cli) examples: &'static [Example],
    /// Paragraphs that apply to several options.
    pub(in crate::cli) notes: &'static [&'static str],
    /// Exit codes beside 2, which is always an error, and what they mean here.
    pub(in crate::cli) exit: &'static [(u8, &'static str)],
    /// Environment variables and their effect.
    pub(in crate::cli) environment: &'static [(&'static str, &'static str)],
    /// Files that it reads or writes, and what they contain.
    pub(in crate::cli) files: &'static [(&'static str, &'static str)],
    /// Verbs that belong to it.
    pub(in crate::cli) see_also: &'static [&'static str],
}

/// An example that both helps show.
pub(super) const fn short(what: &'static str, command: &'static str) -> Example {
    Example { what, command, is_short: true }
}

/// An example that only the long help shows.
pub(super) const fn long(what: &'static str, command: &'static str) -> Example {
    Example { what, command, is_short: false }
}
