//! Whether a further change of a series is worth another alert, or belongs to the last one.

/// How long after an alert more of the same belongs to the same incident. Units: seconds.
const COOL_DOWN_S: f64 = 3_600.0;
/// More of the same is an alert of its own if it is this much larger.
const LARGER: f64 = 1.5;

/// Remembers the last alert of a series.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct CoolDown {
    /// Time of the last alert, and its relative size with its sign.
    last: Option<(f64, f64)>,
}

impl CoolDown {
    /// Whether a change is worth an alert: the first one, after an hour, in the other direction, or half as large again.
    /// If so, it is remembered.
    ///
    /// Units: seconds, and the change relative to the level.
    pub(super) fn is_news(&mut self, at: f64, effect: f64) -> bool {
        let is_news = self.last.is_none_or(|(alerted_at, last)| {
            let is_recent = (0.0..COOL_DOWN_S).contains(&(at - alerted_at));
            !is_recent || effect.signum() != last.signum() || effect.abs() > LARGER * last.abs()
        });
        if is_news {
            self.last = Some((at, effect));
        }
        is_news
    }

    /// Forgets the last alert: the next change is news.
    pub(super) fn reset(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_one_incident() {
        let mut alerts = CoolDown::default();
        assert!(alerts.is_news(0.0, 0.5));
        assert!(!alerts.is_news(1_800.0, 0.5));
        assert!(!alerts.is_news(3_599.0, 0.7));
        assert!(alerts.is_news(3_599.0, 0.8));
        assert!(alerts.is_news(3_599.0, -0.5));
        assert!(alerts.is_news(7_199.0, -0.5));
        alerts.reset();
        assert!(alerts.is_news(7_200.0, -0.5));
    }
}
