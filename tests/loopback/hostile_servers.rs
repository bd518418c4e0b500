//! Servers that misbehave: the right class, every request accounted for, and an end.

use crate::support::answers::{HUGE, Mode};
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::Program;
use crate::support::scenario;

use super::{measure, number};

/// How many requests each server is asked: enough for every user to meet it twice, few enough for the back-off.
const REQUESTS: u64 = 6;

/// Asks a server, and requires that every request ends in that class, or succeeds where there is none.
fn check(mode: &Mode, class: Option<&str>, connection_each: bool) {
    let server = Hostile::start(mode.clone());
    let folder = Folder::new();
    // A scenario, because its timeout is short: a URL's is ten seconds.
    folder.write("small.toml", &scenario::at(&server.url()));
    let requests = REQUESTS.to_string();
    let arguments = [
        "test",
        "health",
        "light_load",
        "--scenario",
        "small.toml",
        "--requests",
        &requests,
        "--format",
        "json",
    ];
    let ended = Program::new(folder.path(), &arguments).run();
    let result = ended.json();
    let told = format!("{mode:?}: {result:#} {}", ended.stderr);
    assert_eq!(number(&result, "requests"), REQUESTS, "{told}");
    assert_eq!(server.requests(), REQUESTS, "{told}");
    match class {
        None => {
            assert_eq!(number(&result, "succeeded"), REQUESTS, "{told}");
            // A busy machine may spoil the window, and then the program says so.
            assert_eq!(ended.code, Some(if result["validity"] == "valid" { 0 } else { 3 }), "{told}");
        }
        Some(class) => {
            assert_eq!(number(&result["errors"], class), REQUESTS, "{told}");
            assert_eq!(number(&result, "failed"), REQUESTS, "{told}");
            assert_eq!(ended.code, Some(1), "{told}");
        }
    }
    if connection_each {
        assert_eq!(server.connections(), REQUESTS, "{told}");
    } else {
        assert_eq!(server.connections(), 2, "{told}: a user keeps its connection");
    }
}

#[test]
fn a_good_answer_succeeds_on_a_kept_connection() {
    check(&Mode::Well, None, false);
}

#[test]
fn a_reset_in_the_middle_of_the_body_is_a_reset() {
    check(&Mode::ResetMidBody, Some("reset"), true);
}

#[test]
fn a_body_that_ends_early_is_a_reset() {
    check(&Mode::ShortBody, Some("reset"), true);
}

#[test]
fn garbage_is_a_protocol_error() {
    check(&Mode::Garbage, Some("protocol"), true);
}

#[test]
fn a_dripping_head_is_a_timeout() {
    check(&Mode::Drip, Some("timeout"), true);
}

#[test]
fn silence_is_a_timeout() {
    check(&Mode::Hang, Some("timeout"), true);
}

#[test]
fn two_lengths_are_a_protocol_error() {
    check(&Mode::TwoLengths, Some("protocol"), true);
}

#[test]
fn a_server_error_is_a_status_and_keeps_its_connection() {
    check(&Mode::EchoAsError, Some("status"), false);
}

#[test]
fn connections_that_are_closed_after_each_answer_cost_no_request() {
    check(&Mode::CloseEach, None, true);
    check(&Mode::NoLength, None, true);
}

#[test]
fn a_connection_that_was_closed_silently_is_no_error_of_the_target() {
    check(&Mode::SilentClose, None, true);
}

#[test]
fn chunks_trailers_and_interim_answers_are_read() {
    check(&Mode::Chunked, None, false);
    check(&Mode::Interim, None, false);
}

#[test]
fn bytes_behind_an_answer_are_never_taken_for_the_next() {
    check(&Mode::Leftover, None, true);
}

#[test]
fn a_huge_body_is_read_to_its_end_and_counted() {
    let server = Hostile::start(Mode::HugeBody);
    let ended = measure(&server.url(), &["--requests", "2", "--warm-up", "50ms"]);
    let result = ended.json();
    assert_eq!(number(&result, "bytes"), 2 * HUGE as u64, "{result:#}");
}

#[test]
fn for_a_duration_every_measured_request_is_one_that_the_server_saw() {
    let server = Hostile::start(Mode::Well);
    let ended = measure(&server.url(), &["--duration", "300ms", "--warm-up", "50ms"]);
    let result = ended.json();
    let measured = number(&result, "requests");
    assert!(measured > 0 && number(&result["status"], "200") == measured, "{result:#}");
    // The server also saw the warm-up.
    assert!(measured <= server.requests(), "{measured} of {}", server.requests());
    assert_eq!(server.connections(), 2);
}

/// One user who sends six requests, within the scenario's short timeout.
fn six_requests(server: &Hostile) -> serde_json::Value {
    let folder = Folder::new();
    folder.write("small.toml", &scenario::at(&server.url()));
    let one_user =
        ["test", "health", "alone:1", "--scenario", "small.toml", "--requests", "6", "--format", "json"];
    Program::new(folder.path(), &one_user).run().json()
}

#[test]
fn an_answer_that_stops_half_way_costs_its_connection_and_no_other_request() {
    let server = Hostile::start(Mode::HalfOfTheSecond);
    let result = six_requests(&server);
    assert_eq!((number(&result, "succeeded"), number(&result["errors"], "timeout")), (3, 3), "{result:#}");
    assert_eq!((server.connections(), server.requests()), (3, 6), "{result:#}");
}

#[test]
fn a_request_that_was_taken_and_dropped_is_not_sent_again() {
    let server = Hostile::start(Mode::DropsTheSecond);
    let result = six_requests(&server);
    assert_eq!((number(&result, "succeeded"), number(&result["errors"], "reset")), (3, 3), "{result:#}");
    assert_eq!((server.connections(), server.requests()), (3, 6), "{result:#}");
}

#[test]
fn requests_that_are_counted_open_one_connection_each_user_without_a_warm_up_too() {
    let server = Hostile::start(Mode::Well);
    let result = measure(&server.url(), &["--requests", "40", "--warm-up", "0s"]).json();
    assert_eq!((number(&result, "connections"), server.connections()), (2, 2), "{result:#}");
}
