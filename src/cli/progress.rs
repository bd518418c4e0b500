//! The terminal's view of a run: a line of progress and messages, on standard error and nowhere else.
//!
//! It is one subscriber of the feed among others, on a thread of its own. Without a terminal there is a plain line about
//! every minute instead.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;

use crate::commands::detach;
use crate::domain::plain_text::visible;
use crate::domain::run::RunState;
use crate::host::monotonic::Clock;
use crate::host::{clock, terminal};
use crate::report::wording::numbers::{count, counted, span};
use crate::report::wording::phrases::{signed_percent, update_words};
use crate::report::wording::times::moment;
use crate::run::event::{Event, Progress, Subject};
use crate::run::feed::{Delivery, Feed, Next, Subscription};
use crate::run::interrupt;
use crate::store::anomaly_log;

use super::display::{Display, USUAL_COLUMNS};
use super::drawn_line;
use super::progress_line::{Rehearsal, RunShown, Shown, line, plain};

/// How often the line is drawn, so that it follows a resize and does not look frozen.
const FRAME: Duration = Duration::from_millis(250);
/// What takes less than this shows no progress.
const WORTH_SHOWING: Duration = Duration::from_secs(2);
/// How often a plain line is written.
const PLAIN: Duration = Duration::from_mins(1);

/// A feed whose events a terminal shows, until it is dropped.
pub(super) struct Terminal {
    /// `None` only while it is dropped.
    feed: Option<Feed>,
    thread: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Starts to show what is published.
    pub(super) fn new() -> Self {
        interrupt::before_exit(drawn_line::close);
        let mut feed = Feed::new();
        let subscription = feed.subscribe();
        // Without a thread the run goes on unseen; its files have everything.
        let thread = std::thread::Builder::new().name("terminal".to_owned());
        let thread = thread.spawn(move || Screen::new().show(&subscription)).ok();
        Self { feed: Some(feed), thread }
    }

    /// The feed, for exporters to subscribe before a run begins.
    pub(super) fn feed_mut(&mut self) -> &mut Feed {
        self.feed.get_or_insert_default()
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

/// What is going on.
enum Scene {
    Nothing,
    Run {
        is_rehearsal: bool,
        /// The last progress, and when it came, on the screen's clock.
        last: Option<(Progress, Duration)>,
    },
    Busy {
        doing: String,
        planned: Option<Duration>,
        is_for_logs: bool,
    },
}

/// What the terminal shows.
struct Screen {
    display: Display,
    clock: Clock,
    scene: Scene,
    /// When the scene began, on the screen's clock.
    since: Duration,
    /// When the line is drawn next, or the next plain line written.
    next: Duration,
    folder: Option<PathBuf>,
    /// The cell being measured, or what is waited for.
    doing: String,
    is_waiting: bool,
    /// The last window whose news were shown.
    last_window: u64,
    /// Whether a log has standard error.
    is_logged: bool,
}

impl Screen {
    fn new() -> Self {
        let mut display = Display::of_stderr();
        // Its standard error is a file as soon as it has a folder.
        display.is_in_place &= !detach::is_detached();
        Self {
            display,
            clock: Clock::start(),
            scene: Scene::Nothing,
            since: Duration::ZERO,
            next: Duration::ZERO,
            folder: None,
            doing: String::new(),
            is_waiting: false,
            last_window: 0,
            is_logged: drawn_line::log_on_stderr().is_some(),
        }
    }

    fn show(&mut self, subscription: &Subscription) {
        loop {
            match subscription.next_within(FRAME) {
                Next::Delivery(Delivery::Event(event)) => self.event(&event),
                Next::Delivery(Delivery::Missed(count)) => self.catch_up(count),
                Next::Nothing => (),
                Next::End => break,
            }
            self.refresh();
        }
        drawn_line::clear();
    }

    fn event(&mut self, event: &Event) {
        if self.is_logged {
            // A log has standard error, and writes all of this itself.
            if let Event::Began { folder, .. } = event {
                settle(folder);
            }
            return;
        }
        match event {
            Event::Began { folder, subject, windows, duration } => {
                self.began(folder, *subject, *windows, *duration);
            }
            Event::LeftOut { cells } => say(&format!(
                "excluded, because the rate limits do not allow one request per user: {}",
                cells.join(", ")
            )),
            Event::Differs { baseline, name, there, here } => {
                say(&format!(
                    "warning: setup differs: {name}: {there} in baseline {baseline}, {here} in this run"
                ));
            }
            Event::Waiting { until, progress } => {
                (self.doing, self.is_waiting) = (waiting(*until), true);
                self.progressed(progress);
            }
            Event::Opened { cell, progress, .. } => {
                (self.doing, self.is_waiting) = (visible(cell).into_owned(), false);
                self.progressed(progress);
            }
            Event::Committed { rows, incidents, progress, .. } => {
                if let Some(window) = rows.last() {
                    for update in incidents {
                        say(&format!("{}  {}", moment(window.ended_at()), update_words(update)));
                    }
                }
                self.last_window = rows.last().map_or(self.last_window, |window| window.number);
                self.progressed(progress);
            }
            Event::Gap(_) => (),
            Event::PlannedEndPassed => say("the planned end has passed: writing the report"),
            Event::Ended { state } => self.ended(*state),
            Event::Notice(text) => say(text),
            Event::Busy { doing, planned, is_for_logs } => {
                let (doing, planned, is_for_logs) = (visible(doing).into_owned(), *planned, *is_for_logs);
                self.begin(Scene::Busy { doing, planned, is_for_logs }, WORTH_SHOWING);
            }
            Event::Idle => self.begin(Scene::Nothing, FRAME),
        }
    }

    /// Begins a scene, whose progress is shown first after `delay`.
    fn begin(&mut self, scene: Scene, delay: Duration) {
        drawn_line::clear();
        self.scene = scene;
        self.since = self.now();
        self.next = self.since + delay;
    }

    fn began(&mut self, folder: &Path, subject: Subject, windows: u64, duration: Duration) {
        settle(folder);
        let what = match subject {
            Subject::Target => "the target",
            Subject::Demo => "the demo server",
            Subject::Rehearsal => "a simulated run on a virtual clock",
        };
        let plan = format!("{} in {}", counted(windows, "window"), span(duration));
        say(&format!("measuring {what}: {plan}; writing to {}", folder.display()));
        self.folder = Some(folder.to_owned());
        self.doing.clear();
        let is_rehearsal = subject == Subject::Rehearsal;
        let delay = match (is_rehearsal, self.display.is_in_place) {
            (true, _) => WORTH_SHOWING,
            (false, true) => Duration::ZERO,
            (false, false) => PLAIN,
        };
        self.begin(Scene::Run { is_rehearsal, last: None }, delay);
    }

    fn progressed(&mut self, progress: &Progress) {
        let now = self.now();
        if let Scene::Run { last, .. } = &mut self.scene {
            *last = Some((progress.clone(), now));
        }
    }

    /// Shows the progress, if it is time to.
    fn refresh(&mut self) {
        let now = self.now();
        if now < self.next || self.is_logged {
            return;
        }
        if !self.display.is_in_place {
            self.next = now + PLAIN;
            self.plain_line(now).into_iter().for_each(|line| say(&line));
            return;
        }
        self.next = now + FRAME;
        let shown = match &self.scene {
            Scene::Nothing => None,
            Scene::Run { .. } => self.run_shown(now).map(Shown::Run),
            Scene::Busy { doing, planned, .. } => {
                let elapsed = now.saturating_sub(self.since);
                Some(Shown::Busy { doing: doing.clone(), elapsed, planned: *planned })
            }
        };
        if let Some(shown) = shown {
            let width = terminal::of_stderr().map_or(USUAL_COLUMNS, |size| size.columns);
            // The last column stays free: some terminals wrap a line that fills it.
            drawn_line::draw(&line(&shown, width.saturating_sub(1), self.display.has_colours));
        }
    }

    /// The progress as it is now, for a log.
    fn plain_line(&self, now: Duration) -> Option<String> {
        if let Scene::Busy { doing, is_for_logs: true, .. } = &self.scene {
            return Some(doing.clone());
        }
        let run = self.run_shown(now)?;
        Some(match run.rehearsal {
            None => format!("{}  {}", moment(clock::now()), plain(&run)),
            Some(_) => plain(&run),
        })
    }

    /// The progress as it is now; `None` where no run has made any yet.
    fn run_shown(&self, now: Duration) -> Option<RunShown> {
        let Scene::Run { is_rehearsal, last: Some((progress, at)) } = &self.scene else { return None };
        let left = if *is_rehearsal {
            progress.left
        } else {
            // Between events the planned end comes nearer, too.
            progress.left.saturating_sub(now.saturating_sub(*at))
        };
        let done = progress.duration.saturating_sub(progress.left).as_secs_f64();
        let estimate = (done > 0.0).then(|| at.saturating_sub(self.since).mul_f64(left.as_secs_f64() / done));
        let doing = match self.doing.as_str() {
            "" => String::new(),
            doing if self.is_waiting || self.display.is_in_place => doing.to_owned(),
            doing => format!("measuring {doing}"),
        };
        Some(RunShown {
            windows: (progress.tally.windows, progress.planned_windows),
            cycle: (progress.cycle + 1, progress.cycles),
            requests: progress.tally.counts.requests(),
            failed: progress.tally.counts.failed,
            outliers: progress.outliers,
            incidents: progress.incidents,
            duration: progress.duration,
            left,
            doing,
            rehearsal: is_rehearsal.then_some(Rehearsal { takes: estimate }),
        })
    }

    /// Ends the line. Without a terminal, a last one says what was measured; the incidents follow with the verdict.
    fn ended(&mut self, state: RunState) {
        let scene = std::mem::replace(&mut self.scene, Scene::Nothing);
        drawn_line::clear();
        if let Scene::Run { last: Some((progress, _)), .. } = scene
            && !self.display.is_in_place
        {
            let Progress { tally, planned_windows, .. } = progress;
            say(&format!(
                "{}: {} of {} windows, {}, {} failed",
                state.name(),
                count(tally.windows),
                count(planned_windows),
                counted(tally.counts.requests(), "request"),
                count(tally.counts.failed),
            ));
        }
    }

    /// Events were lost while the terminal was blocked; alerts among them are in the run's folder.
    fn catch_up(&mut self, missed: u64) {
        if self.is_logged {
            return;
        }
        say(&format!("the terminal was blocked and missed {}", counted(missed, "event")));
        let Some(folder) = &self.folder else { return };
        let rows = anomaly_log::read(folder).unwrap_or_default();
        let is_new =
            |row: &&anomaly_log::AnomalyRow| !anomaly_log::is_outlier(row) && row.window > self.last_window;
        for row in rows.iter().filter(is_new) {
            let change =
                row.change.map_or_else(String::new, |change| format!(" by {}", signed_percent(change)));
            say(&format!(
                "{}  alert: {}: {} ({}){change}",
                moment(row.started_at),
                row.cell,
                row.metric,
                row.kind
            ));
        }
        self.last_window = rows.last().map_or(self.last_window, |row| row.window.max(self.last_window));
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.clock.now_ns())
    }
}

/// A process in the background writes to a file of the run from now on.
fn settle(folder: &Path) {
    if detach::is_detached()
        && let Err(error) = detach::settle(folder)
    {
        say(&format!("warning: {error}"));
    }
}

fn waiting(until: Timestamp) -> String {
    format!("waiting for the next cycle at {}", moment(until))
}

fn say(text: &str) {
    drawn_line::print(&visible(text));
}
