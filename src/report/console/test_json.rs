//! One measured cell, as `baseline test` prints it for programs.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::generator::GeneratorReading;
use crate::domain::metric::{Metric, Reading};
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::{InvalidReason, Validity};
use crate::domain::window::Window;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::slowest::SlowRequest;
use crate::report::formats::json::verdict::{Conclusion, Objective};
use crate::report::formats::values::{
    ErrorsByClass, ErrorsByReason, Phases, errors_by_class, errors_by_reason,
};
use crate::report::formats::words::{ByWord, Word};

use super::test::MeasurementView;

/// The cell as one JSON object.
pub fn measurement_json(view: &MeasurementView<'_>) -> String {
    let window = view.window;
    print(TestOutput {
        endpoint: window.cell.series(),
        level: &window.cell.level,
        users: window.users,
        duration_s: window.duration.as_secs_f64(),
        backed_off_s: window.backed_off.map(|paused| paused.as_secs_f64()),
        requests: window.counts.requests(),
        succeeded: window.counts.succeeded,
        failed: window.counts.failed,
        throttled: window.counts.throttled,
        validity: Word(window.validity),
        invalid_reason: window.validity.reason().map(Word),
        throughput_per_s: view.throughput_per_s(),
        error_ratio: Metric::ErrorRatio.of(window),
        bytes: window.bytes,
        decoded_bytes: window.decoded_bytes,
        odd_responses: window.odd_responses,
        addresses: &window.addresses,
        certificate_days: window.certificate_days,
        interrupted: view.interrupted,
        insecure: view.insecure,
        times: ByWord::of(|kind| ByWord::of(|reading: Reading| reading.of(window.time(kind)))),
        phases_us: (&window.phases).into(),
        connections: window.phases.connections,
        offered_per_s: view.offered_per_s,
        late_starts: window.late_starts,
        status: &window.statuses,
        errors: errors_by_class(&window.errors),
        error_reasons: errors_by_reason(&window.errors),
        cache_hit_ratio: window.cache.hit_ratio(),
        conclusion: (&view.judged.verdict).into(),
        objectives: view.limits().map(Objective::from).collect(),
        failed_expectations: view.violations(),
        generator: ByWord::of(|reading: GeneratorReading| reading.of(&window.generator)),
        steps: view.parts.iter().map(StepOutput::from).collect(),
        remarks: &window.remarks,
        slowest: view.slowest.iter().map(SlowRequest::from).collect(),
    })
}

/// One cell, measured now. A number that the sample cannot support is null.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline test --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct TestOutput<'a> {
    /// The endpoint, or the URL.
    endpoint: String,
    /// Name of the load level.
    level: &'a str,
    /// Concurrent users at this level.
    users: u32,
    /// How long its users were measured, on average over users.
    duration_s: f64,
    /// Part of `duration_s` that users paused after failed requests, averaged over users.
    backed_off_s: Option<f64>,
    /// Requests with any outcome: succeeded, failed or rate-limited.
    requests: u64,
    /// Requests that succeeded.
    succeeded: u64,
    /// Requests that failed.
    failed: u64,
    /// Rate-limited requests (429).
    throttled: u64,
    validity: Word<Validity>,
    /// Why it cannot be judged; null where it can.
    invalid_reason: Option<Word<InvalidReason>>,
    /// Complete responses per second, with any status; null if no time was measured, and in a closed loop with fewer than
    /// ten requests.
    throughput_per_s: Option<f64>,
    /// Failed requests over failed and succeeded ones, 0 to 1; null without any.
    error_ratio: Option<f64>,
    /// Body bytes received, as they were sent.
    bytes: u64,
    /// The same bytes without their content encoding; null where an encoded body was not decoded.
    decoded_bytes: Option<u64>,
    /// Responses that break a rule of HTTP that clients overlook, such as a folded header.
    odd_responses: u64,
    /// Users that were connected to each address when they sent their last request.
    addresses: &'a BTreeMap<IpAddr, u64>,
    /// Days until the first certificate expires; below 0 if it has expired, null without TLS.
    certificate_days: Option<f64>,
    /// Whether it was interrupted, so that these are the figures up to then.
    interrupted: bool,
    /// Whether certificates were not verified.
    insecure: bool,
    #[serde(flatten)]
    times: ByWord<TimeKind, ByWord<Reading, Option<f64>>>,
    phases_us: Phases,
    /// Connections opened, warm-up included.
    connections: u64,
    /// Open loop: requests per second that were scheduled; null in a closed loop.
    offered_per_s: Option<f64>,
    /// Open loop: requests that left more than a millisecond after their scheduled start.
    late_starts: u64,
    /// Number of responses by HTTP status code.
    status: &'a BTreeMap<u16, u64>,
    /// Failed requests by error class; a class without any is left out.
    errors: ErrorsByClass,
    /// Failed requests by reason; a reason without any is left out.
    error_reasons: ErrorsByReason,
    /// Cache hits over responses that say hit or miss; null where none does.
    cache_hit_ratio: Option<f64>,
    #[serde(flatten)]
    conclusion: Conclusion,
    /// The SLO, one entry per limit; without a limit for errors that is 0.
    objectives: Vec<Objective>,
    /// Limits of the SLO that the cell exceeds, a sentence each. Without an SLO no request may fail.
    failed_expectations: Vec<String>,
    /// How the load generator itself fared; null where the machine does not tell.
    generator: ByWord<GeneratorReading, Option<f64>>,
    /// The steps of a journey, or the members of a mix and their steps, in order; empty for an endpoint.
    steps: Vec<StepOutput<'a>>,
    /// Why users could not be set up.
    remarks: &'a [String],
    /// The slowest requests with their traces, at most ten of the endpoint or of each step; empty where requests named no traces.
    slowest: Vec<SlowRequest>,
}

impl Output for TestOutput<'_> {
    const KIND: &'static str = "test";
}

/// One part of a journey or a mix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct StepOutput<'a> {
    /// Name of the step; `member.step` within a mix.
    name: &'a str,
    /// Requests, or iterations of a member.
    requests: u64,
    /// Those that succeeded.
    succeeded: u64,
    /// Those that failed.
    failed: u64,
    /// Rate-limited ones (429).
    throttled: u64,
    /// Redirects that were followed.
    redirects: u64,
    times: ByWord<TimeKind, ByWord<Reading, Option<f64>>>,
    /// Responses by status code.
    status: &'a BTreeMap<u16, u64>,
    errors: ErrorsByClass,
    error_reasons: ErrorsByReason,
    /// What was missing in responses: captures and checks, a few of them.
    remarks: &'a [String],
}

impl<'a> From<&'a Window> for StepOutput<'a> {
    fn from(window: &'a Window) -> Self {
        Self {
            name: window.cell.step.as_deref().unwrap_or_default(),
            requests: window.counts.requests(),
            succeeded: window.counts.succeeded,
            failed: window.counts.failed,
            throttled: window.counts.throttled,
            redirects: window.redirects,
            times: ByWord::of(|kind| ByWord::of(|reading: Reading| reading.of(window.time(kind)))),
            status: &window.statuses,
            errors: errors_by_class(&window.errors),
            error_reasons: errors_by_reason(&window.errors),
            remarks: &window.remarks,
        }
    }
}
