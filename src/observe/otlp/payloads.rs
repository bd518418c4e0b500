//! Requests of both signals.

use prost::Message as _;

use super::message::{
    Metric, MetricsRequest, Resource, ResourceMetrics, ResourceSpans, Scope, ScopeMetrics, ScopeSpans, Span,
    TracesRequest,
};
use super::metrics::{merge, weight};
use super::signal::Payload;

impl Payload for Metric {
    const PATH: [&'static str; 2] = ["v1", "metrics"];
    const FILE: &'static str = "otlp-metrics.json";
    const ITEMS: &'static str = "points";

    fn weight(items: &[Self]) -> usize {
        weight(items)
    }

    fn request(resource: &Resource, scope: &Scope, moments: Vec<Vec<Self>>) -> Vec<u8> {
        let mut metrics = Vec::new();
        for moment in moments {
            merge(&mut metrics, moment);
        }
        let scope_metrics = vec![ScopeMetrics { scope: Some(scope.clone()), metrics }];
        let of_run = ResourceMetrics { resource: Some(resource.clone()), scope_metrics };
        MetricsRequest { resource_metrics: vec![of_run] }.encode_to_vec()
    }
}

impl Payload for Span {
    const PATH: [&'static str; 2] = ["v1", "traces"];
    const FILE: &'static str = "otlp-traces.json";
    const ITEMS: &'static str = "spans";

    fn weight(items: &[Self]) -> usize {
        items.len()
    }

    fn request(resource: &Resource, scope: &Scope, moments: Vec<Vec<Self>>) -> Vec<u8> {
        let spans = moments.into_iter().flatten().collect();
        let scope_spans = vec![ScopeSpans { scope: Some(scope.clone()), spans }];
        let of_run = ResourceSpans { resource: Some(resource.clone()), scope_spans };
        TracesRequest { resource_spans: vec![of_run] }.encode_to_vec()
    }
}
