//! When the errors of a cell are certainly more than its baseline explains.

use crate::stats::proportion::{binomial_tail, wilson_95};

use super::alert::{AlertKind, Change};

/// Errors of a window raise an alert where they are less likely than this.
const ERROR_TAIL: f64 = 1e-4;
/// Errors count as over where they are at least this likely.
const ERROR_CALM: f64 = 0.05;

/// Watches the error counts of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorWatch {
    /// The highest ratio that the baseline is compatible with.
    ratio: f64,
    is_open: bool,
}

impl ErrorWatch {
    /// From the failed and judged requests of the baseline; `None` if none was judged.
    pub fn new(failed: u64, judged: u64) -> Option<Self> {
        // The upper end of the interval: zero errors in few requests prove little.
        wilson_95(failed, judged).map(|(_, high)| Self { ratio: high, is_open: false })
    }

    /// Judges a window's failed and judged requests. An incident alerts once, until a calm window.
    pub fn take(&mut self, failed: u64, judged: u64) -> Option<Change> {
        let tail = binomial_tail(failed, judged, self.ratio).filter(|_| judged > 0)?;
        if tail >= ERROR_CALM {
            self.is_open = false;
        }
        if tail >= ERROR_TAIL || self.is_open {
            return None;
        }
        self.is_open = true;
        let expected = self.ratio * judged as f64;
        let level = failed as f64 / judged as f64;
        let spread = (expected * (1.0 - self.ratio)).sqrt();
        Some(Change {
            kind: AlertKind::Errors,
            expected: self.ratio,
            level,
            effect: None,
            height: level - self.ratio,
            z: if spread > 0.0 { (failed as f64 - expected) / spread } else { f64::INFINITY },
            windows: 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_from_none_alert_at_once_and_once() {
        let mut watch = ErrorWatch::new(0, 10_000).unwrap();
        assert_eq!(watch.take(0, 500), None);
        assert_eq!(watch.take(1, 500), None);
        assert!(watch.take(12, 500).is_some());
        assert_eq!(watch.take(30, 500), None);
        assert_eq!(watch.take(0, 500), None);
        assert!(watch.take(12, 500).is_some());
        assert_eq!(ErrorWatch::new(0, 0), None);
    }
}
