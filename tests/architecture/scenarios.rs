//! Shipped scenarios are valid, and those built into the program are those in the folder.

use baseline::scenario::environment::Environment;
use baseline::scenario::shipped::BUILT_IN;
use baseline::scenario::{Source, check};

use crate::support::folder::entries;

fn in_folder() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = entries(&folder).into_iter();
    let is_toml = |path: &std::path::PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.filter(is_toml).map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_shipped_scenario_is_valid_without_any_variable() {
    for (label, text) in in_folder() {
        let plan = check(&Source { label: label.clone(), text }, &Environment::default());
        let plan = plan.unwrap_or_else(|error| panic!("{label}: {error}"));
        assert_eq!(*plan.name, *label, "a scenario is named as its file is");
    }
}

#[test]
fn the_scenarios_of_the_folder_are_built_in() {
    let mut built_in = BUILT_IN.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    built_in.sort();
    assert_eq!(in_folder(), built_in);
}
