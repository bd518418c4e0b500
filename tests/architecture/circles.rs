//! Files of the program import each other in no circle, so each can be read after those that it stands on.
//!
//! An import is a path in a `use` or inline. A name that a `mod.rs` re-exports is an import of that `mod.rs`; that it
//! declares its children with `mod x;` is none. Unit tests are left out: nothing imports them.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{code_of, full_paths, module_of, paths_from, read, tree, without_tests};

/// Circles that stay, each as the paths of its files, with a reason beside it. There are none.
const KNOWN: [&[&str]; 0] = [];

/// The pieces of a module's path from the root of the crate.
type Module = Vec<String>;
/// The modules that each module imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

fn module(path: &str) -> Module {
    module_of(path).into_iter().map(str::to_owned).collect()
}

/// Every path that a file names, from the root of the crate.
fn paths_named(own: &Module, modules: &BTreeSet<Module>, code: &str) -> Vec<Module> {
    let from = |base: &[String], rest: Vec<String>| [base, &rest].concat();
    let mut paths: Vec<Module> = paths_from(code, "crate").into_iter().flat_map(full_paths).collect();
    for path in paths_from(code, "super").into_iter().flat_map(full_paths) {
        let more = path.iter().take_while(|piece| *piece == "super").count();
        let base = &own[..own.len().saturating_sub(1 + more)];
        paths.push(from(base, path[more..].to_vec()));
    }
    // A child is also named without any of these.
    for child in modules.iter().filter(|other| other.len() == own.len() + 1 && other.starts_with(own)) {
        let named = child.last().map(|name| paths_from(code, name)).unwrap_or_default();
        paths.extend(named.into_iter().flat_map(full_paths).map(|rest| from(child, rest)));
    }
    paths
}

/// What each of these files imports of the others: path and text of each.
fn imports(files: &[(String, String)]) -> Imports {
    let modules: BTreeSet<Module> = files.iter().map(|(path, _)| module(path)).collect();
    let imports_of = |(path, text): &(String, String)| {
        let own = module(path);
        let named = paths_named(&own, &modules, &code_of(without_tests(text)));
        let owner = |path: Module| (0..=path.len()).rev().find_map(|end| modules.get(&path[..end]).cloned());
        let mut found: BTreeSet<Module> = named.into_iter().filter_map(owner).collect();
        found.remove(&own);
        (own, found)
    };
    files.iter().map(imports_of).collect()
}

/// Every module that can be reached from one.
fn reached<'i>(imports: &'i Imports, from: &'i Module) -> BTreeSet<&'i Module> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(next) = left.pop() {
        for import in imports.get(next).into_iter().flatten() {
            if reached.insert(import) {
                left.push(import);
            }
        }
    }
    reached
}

/// The files of each circle, in order. Circles that share a file are one.
fn circles(files: &[(String, String)]) -> BTreeSet<Vec<String>> {
    let imports = imports(files);
    let reach: BTreeMap<&Module, BTreeSet<&Module>> =
        imports.keys().map(|module| (module, reached(&imports, module))).collect();
    let path_of = |of: &Module| files.iter().find(|(path, _)| module(path) == *of).map(|(path, _)| path);
    let circle_of = |(module, reached): (&&Module, &BTreeSet<&Module>)| {
        let with =
            reached.iter().filter(|other| reach[*other].contains(*module)).filter_map(|of| path_of(of));
        let mut circle: Vec<String> = with.cloned().collect();
        circle.sort();
        circle
    };
    reach.iter().map(circle_of).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let files: Vec<(String, String)> =
        tree("src").into_iter().map(|path| (path.clone(), read(&path))).collect();
    let edges: usize = imports(&files).values().map(BTreeSet::len).sum();
    assert!(edges > 3 * files.len(), "only {edges} imports in {} files: is the scan broken?", files.len());
    let known: BTreeSet<Vec<String>> =
        KNOWN.iter().map(|circle| circle.iter().map(|path| (*path).to_owned()).collect()).collect();
    assert_eq!(circles(&files), known);
}

#[test]
fn circles_are_found() {
    let check = |files: &[(&str, &str)], expected: &[&[&str]]| {
        let owned: Vec<_> =
            files.iter().map(|(path, text)| (format!("src/{path}.rs"), (*text).to_owned())).collect();
        let paths = |circle: &&[&str]| circle.iter().map(|path| format!("src/{path}.rs")).collect();
        let expected: BTreeSet<Vec<String>> = expected.iter().map(paths).collect();
        assert_eq!(circles(&owned), expected, "{files:?}");
    };
    check(&[("a", "use crate::b::B;"), ("b", "fn f() { super::a::g() }")], &[&["a", "b"]]);
    check(&[("a", "use crate::b::B;"), ("b", "")], &[]);
    check(
        &[("a", "use crate::{b::{c, d}, e};"), ("b/d", "use super::super::a::x;"), ("b/mod", "")],
        &[&["a", "b/d"]],
    );
    // Through a third.
    check(
        &[("a", "use crate::b;"), ("b", "use crate::c::C;"), ("c", "use crate::a::A;")],
        &[&["a", "b", "c"]],
    );
    // A mod.rs that only declares its children imports none of them; one that re-exports or calls them does.
    check(&[("r/mod", "mod x;"), ("r/x", "use super::Y;")], &[]);
    check(&[("r/mod", "mod x;\npub use x::Z;"), ("r/x", "use super::Y;")], &[&["r/mod", "r/x"]]);
    check(&[("r/mod", "mod x;\nfn f() { x::z() }"), ("r/x", "use crate::r::Y;")], &[&["r/mod", "r/x"]]);
    // Neither visibility nor a comment nor a unit test is an import.
    check(&[("r/mod", "pub use x::Z;"), ("r/x", "pub(in crate::r) fn z() {}")], &[]);
    check(&[("r/mod", "pub use x::Z;"), ("r/x", "/// As [`super::Y`] and\n// crate::r::Y.")], &[]);
    check(&[("a", "use crate::b;"), ("b", "#[cfg(test)]\nmod tests {\n    use crate::a;\n}")], &[]);
}
