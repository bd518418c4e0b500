//! Everything that watches a platform together: Prometheus, Alertmanager, blackbox exporter, node exporter, Grafana and the
//! monitor, with containers or with systemd. [`verify()`] asks each of them whether it is ready.

mod blackbox;
mod compose;
mod files;
mod parts;
mod prometheus;
mod readme;
mod settings;
mod units;
mod verify;

pub use files::files;
pub use parts::{Part, URLS, default_urls, urls_in};
pub use settings::StackFiles;
pub use verify::{Readiness, VerifyError, verify};
