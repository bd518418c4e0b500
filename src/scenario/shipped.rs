//! Finds a scenario by path or name: a file, a name in `scenarios/`, or one that is built into the program.

use std::io::Read as _;
use std::path::Path;
use std::{fs, io};

use crate::domain::suggestion::nearest;

use super::source::LARGEST_FILE;
use super::{ScenarioError, Source};

/// The scenarios built into the program, so that an installed binary has them without its repository.
pub const BUILT_IN: [(&str, &str); 4] = [
    ("demo", include_str!("../../scenarios/demo.toml")),
    ("journeys", include_str!("../../scenarios/journeys.toml")),
    ("pitchey", include_str!("../../scenarios/pitchey.toml")),
    ("services", include_str!("../../scenarios/services.toml")),
];

/// Where names are looked up, below the working directory.
pub const FOLDER: &str = "scenarios";

/// Reads a scenario.
///
/// A name with a slash or a `.toml` ending is a path. Another is looked up in `scenarios/`, then among the built-in.
/// # Errors
/// [`ScenarioError::Read`] for a path, [`ScenarioError::Unknown`] for a name.
pub fn find(wanted: &str) -> Result<Source, ScenarioError> {
    let is_toml = Path::new(wanted).extension().is_some_and(|ending| ending == "toml");
    if wanted.contains('/') || is_toml {
        return read(Path::new(wanted));
    }
    let in_folder = Path::new(FOLDER).join(format!("{wanted}.toml"));
    if in_folder.is_file() {
        return read(&in_folder);
    }
    let built_in = BUILT_IN.iter().find(|(name, _)| *name == wanted);
    built_in
        .map(|(name, text)| Source { label: format!("{name} (built in)"), text: (*text).to_owned() })
        .ok_or_else(|| {
            let known: Vec<String> = list().into_iter().map(|(name, _)| name).collect();
            let nearest = nearest(wanted, known.iter().map(String::as_str)).map(str::to_owned);
            ScenarioError::Unknown { name: wanted.to_owned(), nearest, known }
        })
}

/// Every scenario that a name finds, with where it comes from; sorted by name.
pub fn list() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> =
        BUILT_IN.iter().map(|(name, _)| ((*name).to_owned(), "built in".to_owned())).collect();
    for entry in fs::read_dir(FOLDER).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        if let (Some(name), true) = (name, path.extension().is_some_and(|ending| ending == "toml")) {
            found.retain(|(known, _)| known != name);
            found.push((name.to_owned(), path.display().to_string()));
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> Result<Source, ScenarioError> {
    match bounded(path).and_then(text_of) {
        Ok(text) => Ok(Source { label: path.display().to_string(), text }),
        Err(source) => Err(ScenarioError::Read { path: path.to_owned(), source }),
    }
}

/// The bytes of a file, up to just above the size that is accepted: a device may have no end.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file, or where it is none.
fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(io::Error::other("the file is UTF-16; save it as UTF-8"));
    }
    // The limit may cut a letter. The size is reported later.
    if bytes.len() > LARGEST_FILE {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        io::Error::other(format!("line {line} is not UTF-8 text"))
    })
}
