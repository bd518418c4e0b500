//! The terminal's view of a run: a progress bar and messages, on standard error and nowhere else.
//!
//! It is one subscriber of the feed among others, on a thread of its own.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use crate::commands::detach;
use crate::domain::plain_text::visible;
use crate::report::wording::numbers::{count, counted, span};
use crate::report::wording::phrases::{signed_percent, update_words};
use crate::report::wording::times::moment;
use crate::run::event::{Event, Progress, Subject};
use crate::run::feed::{Delivery, Feed, Subscription};
use crate::store::anomaly_log;

/// How often the bar is drawn.
const FRAMES_PER_SECOND: u8 = 8;

/// A feed whose events a terminal shows, until it is dropped.
pub(super) struct Terminal {
    /// `None` only while it is dropped.
    feed: Option<Feed>,
    thread: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Starts to show what is published.
    pub(super) fn new() -> Self {
        let mut feed = Feed::new();
        let subscription = feed.subscribe();
        // Without a thread the run goes on unseen; its files have everything.
        let thread = std::thread::Builder::new().name("terminal".to_owned());
        let thread = thread.spawn(move || Screen::default().show(&subscription)).ok();
        Self { feed: Some(feed), thread }
    }

    /// Where to publish.
    pub(super) fn feed(&self) -> &Feed {
        static NOWHERE: Feed = Feed::silent();
        self.feed.as_ref().unwrap_or(&NOWHERE)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Ends the subscription; what was published before is still shown.
        drop(self.feed.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the terminal shows.
#[derive(Default)]
struct Screen {
    bar: Option<ProgressBar>,
    folder: Option<PathBuf>,
    /// The cell being measured, or what is waited for.
    doing: String,
    /// The last window whose news were shown.
    last_window: u64,
}

impl Screen {
    fn show(&mut self, subscription: &Subscription) {
        while let Some(delivery) = subscription.next_delivery() {
            match delivery {
                Delivery::Event(event) => self.event(&event),
                Delivery::Missed(count) => self.catch_up(count),
            }
        }
        self.end();
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Began { folder, subject } => self.began(folder, *subject),
            Event::LeftOut { cells } => self.say(&format!(
                "excluded, because the rate limits do not allow one request per user: {}",
                cells.join(", ")
            )),
            Event::Differs { baseline, name, there, here } => {
                self.say(&format!(
                    "warning: setup differs: {name}: {there} in baseline {baseline}, {here} in this run"
                ));
            }
            Event::Waiting { until, progress } => {
                self.doing = waiting(*until);
                self.draw(progress);
            }
            Event::Opened { cell, progress, .. } => {
                self.doing.clone_from(cell);
                self.draw(progress);
            }
            Event::Committed { rows, incidents, progress, .. } => {
                if let Some(window) = rows.last() {
                    for update in incidents {
                        self.say(&format!("{}  {}", moment(window.ended_at()), update_words(update)));
                    }
                }
                self.last_window = rows.last().map_or(self.last_window, |window| window.number);
                self.draw(progress);
            }
            Event::Gap(_) => (),
            Event::PlannedEndPassed => self.say("the planned end has passed: writing the report"),
            Event::Ended { .. } => self.end(),
            Event::Notice(text) => self.say(text),
        }
    }

    fn began(&mut self, folder: &Path, subject: Subject) {
        if detach::is_detached()
            && let Err(error) = detach::settle(folder)
        {
            write_line(&format!("warning: {error}"));
        }
        let what = match subject {
            Subject::Target => "the target",
            Subject::Demo => "the demo server",
            Subject::Rehearsal => "a simulated run on a virtual clock",
        };
        write_line(&format!("measuring {what}; writing to {}", folder.display()));
        self.folder = Some(folder.to_owned());
        if std::io::stderr().is_terminal() && !detach::is_detached() {
            let target = ProgressDrawTarget::stderr_with_hz(FRAMES_PER_SECOND);
            let bar = ProgressBar::with_draw_target(None, target);
            bar.set_style(style());
            // Redraws between events too, so that the bar does not look frozen.
            bar.enable_steady_tick(Duration::from_millis(250));
            self.bar = Some(bar);
        }
    }

    /// Events were lost while the terminal was blocked; alerts among them are in the run's folder.
    fn catch_up(&mut self, missed: u64) {
        self.say(&format!("the terminal was blocked and missed {}", counted(missed, "event")));
        let Some(folder) = &self.folder else { return };
        let rows = anomaly_log::read(folder).unwrap_or_default();
        let is_new =
            |row: &&anomaly_log::AnomalyRow| !anomaly_log::is_outlier(row) && row.window > self.last_window;
        for row in rows.iter().filter(is_new) {
            let change =
                row.change.map_or_else(String::new, |change| format!(" by {}", signed_percent(change)));
            self.say(&format!(
                "{}  alert: {}: {} ({}){change}",
                moment(row.started_at),
                row.cell,
                row.metric,
                row.kind
            ));
        }
        self.last_window = rows.last().map_or(self.last_window, |row| row.window.max(self.last_window));
    }

    fn draw(&self, progress: &Progress) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(progress.planned_windows);
        bar.set_position(progress.tally.windows);
        bar.set_message(describe(progress, &visible(&self.doing)));
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| write_line(text)),
            None => write_line(text),
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn waiting(until: Timestamp) -> String {
    format!("waiting; next cycle at {}", moment(until))
}

fn describe(progress: &Progress, doing: &str) -> String {
    format!(
        "cycle {}/{}  {}, {} failed, {}, {}  {} left\n  {doing}",
        progress.cycle + 1,
        progress.cycles,
        counted(progress.tally.counts.requests(), "request"),
        count(progress.tally.counts.failed),
        counted(progress.outliers, "outlier"),
        counted(progress.incidents, "incident"),
        span(Duration::from_secs(progress.left.as_secs())),
    )
}

fn style() -> ProgressStyle {
    let template = "{bar:24} {pos}/{len} windows  {msg}";
    // If the template does not parse, the run continues with the default style.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

fn write_line(text: &str) {
    // A run must not end because standard error is closed.
    let _ = writeln!(std::io::stderr(), "{}", visible(text));
}
