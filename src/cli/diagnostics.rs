//! Prints an error, its causes and a hint: `error:`, `caused by:`, `hint:`.

use std::error::Error;
use std::io::{self, Write};

use crate::commands::CommandError;
use crate::domain::plain_text::visible;

use super::drawn_line;

/// Prints an error to standard error.
pub(super) fn print(error: &CommandError) {
    if let Some(log) = drawn_line::log_on_stderr() {
        let mut text = Vec::new();
        let _ = write(&mut text, error);
        let text = String::from_utf8_lossy(&text);
        return log.error(text.trim_end().trim_start_matches("error: "));
    }
    // If standard error is closed as well, there is nowhere left to report to.
    let _ = write(&mut io::stderr(), error);
}

fn write(to: &mut dyn Write, error: &CommandError) -> io::Result<()> {
    let mut printed = error.to_string();
    writeln!(to, "error: {}", visible(&printed))?;
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Skip a cause whose text is already part of the line above.
        if !printed.contains(&text) {
            writeln!(to, "caused by: {}", visible(&text))?;
        }
        printed = text;
        source = cause.source();
    }
    if let Some(hint) = error.hint() {
        writeln!(to, "hint: {}", visible(&hint))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_cause_and_a_hint() {
        let error =
            CommandError::System { action: "signal the run", source: io::Error::other("no such process") };
        let mut text = Vec::new();
        write(&mut text, &error).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "error: cannot signal the run\ncaused by: no such process\n"
        );
    }
}
