//! The dashboards for Grafana: valid, complete, without overlaps, and of metrics that exist.

use std::collections::BTreeSet;

use baseline::observe::prometheus::catalogue;
use regex::Regex;
use serde_json::Value;

use crate::support::dashboards::{dashboards, expressions, panels};

/// Panels that current versions of Grafana have.
const KINDS: [&str; 7] = ["row", "timeseries", "stat", "table", "heatmap", "state-timeline", "bargauge"];

#[test]
fn dashboards_are_well_formed() {
    let mut uids = BTreeSet::new();
    for (name, dashboard) in dashboards() {
        assert_eq!(dashboard["refresh"], "5s", "{name}");
        assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39, "{name}");
        assert!(uids.insert(dashboard["uid"].as_str().unwrap().to_owned()), "{name}");
        let mut ids = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().unwrap();
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: {title}: the id is taken");
            let kind = panel["type"].as_str().unwrap();
            assert!(KINDS.contains(&kind), "{name}: {title}: {kind}");
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap());
            assert!(w > 0 && h > 0 && x + w <= 24, "{name}: {title}");
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(taken.insert(cell), "{name}: {title}: overlaps at {cell:?}");
            }
            if kind != "row" {
                assert!(
                    panel["description"].as_str().is_some_and(|text| text.ends_with('.')),
                    "{name}: {title}"
                );
                assert_eq!(panel["datasource"]["uid"], "${datasource}", "{name}: {title}");
                let targets = panel["targets"].as_array().unwrap();
                let refs: BTreeSet<&str> =
                    targets.iter().map(|target| target["refId"].as_str().unwrap()).collect();
                assert!(!targets.is_empty() && refs.len() == targets.len(), "{name}: {title}");
            }
        }
    }
    assert_eq!(uids.len(), 3);
}

#[test]
fn every_expression_is_of_metrics_that_exist() {
    let names: BTreeSet<&str> = catalogue::ALL.iter().map(|of| of.name).collect();
    let name = Regex::new(r"\b(?:baseline|probe)_[a-z_]+").unwrap();
    let mut used = BTreeSet::new();
    for (file, dashboard) in dashboards() {
        for (place, expression) in expressions(&dashboard) {
            let of_expression: Vec<&str> = name.find_iter(&expression).map(|found| found.as_str()).collect();
            assert!(!of_expression.is_empty(), "{file}: {place}: {expression}");
            for metric in of_expression {
                let metric = metric.strip_suffix("_bucket").unwrap_or(metric);
                assert!(names.contains(metric), "{file}: {place}: there is no {metric}");
                used.insert(metric.to_owned());
            }
        }
    }
    // What no dashboard shows is left out on purpose.
    let left_out = [
        "baseline_run_planned_windows",
        "baseline_window_timestamp_seconds",
        "baseline_series_left_out",
        "baseline_cache_responses_total",
    ];
    let unused: Vec<&&str> =
        names.iter().filter(|name| !used.contains(**name) && !left_out.contains(name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn variables_that_are_used_are_there() {
    let used = Regex::new(r"\$\{?([a-z]+)\}?").unwrap();
    for (file, dashboard) in dashboards() {
        let variables: BTreeSet<&str> = dashboard["templating"]["list"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["name"].as_str())
            .collect();
        let text = Value::to_string(&dashboard["panels"]);
        for found in used.captures_iter(&text) {
            assert!(variables.contains(&found[1]), "{file}: {}", &found[0]);
        }
    }
}
