//! `capacity` on tables that level off, are too short, or grow in the simplest way.

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::Program;

/// What it prints of a table: text and JSON.
fn outputs(table: &str) -> (String, Value) {
    let folder = Folder::new();
    std::fs::write(folder.path().join("a.csv"), table).unwrap();
    let run = |arguments: &[&str]| Program::new(folder.path(), arguments).run();
    let text = run(&["capacity", "a.csv"]).expect_success();
    (text, run(&["capacity", "a.csv", "--format", "json"]).json())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn a_plateau_levels_off() {
    let (text, json) = outputs(include_str!("../fixtures/tables/plateau.csv"));
    insta::assert_snapshot!(text);
    let level = &json["level_off"];
    assert!((number(&level["throughput"]) - 212.85).abs() < 1e-6, "{json:#}");
    assert!((number(&level["users"]) - 28.13).abs() < 0.01, "{json:#}");
    assert_eq!((&json["model"], &json["peak"]), (&"bounded".into(), &Value::Null), "{json:#}");
    assert!(json["no_model"].is_null() && number(&json["limit"]) > 212.0, "{json:#}");
}

#[test]
fn a_closed_system_levels_off() {
    let (text, json) = outputs(include_str!("../fixtures/tables/closed_system.csv"));
    assert!(text.starts_with("best supported      throughput levels off at 210 ("), "{text}");
    assert!((number(&json["level_off"]["throughput"]) / 210.0 - 1.0).abs() < 0.001, "{json:#}");
    assert_eq!(json["models"]["bounded"]["is_sharp"], false, "{json:#}");
    // As `windows.csv` has it: two rows per level.
    let rows: String = include_str!("../fixtures/tables/closed_system.csv").lines().skip(1).fold(
        "users,throughput\n".to_owned(),
        |text, row| {
            let (users, throughput) = row.split_once(',').unwrap();
            let throughput: f64 = throughput.parse().unwrap();
            format!("{text}{users},{}\n{users},{}\n", throughput * 0.99, throughput * 1.01)
        },
    );
    assert_eq!(outputs(&rows).1["model"], "bounded");
}

#[test]
fn few_levels_choose_no_law() {
    let (text, json) = outputs(include_str!("../fixtures/tables/three_rising.csv"));
    insta::assert_snapshot!(text);
    assert!(json["model"].is_null() && json["level_off"].is_null(), "{json:#}");
    assert_eq!(json["no_model"], "too few load levels to choose a law: 3 of 5", "{json:#}");
}

#[test]
fn simple_growth_is_named() {
    let (text, json) = outputs("users,throughput\n1,50\n2,50\n4,50\n8,50\n16,50\n");
    assert!(text.contains("throughput does not depend on the number of users: 50.0"), "{text}");
    assert!(text.contains("from the first level (1 user) on"), "{text}");
    assert_eq!((&json["model"], &json["level_off"]["users"]), (&"constant".into(), &1.0.into()), "{json:#}");
    let (text, json) = outputs("users,throughput\n1,7\n2,14\n4,28\n8,56\n16,112\n");
    assert!(text.contains("throughput grows linearly: each user adds 7.00"), "{text}");
    assert_eq!(json["model"], "linear");
    let (text, _) = outputs("users,throughput\n1,100\n2,90\n4,50\n8,35\n16,30\n24,23\n32,18\n");
    assert!(text.contains("throughput falls with each added user, from the first level on"), "{text}");
}
