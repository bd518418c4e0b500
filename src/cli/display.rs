//! What a stream of this process can show: a line that is drawn again in place, and colours.

use std::io::IsTerminal;

/// Columns where a terminal does not know its size.
pub(super) const USUAL_COLUMNS: usize = 80;

/// What a stream can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Display {
    /// Whether what was drawn can be drawn over: a terminal that understands cursor movements.
    pub(super) is_in_place: bool,
    /// Whether colours are shown and wanted.
    pub(super) has_colours: bool,
}

impl Display {
    /// What standard error can show.
    pub(super) fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal(), variable)
    }

    /// What standard output can show.
    pub(super) fn of_stdout() -> Self {
        Self::of(std::io::stdout().is_terminal(), variable)
    }

    /// By the conventions of `TERM`, `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE`, the same as those of the help.
    fn of(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_in_place = is_terminal && variable("TERM").is_some_and(|term| term != "dumb");
        let is_forced = variable("CLICOLOR_FORCE").is_some_and(|on| on != "0");
        let is_off = variable("CLICOLOR").is_some_and(|on| on == "0") && !is_forced;
        let is_refused = variable("NO_COLOR").is_some() || is_off;
        Self { is_in_place, has_colours: is_in_place && !is_refused }
    }
}

/// A variable of the environment; an empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then(|| value.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_obeyed() {
        let check = |is_terminal: bool, environment: &[(&str, &str)], expected: (bool, bool)| {
            let variable = |name: &str| {
                environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            let Display { is_in_place, has_colours } = Display::of(is_terminal, variable);
            assert_eq!((is_in_place, has_colours), expected, "{environment:?}");
        };
        check(true, &[("TERM", "xterm-256color")], (true, true));
        check(true, &[("TERM", "dumb")], (false, false));
        check(true, &[], (false, false));
        check(false, &[("TERM", "xterm")], (false, false));
        check(true, &[("TERM", "xterm"), ("NO_COLOR", "1")], (true, false));
        check(true, &[("TERM", "xterm"), ("CLICOLOR", "0")], (true, false));
        check(true, &[("TERM", "xterm"), ("CLICOLOR", "1")], (true, true));
        check(true, &[("TERM", "xterm"), ("CLICOLOR", "0"), ("CLICOLOR_FORCE", "1")], (true, true));
        check(true, &[("TERM", "xterm"), ("CLICOLOR", "0"), ("CLICOLOR_FORCE", "0")], (true, false));
        check(true, &[("TERM", "xterm"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], (true, false));
    }
}
