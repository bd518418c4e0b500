//! The files of a folder that Grafana is provisioned from.

use std::path::Path;

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrafanaFile {
    /// Its path below the folder.
    pub name: &'static str,
    /// What is in it.
    pub text: String,
}

/// The dashboards: path and JSON.
pub const DASHBOARDS: [(&str, &str); 3] = [
    ("dashboards/overview.json", include_str!("dashboards/overview.json")),
    ("dashboards/performance.json", include_str!("dashboards/performance.json")),
    ("dashboards/security.json", include_str!("dashboards/security.json")),
];
const README: &str = include_str!("provisioning/readme.md");
const SOURCE: &str = include_str!("provisioning/datasource.yaml");
const PROVIDER: &str = include_str!("provisioning/dashboards.yaml");
const SCRAPE: &str = include_str!("provisioning/prometheus.yml");

/// All files, for a folder with this absolute path and a Prometheus at this URL.
pub fn files(folder: &Path, prometheus: &str) -> Vec<GrafanaFile> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let dashboards = folder.join("dashboards");
    let filled = |text: &str| {
        text.replace("{{prometheus}}", &quoted(prometheus))
            .replace("{{dashboards}}", &quoted(&dashboards.to_string_lossy()))
            .replace("{{folder}}", &folder.to_string_lossy())
    };
    let texts = [
        ("README.md", README),
        ("provisioning/datasources/baseline.yaml", SOURCE),
        ("provisioning/dashboards/baseline.yaml", PROVIDER),
        ("prometheus.yml", SCRAPE),
    ];
    let dashboards = DASHBOARDS.map(|(name, text)| GrafanaFile { name, text: text.to_owned() });
    texts.map(|(name, text)| GrafanaFile { name, text: filled(text) }).into_iter().chain(dashboards).collect()
}
