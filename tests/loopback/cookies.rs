//! A jar beside curl: which cookies the same answers leave, and the `cookie` field that follows from them.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};

use baseline::domain::endpoint::{Origin, Scheme};
use baseline::load::cookies::Jar;
use jiff::Timestamp;

use super::cookie_cases::{CASES, Case};
use crate::support::folder::Folder;
use crate::support::raw_server::RawServer;

/// The times of the cases lie long before or long after this, and that of curl.
const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn parts(url: &str) -> (Origin, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_at(rest.find('/').unwrap());
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    (Origin { scheme: Scheme::Http, host: host.to_owned(), port: port.parse().unwrap() }, path)
}

fn ours(case: &Case) -> String {
    let mut jar = Jar::default();
    for (url, set) in case.answers {
        let (origin, path) = parts(url);
        set.iter().for_each(|set| jar.store(&origin, path, set, NOW));
    }
    let (origin, path) = parts(case.asked);
    jar.header(&origin, path, NOW).unwrap_or_default()
}

/// The field that curl sends with the last request of a case; `None` where it is not installed.
fn curl(case: &Case) -> Option<String> {
    let fields = Arc::new(Mutex::new(Vec::new()));
    let (seen, answers) = (Arc::clone(&fields), case.answers);
    let server = RawServer::serving(move |mut stream, number| {
        let lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
        let own = lines.filter_map(|line| line.strip_prefix("Cookie: ").map(str::to_owned)).last();
        seen.lock().unwrap().push(own.unwrap_or_default());
        let mut answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n".to_owned();
        for set in answers.get(number).map(|(_, set)| *set).unwrap_or_default() {
            let _ = write!(answer, "Set-Cookie: {set}\r\n");
        }
        let _ = stream.write_all((answer + "\r\n").as_bytes());
    });
    let (to, folder) = (format!("::{}", server.address()), Folder::new());
    let jar = folder.path().join("jar");
    let run = |file: &str, urls: Vec<&str>| {
        let options = ["-q", "-s", "--max-time", "5", "--noproxy", "*", "--connect-to", &to, "-b", ""];
        let told = Command::new("curl").args(options).arg(file).arg(&jar).args(urls).output().ok()?;
        told.status.success().then_some(())
    };
    run("-c", case.answers.iter().map(|(url, _)| *url).collect())?;
    run("-b", vec![case.asked])?;
    let fields = fields.lock().unwrap();
    assert_eq!(fields.len(), case.answers.len() + 1, "{}", case.name);
    fields.last().cloned()
}

/// What differs from the table, a line each.
fn differences(found: impl Fn(&Case) -> Option<String>, expected: impl Fn(&Case) -> &str) -> String {
    let mut wrong = String::new();
    for case in &CASES {
        if let Some(found) = found(case).filter(|found| *found != expected(case)) {
            let _ = writeln!(wrong, "{}: {found:?}, and not {:?}", case.name, expected(case));
        }
    }
    wrong
}

#[test]
fn a_jar_sends_what_curl_sends() {
    assert_eq!(
        differences(|case| Some(ours(case)), |case| case.ours.map_or(case.curl, |(ours, _)| ours)),
        ""
    );
    let reasons = CASES.iter().filter_map(|case| case.ours);
    assert!(reasons.clone().all(|(_, why)| !why.is_empty()) && reasons.count() * 4 < CASES.len());
}

/// Versions of curl differ in corners, so its column is checked where `CURL_IS_CHECKED` is set, and otherwise believed.
#[test]
fn curl_sends_what_the_table_of_cookies_says() {
    if std::env::var_os("CURL_IS_CHECKED").is_some() {
        assert_eq!(differences(curl, |case| case.curl), "");
    }
}
