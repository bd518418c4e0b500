//! `watch` from its beginning to its end: the terminal, or lines.

use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::cli::display::Display;
use crate::commands::watch::{Watching, lines};
use crate::commands::{CommandError, Exit};
use crate::host::monotonic::Clock;
use crate::host::{clock, process};
use crate::report::console::watch::lines::end_lines;
use crate::run::interrupt;

use super::draw::{Shown, draw};
use super::keys::{Action, Ui};
use super::reader::Reader;
use super::screen::{Input, Screen};
use super::theme::Theme;

/// How often signals and the size of the terminal are looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Shortest time between two drawings, but for keys and new sizes.
const FRAME: Duration = Duration::from_millis(250);
/// Longest time between two drawings, because time goes by on the display.
const SECOND: Duration = Duration::from_secs(1);
/// After a pause of this length the process was stopped meanwhile, and the terminal may have been used by others.
const STOPPED: Duration = Duration::from_secs(3);

/// What `watch` was asked for.
pub(in crate::cli) struct WatchOptions<'a> {
    /// Folder of the runs.
    pub(in crate::cli) out_folder: &'a Path,
    /// The run.
    pub(in crate::cli) run: &'a str,
    /// Whether lines are printed on a terminal too.
    pub(in crate::cli) lines: bool,
    /// Whether the display ends with the run.
    pub(in crate::cli) exits: bool,
}

/// Runs `watch`: on the second screen of a terminal, as lines elsewhere.
/// # Errors
/// [`CommandError`] where the run cannot be found or read, or the output not be written.
pub(in crate::cli) fn watch(options: &WatchOptions<'_>, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let display = Display::of_stdout();
    if options.lines || !display.is_in_place || !std::io::stdout().is_terminal() {
        return lines(options.out_folder, options.run, out);
    }
    let watching = Watching::open(options.out_folder, options.run)?;
    let stop = interrupt::listen()?;
    let start = |source| CommandError::System { action: "start a thread", source };
    let reader = Reader::start(watching).map_err(start)?;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let theme = Theme::of(display, variable);
    let screen = Screen::take().map_err(CommandError::Output)?;
    Session { reader, screen, theme, ui: Ui::default(), clock: Clock::start(), exits: options.exits }
        .run(&|| stop.is_raised())
        .map_err(CommandError::Output)
        .and_then(|reader| {
            // On the first screen there is what the run came to.
            let (live, ..) = reader.state();
            let text = format!("{}\n{}", live.run_id, end_lines(&live));
            out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
            Ok(Exit::Accepted)
        })
}

struct Session {
    reader: Reader,
    screen: Screen,
    theme: Theme,
    ui: Ui,
    clock: Clock,
    exits: bool,
}

impl Session {
    /// Shows the run until a key or a signal ends it.
    fn run(mut self, is_stopped: &dyn Fn() -> bool) -> std::io::Result<Reader> {
        let mut drawn: Option<(u64, Duration)> = None;
        let mut looked_at = self.now();
        while !is_stopped() && Screen::is_taken() {
            let version = self.reader.version();
            let now = self.now();
            if now > looked_at + STOPPED {
                self.screen.lend(|| ())?;
                drawn = None;
            }
            looked_at = now;
            let is_due = drawn.is_none_or(|(shown, at)| {
                let wait = if shown == version { SECOND } else { FRAME };
                now >= at + wait
            });
            if is_due || self.screen.is_resized() {
                self.draw()?;
                drawn = Some((version, now));
                looked_at = self.now();
            }
            if self.exits && self.reader.state().2 {
                break;
            }
            let live = self.reader.state().0;
            let action = match self.screen.input(LOOK_AGAIN) {
                Input::Key(key) => self.ui.key(key, &live),
                Input::Other => Action::Draw,
                Input::Nothing => Action::Nothing,
            };
            match action {
                Action::Quit => break,
                Action::Suspend => {
                    self.screen.lend(process::suspend)?;
                    drawn = None;
                    looked_at = self.now();
                }
                Action::Draw => drawn = None,
                Action::Nothing => (),
            }
        }
        drop(self.screen);
        Ok(self.reader)
    }

    fn draw(&mut self) -> std::io::Result<()> {
        let Self { reader, screen, theme, ui, .. } = self;
        let (live, note, _) = reader.state();
        let live: Arc<_> = ui.shown(&live);
        let shown = Shown { live: &live, now: clock::now(), theme: *theme, note: note.as_deref() };
        screen.draw(|buffer| draw(&shown, ui, buffer))
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.clock.now_ns())
    }
}
