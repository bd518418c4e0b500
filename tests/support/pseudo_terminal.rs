//! The program on a pseudo-terminal of a given size, and what that terminal would show.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// Bounded by looks, not by a clock.
const LOOKS: u32 = 6_000;
const BETWEEN: Duration = Duration::from_millis(10);

/// The program on a terminal; killed when dropped.
pub(crate) struct PseudoTerminal {
    master: OwnedFd,
    child: Child,
    written: Arc<Mutex<Vec<u8>>>,
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

impl PseudoTerminal {
    /// Starts the program with both of its outputs on a terminal of this many columns and 24 rows.
    pub(crate) fn start(
        columns: u16,
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        Self::spawn(columns, folder, arguments, environment, false)
    }

    /// The same with a keyboard: standard input is the terminal too.
    pub(crate) fn with_keys(
        columns: u16,
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        Self::spawn(columns, folder, arguments, environment, true)
    }

    fn spawn(
        columns: u16,
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        has_keys: bool,
    ) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        tcsetwinsize(&master, size(columns, 24)).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_baseline"));
        command.args(arguments).current_dir(folder).env_clear().envs(environment.iter().copied());
        let keys = if has_keys { slave.try_clone().unwrap().into() } else { Stdio::null() };
        command.stdin(keys).stdout(slave.try_clone().unwrap()).stderr(slave);
        let child = command.spawn().unwrap();
        // The command holds the other end, which would never end otherwise.
        drop(command);
        let written = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, sink) = (std::fs::File::from(master.try_clone().unwrap()), Arc::clone(&written));
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            // The end of a terminal is an error on Linux.
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                sink.lock().unwrap().extend_from_slice(&bytes[..read]);
            }
        });
        Self { master, child, written }
    }

    /// Everything that was written so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    /// Waits until what was written is as it should be.
    pub(crate) fn wait_for(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        for _ in 0..LOOKS {
            if is_so(&self.text()) {
                return;
            }
            std::thread::sleep(BETWEEN);
        }
        panic!("no {what} in {:?}", self.text());
    }

    /// Changes the width of the terminal.
    pub(crate) fn resize(&self, columns: u16) {
        tcsetwinsize(&self.master, size(columns, 24)).unwrap();
    }

    /// Sends the signal of Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Types these keys.
    pub(crate) fn press(&self, keys: &str) {
        rustix::io::write(&self.master, keys.as_bytes()).unwrap();
    }

    /// Whether what is typed is shown and comes line by line, as shells have it.
    pub(crate) fn is_as_shells_have_it(&self) -> bool {
        let modes = tcgetattr(&self.master).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Waits for its end; what was written, and how it ended.
    pub(crate) fn end(mut self) -> (String, ExitStatus) {
        for _ in 0..LOOKS {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What is still on its way through the terminal.
                std::thread::sleep(BETWEEN * 10);
                return (self.text(), status);
            }
            std::thread::sleep(BETWEEN);
        }
        panic!("it did not end; it wrote {:?}", self.text());
    }
}

impl Drop for PseudoTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a wide terminal shows in the end: its lines, after everything that was drawn over or cleared.
///
/// It knows what the program uses, and panics at anything else that acts on a terminal.
pub(crate) fn shown(text: &str) -> Vec<String> {
    let mut lines: Vec<Vec<char>> = vec![Vec::new()];
    let mut column = 0;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        let row = lines.len() - 1;
        match letter {
            '\r' => column = 0,
            '\n' => {
                column = 0;
                lines.push(Vec::new());
            }
            '\u{1b}' => {
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                match &rest[..=end] {
                    // From the cursor to the end; nothing is ever below it.
                    "[J" | "[K" => lines[row].truncate(column),
                    // A second screen, and back to the first one.
                    "[?1049h" => {
                        let back = rest.find("\u{1b}[?1049l").unwrap();
                        rest = &rest[back + "\u{1b}[?1049l".len()..];
                        continue;
                    }
                    colour => assert!(colour.ends_with('m'), "{colour:?} is not known"),
                }
                rest = &rest[end + 1..];
            }
            letter => {
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = letter;
                column += 1;
            }
        }
    }
    lines
        .into_iter()
        .map(|line| line.into_iter().collect())
        .filter(|line: &String| !line.is_empty())
        .collect()
}
