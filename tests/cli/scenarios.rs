//! `scenario check`, `list` and `schema`.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

fn scenario(folder: &Folder, arguments: &[&str]) -> String {
    Program::new(folder.path(), &[&["scenario"], arguments].concat()).run().expect_success()
}

#[test]
fn a_good_scenario_is_summed_up() {
    let folder = Folder::new();
    folder.write("small.toml", MINIMAL);
    let small = scenario(&folder, &["check", "small.toml"]);
    assert_eq!(small.lines().next(), Some("small.toml: 1 endpoint, 1 cell, 10 windows in 10 s"));
    insta::assert_snapshot!(scenario(&folder, &["check", "pitchey"]), @"pitchey (built in): 5 endpoints, 13 cells, 7,488 windows in 48 h");
}

#[test]
fn scenarios_of_the_folder_come_before_those_built_in() {
    let folder = Folder::new();
    insta::assert_snapshot!(scenario(&folder, &["list"]), @r"
    demo                 built in
    journeys             built in
    pitchey              built in
    services             built in
    ");
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    folder.write("scenarios/demo.toml", MINIMAL);
    folder.write("scenarios/mine.toml", MINIMAL);
    insta::assert_snapshot!(scenario(&folder, &["list"]), @r"
    demo                 scenarios/demo.toml
    journeys             built in
    mine                 scenarios/mine.toml
    pitchey              built in
    services             built in
    ");
}

#[test]
fn the_schema_describes_what_the_shipped_scenarios_use() {
    let folder = Folder::new();
    let schema: serde_json::Value = serde_json::from_str(&scenario(&folder, &["schema"])).unwrap();
    let known = |section: &serde_json::Value| -> Vec<String> {
        section["properties"].as_object().unwrap().keys().cloned().collect()
    };
    for (name, text) in baseline::scenario::shipped::BUILT_IN {
        let file: toml::Table = text.parse().unwrap();
        for key in file.keys() {
            assert!(known(&schema).contains(key), "{name}: {key}");
        }
        let plan = known(&schema["$defs"]["PlanSection"]);
        assert!(file["plan"].as_table().unwrap().keys().all(|key| plan.contains(key)), "{name}: {plan:?}");
    }
    assert_eq!(schema["additionalProperties"], false);
}
