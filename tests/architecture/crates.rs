//! Which room may name which external crate: one crate, one room where that can be.

use std::collections::BTreeSet;

use super::source::{code_of, first_names, paths_from, read, tree};

/// Each dependency, and the beginnings of the paths of the files that may name it.
const HOMES: &[(&str, &[&str])] = &[
    ("goose", &["src/load/goose_engine.rs", "src/load/engine.rs"]),
    (
        "tokio",
        &[
            "src/http/",
            "src/load/",
            "src/check/",
            "src/demo/",
            "src/host/monotonic.rs",
            "src/observe/",
            "src/run/",
            "src/dashboard/",
            "src/commands/",
        ],
    ),
    ("httparse", &["src/http/"]),
    ("hyper", &["src/http/", "src/demo/", "src/dashboard/"]),
    ("axum", &["src/dashboard/"]),
    ("h2", &["src/http/http2.rs"]),
    ("hyper_util", &["src/http/", "src/demo/", "src/dashboard/"]),
    ("http_body_util", &["src/http/", "src/demo/", "src/dashboard/"]),
    ("bytes", &["src/http/", "src/demo/", "src/dashboard/"]),
    ("tokio_rustls", &["src/http/", "src/check/"]),
    ("rustls_native_certs", &["src/http/"]),
    ("memchr", &["src/http/"]),
    ("x509_parser", &["src/http/certificate.rs", "src/check/"]),
    ("brotli_decompressor", &["src/http/decoding.rs"]),
    ("ruzstd", &["src/http/decoding.rs"]),
    ("mime_guess", &["src/http/multipart.rs"]),
    ("httpdate", &["src/http/retry_after.rs", "src/check/", "src/observe/remote_write/"]),
    ("idna", &["src/scenario/origin.rs"]),
    ("shlex", &["src/cli/shell_words.rs", "src/cli/guide/dress.rs"]),
    ("ctrlc", &["src/run/interrupt.rs"]),
    ("hdrhistogram", &["src/domain/histogram.rs", "src/store/histogram_log/"]),
    (
        "flate2",
        &["src/store/histogram_log/", "src/store/packed.rs", "src/http/decoding.rs", "src/observe/otlp/"],
    ),
    (
        "base64",
        &[
            "src/store/histogram_log/",
            "src/report/formats/html.rs",
            "src/commands/test_cell/headers.rs",
            "src/observe/remote_write/",
            "src/check/",
            "src/demo/",
        ],
    ),
    ("plotters", &["src/report/charts/", "src/report/formats/html.rs"]),
    ("tiny_skia", &["src/report/charts/raster.rs"]),
    ("skrifa", &["src/report/charts/typeface.rs"]),
    ("png", &["src/report/charts/"]),
    ("statrs", &["src/stats/"]),
    ("rand", &["src/domain/", "src/load/", "src/demo/"]),
    ("rand_chacha", &["src/domain/", "src/load/", "src/demo/"]),
    ("rand_distr", &["src/demo/"]),
    (
        "serde",
        &[
            "src/scenario/",
            "src/store/",
            "src/report/",
            "src/dashboard/",
            "src/monitor/state.rs",
            "src/extract/path.rs",
        ],
    ),
    (
        "serde_json",
        &[
            "src/check/",
            "src/scenario/",
            "src/store/",
            "src/run/",
            "src/report/",
            "src/dashboard/",
            "src/demo/",
            "src/extract/",
            "src/monitor/state.rs",
            "src/commands/monitor/daily.rs",
            "src/observe/alerts/message.rs",
            "src/observe/log/line.rs",
            "src/observe/grafana/files.rs",
            "src/observe/stack/verify.rs",
        ],
    ),
    ("jsonpath_rust", &["src/extract/json.rs"]),
    // The second in its unit tests only.
    ("regex", &["src/extract/", "src/check/", "src/cli/progress_line.rs"]),
    ("psl", &["src/load/set_cookie.rs", "src/check/"]),
    ("strsim", &["src/domain/suggestion.rs"]),
    ("toml", &["src/scenario/"]),
    ("csv", &["src/store/", "src/scenario/rows.rs"]),
    ("url", &["src/load/redirects.rs", "src/check/", "src/observe/remote_write/"]),
    (
        "form_urlencoded",
        &["src/scenario/step_body.rs", "src/scenario/service_requests.rs", "src/check/", "src/dashboard/"],
    ),
    ("schemars", &["src/scenario/", "src/report/"]),
    (
        "jiff",
        &[
            "src/domain/",
            "src/scenario/",
            "src/host/",
            "src/load/",
            "src/check/",
            "src/store/",
            "src/analysis/",
            "src/http/",
            "src/run/",
            "src/observe/",
            "src/report/",
            "src/dashboard/",
            "src/monitor/",
            "src/cli/",
            "src/commands/",
        ],
    ),
    (
        "sha2",
        &[
            "src/store/manifest.rs",
            "src/http/sigv4.rs",
            "src/check/",
            "src/demo/",
            "src/observe/remote_write/",
        ],
    ),
    ("sha1", &["src/check/", "src/demo/"]),
    ("hmac", &["src/http/sigv4.rs"]),
    ("rustix", &["src/host/", "src/load/timer.rs", "src/load/goose_engine.rs", "src/http/io_reason.rs"]),
    ("quick_junit", &["src/report/gate/junit.rs", "src/report/check/junit.rs"]),
    ("tracing", &["src/observe/log/"]),
    ("prost", &["src/observe/"]),
    ("snap", &["src/observe/remote_write/"]),
    ("reqwest", &["src/observe/"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/"]),
    ("ratatui", &["src/cli/watch/"]),
    ("unicode_width", &["src/domain/columns.rs"]),
    (
        "thiserror",
        &[
            "src/domain/",
            "src/stats/",
            "src/load/",
            "src/scenario/",
            "src/store/",
            "src/demo/",
            "src/analysis/",
            "src/http/",
            "src/extract/",
            "src/run/",
            "src/observe/",
            "src/report/charts/",
            "src/report/error.rs",
            "src/report/gate/junit.rs",
            "src/report/check/",
            "src/dashboard/",
            "src/commands/",
        ],
    ),
];

/// What a file names that it must not, a sentence each.
fn violations(path: &str, text: &str) -> Vec<String> {
    let code = code_of(text);
    let strays = HOMES.iter().filter(|(_, homes)| !homes.iter().any(|home| path.starts_with(home)));
    strays
        .filter(|(name, _)| !paths_from(&code, name).is_empty())
        .map(|(name, _)| format!("{path} names {name}"))
        .collect()
}

/// The dependencies of `Cargo.toml`, as code names them.
fn dependencies() -> BTreeSet<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    dependencies.keys().map(|name| name.replace('-', "_")).collect()
}

#[test]
fn each_crate_is_named_where_it_is_at_home() {
    let all: Vec<String> = tree("src").iter().flat_map(|path| violations(path, &read(path))).collect();
    assert_eq!(all, Vec::<String>::new());
}

#[test]
fn each_dependency_has_a_home_and_is_used_there() {
    let homes: BTreeSet<String> = HOMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(homes, dependencies());
    let code: Vec<String> = tree("src").iter().map(|path| code_of(&read(path))).collect();
    let idle: Vec<&String> =
        homes.iter().filter(|name| code.iter().all(|code| paths_from(code, name).is_empty())).collect();
    assert_eq!(idle, Vec::<&String>::new());
}

#[test]
fn outside_of_its_engine_goose_is_only_an_error() {
    let code = code_of(&read("src/load/engine.rs"));
    for path in paths_from(&code, "goose") {
        assert_eq!(first_names(path), ["GooseError"]);
    }
}

#[test]
fn a_crate_out_of_its_room_is_found() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        assert_eq!(violations(path, text), expected, "{path}: {text}");
    };
    check("src/report/a.rs", "use csv::Writer;", &["src/report/a.rs names csv"]);
    check("src/load/user.rs", "use goose::goose::GooseUser;", &["src/load/user.rs names goose"]);
    check("src/store/a.rs", "use csv::Writer;\nuse crate::report::csv::x;", &[]);
    check("src/report/a.rs", "use super::csv::x;", &[]);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = read("Cargo.toml");
    let of_dependencies = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let mut explained = false;
    for line in of_dependencies.take_while(|line| !line.starts_with('[') || *line == "[dev-dependencies]") {
        // A comment speaks for the lines that follow it at once.
        explained = line.starts_with('#') || (explained && !line.is_empty());
        assert!(explained || line.is_empty() || line.starts_with('['), "{line} has no comment");
    }
}
