//! Failed requests in words: by reason where it is known, and by status.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::error_counts::ErrorCounts;
use crate::domain::outcomes::Outcomes;
use crate::domain::sample::ErrorClass;

use super::numbers::{count, counted};

/// The most statuses that a sentence names.
const NAMED_STATUSES: usize = 3;

/// Why requests failed, the most frequent reason first: `12 connection refused, 3 unexpected status`.
pub fn reasons_words(errors: &ErrorCounts) -> String {
    let mut all: Vec<(&str, u64)> = errors.reasons().iter().map(|(reason, n)| (reason.brief(), n)).collect();
    all.extend(unexplained(errors).map(|(class, n)| (class_noun(class), n)));
    all.sort_by_key(|(_, n)| Reverse(*n));
    let parts: Vec<String> = all.into_iter().map(|(what, n)| format!("{} {what}", count(n))).collect();
    parts.join(", ")
}

/// Failures of a class whose reasons are not known: runs of earlier versions recorded none.
fn unexplained(errors: &ErrorCounts) -> impl Iterator<Item = (ErrorClass, u64)> + '_ {
    errors.iter().filter_map(|(class, n)| {
        let explained: u64 = errors.reasons().of_class(class).iter().map(|(_, n)| n).sum();
        let left = n.saturating_sub(explained);
        (left > 0).then_some((class, left))
    })
}

/// Responses by status, the most frequent first: `401 (12), 200 (3)`.
pub fn statuses_words(statuses: &BTreeMap<u16, u64>) -> String {
    let mut all: Vec<(u16, u64)> = statuses.iter().map(|(status, n)| (*status, *n)).collect();
    all.sort_by_key(|(status, n)| (Reverse(*n), *status));
    let parts: Vec<String> = all.into_iter().map(|(status, n)| format!("{status} ({})", count(n))).collect();
    parts.join(", ")
}

/// Responses whose status failed, the most frequent first; none where that cannot be told.
///
/// Which statuses an endpoint expects is not recorded. Those that failed are as many together as requests that failed by their
/// status; where several sets are, the one with the errors of the server, then of the client.
pub fn failed_statuses(errors: &ErrorCounts, statuses: &BTreeMap<u16, u64>) -> Vec<(u16, u64)> {
    /// Sets of more statuses are not searched.
    const MOST_SEARCHED: usize = 16;
    let by_status = errors.get(ErrorClass::Status);
    let is_possible = |(status, n): &(&u16, &u64)| (1..=by_status).contains(*n) && **status != 429;
    let mut all: Vec<(u16, u64)> =
        statuses.iter().filter(is_possible).map(|(status, n)| (*status, *n)).collect();
    // Errors first, because they fail more often than they are expected.
    all.sort_by_key(|(status, n)| (Reverse(*status / 100), Reverse(*n), *status));
    all.truncate(MOST_SEARCHED);
    let mut all = adding_up_to(by_status, &all).unwrap_or_default();
    all.sort_by_key(|(status, n)| (Reverse(*n), *status));
    all
}

/// Statuses whose counts add up to a sum, with as many of the first ones as possible; `None` where none do.
fn adding_up_to(sum: u64, statuses: &[(u16, u64)]) -> Option<Vec<(u16, u64)>> {
    match statuses.split_first() {
        _ if sum == 0 => Some(Vec::new()),
        None => None,
        Some((first, rest)) => {
            let with = sum.checked_sub(first.1).and_then(|left| adding_up_to(left, rest));
            let with = with.map(|mut found| {
                found.push(*first);
                found
            });
            with.or_else(|| adding_up_to(sum, rest))
        }
    }
}

/// Failures as a list of nouns, statuses by their numbers: `connection refused (12)`, `status 503 (3)`.
pub fn failures_listed(errors: &ErrorCounts, statuses: &BTreeMap<u16, u64>) -> Vec<String> {
    let failed = failed_statuses(errors, statuses);
    let mut all: Vec<(String, u64)> = Vec::new();
    for (reason, n) in errors.reasons().iter().filter(|(reason, _)| reason.class() != ErrorClass::Status) {
        all.push((reason.brief().to_owned(), n));
    }
    for (class, n) in unexplained(errors).filter(|(class, _)| *class != ErrorClass::Status) {
        all.push((class_noun(class).to_owned(), n));
    }
    match errors.get(ErrorClass::Status) {
        0 => (),
        n if failed.is_empty() => all.push(("unexpected status".to_owned(), n)),
        _ => all.extend(failed.into_iter().map(|(status, n)| (format!("status {status}"), n))),
    }
    all.sort_by_key(|(_, n)| Reverse(*n));
    all.into_iter().map(|(what, n)| format!("{what} ({})", count(n))).collect()
}

/// How requests failed, as sentences: `1,200 of 1,200 responses were 404`.
pub fn failures_words(outcomes: &Outcomes) -> String {
    let counts = outcomes.counts;
    let all = count(counts.failed + counts.succeeded);
    let statuses = failed_statuses(&outcomes.errors, &outcomes.statuses);
    let mut parts: Vec<(u64, String)> = Vec::new();
    for (status, n) in statuses.iter().take(NAMED_STATUSES) {
        parts.push((*n, format!("{} of {all} responses were {status}", count(*n))));
    }
    let is_named = |class: ErrorClass| class == ErrorClass::Status && !statuses.is_empty();
    for (reason, n) in outcomes.errors.reasons().iter().filter(|(reason, _)| !is_named(reason.class())) {
        parts.push((n, format!("{} of {all} {}", count(n), reason.words())));
    }
    for (class, n) in unexplained(&outcomes.errors).filter(|(class, _)| !is_named(*class)) {
        parts.push((n, format!("{} of {all} {}", count(n), class_words(class))));
    }
    parts.sort_by_key(|(n, _)| Reverse(*n));
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
    if parts.is_empty() { format!("{} of {all} failed", count(counts.failed)) } else { parts.join(", ") }
}

/// What happened to requests of a class, without knowing the reason.
fn class_words(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Resolve => "did not resolve the host name",
        ErrorClass::Connect => "could not connect",
        ErrorClass::Tls => "failed in the TLS handshake",
        ErrorClass::Timeout => "timed out",
        ErrorClass::Reset => "lost the connection before the response was complete",
        ErrorClass::Protocol => "got no valid HTTP response",
        ErrorClass::Status => "had an unexpected status",
        ErrorClass::Expectation => "did not have the expected body",
        ErrorClass::Capture => "had a response from which a value could not be captured",
        ErrorClass::Local => "failed on this machine before they were sent",
        ErrorClass::Deadline => "were not sent, because no response could have come in time",
    }
}

/// The same as a noun: `12 timeouts`.
/// A class of failures as a noun.
pub fn class_noun(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Resolve => "host name not resolved",
        ErrorClass::Connect => "cannot connect",
        ErrorClass::Tls => "TLS handshake failed",
        ErrorClass::Timeout => "timeout",
        ErrorClass::Reset => "connection lost",
        ErrorClass::Protocol => "no valid HTTP response",
        ErrorClass::Status => "unexpected status",
        ErrorClass::Expectation => "unexpected body",
        ErrorClass::Capture => "value could not be captured",
        ErrorClass::Local => "failed on this machine",
        ErrorClass::Deadline => "not sent: no response could come in time",
    }
}

/// Failed over all requests: `12 of 40 requests`.
pub(super) fn ratio_words(outcomes: &Outcomes) -> String {
    let counts = outcomes.counts;
    format!("{} of {}", count(counts.failed), counted(counts.failed + counts.succeeded, "request"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error_reason::ErrorReason;

    #[test]
    fn reasons_come_before_classes_and_statuses_have_numbers() {
        let mut errors = ErrorCounts::default();
        errors.add(ErrorReason::ConnectionRefused, 12);
        errors.add(ErrorReason::UnexpectedStatus, 5);
        errors.add_class(ErrorClass::Timeout, 7);
        let statuses = [(200, 30), (401, 4), (500, 1), (429, 2)].into();
        assert_eq!(reasons_words(&errors), "12 connection refused, 7 timeout, 5 unexpected status");
        assert_eq!(statuses_words(&statuses), "200 (30), 401 (4), 429 (2), 500 (1)");
        assert_eq!(
            failures_listed(&errors, &statuses),
            ["connection refused (12)", "timeout (7)", "status 401 (4)", "status 500 (1)"]
        );
        assert_eq!(failures_listed(&errors, &BTreeMap::new())[2], "unexpected status (5)");
        // 4 of 7 responses were expected.
        let mixed = [(200, 4), (404, 5)].into();
        assert_eq!(failures_listed(&errors, &mixed)[2], "status 404 (5)");
    }

    #[test]
    fn a_status_that_was_expected_is_no_failure() {
        let check = |failed: u64, statuses: &[(u16, u64)], expected: &[&str]| {
            let mut errors = ErrorCounts::default();
            errors.add(ErrorReason::UnexpectedStatus, failed);
            assert_eq!(
                failures_listed(&errors, &statuses.iter().copied().collect()),
                expected,
                "{statuses:?}"
            );
        };
        // More failures than successes.
        check(60, &[(200, 40), (500, 60)], &["status 500 (60)"]);
        check(60, &[(200, 60), (500, 60)], &["status 500 (60)"]);
        // 404 is expected here, and 200 is not.
        check(12, &[(200, 12), (404, 5)], &["status 200 (12)"]);
        check(9, &[(200, 8), (502, 4), (503, 5)], &["status 503 (5)", "status 502 (4)"]);
        check(7, &[(404, 7), (500, 7)], &["status 500 (7)"]);
        check(6, &[(503, 4), (500, 6)], &["status 500 (6)"]);
        // Nothing adds up.
        check(9, &[(200, 8), (500, 4)], &["unexpected status (9)"]);
    }
}
