//! The servers of the two sides of a gate: started, waited for, stopped, with their output kept.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::commands::CommandError;
use crate::domain::plan::{Plan, Side};
use crate::host;
use crate::http::probe;
use crate::load::stop::Stop;
use crate::observe::service::notifier::SOCKET;
use crate::run::runtime::runtime;

/// Time limit of one readiness check, and the pause before the next.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Number of checks before a server that was asked to end is killed.
const LAST_WORDS: u32 = 8;

/// Runs the command given as `$1`, and beside it waits for the end of standard input: a gate that is killed closes it, and then
/// the whole process group is killed too.
const WATCHED: &str = r#"exec 3<&0 </dev/null
{ read -r _ <&3; kill -s KILL -- "-$$"; } >/dev/null 2>&1 &
exec 3<&-
exec sh -c "$1""#;
/// How much of a server's output is kept from its beginning, and from its end. Units: bytes.
const FIRST_OUTPUT: usize = 8 << 20;
const LAST_OUTPUT: usize = 1 << 20;

/// The sides, in the order of options and files.
const SIDES: [Side; 2] = [Side::A, Side::B];
/// Option and output file of each side.
const NAMES: [(&str, &str); 2] = [("--start-a", "server-a.log"), ("--start-b", "server-b.log")];

/// A running shell command, with all processes that it started.
struct Server {
    option: &'static str,
    log: PathBuf,
    child: Child,
    /// Writes its output to the log.
    writer: Option<JoinHandle<()>>,
}

/// The started servers, with the index of their side; they are stopped on drop.
pub(super) struct Servers(Vec<(usize, Server)>);

impl Servers {
    /// Starts the given commands, each in its own process group, so that its children end with it.
    pub(super) fn start(
        commands: &[Option<String>; 2],
        plan: &Plan,
        folder: &Path,
    ) -> Result<Self, CommandError> {
        let mut servers = Self(Vec::new());
        let runtime = runtime()?;
        for (side, command) in commands.iter().enumerate() {
            let Some(command) = command else { continue };
            let (option, log) = NAMES[side];
            let Some(endpoint) = plan.first_of(SIDES[side]) else { continue };
            // Otherwise that server would be measured instead of the one started here.
            if runtime.block_on(probe::listens(endpoint, &plan.access, PATIENCE)).is_ok() {
                return Err(CommandError::Usage {
                    what: format!("another process already listens at {}, before {option}", endpoint.origin),
                    hint: "stop it, or use another port".to_owned(),
                });
            }
            let system = |action| move |source| CommandError::System { action, source };
            let log = folder.join(log);
            let output = File::create(&log).map_err(system("create the log of a server"))?;
            let (reader, stdout) = std::io::pipe().map_err(system("create the log of a server"))?;
            let stderr = stdout.try_clone().map_err(system("create the log of a server"))?;
            let child = Command::new("sh")
                .args(["-c", WATCHED, "sh", command])
                .env_remove(SOCKET)
                .stdin(Stdio::piped())
                .stdout(stdout)
                .stderr(stderr)
                .process_group(0)
                .spawn()
                .map_err(system("start a server"))?;
            host::process::end_with_us(child.id());
            let writer = std::thread::Builder::new()
                .name("server log".to_owned())
                .spawn(move || keep_output(reader, output))
                .map_err(system("keep the output of a server"));
            let mut server = Server { option, log, child, writer: None };
            server.writer = Some(writer?);
            servers.0.push((side, server));
        }
        Ok(servers)
    }

    /// Waits until the first endpoint of each started server responds as expected; `false` if interrupted.
    pub(super) fn wait_until_ready(
        &mut self,
        plan: &Plan,
        within: Duration,
        stop: &mut Stop,
    ) -> Result<bool, CommandError> {
        let runtime = runtime()?;
        for (side, server) in &mut self.0 {
            let Some(endpoint) = plan.first_of(SIDES[*side]) else { continue };
            let ready = runtime.block_on(async {
                let asking = async {
                    while !probe::responds(endpoint, &plan.access, PATIENCE).await {
                        // One that went to the background exits successfully; one that failed will never respond.
                        if matches!(server.child.try_wait(), Ok(Some(status)) if !status.success()) {
                            return false;
                        }
                        tokio::time::sleep(LOOK_AGAIN).await;
                    }
                    true
                };
                tokio::select! {
                    asked = tokio::time::timeout(within, asking) => asked.unwrap_or(false),
                    () = stop.raised() => false,
                }
            });
            if stop.is_raised() {
                return Ok(false);
            }
            if !ready {
                let ended = match server.child.try_wait() {
                    Ok(Some(status)) => format!(" and has ended ({status})"),
                    _ => String::new(),
                };
                return Err(CommandError::Usage {
                    what: format!(
                        "the server of {} does not give the expected response to {} at {}{ended}",
                        server.option, endpoint.path, endpoint.origin
                    ),
                    hint: format!("its output is in {}; --ready sets a longer timeout", server.log.display()),
                });
            }
        }
        Ok(true)
    }

    /// Stops the servers; returns a remark for each that had ended by itself.
    pub(super) fn stop(mut self) -> Vec<String> {
        std::mem::take(&mut self.0).iter_mut().filter_map(|(_, server)| server.end()).collect()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for (_, server) in &mut self.0 {
            server.end();
        }
    }
}

impl Server {
    /// Asks it to end, then kills it; a remark where it had ended before.
    fn end(&mut self) -> Option<String> {
        let (option, log) = (self.option, self.log.display());
        let early = match self.child.try_wait() {
            Ok(Some(status)) => {
                Some(format!("the server of {option} ended by itself ({status}); its output is in {log}"))
            }
            _ => None,
        };
        // The whole group: a shell may have left its server behind.
        let group = self.child.id();
        let _ = host::process::signal_group(group, host::process::Ending::Asked);
        for _ in 0..LAST_WORDS {
            // Collected, so that a leader that has ended does not count as part of the group.
            let _ = self.child.try_wait();
            if !host::process::is_group_alive(group) {
                break;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        let _ = host::process::signal_group(group, host::process::Ending::Made);
        let _ = self.child.wait();
        // A process that left the group may hold the output open, and is not waited for.
        for _ in 0..LAST_WORDS {
            if self.writer.as_ref().is_none_or(JoinHandle::is_finished) {
                break;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        host::process::forget(group);
        early
    }
}

/// Copies a server's output to its log: the beginning as it comes, and the end when it ends. What lies between is left out,
/// as a server may write far more in a gate than a disk holds.
fn keep_output(mut from: std::io::PipeReader, mut log: File) {
    let mut buffer = vec![0; 64 << 10];
    let (mut first, mut last, mut left_out) = (0, Vec::new(), 0_usize);
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let (begin, rest) = buffer[..read].split_at(read.min(FIRST_OUTPUT - first));
        first += begin.len();
        // A log that cannot be written must not stop the server, so its output is read on.
        let _ = log.write_all(begin);
        last.extend_from_slice(rest);
        if last.len() > 2 * LAST_OUTPUT {
            left_out += last.len() - LAST_OUTPUT;
            last.drain(..last.len() - LAST_OUTPUT);
        }
    }
    let tail = last.split_off(last.len().saturating_sub(LAST_OUTPUT));
    left_out += last.len();
    if left_out > 0 {
        let _ = writeln!(log, "\n[{left_out} bytes of output left out]");
    }
    let _ = log.write_all(&tail);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_of_a_long_output_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        let kept = |length: usize| {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let log = File::create(&path).unwrap();
            let thread = std::thread::spawn(move || keep_output(reader, log));
            let output: Vec<u8> =
                (0..length).map(|place| b'a' + u8::try_from(place / (1 << 20)).unwrap()).collect();
            writer.write_all(&output).unwrap();
            drop(writer);
            thread.join().unwrap();
            (output, std::fs::read(&path).unwrap())
        };
        for length in [0, 1_000, FIRST_OUTPUT, FIRST_OUTPUT + LAST_OUTPUT] {
            let (output, log) = kept(length);
            assert!(output == log, "{length}");
        }
        let (output, log) = kept(20 << 20);
        assert!(
            log.starts_with(&output[..FIRST_OUTPUT]) && log.ends_with(&output[output.len() - LAST_OUTPUT..])
        );
        assert!(log.len() < FIRST_OUTPUT + LAST_OUTPUT + 100, "{}", log.len());
        assert!(String::from_utf8_lossy(&log).contains(&format!("[{} bytes of output left out]", 11 << 20)));
    }
}
