//! What dashboards ask Prometheus for.

use baseline::observe::grafana::DASHBOARDS;
use serde_json::Value;

/// The dashboards, by file.
pub(crate) fn dashboards() -> Vec<(&'static str, Value)> {
    DASHBOARDS.iter().map(|(name, text)| (*name, serde_json::from_str(text).unwrap())).collect()
}

/// The panels of a dashboard, rows included.
pub(crate) fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().unwrap()
}

/// Every expression of a dashboard with where it stands: panels, annotations, and the metrics of variables.
pub(crate) fn expressions(dashboard: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for panel in panels(dashboard) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let place =
                format!("{} / {}", panel["title"].as_str().unwrap(), target["refId"].as_str().unwrap());
            found.push((place, target["expr"].as_str().unwrap().to_owned()));
        }
    }
    for annotation in dashboard["annotations"]["list"].as_array().unwrap() {
        if let Some(expression) = annotation["expr"].as_str() {
            found.push((format!("annotation {}", annotation["name"]), expression.to_owned()));
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        let query = variable["query"]["query"].as_str().unwrap_or_default();
        if let Some(inner) = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')) {
            let (metric, _label) = inner.rsplit_once(", ").unwrap();
            found.push((format!("variable {}", variable["name"]), metric.to_owned()));
        }
    }
    found
}
