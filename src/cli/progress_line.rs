//! The progress of a run in one line, for a terminal of any width and as plain text.
//!
//! Pure functions. The least important parts are left out first; a line never wraps.

use std::time::Duration;

use crate::report::wording::numbers::{count, counted, span};

use super::line_parts::{Content, Part, Tone, painted};

/// What there is to show.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shown {
    /// A run.
    Run(RunShown),
    /// Something without events of its own.
    Busy {
        /// What is done.
        doing: String,
        /// How long it has taken so far.
        elapsed: Duration,
        /// How long it is planned to take; `None` where that is not known.
        planned: Option<Duration>,
    },
}

/// The progress of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunShown {
    /// Windows measured so far, and windows planned.
    pub(super) windows: (u64, u64),
    /// The current cycle, from 1, and the number of cycles.
    pub(super) cycle: (u64, u64),
    /// Requests sent so far.
    pub(super) requests: u64,
    /// Requests that failed.
    pub(super) failed: u64,
    /// Outliers so far.
    pub(super) outliers: u64,
    /// Incidents so far.
    pub(super) incidents: u64,
    /// Planned length of the run.
    pub(super) duration: Duration,
    /// Time to its planned end, on its own clock.
    pub(super) left: Duration,
    /// The cell that is measured, or what the run waits for; empty where that is not known.
    pub(super) doing: String,
    /// Of a rehearsal; `None` for a run on a real clock.
    pub(super) rehearsal: Option<Rehearsal>,
}

/// What only a rehearsal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rehearsal {
    /// How long it will still take; `None` before that can be estimated.
    pub(super) takes: Option<Duration>,
}

impl RunShown {
    /// The part of the run that is over, 0 to 1.
    fn done(&self) -> f64 {
        let whole = self.duration.as_secs_f64();
        if whole > 0.0 { (1.0 - self.left.as_secs_f64() / whole).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// How far the run has come: `1 h 12 min left`, `simulated 12 h of 48 h`.
    fn position(&self) -> String {
        if self.rehearsal.is_none() {
            return format!("{} left", whole_seconds(self.left));
        }
        let simulated = whole_seconds(self.duration.saturating_sub(self.left));
        format!("simulated {simulated} of {}", span(self.duration))
    }

    /// How long a rehearsal will still take.
    fn estimate(&self) -> Option<String> {
        self.rehearsal?.takes.map(|left| format!("about {} left", whole_seconds(left)))
    }

    fn windows_words(&self) -> String {
        format!("{} of {}", count(self.windows.0), counted(self.windows.1, "window"))
    }

    fn cycle_words(&self) -> String {
        format!("cycle {} of {}", count(self.cycle.0), count(self.cycle.1))
    }

    fn incident_words(&self) -> String {
        if self.incidents == 0 { "no incidents".to_owned() } else { counted(self.incidents, "incident") }
    }
}

/// A span without its fractions of a second, which would only flicker.
fn whole_seconds(time: Duration) -> String {
    span(Duration::from_secs(time.as_secs()))
}

/// The line, at most `width` columns wide. Colours are codes, which take no columns.
pub(super) fn line(shown: &Shown, width: usize, has_colours: bool) -> String {
    let parts = match shown {
        Shown::Run(run) => of_run(run),
        Shown::Busy { doing, elapsed, planned } => of_work(doing, *elapsed, *planned),
    };
    painted(&parts, width, has_colours)
}

fn of_run(run: &RunShown) -> Vec<Part> {
    let bad = |number: u64, tone: Tone| if number > 0 { tone } else { Tone::Faint };
    let rank = |number: u64, important: u8, other: u8| if number > 0 { important } else { other };
    let done = run.done();
    let mut parts = vec![
        Part::text(percent(done), 0, Tone::Strong),
        Part { content: Content::Bar(done), rank: 5, tone: Tone::Good },
        Part::text(run.position(), 1, Tone::Plain),
    ];
    parts.extend(run.estimate().map(|estimate| Part::text(estimate, 2, Tone::Plain)));
    parts.extend([
        Part::text(run.incident_words(), rank(run.incidents, 3, 11), bad(run.incidents, Tone::Bad)),
        Part::text(
            format!("{} failed", count(run.failed)),
            rank(run.failed, 4, 10),
            bad(run.failed, Tone::Doubt),
        ),
        Part::text(run.windows_words(), 7, Tone::Plain),
        Part::text(counted(run.requests, "request"), 8, Tone::Plain),
        Part::text(run.cycle_words(), 9, Tone::Plain),
        Part::text(counted(run.outliers, "outlier"), 12, Tone::Plain),
    ]);
    if !run.doing.is_empty() {
        parts.push(Part { content: Content::Doing(run.doing.clone()), rank: 6, tone: Tone::Faint });
    }
    parts
}

fn of_work(doing: &str, elapsed: Duration, planned: Option<Duration>) -> Vec<Part> {
    let so_far = whole_seconds(elapsed);
    let doing = Part { content: Content::Doing(doing.to_owned()), rank: 1, tone: Tone::Plain };
    match planned {
        None => vec![Part::text(so_far, 0, Tone::Strong), doing],
        Some(planned) => {
            let done = (elapsed.as_secs_f64() / planned.as_secs_f64().max(1e-9)).clamp(0.0, 1.0);
            let time = format!("{so_far} of {}", whole_seconds(planned));
            vec![
                Part { content: Content::Bar(done), rank: 2, tone: Tone::Good },
                Part::text(time, 0, Tone::Strong),
                doing,
            ]
        }
    }
}

fn percent(done: f64) -> String {
    // Cut, not rounded: 100 % is the end.
    format!("{:>3.0} %", (done * 100.0).floor())
}

/// The same as plain text, without anything that a terminal acts on.
pub(super) fn plain(run: &RunShown) -> String {
    let mut parts = vec![
        format!("{}: {}", run.position(), run.windows_words()),
        counted(run.requests, "request"),
        format!("{} failed", count(run.failed)),
        run.incident_words(),
    ];
    parts.extend(run.estimate());
    let doing = if run.doing.is_empty() { String::new() } else { format!("; {}", run.doing) };
    format!("{}, {}{doing}", percent(run.done()).trim_start(), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::columns::columns;

    fn run() -> RunShown {
        RunShown {
            windows: (620, 2_000),
            cycle: (12, 40),
            requests: 12_345,
            failed: 3,
            outliers: 2,
            incidents: 1,
            duration: Duration::from_hours(2),
            left: Duration::from_millis(4_950_700),
            doing: "browse at heavy_load:10".to_owned(),
            rehearsal: None,
        }
    }

    fn check(shown: &Shown, width: usize, expected: &str) {
        let found = line(shown, width, false);
        assert_eq!(found, expected, "{width} columns");
        assert!(columns(&found) <= width);
    }

    #[test]
    fn the_least_important_parts_are_left_out_first() {
        let shown = Shown::Run(run());
        check(&shown, 3, "");
        check(&shown, 9, " 31 %");
        check(&shown, 39, " 31 %  1 h 22 min left  1 incident");
        check(&shown, 59, " 31 %  [===>       ]  1 h 22 min left  1 incident  3 failed");
        check(&shown, 79, " 31 %  [===>      ]  1 h 22 min left  1 incident  3 failed  browse");
        check(
            &shown,
            99,
            " 31 %  [=======>               ]  1 h 22 min left  1 incident  3 failed  browse at heavy_load:10",
        );
        check(
            &shown,
            199,
            " 31 %  [=========>                    ]  1 h 22 min left  1 incident  3 failed  620 of 2,000 windows  \
             12,345 requests  cycle 12 of 40  2 outliers  browse at heavy_load:10",
        );
    }

    #[test]
    fn no_line_is_wider_than_its_terminal() {
        let runs = [
            run(),
            RunShown { left: Duration::ZERO, incidents: 0, failed: 0, ..run() },
            RunShown { duration: Duration::ZERO, doing: String::new(), ..run() },
            RunShown { rehearsal: Some(Rehearsal { takes: None }), ..run() },
            RunShown { rehearsal: Some(Rehearsal { takes: Some(Duration::from_secs(75)) }), ..run() },
            RunShown {
                doing: "検索一覧の検索一覧の検索一覧 at 重い負荷:10".to_owned(), ..run()
            },
            RunShown { requests: u64::MAX, failed: u64::MAX, incidents: u64::MAX, ..run() },
        ];
        let doing = "measuring 検索一覧 at normal_load:5".to_owned();
        let works = [None, Some(Duration::ZERO), Some(Duration::from_secs(11))].map(|planned| Shown::Busy {
            doing: doing.clone(),
            elapsed: Duration::from_secs(3),
            planned,
        });
        for shown in runs.into_iter().map(Shown::Run).chain(works) {
            for width in 0..240 {
                let found = line(&shown, width, false);
                assert!(columns(&found) <= width && !found.contains('\n'), "{width}: {found:?}");
            }
        }
    }

    #[test]
    fn what_is_measured_does_not_move_the_other_parts() {
        for width in [60, 80, 100, 120, 160, 200] {
            let short = Shown::Run(RunShown { doing: "health at a:1".to_owned(), ..run() });
            let long = Shown::Run(run());
            let until = |shown: &Shown| line(shown, width, false).split("3 failed").next().map(str::to_owned);
            assert_eq!(until(&short), until(&long), "{width} columns");
        }
    }

    #[test]
    fn colours_are_codes_around_the_same_text() {
        let shown = Shown::Run(run());
        let painted = line(&shown, 99, true);
        assert!(painted.contains("\u{1b}[1;31m1 incident\u{1b}[0m"), "{painted:?}");
        let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
        assert_eq!(codes.replace_all(&painted, ""), line(&shown, 99, false));
    }

    #[test]
    fn a_rehearsal_says_how_much_is_simulated() {
        let shown = Shown::Run(RunShown {
            rehearsal: Some(Rehearsal { takes: Some(Duration::from_secs(75)) }),
            duration: Duration::from_hours(48),
            left: Duration::from_hours(36),
            doing: String::new(),
            ..run()
        });
        check(&shown, 59, " 25 %  simulated 12 h of 48 h  about 1 min 15 s left");
        check(&shown, 39, " 25 %  simulated 12 h of 48 h");
        let Shown::Run(run) = shown else { panic!() };
        assert_eq!(
            plain(&run),
            "25 %, simulated 12 h of 48 h: 620 of 2,000 windows, 12,345 requests, 3 failed, 1 incident, about 1 min 15 s left"
        );
    }

    #[test]
    fn work_has_its_time_and_a_bar() {
        let busy = |planned| Shown::Busy {
            doing: "measuring browse at heavy_load:10".to_owned(),
            elapsed: Duration::from_millis(3_400),
            planned,
        };
        let planned = busy(Some(Duration::from_secs(11)));
        check(&planned, 10, "");
        check(&planned, 11, "3 s of 11 s");
        check(&planned, 39, "3 s of 11 s  measuring browse");
        check(
            &planned,
            79,
            "[========>                    ]  3 s of 11 s  measuring browse at heavy_load:10",
        );
        check(&busy(None), 59, "3 s  measuring browse at heavy_load:10");
    }

    #[test]
    fn plain_lines_have_what_matters() {
        assert_eq!(
            plain(&RunShown { doing: "measuring browse".to_owned(), ..run() }),
            "31 %, 1 h 22 min left: 620 of 2,000 windows, 12,345 requests, 3 failed, 1 incident; measuring browse"
        );
    }
}
