//! Dashboards for Grafana, with the files that provision them. The metrics in them are those of `docs/metrics.md`.
//!
//! Grafana's own format is the source: a dashboard is edited in Grafana, exported, and put back into `dashboards`.

mod files;

pub use files::{DASHBOARDS, GrafanaFile, files};
