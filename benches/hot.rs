//! Times what runs for each request and each window: `cargo bench --bench hot`.
//!
//! `counts` counts the instructions of the same parts, which a busy machine does not change.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod parts;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

use baseline::analysis::watch::Watcher;
use baseline::domain::endpoint::{Endpoint, Expectation, Method, Origin, Pace, Scheme};
use baseline::domain::fields::Fields;
use baseline::domain::objective::Objective;
use baseline::domain::plan::Access;
use baseline::domain::referenced::Referenced;
use baseline::domain::template::{Escape, Piece, Template};
use baseline::domain::window::Window;
use baseline::extract::{Check, Found, Query, Seen};
use baseline::http::RequestTemplate;
use baseline::load::cookies::Jar;
use baseline::store::window_log;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn each_request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("each_request");
    let mut recorder = parts::recorder();
    let mut time_ns = 50_000;
    group.bench_function("record", |bencher| {
        bencher.iter(|| {
            time_ns = parts::next_time(time_ns);
            parts::record(&mut recorder, time_ns);
        });
    });
    for (name, answer) in parts::ANSWERS {
        group.bench_function(format!("parse_{name}"), |bencher| {
            bencher.iter(|| parts::parse(black_box(answer)));
        });
    }
    for (name, schedule) in parts::schedules() {
        let mut arrival = 0;
        group.bench_function(format!("schedule_{name}"), |bencher| {
            bencher.iter(|| {
                arrival = (arrival + 1) % parts::ARRIVALS;
                schedule.at_ns(black_box(arrival))
            });
        });
    }
    group.finish();
}

/// The answer of a small API, and what journeys ask of it.
const ANSWER: &str = r#"{"success":true,"data":{"id":"c5f2d1c8-7a54-4f0e-9d3a-0b5c1de2f7a1","title":"A pitch for the bench","author":
{"id":4711,"name":"Ada"},"tags":["drama","short","new"],"views":1250,"score":4.75},"meta":{"took_ms":12,"server":"web-3"},
"links":[{"rel":"self","href":"/api/pitches/1"},{"rel":"all","href":"/api/pitches"}]}"#;
const QUERIES: [(&str, &str); 6] = [
    ("pointer", "pointer /data/id"),
    ("pointer_late", "pointer /links/1/href"),
    ("jsonpath_names", "jsonpath $.data.author.id"),
    ("jsonpath_filter", "jsonpath $.links[?(@.rel == 'all')].href"),
    ("regex", "regex /\"href\":\"([^\"]+)\"/"),
    ("cookie", "cookie session"),
];

fn each_answer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("each_answer");
    let mut fields = Fields::default();
    fields.push("content-type", b"application/json");
    fields.push("set-cookie", b"session=c5f2d1c87a544f0e9d3a; Path=/; HttpOnly; Max-Age=3600");
    for (name, text) in QUERIES {
        let query = Query::parse(text).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| query.find(&Seen::new(200, &fields, black_box(ANSWER.as_bytes()))).ok());
        });
    }
    let check = Check::parse("jsonpath $.data.title exists").unwrap();
    group.bench_function("check", |bencher| {
        bencher.iter(|| check.holds(&Seen::new(200, &fields, black_box(ANSWER.as_bytes()))));
    });
    group.bench_function("whole_value", |bencher| {
        bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(ANSWER)).ok());
    });
    let large = format!("{{\"list\":[{}0],\"id\":7}}", format!("{ANSWER},").repeat(2_400));
    for (name, text) in [("pointer_1_mib", "pointer /id"), ("jsonpath_any_1_mib", "jsonpath $..id")] {
        let query = Query::parse(text).unwrap();
        group.sample_size(10).bench_function(name, |bencher| {
            bencher.iter(|| query.find(&Seen::new(200, &fields, black_box(large.as_bytes()))).ok());
        });
    }
    let origin = Origin { scheme: Scheme::Https, host: "api.example.com".to_owned(), port: 443 };
    let now = jiff::Timestamp::UNIX_EPOCH;
    let set = "session=c5f2d1c87a544f0e9d3a; Path=/; HttpOnly; Domain=example.com; Max-Age=3600";
    let mut jar = Jar::default();
    group.bench_function("cookies_of_none", |bencher| {
        bencher.iter(|| jar.header(black_box(&origin), "/api", now));
    });
    group.bench_function("cookie_set", |bencher| {
        bencher.iter(|| jar.store(black_box(&origin), "/", set, now));
    });
    group.bench_function("cookies_of_one", |bencher| {
        bencher.iter(|| jar.header(black_box(&origin), "/api", now));
    });
    let many: Vec<String> = (0..10_000).map(|number| format!("name{number}=value{number}")).collect();
    group.sample_size(10).bench_function("cookies_set_10000", |bencher| {
        bencher.iter(|| {
            let mut jar = Jar::default();
            for set in &many {
                jar.store(&origin, "/", set, now);
            }
            jar
        });
    });
    group.finish();
}

/// The request of a step with this path and token.
fn step(path: Template, token: Template) -> RequestTemplate {
    let endpoint = Endpoint {
        name: "read".into(),
        method: Method::from_name("GET").unwrap(),
        origin: Origin { scheme: Scheme::Http, host: "127.0.0.1".to_owned(), port: 8787 },
        path: Referenced::plain("/"),
        headers: Vec::new(),
        without: Vec::new(),
        body: None,
        expectation: Expectation::default(),
        objective: Objective::default(),
        pace: Pace::Closed { think: Duration::ZERO },
        timeout: Duration::from_secs(1),
    };
    let headers = vec![("authorization".to_owned(), token)];
    RequestTemplate::of(&endpoint, &Access::default(), path, headers, None).unwrap()
}

/// Steps of a journey: written with values of earlier ones, and a value taken from a small response.
fn each_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("each_step");
    let values = ["c5f2d1c87a544f0e9d3a", "7a54"];
    let slot = |before: &str, index: usize, escape: Escape| {
        Template::of(vec![Piece::Literal(before.to_owned()), Piece::Slot(index, escape)])
    };
    let same = step(Template::literal("/pitches/7a54"), Template::literal("Bearer c5f2d1c87a544f0e9d3a"));
    let changing = step(slot("/pitches/", 1, Escape::Path), slot("Bearer ", 0, Escape::None));
    let cookie = [("cookie", "session=c5f2d1c87a544f0e9d3a")];
    let mut room = None;
    for (name, template, extra) in [
        ("lend", &same, [].as_slice()),
        ("write", &changing, [].as_slice()),
        ("write_with_cookie", &same, cookie.as_slice()),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| template.request_with(black_box(&values), extra, &mut room).is_ok());
        });
    }
    let query = Query::parse("pointer /data/id").unwrap();
    let fields = Fields::default();
    let body = br#"{"success":true,"data":{"id":"7a54","title":"A pitch","views":1250}}"#;
    group.bench_function("capture", |bencher| {
        bencher.iter(|| query.find(&Seen::new(200, &fields, black_box(body))).ok().map(Found::into_text));
    });
    group.finish();
}

fn each_window(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("each_window");
    let (full, other) = (parts::full_recorder(1), parts::full_recorder(2));
    group.bench_function("merge", |bencher| {
        bencher.iter_batched_ref(
            || full.clone(),
            |recorder| recorder.merge(black_box(&other)).unwrap(),
            BatchSize::LargeInput,
        );
    });
    let histogram = parts::full_histogram();
    group.bench_function("quantile", |bencher| bencher.iter(|| histogram.quantile_ns(black_box(0.999))));
    let windows = rehearsed();
    group.throughput(Throughput::Elements(windows.len() as u64)).sample_size(10);
    group.bench_function("detect", |bencher| {
        bencher.iter(|| {
            let mut watcher = Watcher::learning(100);
            windows.iter().map(|window| watcher.take(window).flags.len()).sum::<usize>()
        });
    });
    group.finish();
}

/// The windows of 48 rehearsed hours of the demo.
fn rehearsed() -> Vec<Window> {
    let out = tempfile::tempdir().unwrap();
    let plan = ["--duration", "48h", "--cycle", "5m", "--window", "1s", "--out"];
    let mut program = Command::new(env!("CARGO_BIN_EXE_baseline"));
    program.args(["start", "--demo", "--rehearse"]).args(plan).arg(out.path());
    assert!(program.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    let run = std::fs::read_dir(out.path()).unwrap().next().unwrap().unwrap().path();
    window_log::read(&run.join("windows.csv")).unwrap().windows
}

criterion_group!(benches, each_request, each_answer, each_step, each_window);
criterion_main!(benches);
