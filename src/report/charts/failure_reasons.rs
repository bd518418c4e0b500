//! What the failures of a window were, in the few words of a key: `503`, `connection refused`.

use crate::domain::sample::ErrorClass;
use crate::domain::window::Window;
use crate::report::wording::failures::failed_statuses;

/// The failures of a window by status, reason or class.
pub(super) fn failures(window: &Window) -> Vec<(String, u64)> {
    if window.counts.failed == 0 {
        return Vec::new();
    }
    let errors = &window.errors;
    let mut all: Vec<(String, u64)> = Vec::new();
    let mut explained = 0;
    for (reason, n) in errors.reasons().iter().filter(|(reason, _)| reason.class() != ErrorClass::Status) {
        all.push((reason.brief().to_owned(), n));
        explained += n;
    }
    let by_status = statuses(window);
    explained += by_status.iter().map(|(_, n)| n).sum::<u64>();
    all.extend(by_status);
    // Runs of earlier versions recorded no reasons.
    for (class, n) in errors.iter().filter(|(class, _)| *class != ErrorClass::Status) {
        let known: u64 = errors.reasons().of_class(class).iter().map(|(_, n)| n).sum();
        if n > known {
            all.push((class.name().replace('_', " "), n - known));
            explained += n - known;
        }
    }
    let left = window.counts.failed.saturating_sub(explained);
    all.extend((left > 0).then(|| ("unknown reason".to_owned(), left)));
    all
}

/// Which statuses failed.
fn statuses(window: &Window) -> Vec<(String, u64)> {
    let failed = failed_statuses(&window.errors, &window.statuses);
    let left = window.errors.get(ErrorClass::Status) - failed.iter().map(|(_, n)| n).sum::<u64>();
    let mut all: Vec<(String, u64)> = failed.into_iter().map(|(status, n)| (status.to_string(), n)).collect();
    all.extend((left > 0).then(|| ("unexpected status".to_owned(), left)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error_reason::ErrorReason;

    #[test]
    fn failures_are_told_by_status_and_reason() {
        let mut window = Window::sample();
        let check = |window: &Window, expected: &[(&str, u64)]| {
            let said = failures(window);
            let said: Vec<(&str, u64)> = said.iter().map(|(reason, n)| (reason.as_str(), *n)).collect();
            assert_eq!(said, expected);
        };
        check(&window, &[]);
        window.counts.failed = 10;
        window.errors.add(ErrorReason::ConnectionRefused, 3);
        window.errors.add(ErrorReason::UnexpectedStatus, 6);
        window.statuses = [(200, 100), (503, 4), (404, 2), (429, 3)].into();
        check(&window, &[("connection refused", 3), ("503", 4), ("404", 2), ("unknown reason", 1)]);
        // A status that was expected more often than requests failed is none of them.
        window.statuses = [(404, 100), (302, 6)].into();
        check(&window, &[("connection refused", 3), ("302", 6), ("unknown reason", 1)]);
    }
}
