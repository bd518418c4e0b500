//! Finds a scenario by path or name: a file, a name in `scenarios/`, or one that is built into the program.

use std::fs;
use std::path::Path;

use super::{ScenarioError, Source};

/// The scenarios built into the program, so that an installed binary has them without its repository.
pub const BUILT_IN: [(&str, &str); 2] = [
    ("demo", include_str!("../../scenarios/demo.toml")),
    ("pitchey", include_str!("../../scenarios/pitchey.toml")),
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
        .ok_or_else(|| ScenarioError::Unknown {
            name: wanted.to_owned(),
            known: list().into_iter().map(|(name, _)| name).collect(),
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
    let text = fs::read(path).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|_| std::io::Error::other("the file is not UTF-8 text"))
    });
    match text {
        Ok(text) => Ok(Source { label: path.display().to_string(), text }),
        Err(source) => Err(ScenarioError::Read { path: path.to_owned(), source }),
    }
}
