//! The slowest requests as spans: the client's side of traces whose other spans the target reports.

use std::collections::BTreeMap;

use crate::domain::trace::SlowRequest;
use crate::domain::units::nanos;
use crate::scenario::file::ScenarioFile;

use super::message::{CLIENT, ERROR, INTERNAL, Span, Status, int, text};

/// Methods of endpoints and steps, by the name of their series.
#[derive(Debug, Clone, Default)]
pub(super) struct Methods(BTreeMap<String, String>);

impl Methods {
    /// The methods of a scenario.
    pub(super) fn of(file: &ScenarioFile) -> Self {
        let endpoints = file.endpoint.iter().map(|of| (of.name.clone(), of.method.clone()));
        let steps = file.journey.iter().flat_map(|journey| {
            let name = |step: &str| format!("{}.{step}", journey.name);
            journey.setup.iter().chain(&journey.step).map(move |step| (name(&step.name), step.method.clone()))
        });
        Self(endpoints.chain(steps).collect())
    }
}

/// The spans of requests.
pub(super) fn spans(requests: &[SlowRequest], methods: &Methods) -> Vec<Span> {
    requests.iter().map(|request| span(request, methods)).collect()
}

fn span(request: &SlowRequest, methods: &Methods) -> Span {
    let name = request.cell.series();
    let start_ns = u64::try_from(request.sent_at.as_nanosecond()).unwrap_or(0);
    let mut attributes = vec![
        text("baseline.level", &request.cell.level),
        int("baseline.window", i64::try_from(request.window).unwrap_or(i64::MAX)),
    ];
    let method = methods.0.get(&name);
    attributes.extend(method.map(|method| text("http.request.method", method)));
    if let Some(status) = request.status {
        attributes.push(int("http.response.status_code", i64::from(status)));
    }
    let status = request.failure.map(|reason| {
        attributes.push(text("error.type", reason.class().name()));
        Status { message: reason.name().to_owned(), code: ERROR }
    });
    Span {
        trace_id: request.trace_id.0.to_vec(),
        span_id: request.span_id.0.to_vec(),
        name,
        // What has no method is an iteration of a journey or mix. A plan that cannot be read has no methods at all.
        kind: if method.is_some() || methods.0.is_empty() { CLIENT } else { INTERNAL },
        start_ns,
        end_ns: start_ns.saturating_add(nanos(request.service_time)),
        attributes,
        status,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::cell_name::CellName;
    use crate::domain::error_reason::ErrorReason;
    use crate::domain::trace::{SpanId, TraceId};

    #[test]
    fn a_span_has_the_identifiers_that_were_sent() {
        let request = SlowRequest {
            window: 7,
            cell: CellName::new("browse", "peak"),
            sent_at: Timestamp::from_nanosecond(1_795_800_000_123_456_789).unwrap(),
            service_time: Duration::from_millis(900),
            trace_id: TraceId([1; 16]),
            span_id: SpanId([2; 8]),
            status: Some(503),
            failure: Some(ErrorReason::NoLocalPort),
        };
        let methods = Methods([("browse".to_owned(), "GET".to_owned())].into());
        let all = spans(&[request], &methods);
        let span = &all[0];
        assert_eq!((span.trace_id.as_slice(), span.span_id.as_slice()), (&[1; 16][..], &[2; 8][..]));
        assert_eq!((span.name.as_str(), span.kind), ("browse", CLIENT));
        assert_eq!((span.start_ns, span.end_ns - span.start_ns), (1_795_800_000_123_456_789, 900_000_000));
        let expected = [
            text("baseline.level", "peak"),
            int("baseline.window", 7),
            text("http.request.method", "GET"),
            int("http.response.status_code", 503),
            text("error.type", "local"),
        ];
        assert_eq!(span.attributes, expected);
        assert_eq!(span.status.as_ref().map(|status| status.code), Some(ERROR));
    }
}
