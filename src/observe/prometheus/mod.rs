//! The metrics of runs as Prometheus reads them: text 0.0.4, `OpenMetrics` 1.0, and protobuf with native histograms.
//!
//! All counters are totals of the whole run, built from its folder, so they are the same after a restart. `docs/metrics.md`
//! lists every name.

pub mod catalogue;
mod cell;
mod collected;
mod distribution;
mod metrics;
mod negotiation;
mod of_run;
mod protobuf;
mod render;
mod text;

pub use collected::{Collected, Sample, Value};
pub use distribution::{BOUNDS_NS, Distribution, SCHEMA, ZERO_THRESHOLD};
pub use metrics::Metrics;
pub use render::{Rendered, collected_of, render};
pub(super) use text::bound_text;
