//! Runs the program as a user would: in a given folder, with no environment but what is given, bounded in time.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Far longer than any command here takes, also beside tests that keep every processor busy; a program that reaches it
/// hangs, and is killed.
const PATIENCE: Duration = Duration::from_mins(5);

/// The program, not yet started.
pub(crate) struct Program(Command);

impl Program {
    /// The program in a folder. Its environment is empty, so nothing of this machine's leaks into a test.
    pub(crate) fn new(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baseline"));
        command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
        Self(command)
    }

    /// The same, on one processor.
    #[cfg(target_os = "linux")]
    pub(crate) fn on_processor(processor: &str, folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", processor, env!("CARGO_BIN_EXE_baseline")]).args(arguments);
        command.current_dir(folder).env_clear().stdin(Stdio::null());
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env("PATH", path);
        Self(command)
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Running {
        let mut child = self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = read_whole(child.stdout.take().unwrap());
        let stderr = read_whole(child.stderr.take().unwrap());
        Running { child, stdout, stderr }
    }
}

fn read_whole(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        // Nobody listens any more where the test has failed already.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// The program while it runs; killed when dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    /// Waits for its end, but not for ever.
    pub(crate) fn end(mut self) -> Ended {
        let stdout = self.stdout.recv_timeout(PATIENCE);
        if stdout.is_err() {
            self.kill();
        }
        let stderr = self.stderr.recv_timeout(PATIENCE).unwrap_or_default();
        let stdout = stdout.unwrap_or_else(|_| panic!("it did not end; it said: {stderr}"));
        let code = self.child.wait().unwrap().code();
        Ended { code, stdout, stderr }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What is left of a program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Data.
    pub(crate) stdout: String,
    /// Talk.
    pub(crate) stderr: String,
}

impl Ended {
    /// Standard output as the one JSON value that it must be, of a kind whose schema it matches.
    pub(crate) fn json(&self) -> serde_json::Value {
        let value = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        super::schemas::check(&value);
        value
    }

    /// Requires a success, and gives standard output.
    pub(crate) fn expect_success(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// Requires a run that came to its end with a report, whatever its verdict.
    pub(crate) fn expect_run(self) -> Self {
        let has_report = self.stdout.trim().ends_with("report.md");
        assert!(matches!(self.code, Some(0 | 1 | 3)) && has_report, "{self:?}");
        self
    }

    /// What the user sees of a refusal: it must be exit 2, silence on standard output, and an `error:`.
    pub(crate) fn expect_refusal(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        assert!(self.stderr.starts_with("error: "), "{self:?}");
        self.stderr
    }
}
