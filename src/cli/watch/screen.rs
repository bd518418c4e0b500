//! The terminal while `watch` has it: its second screen, without echo and without a cursor; and everything given back, however
//! the program ends.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::fd::AsFd as _;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{self, Event, KeyEvent};
use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::cli::display::USUAL_COLUMNS;
use crate::host::terminal::{self, Size};
use crate::run::interrupt;

/// The second screen without a cursor, and back to the first one, which is as it was before.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE: &[u8] = b"\x1b[0m\x1b[?25h\x1b[?1049l";
const USUAL_ROWS: usize = 24;

/// Whether the second screen is shown.
static IS_ENTERED: AtomicBool = AtomicBool::new(false);

/// Standard output without the lock that a thread which waits for a slow terminal holds.
fn stream() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Gives the terminal back, if it was taken. Called from wherever the program ends.
fn leave() {
    if IS_ENTERED.swap(false, Ordering::SeqCst) {
        let _ = stream().and_then(|mut out| out.write_all(LEAVE));
        let _ = disable_raw_mode();
    }
}

fn enter() -> io::Result<bool> {
    IS_ENTERED.store(true, Ordering::SeqCst);
    // Without a terminal to read keys from, the display still works.
    let has_keys = enable_raw_mode().is_ok();
    stream()?.write_all(ENTER)?;
    Ok(has_keys)
}

/// What comes from the terminal.
pub(super) enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal may have another size, or be another one.
    Other,
    /// Nothing came within the time.
    Nothing,
}

/// The terminal, taken until this is dropped.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<File>>>,
    size: Rect,
    has_keys: bool,
}

impl Screen {
    /// Takes the terminal.
    /// # Errors
    /// That of the terminal.
    pub(super) fn take() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let former = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                leave();
                former(info);
            }));
        });
        interrupt::before_exit(leave);
        let size = size();
        let options = TerminalOptions { viewport: Viewport::Fixed(size) };
        let backend = CrosstermBackend::new(BufWriter::new(stream()?));
        let terminal = Terminal::with_options(backend, options)?;
        Ok(Self { terminal, size, has_keys: enter()? })
    }

    /// Whether the terminal is still taken: a panic on any thread gives it back.
    pub(super) fn is_taken() -> bool {
        IS_ENTERED.load(Ordering::SeqCst)
    }

    /// Whether the terminal has another size than the one that was drawn for.
    pub(super) fn is_resized(&self) -> bool {
        size() != self.size
    }

    /// Draws; only what differs from the last time is sent.
    /// # Errors
    /// That of the terminal.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        if self.is_resized() {
            self.size = size();
            self.terminal.resize(self.size)?;
        }
        self.terminal.draw(|frame| draw(frame.buffer_mut()))?;
        Ok(())
    }

    /// Everything is drawn again next time.
    /// # Errors
    /// That of the terminal.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Waits for a key.
    pub(super) fn input(&mut self, within: Duration) -> Input {
        if !self.has_keys {
            std::thread::sleep(within);
            return Input::Nothing;
        }
        let read = event::poll(within).and_then(|is_there| is_there.then(event::read).transpose());
        match read {
            Ok(Some(Event::Key(key))) => Input::Key(key),
            Ok(Some(_)) => Input::Other,
            Ok(None) => Input::Nothing,
            Err(_) => {
                // The terminal is gone, or cannot be waited for: signals still end the program.
                self.has_keys = false;
                Input::Nothing
            }
        }
    }

    /// Gives the terminal back while `meanwhile` runs, then takes it again.
    /// # Errors
    /// That of the terminal.
    pub(super) fn lend(&mut self, meanwhile: impl FnOnce()) -> io::Result<()> {
        leave();
        meanwhile();
        self.has_keys = enter()?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Before the first screen is shown again: the library would do it afterwards.
        let _ = self.terminal.show_cursor();
        leave();
    }
}

fn size() -> Rect {
    let Size { columns, rows } =
        terminal::of_stdout().unwrap_or(Size { columns: USUAL_COLUMNS, rows: USUAL_ROWS });
    let cells = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
    Rect::new(0, 0, cells(columns), cells(rows))
}
