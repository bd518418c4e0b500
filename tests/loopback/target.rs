//! The embedded target under real load: what was asked for is what was counted.

use baseline::demo::{DemoConfig, DemoServer};
use serde_json::Value;

use super::{measure, number};

fn target(faults: &[&str], rate_limits: bool) -> DemoServer {
    let faults = faults.iter().map(|text| text.parse().unwrap()).collect();
    DemoServer::start(DemoConfig { faults, rate_limits, ..DemoConfig::default() }).unwrap()
}

fn asked(target: &DemoServer, path: &str, arguments: &[&str]) -> Value {
    measure(&format!("http://{}{path}", target.address()), arguments).json()
}

#[test]
fn as_many_requests_as_were_asked_for_are_counted() {
    let target = target(&[], false);
    for path in ["/api/health", "/api/pitches/browse/enhanced", "/"] {
        let result = asked(&target, path, &["--requests", "40"]);
        assert_eq!((number(&result, "requests"), number(&result, "succeeded")), (40, 40), "{result:#}");
        assert_eq!(number(&result["status"], "200"), 40, "{result:#}");
    }
}

#[test]
fn a_percentile_that_too_few_requests_support_is_null() {
    let target = target(&[], false);
    let result = asked(&target, "/api/health", &["--requests", "40"]);
    let times = &result["service_time_us"];
    assert!(times["p50"].is_number() && times["p90"].is_number(), "{result:#}");
    assert!(times["p95"].is_null() && times["p99"].is_null() && times["p999"].is_null(), "{result:#}");
}

#[test]
fn readings_of_one_window_are_in_order() {
    let target = target(&[], false);
    let result = asked(&target, "/api/health", &["--requests", "400"]);
    for kind in ["service_time_us", "response_time_us", "first_byte_us"] {
        let names = ["min", "p50", "p90", "p95", "p99"];
        let values = names.map(|name| result[kind][name].as_f64().unwrap());
        // A histogram keeps three digits, so neighbours may be a thousandth apart.
        assert!(values.is_sorted_by(|low, high| *low <= high * 1.002), "{kind} {values:?}");
    }
}

#[test]
fn injected_errors_are_counted_as_a_status() {
    let target = target(&["errors:health:100%:0s.."], false);
    let result = asked(&target, "/api/health", &["--requests", "10"]);
    assert_eq!(
        (number(&result["errors"], "status"), number(&result["status"], "500")),
        (10, 10),
        "{result:#}"
    );
}

#[test]
fn a_target_that_hangs_up_is_a_reset() {
    let target = target(&["down:*:0s.."], false);
    let result = asked(&target, "/api/health", &["--requests", "4"]);
    assert_eq!(number(&result["errors"], "reset"), 4, "{result:#}");
}

#[test]
fn the_documented_limit_of_the_target_is_met_as_throttling() {
    let target = target(&[], true);
    let result = asked(&target, "/api/auth/check", &["--duration", "300ms", "--warm-up", "0ms"]);
    assert_eq!(number(&result, "succeeded"), 5, "{result:#}");
    assert!((1..=2).contains(&number(&result, "throttled")), "{result:#}");
    assert_eq!(result["validity"], "throttled", "{result:#}");
}
