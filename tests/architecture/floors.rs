//! The floor table: a room imports only rooms on lower floors, and rooms on one floor never each other.

use super::source::{code_of, first_names, module_of, paths_from, read, tree};

/// Rooms and their floors. A room that is not here may import nothing and be imported by nobody.
const FLOORS: [(&str, u8); 18] = [
    ("domain", 0),
    ("stats", 1),
    ("demo", 1),
    ("host", 1),
    ("extract", 1),
    ("http", 2),
    ("scenario", 2),
    ("store", 2),
    ("analysis", 2),
    ("load", 3),
    ("check", 3),
    ("run", 4),
    ("report", 5),
    ("observe", 5),
    ("dashboard", 6),
    ("monitor", 6),
    ("commands", 7),
    ("cli", 8),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The rooms that a file names, its own included.
fn rooms_named(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let depth = module_of(path).len();
    let mut paths = paths_from(&code, "crate");
    for mut path in paths_from(&code, "super") {
        let mut supers = 1;
        while let Some(rest) = path.strip_prefix("super::") {
            (path, supers) = (rest, supers + 1);
        }
        // As many as the file is deep lead to the root, where rooms are.
        if supers >= depth {
            paths.push(path);
        }
    }
    let names = paths.into_iter().flat_map(first_names);
    names.filter(|name| floor(name).is_some()).collect()
}

/// What a file imports that it must not, a sentence each.
fn violations(path: &str, text: &str) -> Vec<String> {
    let module = module_of(path);
    let Some(room) = module.first().copied() else { return Vec::new() };
    let Some(own) = floor(room) else { return vec![format!("{path}: room {room:?} has no floor")] };
    let named = rooms_named(path, text).into_iter();
    named
        .filter(|other| other != room && floor(other).is_none_or(|other| other >= own))
        .map(|other| format!("{path}: {room} imports {other}"))
        .collect()
}

#[test]
fn rooms_import_only_rooms_on_lower_floors() {
    let all: Vec<String> = tree("src").iter().flat_map(|path| violations(path, &read(path))).collect();
    assert_eq!(all, Vec::<String>::new());
}

#[test]
fn every_room_has_a_floor_and_every_floor_its_room() {
    let mut rooms: Vec<String> = tree("src")
        .iter()
        .filter_map(|path| module_of(path).first().map(|room| (*room).to_owned()))
        .collect();
    rooms.dedup();
    let mut known: Vec<&str> = FLOORS.iter().map(|(room, _)| *room).collect();
    known.sort_unstable();
    assert_eq!(rooms, known);
}

#[test]
fn the_front_page_shows_this_table() {
    let page = read("src/lib.rs");
    for (room, floor) in FLOORS {
        let row = page.lines().find(|line| line.starts_with(&format!("//! | {floor} |"))).unwrap_or_default();
        assert!(row.contains(&format!("`{room}`")), "floor {floor} of src/lib.rs does not show {room}");
    }
}

#[test]
fn an_import_across_or_upwards_is_found() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        assert_eq!(violations(path, text), expected, "{path}: {text}");
    };
    check("src/store/a.rs", "use crate::load::event::RunEvent;", &["src/store/a.rs: store imports load"]);
    check("src/run/a.rs", "use crate::report::view;", &["src/run/a.rs: run imports report"]);
    check("src/http/mod.rs", "use super::store;", &["src/http/mod.rs: http imports store"]);
    check(
        "src/http/deep/a.rs",
        "use super::super::super::scenario::x;",
        &["src/http/deep/a.rs: http imports scenario"],
    );
    check(
        "src/analysis/a.rs",
        "use crate::{domain::x, store::y};",
        &["src/analysis/a.rs: analysis imports store"],
    );
    check("src/load/a.rs", "fn f() { crate::report::x() }", &["src/load/a.rs: load imports report"]);
    check("src/domain/a.rs", "use crate::stats::normal;", &["src/domain/a.rs: domain imports stats"]);
    check("src/new/a.rs", "", &["src/new/a.rs: room \"new\" has no floor"]);
    check("src/http/deep/a.rs", "use crate::host::monotonic::Clock;\nuse super::body;", &[]);
    check("src/commands/a.rs", "use super::report::state_of;\nuse crate::store::x;", &[]);
    check("src/store/a.rs", "//! As [`crate::load`] does.\n/// [`crate::cli`]\nuse crate::domain::x;", &[]);
}
