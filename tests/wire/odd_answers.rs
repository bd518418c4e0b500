//! This client beside curl on odd answers: the table of the documentation is made from these cases, and each is a test.

use std::fmt::Write as _;
use std::process::Command;

use baseline::domain::endpoint::Scheme;
use baseline::domain::transport::Transport;

use crate::support::raw_server::{RawServer, Then};

use super::odd_cases::{Case, all};
use super::{access, endpoint, exchange};

const PAGE: &str = "docs/odd-responses.md";

/// What this client makes of a case, in one piece or in small ones.
fn ours(case: &Case, piece: usize) -> String {
    let server = RawServer::answering(case.bytes.clone(), piece, case.then);
    let endpoint = endpoint(Scheme::Http, "127.0.0.1", server.address().port());
    match exchange(&endpoint, &access("127.0.0.1", Transport::default())) {
        Ok(response) => {
            let odd = if response.is_odd { ", odd" } else { "" };
            format!("{}, {} B{odd}", response.status, response.bytes)
        }
        Err(reason) => reason.name().to_owned(),
    }
}

/// What curl makes of it; `None` where it is not installed.
fn curl(case: &Case) -> Option<String> {
    let server = RawServer::answering(case.bytes.clone(), usize::MAX, case.then);
    let arguments = ["-s", "-o", "/dev/null", "--noproxy", "*", "--max-time", "1", "-w"];
    let format = "%{http_code}, %{size_download} B, exit %{exitcode}";
    let told = Command::new("curl").args(arguments).args([format, &server.url()]).output().ok()?;
    Some(String::from_utf8(told.stdout).unwrap())
}

#[test]
fn every_odd_answer_has_its_status_or_reason() {
    let mut wrong = String::new();
    for case in all() {
        let found = ours(&case, usize::MAX);
        if found != case.ours {
            let _ = writeln!(wrong, "{}: {found}, and not {}", case.name, case.ours);
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn it_is_the_same_in_small_pieces() {
    let mut wrong = String::new();
    // Those that wait for the timeout say nothing new, and take long; large ones take long byte by byte.
    for case in all().into_iter().filter(|case| case.then == Then::Close && case.bytes.len() < 2_000) {
        let found = ours(&case, 3);
        if found != case.ours {
            let _ = writeln!(wrong, "{}: {found}, and not {}", case.name, case.ours);
        }
    }
    assert_eq!(wrong, "");
}

/// Versions of curl differ in corners, so its column is checked where `CURL_IS_CHECKED` is set, and otherwise believed.
#[test]
fn curl_does_what_the_table_says() {
    if std::env::var_os("CURL_IS_CHECKED").is_none() {
        return;
    }
    let mut wrong = String::new();
    for case in all() {
        if let Some(found) = curl(&case).filter(|found| *found != case.curl) {
            let _ = writeln!(wrong, "{}: curl {found}, and not {}", case.name, case.curl);
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn the_page_shows_these_cases() {
    let mut table = String::from("| response | baseline | curl |\n|---|---|---|\n");
    for case in all() {
        let ours = if case.ours.contains(' ') { case.ours.to_owned() } else { format!("`{}`", case.ours) };
        let _ = writeln!(table, "| {} | {ours} | {} |", case.name, case.curl);
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once("<!-- cases -->\n").unwrap();
    let (shown, after) = rest.split_once("<!-- end of cases -->").unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let new = format!("{before}<!-- cases -->\n{table}<!-- end of cases -->{after}");
        std::fs::write(PAGE, new).unwrap();
        return;
    }
    assert_eq!(shown, table, "UPDATE_DOCS=1 writes the table");
}
