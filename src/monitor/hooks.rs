//! Runs the commands of a scenario when a state changes: bounded in time, in number, and in what is kept of their output.

use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::health::Health;
use crate::domain::monitoring::Hook;
use crate::host::monotonic::Clock;
use crate::host::process::{self, Ending};
use crate::store::journal::{Entry, JournalEvent};

use super::hook_limits::HookLimits;

/// Size of each of the two ends of the output that are kept. Units: bytes.
const KEPT: usize = 2_048;
/// How often a command is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// What a command that took too long gets to end by itself.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long the output of a command that has ended is waited for.
const LATE_OUTPUT: Duration = Duration::from_millis(500);
/// A change that was seen later than this is history, and nothing to act on.
const TOO_OLD: Duration = Duration::from_mins(5);

/// A change of state, for the commands that it starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occasion<'a> {
    pub(super) scenario: &'a str,
    pub(super) workload: &'a str,
    pub(super) before: Health,
    pub(super) after: Health,
    /// When the state changed.
    pub(super) at: Timestamp,
    /// The silence that it lies in.
    pub(super) silence: Option<&'a str>,
}

/// The commands of a monitor.
#[derive(Debug)]
pub(super) struct Hooks {
    known: Vec<Hook>,
    /// Whether they are run; otherwise it is noted only that they would have been.
    is_live: bool,
    limits: HookLimits,
    ended: Receiver<JournalEvent>,
    sender: Sender<JournalEvent>,
    running: usize,
}

impl Hooks {
    /// The commands of a scenario, with what the journal says about earlier starts.
    pub(super) fn new(hooks: Vec<Hook>, is_live: bool, earlier: &[Entry]) -> Self {
        let mut limits = HookLimits::default();
        for entry in earlier {
            if let JournalEvent::HookStarted { hook, is_dry_run, .. } = &entry.event
                && *is_dry_run != is_live
            {
                limits.started(hook, entry.at);
            }
        }
        let (sender, ended) = channel();
        Self { known: hooks, is_live, limits, ended, sender, running: 0 }
    }

    /// Starts what a change of state asks for; returns what to note.
    pub(super) fn changed(&mut self, occasion: Occasion<'_>, now: Timestamp) -> Vec<JournalEvent> {
        let workload = occasion.workload.to_owned();
        let is_for = |hook: &&Hook| {
            hook.when == occasion.after && (hook.workloads.is_empty() || hook.workloads.contains(&workload))
        };
        // The first state that is known is no change.
        if occasion.before == Health::Unknown && occasion.after == Health::Healthy {
            return Vec::new();
        }
        let mut notes = Vec::new();
        for hook in self.known.iter().filter(is_for) {
            let skipped = |why: String| JournalEvent::HookSkipped {
                hook: hook.name.clone(),
                workload: workload.clone(),
                why,
            };
            let age = Duration::try_from(now.duration_since(occasion.at)).unwrap_or_default();
            if let Some(silence) = occasion.silence {
                notes.push(skipped(format!("silence {silence:?}")));
            } else if age > TOO_OLD {
                notes.push(skipped("seen more than 5 minutes after it happened".to_owned()));
            } else if let Some(why) = self.limits.refusal(hook, now) {
                notes.push(skipped(why));
            } else {
                self.limits.started(&hook.name, now);
                notes.push(JournalEvent::HookStarted {
                    hook: hook.name.clone(),
                    workload: workload.clone(),
                    is_dry_run: !self.is_live,
                });
                if self.is_live {
                    self.running += 1;
                    run(hook, &occasion, self.sender.clone());
                }
            }
        }
        notes
    }

    /// What ended since the last call.
    pub(super) fn ended(&mut self) -> Vec<JournalEvent> {
        let ended: Vec<JournalEvent> = self.ended.try_iter().collect();
        self.running = self.running.saturating_sub(ended.len());
        ended
    }

    /// Waits for commands that are running, but not for long.
    pub(super) fn finish(&mut self, within: Duration) -> Vec<JournalEvent> {
        let clock = Clock::start();
        let mut ended = self.ended();
        while self.running > 0
            && let Ok(event) = self.ended.recv_timeout(within.saturating_sub(elapsed(&clock)))
        {
            self.running -= 1;
            ended.push(event);
        }
        ended
    }
}

fn elapsed(clock: &Clock) -> Duration {
    Duration::from_nanos(clock.now_ns())
}

/// Runs a command on a thread of its own.
fn run(hook: &Hook, occasion: &Occasion<'_>, sender: Sender<JournalEvent>) {
    let (hook, workload) = (hook.clone(), occasion.workload.to_owned());
    let mut command = Command::new(&hook.run[0]);
    command
        .args(&hook.run[1..])
        .env("BASELINE_SCENARIO", occasion.scenario)
        .env("BASELINE_WORKLOAD", occasion.workload)
        .env("BASELINE_STATE", occasion.after.name())
        .env("BASELINE_STATE_BEFORE", occasion.before.name())
        // The service manager is told about this process only.
        .env_remove("NOTIFY_SOCKET")
        .env_remove("WATCHDOG_USEC")
        .stdin(Stdio::null())
        .process_group(0);
    let failed = {
        let (hook, workload, sender) = (hook.clone(), workload.clone(), sender.clone());
        move |why: String| {
            let _ = sender.send(JournalEvent::HookEnded {
                hook: hook.name,
                workload,
                code: None,
                is_timed_out: false,
                head: why,
                tail: String::new(),
                duration: Duration::ZERO,
            });
        }
    };
    let thread = std::thread::Builder::new().name("hook".to_owned()).spawn(move || {
        let clock = Clock::start();
        match carried_out(&mut command, hook.timeout) {
            Ok((code, is_timed_out, output)) => {
                let (head, tail) = output.both_ends();
                let duration = elapsed(&clock);
                let ended = JournalEvent::HookEnded {
                    hook: hook.name.clone(),
                    workload,
                    code,
                    is_timed_out,
                    head,
                    tail,
                    duration,
                };
                // Nobody listens any more where the monitor has ended.
                let _ = sender.send(ended);
            }
            Err(error) => failed(format!("cannot start {}: {error}", hook.run[0])),
        }
    });
    // Without a thread nothing runs; the journal says that it was started, and that is the last of it.
    drop(thread);
}

/// Runs a command to its end or to its timeout; returns its code, whether it was ended, and its output.
fn carried_out(command: &mut Command, timeout: Duration) -> std::io::Result<(Option<i32>, bool, Output)> {
    let (reader, stdout) = std::io::pipe()?;
    let stderr = stdout.try_clone()?;
    command.stdout(stdout).stderr(stderr);
    let mut child = command.spawn()?;
    // The command keeps its ends of the pipe; with ours open too, the output would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let group = child.id();
    process::end_with_us(group);
    let output = Arc::new(Mutex::new(Output::default()));
    let read = std::thread::Builder::new().name("hook output".to_owned()).spawn({
        let output = Arc::clone(&output);
        move || keep(reader, &output)
    });
    let clock = Clock::start();
    let mut is_timed_out = false;
    while matches!(child.try_wait(), Ok(None)) {
        if elapsed(&clock) >= timeout {
            is_timed_out = true;
            end(&mut child, group);
            break;
        }
        std::thread::sleep(LOOK_AGAIN.min(timeout));
    }
    let code = child.wait().ok().and_then(|status| status.code());
    process::forget(group);
    // What it left in the background may keep the output open, and is not waited for.
    let waiting = Clock::start();
    while read.as_ref().is_ok_and(|thread| !thread.is_finished()) && elapsed(&waiting) < LATE_OUTPUT {
        std::thread::sleep(LOOK_AGAIN);
    }
    let output = output.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((code.filter(|_| !is_timed_out), is_timed_out, output))
}

/// Asks a group to end, and kills it where it does not.
fn end(child: &mut Child, group: u32) {
    let _ = process::signal_group(group, Ending::Asked);
    let clock = Clock::start();
    while process::is_group_alive(group) && elapsed(&clock) < LAST_WORDS {
        let _ = child.try_wait();
        std::thread::sleep(LOOK_AGAIN);
    }
    let _ = process::signal_group(group, Ending::Made);
}

/// Both ends of an output.
#[derive(Debug, Clone, Default)]
struct Output {
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    /// Bytes between the two.
    left_out: u64,
}

impl Output {
    fn add(&mut self, bytes: &[u8]) {
        let room = KEPT - self.head.len().min(KEPT);
        let (head, rest) = bytes.split_at(bytes.len().min(room));
        self.head.extend(head);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..over);
        self.left_out += over as u64;
    }

    fn both_ends(&self) -> (String, String) {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        let mut tail_text = String::from_utf8_lossy(&tail).into_owned();
        if self.left_out > 0 {
            tail_text = format!("[{} bytes left out] {tail_text}", self.left_out);
        }
        (String::from_utf8_lossy(&self.head).into_owned(), tail_text)
    }
}

fn keep(mut reader: impl Read, output: &Mutex<Output>) {
    let mut buffer = [0; 4_096];
    while let Ok(read) = reader.read(&mut buffer)
        && read > 0
    {
        output.lock().unwrap_or_else(PoisonError::into_inner).add(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests;
