//! The script that puts secrets into the configuration before Alertmanager starts.

use std::fmt::Write as _;

use crate::domain::receiver::SecretSource;

use super::quoting::shell;

const BEFORE: &str = include_str!("texts/render_before.sh");
const AFTER: &str = include_str!("texts/render_after.sh");

/// A secret that Alertmanager cannot read itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filled {
    /// Its name in the template.
    pub(super) name: String,
    /// Where it is.
    pub(super) source: SecretSource,
}

/// The script.
pub(super) fn script(secrets: &[Filled]) -> String {
    let mut text = BEFORE.to_owned();
    for Filled { name, source } in secrets {
        let _ = match source {
            SecretSource::File(path) => writeln!(text, "from_file {name} {}", shell(path)),
            SecretSource::Variable(_) => writeln!(text, "from_variable {name}"),
        };
    }
    text.push_str(AFTER);
    text
}
