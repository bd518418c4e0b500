//! Every package that ends up in the program may be given away under MIT or Apache-2.0.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use super::source::read;

/// The list that `cargo deny` reads too.
static ALLOWED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let rules: toml::Table = read("deny.toml").parse().unwrap();
    let listed = rules["licenses"]["allow"].as_array().unwrap();
    listed.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect()
});

/// Whether an SPDX expression can be satisfied with the allowed licences: one side of an OR, both of an AND.
fn is_allowed(expression: &str) -> bool {
    // The old way to write OR was a slash.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    either(&mut rest) && rest.is_empty()
}

fn either(rest: &mut &[&str]) -> bool {
    let mut allowed = both(rest);
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        allowed |= both(rest);
    }
    allowed
}

fn both(rest: &mut &[&str]) -> bool {
    let mut allowed = one(rest);
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        allowed &= one(rest);
    }
    allowed
}

fn one(rest: &mut &[&str]) -> bool {
    match *rest {
        ["(", inner @ ..] => {
            *rest = inner;
            let allowed = either(rest);
            let is_closed = rest.first() == Some(&")");
            *rest = rest.get(1..).unwrap_or_default();
            allowed && is_closed
        }
        [name, "WITH", exception, after @ ..] => {
            *rest = after;
            ALLOWED.contains(&format!("{name} WITH {exception}"))
        }
        [name, after @ ..] => {
            *rest = after;
            ALLOWED.contains(*name)
        }
        [] => false,
    }
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Name and licence of every package that the program is linked with on this machine.
fn linked() -> BTreeMap<String, String> {
    let about = output_of("rustc", &["-vV"]);
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let arguments = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&output_of(env!("CARGO"), &arguments)).unwrap();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let mut edges = BTreeMap::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        let normal =
            |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let next = list(&node["deps"]).iter().filter(|dep| normal(dep)).map(|dep| id(&dep["pkg"])).collect();
        edges.insert(id(&node["id"]), next);
    }
    let mut reached = BTreeSet::new();
    let mut left: Vec<String> = vec![id(&metadata["resolve"]["root"])];
    while let Some(package) = left.pop() {
        if reached.insert(package.clone()) {
            left.extend::<Vec<String>>(edges.remove(&package).unwrap_or_default());
        }
    }
    let packages = list(&metadata["packages"]);
    let used = packages.iter().filter(|package| reached.contains(package["id"].as_str().unwrap()));
    let name = |package: &Value| format!("{} {}", id(&package["name"]), id(&package["version"]));
    used.map(|package| (name(package), package["license"].as_str().unwrap_or("none").to_owned())).collect()
}

#[test]
fn everything_linked_may_be_given_away() {
    let linked = linked();
    assert!(linked.len() > 50, "only {} packages: is the walk broken?", linked.len());
    let foreign: Vec<_> = linked.iter().filter(|(_, licence)| !is_allowed(licence)).collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
}

#[test]
fn expressions_are_read() {
    let check = |expression: &str, expected| assert_eq!(is_allowed(expression), expected, "{expression}");
    check("MIT", true);
    check("GPL-3.0", false);
    check("MIT/Apache-2.0", true);
    check("GPL-3.0 OR MIT", true);
    check("MIT AND GPL-3.0", false);
    check("(MIT OR GPL-3.0) AND Unicode-3.0", true);
    check("MIT AND (GPL-3.0 OR LGPL-2.1)", false);
    check("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true);
    check("Apache-2.0 WITH Other-exception", false);
    check("none", false);
    check("", false);
    check("MIT MIT", false);
}
