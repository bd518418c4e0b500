//! The two text formats: 0.0.4 of Prometheus, and `OpenMetrics` 1.0.
//!
//! `OpenMetrics` allows a `_created` line for each counter; they are left out, because Prometheus 2.42 stores each as a series.
//! Source: Prometheus, exposition formats; `OpenMetrics` 1.0.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::catalogue::{Definition, Kind};
use super::collected::{Collected, Sample, Value};

/// The format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Classic,
    OpenMetrics,
}

/// Text format 0.0.4.
pub(super) fn classic(collected: &Collected) -> String {
    written(collected, Dialect::Classic)
}

/// `OpenMetrics` 1.0, with its end mark.
pub(super) fn open_metrics(collected: &Collected) -> String {
    written(collected, Dialect::OpenMetrics) + "# EOF\n"
}

fn written(collected: &Collected, dialect: Dialect) -> String {
    let mut text = String::new();
    for (of, samples) in collected.families() {
        head(&mut text, of, dialect);
        for sample in samples {
            lines(&mut text, of, sample);
        }
    }
    text
}

fn head(text: &mut String, of: &Definition, dialect: Dialect) {
    let (name, kind) = match (dialect, of.kind) {
        (Dialect::OpenMetrics, Kind::Counter) => (of.name.trim_end_matches("_total"), "counter"),
        (Dialect::OpenMetrics, Kind::Info) => (of.name.trim_end_matches("_info"), "info"),
        (Dialect::Classic, Kind::Info) => (of.name, "gauge"),
        (_, kind) => (of.name, kind.word()),
    };
    let help = match dialect {
        Dialect::Classic => of.help.replace('\\', "\\\\"),
        Dialect::OpenMetrics => escaped(of.help).into_owned(),
    };
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    if dialect == Dialect::OpenMetrics && !of.unit.is_empty() {
        let _ = writeln!(text, "# UNIT {name} {}", of.unit);
    }
}

fn lines(text: &mut String, of: &Definition, sample: &Sample) {
    match &sample.value {
        Value::Number(value) => line(text, of, "", sample, None, &number(*value)),
        Value::Distribution(times) => {
            for (bound, count) in times.cumulative() {
                line(text, of, "_bucket", sample, Some(&bound_text(bound)), &count.to_string());
            }
            line(text, of, "_sum", sample, None, &number(times.sum_s));
            line(text, of, "_count", sample, None, &times.count.to_string());
        }
    }
}

fn line(text: &mut String, of: &Definition, end: &str, sample: &Sample, bound: Option<&str>, value: &str) {
    let _ = write!(text, "{}{end}", of.name);
    let mut mark = '{';
    let own = of.labels.iter().copied().zip(sample.labels.iter().map(|label| &**label));
    for (name, label) in own.chain(bound.map(|bound| ("le", bound))) {
        let _ = write!(text, "{mark}{name}=\"{}\"", escaped(label));
        mark = ',';
    }
    let _ = writeln!(text, "{}{value}", if mark == ',' { "} " } else { " " });
}

/// The value of a label, with a backslash before what would end it.
fn escaped(label: &str) -> Cow<'_, str> {
    if !label.contains(['\\', '"', '\n']) {
        return Cow::Borrowed(label);
    }
    Cow::Owned(label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A number in the shortest form that reads back the same.
fn number(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        value.to_string()
    }
}

/// The bound of a bucket as `OpenMetrics` writes it, with a decimal point, so that all formats have the same series.
pub(in crate::observe) fn bound_text(bound: f64) -> String {
    let text = number(bound);
    if text.contains(['.', 'I']) { text } else { text + ".0" }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::catalogue as names;
    use super::*;
    use crate::domain::histogram::Histogram;
    use crate::observe::prometheus::Distribution;

    fn collected() -> Collected {
        let mut collected = Collected::default();
        let labels = ["a \\ \"b\"\nc", "x"].map(Arc::from);
        collected.push(&names::RUN_STATE, labels.to_vec(), Value::Number(0.000_000_001));
        let labels: Vec<Arc<str>> = ["s", "e", "l", "failed"].map(Arc::from).to_vec();
        collected.push(&names::REQUESTS, labels.clone(), Value::Number(1e15));
        collected.push(&names::RUN_INFO, labels.clone(), Value::Number(1.0));
        let mut times = Histogram::new().unwrap();
        times.record(1_500_000_000);
        let mut distribution = Distribution::default();
        distribution.add(&times, 1_500_000.25);
        let value = Value::Distribution(Arc::new(distribution));
        collected.push(&names::SERVICE_TIME, labels[..3].to_vec(), value);
        collected
    }

    #[test]
    fn text_is_as_the_format_wants_it() {
        let text = classic(&collected());
        assert!(
            text.contains("baseline_run_state{scenario=\"a \\\\ \\\"b\\\"\\nc\",state=\"x\"} 0.000000001\n")
        );
        assert!(text.contains("# TYPE baseline_requests_total counter\n"));
        assert!(text.contains("outcome=\"failed\"} 1000000000000000\n"));
        assert!(text.contains("# TYPE baseline_run_info gauge\n"));
        assert!(text.contains("_bucket{scenario=\"s\",endpoint=\"e\",level=\"l\",le=\"1.0\"} 0\n"));
        assert!(text.contains("_bucket{scenario=\"s\",endpoint=\"e\",level=\"l\",le=\"2.5\"} 1\n"));
        assert!(text.contains("le=\"+Inf\"} 1\n"));
        assert!(text.contains("_sum{scenario=\"s\",endpoint=\"e\",level=\"l\"} 1.50000025\n"));
        assert!(!text.contains("# EOF") && !text.contains("# UNIT"));
    }

    #[test]
    fn open_metrics_names_families_without_their_ends() {
        let text = open_metrics(&collected());
        assert!(text.contains("# TYPE baseline_requests counter\nbaseline_requests_total{"));
        assert!(text.contains("# TYPE baseline_run info\nbaseline_run_info{"));
        assert!(text.contains("# UNIT baseline_service_time_seconds seconds\n"));
        assert!(text.ends_with("\n# EOF\n"));
    }

    #[test]
    fn units_are_the_ends_of_names() {
        for of in names::ALL {
            let family = of.name.trim_end_matches("_total");
            assert!(of.unit.is_empty() || family.ends_with(&format!("_{}", of.unit)), "{}", of.name);
            assert_eq!(of.kind == Kind::Counter, of.name.ends_with("_total"), "{}", of.name);
            assert_eq!(of.kind == Kind::Info, of.name.ends_with("_info") && of.name.starts_with("baseline"));
        }
    }
}
