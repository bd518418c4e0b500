//! A health check as metrics of Prometheus, in its text format 0.0.4, under the names of the blackbox exporter.

use std::fmt::Write as _;

use crate::check::facts::{Assessed, AssessedEndpoint, AssessedService};
use crate::domain::endpoint::Scheme;
use crate::domain::finding::{Priority, ServiceState};
use crate::domain::grade::Phase;

use super::change::Change;
use super::names::blackbox_phases;

/// Labels of a sample: names and values.
type Labels<'l> = Vec<(&'l str, &'l str)>;

/// Collects metrics: each with its lines of help and type, once.
#[derive(Default)]
struct Metrics {
    text: String,
}

impl Metrics {
    /// Writes a gauge; nothing where it has no samples.
    fn gauge<'l>(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = (Labels<'l>, f64)>) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let labels: Vec<String> =
                labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.text, "{name}{labels} {value}");
        }
    }
}

/// A value of a label as the format has it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The check as metrics.
pub(super) fn metrics(assessed: &Assessed, change: Option<&Change>) -> String {
    let mut metrics = Metrics::default();
    endpoints(&mut metrics, assessed);
    tls(&mut metrics, assessed);
    whole(&mut metrics, assessed);
    if let Some(change) = change {
        let counts = [
            ("new_finding", change.new.len()),
            ("resolved_finding", change.resolved.len()),
            ("finding_not_checked_again", change.open.len()),
            ("difference", change.differences.len()),
        ];
        let samples = counts.map(|(kind, number)| (vec![("kind", kind)], number as f64));
        metrics.gauge("baseline_check_changes", "Changes since an earlier check, by kind.", samples);
    }
    metrics.text
}

fn endpoints(metrics: &mut Metrics, assessed: &Assessed) {
    let all: Vec<(&AssessedService, &AssessedEndpoint)> = assessed
        .services
        .iter()
        .flat_map(|service| service.endpoints.iter().map(move |endpoint| (service, endpoint)))
        .collect();
    let mut gauge =
        |name: &str, help: &str, value: &dyn Fn(&AssessedService, &AssessedEndpoint) -> Option<f64>| {
            let samples = all.iter().filter_map(|(service, endpoint)| {
                Some((labels(service, endpoint), value(service, endpoint)?))
            });
            metrics.gauge(name, help, samples);
        };
    let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs_f64());
    let median =
        |endpoint: &AssessedEndpoint, phase| seconds(endpoint.phase(phase).map(|spread| spread.median));
    gauge("probe_success", "Whether every request succeeded that was not rate-limited.", &|_, endpoint| {
        (endpoint.samples > endpoint.limited).then_some(if endpoint.failed() == 0 && endpoint.succeeded > 0 {
            1.0
        } else {
            0.0
        })
    });
    gauge("probe_duration_seconds", "Median response time on new connections.", &|_, endpoint| {
        median(endpoint, Phase::Total)
    });
    gauge("probe_dns_lookup_time_seconds", "Median time to resolve the host name.", &|_, endpoint| {
        median(endpoint, Phase::Total).map(|_| median(endpoint, Phase::Resolve).unwrap_or(0.0))
    });
    gauge("probe_http_status_code", "Status of the last response.", &|_, endpoint| {
        endpoint.status.map(f64::from)
    });
    gauge(
        "probe_http_content_length",
        "Length of the body of the last response in bytes, as sent.",
        &|_, endpoint| endpoint.bytes.map(|bytes| bytes as f64),
    );
    gauge("probe_http_version", "Version of HTTP of the last response.", &|_, endpoint| {
        endpoint.version.strip_prefix("HTTP/")?.parse().ok()
    });
    gauge("probe_http_ssl", "Whether TLS was used.", &|service, endpoint| {
        endpoint.status.map(|_| if service.origin.scheme == Scheme::Https { 1.0 } else { 0.0 })
    });
    let phases =
        all.iter().filter(|(_, endpoint)| !endpoint.phases.is_empty()).flat_map(|(service, endpoint)| {
            blackbox_phases(endpoint).into_iter().map(move |(phase, seconds)| {
                let mut labels = labels(service, endpoint);
                labels.push(("phase", phase));
                (labels, seconds)
            })
        });
    metrics.gauge(
        "probe_http_duration_seconds",
        "Median time of each phase of a request on a new connection.",
        phases,
    );
}

fn labels<'l>(service: &'l AssessedService, endpoint: &'l AssessedEndpoint) -> Labels<'l> {
    vec![("service", &*service.name), ("endpoint", &*endpoint.name)]
}

fn tls(metrics: &mut Metrics, assessed: &Assessed) {
    let all: Vec<_> = assessed
        .services
        .iter()
        .filter_map(|service| Some((&*service.name, service.tls.as_ref()?)))
        .collect();
    let expiry = all.iter().filter_map(|(service, tls)| {
        let earliest =
            tls.certificates.iter().map(|certificate| certificate.valid_until.as_second()).min()?;
        Some((vec![("service", *service)], earliest as f64))
    });
    metrics.gauge(
        "probe_ssl_earliest_cert_expiry",
        "When the first certificate of the chain expires, in unixtime.",
        expiry,
    );
    let versions =
        all.iter().map(|(service, tls)| (vec![("service", *service), ("version", &*tls.version)], 1.0));
    metrics.gauge("probe_tls_version_info", "The TLS version that was negotiated.", versions);
    let suites = all.iter().map(|(service, tls)| (vec![("service", *service), ("cipher", &*tls.suite)], 1.0));
    metrics.gauge("probe_tls_cipher_info", "The cipher suite that was negotiated.", suites);
}

fn whole(metrics: &mut Metrics, assessed: &Assessed) {
    let addressed = assessed.services.iter().filter_map(|service| {
        Some((vec![("service", &*service.name)], if service.address?.is_ipv6() { 6.0 } else { 4.0 }))
    });
    metrics.gauge("probe_ip_protocol", "Version of IP of the address that was connected to.", addressed);
    let scores = assessed.services.iter().filter_map(|service| {
        Some((vec![("service", &*service.name)], f64::from(service.headers.as_ref()?.score)))
    });
    metrics.gauge(
        "baseline_check_headers_score",
        "Score of the security headers by MDN HTTP Observatory 6.",
        scores,
    );
    let findings = assessed.services.iter().flat_map(|service| {
        Priority::ALL.into_iter().map(move |priority| {
            let of_priority =
                assessed.findings_of(&service.name).filter(|finding| finding.priority == priority);
            (vec![("service", &*service.name), ("priority", priority.name())], of_priority.count() as f64)
        })
    });
    metrics.gauge("baseline_check_findings", "Findings by service and priority.", findings);
    let states = assessed.services.iter().flat_map(|service| {
        ServiceState::ALL.into_iter().map(move |state| {
            let is_state = if service.state == state { 1.0 } else { 0.0 };
            (vec![("service", &*service.name), ("state", state.name())], is_state)
        })
    });
    metrics.gauge(
        "baseline_check_service_state",
        "The state of each service: 1 for the one it is in.",
        states,
    );
    let at = assessed.at.as_second() as f64;
    metrics.gauge(
        "baseline_check_timestamp_seconds",
        "When the check began, in unixtime.",
        [(Vec::new(), at)],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut metrics = Metrics::default();
        metrics.gauge("a", "b", [(vec![("c", "d\\\"e\nf")], 1.5)]);
        metrics.gauge("none", "b", []);
        assert_eq!(metrics.text, "# HELP a b\n# TYPE a gauge\na{c=\"d\\\\\\\"e\\nf\"} 1.5\n");
    }
}
