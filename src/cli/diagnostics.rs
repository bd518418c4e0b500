//! Renders an error and its causes, once: `error:`, `caused by:`, `hint:`.

use std::error::Error;
use std::io::{self, Write};

use crate::commands::CommandError;

/// Prints an error to standard error.
pub(super) fn print(error: &CommandError) {
    // Where standard error is gone too, nobody is left to tell.
    let _ = write(&mut io::stderr(), error);
}

fn write(to: &mut dyn Write, error: &CommandError) -> io::Result<()> {
    writeln!(to, "error: {error}")?;
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // A cause that only repeats what was said adds nothing.
        if !said.contains(&text) {
            writeln!(to, "caused by: {text}")?;
        }
        said = text;
        source = cause.source();
    }
    if let Some(hint) = error.hint() {
        writeln!(to, "hint: {hint}")?;
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
