//! Source files as text, and the names that they mention.

use std::path::{Path, PathBuf};

/// Every `.rs` file below a folder of the repository, by its path from there, sorted.
pub(super) fn tree(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut left): (Vec<String>, Vec<PathBuf>) = (Vec::new(), vec![root.join(folder)]);
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// A file of the repository.
pub(super) fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The text without its comment lines: a link in a comment imports nothing.
pub(super) fn code_of(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The places behind each occurrence of `name::` that is the beginning of a path.
pub(super) fn paths_from<'t>(code: &'t str, name: &str) -> Vec<&'t str> {
    // `pub(in crate::report)` says who may see, and imports nothing.
    let begins =
        |at: usize| !code[..at].ends_with(|c: char| is_name(c) || c == ':') && !code[..at].ends_with("(in ");
    let found = code.match_indices(name).filter(|(at, _)| begins(*at));
    found.filter_map(|(at, _)| code[at + name.len()..].strip_prefix("::")).collect()
}

/// The pieces of a file's module path: `src/store/window_log/mod.rs` is `store`, `window_log`.
pub(super) fn module_of(path: &str) -> Vec<&str> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|piece| !matches!(*piece, "lib" | "main")).collect()
}

/// The text before its unit tests, which are the last of a file.
pub(super) fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// What a group in braces that was opened before consists of.
fn pieces(group: &str) -> Vec<&str> {
    let (mut pieces, mut depth, mut from) = (Vec::new(), 1, 0);
    for (at, c) in group.char_indices() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 || (depth == 1 && c == ',') {
            pieces.push(&group[from..at]);
            from = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    // The last comma is followed by nothing.
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// The paths that stand here, piece by piece: one, or those of a group in braces, however deep.
pub(super) fn full_paths(path: &str) -> Vec<Vec<String>> {
    let path = path.trim_start();
    if let Some(group) = path.strip_prefix('{') {
        return pieces(group).into_iter().flat_map(full_paths).collect();
    }
    let name: String = path.chars().take_while(|c| is_name(*c)).collect();
    let rest = path[name.len()..].strip_prefix("::").map(full_paths).unwrap_or_default();
    match (name.is_empty() || name == "self", rest.is_empty()) {
        // `self` of a group, and the star of everything, are what stands before them.
        (true, _) => vec![Vec::new()],
        (false, true) => vec![vec![name]],
        (false, false) => rest.into_iter().map(|rest| [vec![name.clone()], rest].concat()).collect(),
    }
}

/// The names that may stand first in a path: one, or those of a group in braces.
pub(super) fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| is_name(*c)).collect::<String>();
    let Some(group) = path.trim_start().strip_prefix('{') else { return vec![name(path)] };
    let mut names: Vec<String> = pieces(group).into_iter().map(name).collect();
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn names_are_found_in_paths_and_groups() {
    let check = |path: &str, expected: &[&str]| assert_eq!(first_names(path), expected, "{path}");
    check("domain::plan::Plan;", &["domain"]);
    check("{domain::plan::{Cell, Plan}, store, host::clock::now as n};", &["domain", "store", "host"]);
    check("{\n    load,\n};", &["load"]);
    let code = code_of("// crate::no\nuse crate::a; x.crate::b; my_crate::c; std::crate::d; f(crate::e)");
    assert_eq!(paths_from(&code, "crate").len(), 3);
}

#[test]
fn paths_are_told_whole() {
    let check = |path: &str, expected: &[&str]| {
        let told: Vec<String> = full_paths(path).iter().map(|pieces| pieces.join("::")).collect();
        assert_eq!(told, expected, "{path}");
    };
    check("domain::plan::Plan;", &["domain::plan::Plan"]);
    check("{a::{b, c::D, self}, e as f};", &["a::b", "a::c::D", "a", "e"]);
    check("a::*;", &["a"]);
    check("a::b::<T>(c)", &["a::b"]);
}
