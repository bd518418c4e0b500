//! Writes the metrics of runs in the format that a client asks for.

use std::collections::BTreeMap;

use super::collected::Collected;
use super::metrics::Metrics;
use super::negotiation::{Exposition, choose};
use super::{protobuf, text};

/// A response to a scrape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// Writes the metrics of runs, in the format that the value of the header `Accept` prefers. Of several runs of a scenario only
/// the one that started last is written, because their series have the same labels.
pub fn render(runs: &[&Metrics], accept: Option<&str>) -> Rendered {
    let collected = collected_of(runs);
    let exposition = choose(accept);
    let body = match exposition {
        Exposition::Text => text::classic(&collected).into_bytes(),
        Exposition::OpenMetrics => text::open_metrics(&collected).into_bytes(),
        Exposition::Protobuf => protobuf::delimited(&collected),
    };
    Rendered { content_type: exposition.content_type(), body }
}

/// The samples of runs as they are now; of several runs of a scenario, those of the one that started last.
pub fn collected_of(runs: &[&Metrics]) -> Collected {
    let mut latest: BTreeMap<&str, &Metrics> = BTreeMap::new();
    for run in runs {
        let of_scenario = latest.entry(&run.scenario).or_insert(run);
        if (run.started_at, &run.run_id) > (of_scenario.started_at, &of_scenario.run_id) {
            *of_scenario = run;
        }
    }
    let mut collected = Collected::default();
    for run in latest.values() {
        run.collect(&mut collected);
    }
    collected
}
