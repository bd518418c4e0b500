//! Times by the names that other tools have for them: those of `curl -w` and of the blackbox exporter.

use std::time::Duration;

use crate::check::facts::AssessedEndpoint;
use crate::domain::grade::Phase;

/// The times that `curl -w` writes: seconds, each from the beginning. Sums of the medians of phases.
///
/// As in curl, a phase that did not take place adds nothing: without TLS `time_appconnect` is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CurlTimes {
    pub(super) name_lookup: Option<f64>,
    pub(super) connect: Option<f64>,
    pub(super) app_connect: Option<f64>,
    pub(super) pre_transfer: Option<f64>,
    pub(super) start_transfer: Option<f64>,
    pub(super) total: Option<f64>,
}

impl CurlTimes {
    /// The names that curl has for them, in order.
    pub(super) fn listed(&self) -> [(&'static str, Option<f64>); 6] {
        [
            ("time_namelookup", self.name_lookup),
            ("time_connect", self.connect),
            ("time_appconnect", self.app_connect),
            ("time_pretransfer", self.pre_transfer),
            ("time_starttransfer", self.start_transfer),
            ("time_total", self.total),
        ]
    }
}

/// The times of an endpoint on new connections; all `None` without a complete response.
pub(super) fn curl_times(endpoint: &AssessedEndpoint) -> CurlTimes {
    let median = |phase| endpoint.phase(phase).map(|spread| spread.median);
    let of = |phase| median(phase).unwrap_or_default();
    let is_known = median(Phase::Total).is_some();
    let seconds = |time: Duration| is_known.then(|| (time.as_secs_f64() * 1e6).round() / 1e6);
    let connected = of(Phase::Resolve) + of(Phase::Connect);
    let opened = connected + of(Phase::Tls);
    CurlTimes {
        name_lookup: seconds(of(Phase::Resolve)),
        connect: seconds(connected),
        app_connect: seconds(median(Phase::Tls).map_or(Duration::ZERO, |_| opened)),
        pre_transfer: seconds(opened),
        start_transfer: seconds(of(Phase::FirstByte)),
        total: seconds(of(Phase::Total)),
    }
}

/// The phases of the blackbox exporter's `probe_http_duration_seconds`, each by itself: medians in seconds.
pub(super) fn blackbox_phases(endpoint: &AssessedEndpoint) -> [(&'static str, f64); 5] {
    let seconds = |time: Option<Duration>| time.unwrap_or_default().as_secs_f64();
    let median = |phase| endpoint.phase(phase).map(|spread| spread.median);
    [
        ("resolve", seconds(median(Phase::Resolve))),
        ("connect", seconds(median(Phase::Connect))),
        ("tls", seconds(median(Phase::Tls))),
        ("processing", seconds(endpoint.processing.map(|spread| spread.median))),
        ("transfer", seconds(median(Phase::Transfer))),
    ]
}
