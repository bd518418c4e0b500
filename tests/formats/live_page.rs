//! The files of the live page: small, complete, and without anything that a strict Content-Security-Policy would refuse.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// First paint stays below a second only if there is little to load.
const MOST_BYTES: usize = 200_000;
/// The vendored files, which are not ours to rewrite.
const VENDORED: [&str; 3] = ["uplot.js", "uplot.css", "uplot.LICENSE"];

/// Name and text of each file of the page.
fn files() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/dashboard/page");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn own_files() -> Vec<(String, String)> {
    files().into_iter().filter(|(name, _)| !VENDORED.contains(&name.as_str())).collect()
}

/// The parts of a text that stand between `before` and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split_once(after).map(|(part, _)| part)).collect()
}

#[test]
fn the_page_is_small() {
    let total: usize = files().iter().map(|(_, text)| text.len()).sum();
    assert!(total < MOST_BYTES, "{total} bytes");
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    for (name, text) in own_files() {
        let rest = text.replace("http://www.w3.org/2000/svg", "");
        for foreign in ["http://", "https://", "src=\"//", "href=\"//", "@import", "url("] {
            assert!(!rest.contains(foreign), "{name} names {foreign}");
        }
    }
}

#[test]
fn the_policy_has_nothing_to_refuse() {
    let code = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "setAttribute(\"style\"",
    ];
    for (name, text) in own_files() {
        for bad in code {
            assert!(!text.contains(bad), "{name} has {bad}");
        }
    }
    let (_, index) = files().into_iter().find(|(name, _)| name == "index.html").unwrap();
    for tag in index.split('<').filter(|tag| !tag.starts_with('/')) {
        let tag = tag.split('>').next().unwrap_or_default();
        let words: Vec<&str> = tag.split_whitespace().collect();
        let is_inline =
            |word: &&str| word.starts_with("style=") || (word.starts_with("on") && word.contains('='));
        assert!(!words.iter().any(is_inline), "inline in <{tag}>");
        assert_ne!(words.first(), Some(&"style"), "an inline style sheet");
        assert!(words.first() != Some(&"script") || tag.contains("src=\"/assets/"), "an inline script");
    }
}

#[test]
fn everything_that_is_named_exists_and_is_named() {
    let files = files();
    let known: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let mut named: BTreeSet<&str> = BTreeSet::from(["index.html", "uplot.LICENSE"]);
    for (name, text) in &files {
        if name == "index.html" {
            named.extend(between(text, "/assets/", "\""));
        } else if is_script(name) && !VENDORED.contains(&name.as_str()) {
            named.extend(between(text, "from \"./", "\""));
        }
    }
    assert_eq!(named, known);
    assert!(files.iter().any(|(name, text)| name == "uplot.LICENSE" && text.contains("The MIT License")));
}

#[test]
fn the_parts_that_scripts_look_for_exist() {
    let files = files();
    let (_, index) = files.iter().find(|(name, _)| name == "index.html").unwrap();
    let ids: BTreeSet<&str> = between(index, " id=\"", "\"").into_iter().collect();
    for (name, text) in files.iter().filter(|(name, _)| is_script(name) && name != "uplot.js") {
        for id in between(text, "byId(\"", "\"") {
            assert!(ids.contains(id), "{name} looks for #{id}");
        }
    }
}

fn is_script(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "js")
}
