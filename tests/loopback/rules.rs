//! Exported rules in a real `promtool`: they are valid, pass their own tests, and count windows as the model of the
//! statistics does.
//!
//! Needs `promtool` on the path (Debian: the package prometheus), and is run by hand and where it is installed:
//! `cargo test --test integration rules -- --ignored`

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

fn promtool(folder: &Path, arguments: &[&str]) {
    let output = Command::new("promtool").args(arguments).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
}

fn export(folder: &Folder, arguments: &[&str]) {
    Program::new(folder.path(), &[&["export", "rules", "."], arguments].concat()).run().expect_success();
}

/// A scenario with SLOs of different lengths and a name that has to be quoted.
fn shop() -> String {
    let slo = "slo = { p95 = \"250ms\", mean = \"100ms\", error_rate = 0.04, for = \"15m\", cache_hit_ratio = 0.8 }\n";
    let other = "\n[[endpoint]]\nname = 'v1.\"items\"'\npath = \"/items\"\n";
    format!("{MINIMAL}{slo}{other}")
}

#[test]
#[ignore = "needs promtool: see the top of this file"]
fn rules_pass_promtool() {
    for monitor in ["", "\n[monitor]\nevery = \"5m\"\n"] {
        let folder = Folder::new();
        folder.write("shop.toml", &(shop() + monitor));
        export(&folder, &["shop.toml"]);
        promtool(folder.path(), &["check", "rules", "small.rules.yml"]);
        promtool(folder.path(), &["test", "rules", "small.test.yml"]);
    }
}

#[test]
#[ignore = "needs promtool: see the top of this file"]
fn rules_with_a_baseline_pass_promtool() {
    let folder = Folder::new();
    let plan = ["start", "--rehearse", "--demo", "--duration", "4h", "--cycle", "5m"];
    Program::new(folder.path(), &plan).run().expect_run();
    let run = folder.only_run();
    Program::new(folder.path(), &["promote", run.to_str().unwrap(), "--as", "main", "--allow-violated"])
        .run();
    export(&folder, &["demo", "--baseline", "main"]);
    let rules = fs::read_to_string(folder.path().join("demo.rules.yml")).unwrap();
    assert!(rules.contains("vector(") && !rules.contains("baseline_incident_open"), "{rules}");
    promtool(folder.path(), &["check", "rules", "demo.rules.yml"]);
    promtool(folder.path(), &["test", "rules", "demo.test.yml"]);
}

#[test]
#[ignore = "needs promtool: see the top of this file"]
fn slow_windows_are_counted_as_the_model_counts_them() {
    let folder = Folder::new();
    folder.write("small.toml", MINIMAL);
    export(&folder, &["small.toml"]);
    let cell = "scenario=\"small\",endpoint=\"health\",level=\"light_load\"";
    let mut test = "rule_files: [small.rules.yml]\nevaluation_interval: 1m\ntests:\n".to_owned();
    for seed in [1_u64, 2, 3] {
        // Two of three windows are slow, in no order.
        let mut state = seed;
        let slow: Vec<bool> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 3 > 0
        })
        .take(40)
        .collect();
        let values: Vec<&str> = slow.iter().map(|is_slow| if *is_slow { "0.2" } else { "0.1" }).collect();
        let series = [
            ("baseline_window_service_time_mean_seconds", "", values.join(" ")),
            ("baseline_window_timestamp_seconds", "", "0+60x40".to_owned()),
            ("baseline_band_seconds", ",metric=\"mean\",bound=\"baseline\"", "0.1x40".to_owned()),
            ("baseline_band_seconds", ",metric=\"mean\",bound=\"high\"", "0.12x40".to_owned()),
            ("baseline_incident_open", ",cause=\"slowdown\"", "1x40".to_owned()),
        ];
        test.push_str("  - interval: 1m\n    input_series:\n");
        for (name, further, values) in series {
            let _ = write!(test, "      - series: '{name}{{{cell}{further}}}'\n        values: '{values}'\n");
        }
        test.push_str("    promql_expr_test:\n");
        let expression =
            "count(ALERTS{alertname=\"BaselineSlowerThanBaseline\",alertstate=\"firing\"}) or vector(0)";
        let mut fired = 0;
        for (minute, three) in slow.windows(3).enumerate() {
            let fires = u32::from(three.iter().all(|is_slow| *is_slow));
            fired += fires;
            let _ = write!(
                test,
                "      - expr: '{expression}'\n        eval_time: {}m\n        exp_samples: [{{labels: '{{}}', value: {fires}}}]\n",
                minute + 2
            );
        }
        assert!(fired > 3, "{slow:?}");
    }
    folder.write("model.yml", &test);
    promtool(folder.path(), &["test", "rules", "model.yml"]);
}
