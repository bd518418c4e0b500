//! Caches and certificates, end to end: the same counts over both protocols and in any order of headers, and the SLOs on them.

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program};
use crate::support::scenario;
use crate::support::tls::{Authority, HeadersOf, serve_headers};

use super::number;

/// Three hits and a miss; the less trusted headers say the opposite.
fn in_order(number: u64) -> Vec<(&'static str, &'static str)> {
    match number % 4 {
        0 => vec![("cf-cache-status", "MISS"), ("x-cache", "HIT"), ("age", "5")],
        _ => vec![("cf-cache-status", "HIT"), ("x-cache", "MISS"), ("age", "0")],
    }
}

fn reversed(number: u64) -> Vec<(&'static str, &'static str)> {
    in_order(number).into_iter().rev().collect()
}

/// Forty requests of one user to an encrypted server, judged by this SLO.
fn ask(protocol: &'static str, headers: HeadersOf, days: Option<i64>, slo: &str, format: &str) -> Ended {
    let (authority, folder) = (Authority::new(), Folder::new());
    folder.write("roots.pem", authority.pem());
    let url = format!("https://{}", serve_headers(&authority, protocol, days, headers));
    folder.write("small.toml", &(scenario::at(&url) + &format!("slo = {slo}\n")));
    let arguments = ["test", "health", "light_load", "--scenario", "small.toml", "--requests", "40"];
    let roots = folder.path().join("roots.pem");
    Program::new(folder.path(), &[&arguments[..], &["--format", format]].concat())
        .env("SSL_CERT_FILE", roots.to_str().unwrap())
        .run()
}

/// A busy machine may spoil the window, and then nothing is decided.
fn expected(json: &serde_json::Value, code: i32) -> i32 {
    if json["validity"] == "valid" { code } else { 3 }
}

#[test]
fn both_protocols_and_both_orders_of_headers_give_equal_counts() {
    for protocol in ["h2", "http/1.1"] {
        for headers in [in_order as HeadersOf, reversed] {
            let ended = ask(protocol, headers, None, "{ mean = \"10s\" }", "json");
            let json = ended.json();
            assert_eq!(number(&json, "succeeded"), 40, "{protocol}: {ended:?}");
            // Requests of the warm-up shift the pattern and not its ratio by more than one response.
            let ratio = json["cache_hit_ratio"].as_f64().unwrap();
            assert!((ratio - 0.75).abs() < 0.026, "{protocol}: {json:#}");
        }
    }
}

#[test]
fn a_cache_slo_is_met_violated_or_undecided() {
    for (limit, code, state, needs) in [
        (0.7, 0, "held", None),
        (0.95, 1, "broken", None),
        (0.8, 3, "unclear", Some(true)),
        (0.99, 3, "unclear", Some(false)),
    ] {
        let ended = ask("h2", in_order, None, &format!("{{ cache_hit_ratio = {limit} }}"), "json");
        let json = ended.json();
        assert_eq!(ended.code, Some(expected(&json, code)), "{limit}: {json:#}");
        let slos = json["objectives"].as_array().unwrap();
        let slo = slos.iter().find(|slo| slo["metric"] == "cache_hit_ratio").unwrap();
        assert_eq!((&slo["at_least"], &slo["at_most"]), (&limit.into(), &serde_json::Value::Null), "{slo}");
        assert_eq!(slo["state"], state, "{limit}: {slo}");
        match needs {
            None => assert!(slo["needs_requests"].is_null(), "{slo}"),
            // Of 99 % the sample must hold half a miss, so 50 responses; near the limit many more.
            Some(is_close) => {
                assert_eq!(slo["needs_requests"].as_u64().unwrap() > 100, is_close, "{slo}");
            }
        }
    }
    let ended = ask("http/1.1", in_order, None, "{ cache_hit_ratio = 0.95 }", "text");
    let said = "limit at least 95 %";
    assert!(ended.stdout.contains(said) || ended.stderr.contains(said), "{ended:?}");
}

#[test]
fn without_cache_headers_or_certificate_the_slo_is_undecided_with_its_reason() {
    let server = Hostile::start(Mode::Well);
    for (slo, said) in [
        ("cache_hit_ratio = 0.7", "no response says whether it came from a cache"),
        ("certificate_days = 14", "no certificate was seen"),
    ] {
        let folder = Folder::new();
        folder.write("small.toml", &(scenario::at(&server.url()) + &format!("slo = {{ {slo} }}\n")));
        let arguments = ["test", "health", "light_load", "--scenario", "small.toml", "--requests", "40"];
        let ended = Program::new(folder.path(), &arguments).run();
        assert!(ended.code == Some(3) && ended.stdout.contains(said), "{slo}: {ended:?}");
    }
}

#[test]
fn a_certificate_slo_is_judged_by_its_days() {
    for (days, limit, code, state) in [(10, 14, 1, "broken"), (10, 5, 0, "held")] {
        let ended = ask("h2", in_order, Some(days), &format!("{{ certificate_days = {limit} }}"), "json");
        let json = ended.json();
        assert_eq!(ended.code, Some(expected(&json, code)), "{limit}: {json:#}");
        let slos = json["objectives"].as_array().unwrap();
        let slo = slos.iter().find(|slo| slo["metric"] == "certificate_days").unwrap();
        assert_eq!(slo["state"], state, "{slo}");
        let value = slo["value"].as_f64().unwrap();
        assert!(value > 8.9 && value <= 10.0, "{slo}");
    }
    let ended = ask("http/1.1", in_order, Some(10), "{ certificate_days = 14 }", "text");
    // Certificates end at midnight, so a part of the tenth day is left; just before and after midnight none of it, or all.
    let said = [" 9 ", " 9.", " 10 "].map(|days| format!("the first certificate expires in{days}"));
    assert!(said.iter().any(|said| format!("{}{}", ended.stdout, ended.stderr).contains(said)), "{ended:?}");
}
