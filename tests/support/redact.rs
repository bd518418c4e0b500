//! Replaces what differs between two runs of the same test by text of the same width.

use std::path::Path;

/// Snapshot settings that redact the wall clock, ports, versions and hashes.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "YYYY-MM-DDThh:mm:ssZ");
    settings.add_filter(r"\b\d{1,2} [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d UTC", "D Mon YYYY hh:mm:ss UTC");
    settings.add_filter(r"\b20\d{6}T\d{6}Z", "YYYYMMDDThhmmssZ");
    settings.add_filter(r"127\.0\.0\.1:\d{5}", "127.0.0.1:PORT_");
    settings.add_filter(r"(?m)^\| generator \| .* \|$", "| generator | [host] |");
    settings.add_filter(r"\bbaseline \d+\.\d+\.\d+( \([0-9a-f]+(-modified)?\))?", "baseline x.y.z");
    settings.add_filter(r"\bscenario [0-9a-f]{12}\b", "scenario 0123456789ab");
    settings.add_filter(r"-seed(\d+)-[0-9a-f]{8}-", "-seed$1-01234567-");
    settings
}

/// The same where the clock is virtual, so that times are part of what is promised.
pub(crate) fn settings_on_virtual_clock() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(?m)^\| generator \| .* \|$", "| generator | [host] |");
    settings.add_filter(r"\bbaseline \d+\.\d+\.\d+( \([0-9a-f]+(-modified)?\))?", "baseline x.y.z");
    settings.add_filter(r"\bscenario [0-9a-f]{12}\b", "scenario 0123456789ab");
    settings.add_filter(r"-seed(\d+)-[0-9a-f]{8}-", "-seed$1-01234567-");
    settings
}

/// A text without the name of a test's folder, nor the hash of a rehearsal's plan.
pub(crate) fn without_folder(text: &str, folder: &Path) -> String {
    without_hash(&text.replace(&folder.display().to_string(), "[folder]"))
}

/// A text without the hash of a rehearsal's plan.
pub(crate) fn without_hash(text: &str) -> String {
    let hash = regex::Regex::new("-seed([0-9]+)-[0-9a-f]{8}-").unwrap();
    hash.replace_all(text, "-seed$1-01234567-").into_owned()
}
