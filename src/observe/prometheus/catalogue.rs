//! Every metric: its name, type, unit, labels and meaning. `docs/metrics.md` has the same table, and a test compares them.

/// Type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A total since the start of the run.
    Counter,
    /// A value that goes up and down.
    Gauge,
    /// A gauge that is always 1, for its labels; a type of its own in `OpenMetrics`.
    Info,
    /// A distribution since the start of the run.
    Histogram,
}

impl Kind {
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Info => "info",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name in queries; of a histogram without `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its unit, which its name ends with (before `_total`); empty for a number or ratio.
    pub unit: &'static str,
    /// Its labels; a histogram has `le` besides.
    pub labels: &'static [&'static str],
    /// Its meaning, in a sentence.
    pub help: &'static str,
}

/// Labels of the whole run.
const RUN: &[&str] = &["scenario"];
/// Labels of a cell or step.
const CELL: &[&str] = &["scenario", "endpoint", "level"];

macro_rules! define {
    ($($id:ident: $kind:ident $name:literal $unit:literal $labels:expr, $help:literal;)*) => {
        $(
            #[doc = $help]
            pub static $id: Definition =
                Definition { name: $name, kind: Kind::$kind, unit: $unit, labels: $labels, help: $help };
        )*
        /// Every metric, in the order in which they are written.
        pub static ALL: &[&Definition] = &[$(&$id),*];
    };
}

define! {
    RUN_INFO: Info "baseline_run_info" "" &["scenario", "run", "version", "mode"],
        "The run: its ID, the version of this program that started it, and what is measured (real, demo, rehearsal).";
    RUN_STATE: Gauge "baseline_run_state" "" &["scenario", "state"],
        "State of the run: 1 for the state that it is in, 0 for all others.";
    RUN_START: Gauge "baseline_run_start_timestamp_seconds" "seconds" RUN,
        "Start of the run, as Unix time.";
    RUN_PLANNED_END: Gauge "baseline_run_planned_end_timestamp_seconds" "seconds" RUN,
        "Planned end of the run, as Unix time.";
    RUN_PLANNED_WINDOWS: Gauge "baseline_run_planned_windows" "" RUN,
        "Number of windows that the run is planned to have.";
    REQUESTS: Counter "baseline_requests_total" "" &["scenario", "endpoint", "level", "outcome"],
        "Requests by outcome: succeeded, failed, or throttled (429). Of a journey or mix: iterations.";
    ERRORS: Counter "baseline_errors_total" "" &["scenario", "endpoint", "level", "class"],
        "Failed requests by class of error.";
    RESPONSES: Counter "baseline_responses_total" "" &["scenario", "endpoint", "level", "code"],
        "Responses by HTTP status code; `other` beyond 32 codes of one cell.";
    RECEIVED_BYTES: Counter "baseline_received_bytes_total" "bytes" CELL,
        "Body bytes received, as they were sent.";
    CACHE_RESPONSES: Counter "baseline_cache_responses_total" "" &["scenario", "endpoint", "level", "result"],
        "Responses by cache header: served by a cache (hit) or not (miss); absent without such headers.";
    WINDOWS: Counter "baseline_windows_total" "" &["scenario", "endpoint", "level", "validity"],
        "Measured windows by validity: valid, throttled, or invalid.";
    OUTLIERS: Counter "baseline_outliers_total" "" CELL,
        "Values beyond 2 sigma of the forecast for the time of day.";
    CONNECTIONS: Counter "baseline_connections_opened_total" "" CELL,
        "Connections opened, warm-up included.";
    INCIDENTS: Counter "baseline_incidents_total" "" RUN,
        "Incidents reported, including those that were withdrawn later.";
    GAPS: Counter "baseline_gaps_total" "" RUN,
        "Gaps in the measurements: the run was stopped, or the machine slept, for instance.";
    SERVICE_TIME: Histogram "baseline_service_time_seconds" "seconds" CELL,
        "Service time of the succeeded requests of valid windows: from sending the request to the complete response.";
    RESPONSE_TIME: Histogram "baseline_response_time_seconds" "seconds" CELL,
        "Response time of the same requests in open loops: from the scheduled start to the complete response.";
    FIRST_BYTE: Histogram "baseline_first_byte_seconds" "seconds" CELL,
        "Time of the same requests from sending the request to the first byte of the response.";
    WINDOW_SERVICE_TIME: Gauge "baseline_window_service_time_seconds" "seconds"
        &["scenario", "endpoint", "level", "percentile"],
        "Percentile of the service time in the last window: p50, p90, p95, p99 or p999; absent with too few requests.";
    WINDOW_SERVICE_TIME_MEAN: Gauge "baseline_window_service_time_mean_seconds" "seconds" CELL,
        "Mean service time in the last window.";
    WINDOW_THROUGHPUT: Gauge "baseline_window_throughput_per_second" "" CELL,
        "Complete responses per second in the last window; absent where a rate limit decided it.";
    WINDOW_ERROR_RATIO: Gauge "baseline_window_error_ratio" "" CELL,
        "Failed over failed and succeeded requests in the last window.";
    WINDOW_TIMESTAMP: Gauge "baseline_window_timestamp_seconds" "seconds" CELL,
        "End of the last window, as Unix time.";
    WINDOW_USERS: Gauge "baseline_window_users" "" CELL,
        "Concurrent users in the last window.";
    BAND: Gauge "baseline_band_seconds" "seconds" &["scenario", "endpoint", "level", "metric", "bound"],
        "Baseline band of the windows' service time (mean or p95): low, baseline and high; absent until it is learned.";
    BAND_THROUGHPUT: Gauge "baseline_band_throughput_per_second" "" &["scenario", "endpoint", "level", "bound"],
        "Baseline band of the windows' throughput: low, baseline and high.";
    OBJECTIVE: Gauge "baseline_objective_seconds" "seconds" &["scenario", "endpoint", "level", "metric"],
        "Limit of the SLO for the service time (mean or p95).";
    OBJECTIVE_ERROR_RATIO: Gauge "baseline_objective_error_ratio" "" CELL,
        "Limit of the SLO for the error ratio.";
    OBJECTIVE_MET: Gauge "baseline_objective_met" "" &["scenario", "endpoint", "level", "limit"],
        "Whether the run meets this limit of the SLO so far: 1 met, 0 violated; absent while undecided.";
    INCIDENTS_OPEN: Gauge "baseline_incidents_open" "" RUN,
        "Number of open incidents.";
    INCIDENT_OPEN: Gauge "baseline_incident_open" "" &["scenario", "endpoint", "level", "cause"],
        "1 for each cell with an open incident, by cause: errors, slowdown or cache.";
    GENERATOR_CPU: Gauge "baseline_generator_cpu_ratio" "" RUN,
        "CPU time of the load generator's thread over the time of the last window.";
    GENERATOR_WAIT: Gauge "baseline_generator_wait_ratio" "" RUN,
        "Time that this thread waited for a CPU, over the time of the last window.";
    GENERATOR_LAG: Gauge "baseline_generator_scheduling_lag_seconds" "seconds" RUN,
        "How late the load generator's timers fired in the last window, 99th percentile.";
    CERTIFICATE_EXPIRY: Gauge "baseline_certificate_expiry_seconds" "seconds" CELL,
        "Time from the start of the last window until the first certificate of the target expires; below 0 once one has.";
    SERIES_LEFT_OUT: Gauge "baseline_series_left_out" "" RUN,
        "Endpoints and steps at a level that are left out here, because there are more than 2000.";
    CHECK_HEADERS_SCORE: Gauge "baseline_check_headers_score" "" &["scenario", "service"],
        "Score of the security headers in the last health check.";
    CHECK_FINDINGS: Gauge "baseline_check_findings" "" &["scenario", "service", "priority"],
        "Findings of the last health check by priority.";
    CHECK_SERVICE_STATE: Gauge "baseline_check_service_state" "" &["scenario", "service", "state"],
        "State of each service in the last health check: 1 for the one it is in.";
    CHECK_TIMESTAMP: Gauge "baseline_check_timestamp_seconds" "seconds" RUN,
        "Start of the last health check, as Unix time.";
    PROBE_STATUS: Gauge "probe_http_status_code" "" &["scenario", "service", "endpoint"],
        "Status of the last response in the last health check.";
    PROBE_EXPIRY: Gauge "probe_ssl_earliest_cert_expiry" "" &["scenario", "service"],
        "When the server's certificate expires, as Unix time, in the last health check.";
    PROBE_TLS: Gauge "probe_tls_version_info" "" &["scenario", "service", "version"],
        "TLS version in the last health check.";
}
