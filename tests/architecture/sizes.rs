//! How long files and functions may be: what is longer hides a second idea.

use super::source::{read, tree};

/// Units: lines, comments and unit tests included.
const LONGEST_FILE: usize = 400;
/// Units: lines.
const MEDIAN_FILE: usize = 140;
/// Units: lines, from `fn` to the closing brace.
const LONGEST_FUNCTION: usize = 80;

/// The name of the function that a line begins.
fn function_begun(line: &str) -> Option<&str> {
    let words = ["pub", "const", "async", "unsafe", "extern"];
    let mut rest = line.trim_start();
    while let Some((word, after)) = rest.split_once(' ') {
        if word == "fn" {
            return after.split(['(', '<']).next();
        }
        // `pub(in crate::report)` has a space of its own.
        let is_modifier = words.contains(&word) || word.starts_with("pub(") || word.ends_with(')');
        rest = if is_modifier { after } else { return None };
    }
    None
}

/// Name and length of every function of formatted code: its last line is indented as its first one is.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_end = |line: &str| line.trim_start().starts_with('}') || line.ends_with(';');
    let lines: Vec<&str> = text.lines().collect();
    let length_of = |place: usize| {
        let first = lines[place];
        let one_line = (first.ends_with('}') || first.ends_with(';')).then_some(1);
        let end = lines[place + 1..].iter().position(|line| indent(line) == indent(first) && is_end(line));
        one_line.or(end.map(|rest| rest + 2)).unwrap_or(lines.len() - place)
    };
    let begun = lines.iter().enumerate().filter_map(|(place, line)| Some((place, function_begun(line)?)));
    begun.map(|(place, name)| (name, length_of(place))).collect()
}

#[test]
fn no_file_is_long_and_most_are_short() {
    let mut lengths: Vec<(usize, String)> =
        tree("src").into_iter().map(|path| (read(&path).lines().count(), path)).collect();
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(length, _)| *length > LONGEST_FILE).collect();
    assert!(long.is_empty(), "longer than {LONGEST_FILE} lines: {long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= MEDIAN_FILE, "half of the files are longer than {median} lines");
}

#[test]
fn no_function_is_long() {
    let mut found = 0;
    let mut long = Vec::new();
    for path in tree("src") {
        let text = read(&path);
        let functions = functions(&text);
        found += functions.len();
        let of_file = functions.into_iter().filter(|(_, length)| *length > LONGEST_FUNCTION);
        long.extend(of_file.map(|(name, length)| format!("{path}: {name} has {length} lines")));
    }
    assert!(found > 1_000, "only {found} functions: is the scan broken?");
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn functions_are_measured() {
    let check = |text: &str, expected: &[(&str, usize)]| assert_eq!(functions(text), expected, "{text}");
    check("fn one() {}\nfn two() {\n}\n", &[("one", 1), ("two", 2)]);
    check(
        "    pub(in crate::a) async fn f<T>(\n        a: T,\n    ) -> T {\n        a\n    }\n",
        &[("f", 5)],
    );
    check("trait T {\n    fn f(\n        &self,\n    ) -> u8;\n    fn g(&self);\n}\n", &[("f", 3), ("g", 1)]);
    check("fn f()\nwhere\n    T: U,\n{\n    if a {\n    }\n}\n", &[("f", 7)]);
    check("// fn no() {}\nlet fn_name = 1;\nuse fn_like::x;\n", &[]);
}
