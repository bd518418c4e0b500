//! Drives five endpoints at three levels for hours and watches what the program keeps: `cargo bench --bench soak [-- 2h]`.
//!
//! Prints resident memory with its slope, and what a run's files come to in 48 hours. Ends with an error where memory
//! passes 64 MB while measuring, grows beyond noise, or the files would pass 50 MB. Reads `/proc`, so it runs on Linux.
//! Answers come as fast as a thread can give them, so that many are counted.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench talks to who runs it, and fails by panicking"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use baseline::stats::Estimate;
use baseline::stats::trend::of_dependent;

/// The bars.
const MOST_MEMORY_MB: f64 = 64.0;
const MOST_FILES_MB: f64 = 50.0;
/// What counts as no growth over the whole soak: pages that come and go.
const NOISE_MB: f64 = 1.0;
const FLAT: Estimate = Estimate { value: 0.0, low: 0.0, high: 0.0 };
/// Windows of 48 hours: fifteen cells, every five minutes.
const WINDOWS_OF_48_H: f64 = 15.0 * 12.0 * 48.0;
/// Stretches that the soak is divided into; the first is for warming up.
const STRETCHES: usize = 31;

const SCENARIO: &str = r#"
schema = 1
name = "soak"
[target]
base_url = "TARGET"
allow_hosts = ["127.0.0.1"]
[plan]
duration = "SPAN"
cycle = "16s"
window = "1s"
warm_up = "0s"
[[endpoint]]
name = "health"
path = "/api/health"
[[endpoint]]
name = "detailed"
path = "/api/health/detailed"
[[endpoint]]
name = "browse"
path = "/api/pitches/browse/enhanced"
[[endpoint]]
name = "auth"
path = "/api/auth/check"
[[endpoint]]
name = "landing"
path = "/"
"#;

/// A process that is stopped when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() -> ExitCode {
    let span =
        std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or("2h".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let address = answer_at_once();
    let scenario = folder.path().join("soak.toml");
    let text = SCENARIO.replace("TARGET", &format!("http://{address}")).replace("SPAN", &span);
    std::fs::write(&scenario, text).unwrap();
    let out = folder.path().join("runs");
    let arguments = ["start", &scenario.to_string_lossy(), "--out", &out.to_string_lossy()];
    let mut run = Process(program(&arguments).spawn().unwrap());
    let samples = watch(&mut run.0, &out);
    judge(&samples, &out)
}

/// A server that gives every request the same small answer; returns where it listens.
fn answer_at_once() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || stream.map(converse));
        }
    });
    address
}

fn converse(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut request = [0_u8; 4_096];
    // A request is one small packet on the loopback.
    while let Ok(1..) = stream.read(&mut request) {
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baseline"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Seconds and resident megabytes, while the program measures: drawing its report at the end is no part of it.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn watch(run: &mut Child, out: &Path) -> Vec<(f64, f64)> {
    let (start, mut samples) = (Instant::now(), Vec::new());
    let status = format!("/proc/{}/status", run.id());
    while run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_secs(1));
        if let Some(resident) = std::fs::read_to_string(&status).ok().and_then(|text| resident_mb(&text))
            && is_measuring(out)
        {
            samples.push((start.elapsed().as_secs_f64(), resident));
        }
    }
    samples
}

fn resident_mb(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
}

fn is_measuring(out: &Path) -> bool {
    let Some(run) = run_folder(out) else { return false };
    std::fs::read_to_string(run.join("status.json")).is_ok_and(|text| text.contains("\"state\": \"running\""))
}

fn run_folder(out: &Path) -> Option<std::path::PathBuf> {
    std::fs::read_dir(out).ok()?.next()?.ok().map(|entry| entry.path())
}

fn judge(samples: &[(f64, f64)], out: &Path) -> ExitCode {
    let run = run_folder(out).unwrap();
    let log = std::fs::read_to_string(run.join("windows.csv")).unwrap();
    let mut lines = log.lines();
    let column = lines.next().unwrap().split(',').position(|name| name == "requests").unwrap();
    let requests: Vec<u64> =
        lines.map(|line| line.split(',').nth(column).unwrap().parse().unwrap()).collect();
    let stretch = samples.len() / STRETCHES;
    assert!(stretch > 0, "too short a soak to see a slope");
    let medians: Vec<(f64, f64)> = samples.chunks_exact(stretch).take(STRETCHES).map(middle).collect();
    println!("| minutes | resident MB (median) |\n|---:|---:|");
    for (seconds, resident) in &medians {
        println!("| {:.1} | {resident:.2} |", seconds / 60.0);
    }
    let (hours_at, resident): (Vec<f64>, Vec<f64>) =
        medians[1..].iter().map(|(seconds, resident)| (seconds / 3600.0, *resident)).unzip();
    // A series that never varies has no trend.
    let slope = of_dependent(&hours_at, &resident).map_or(FLAT, |trend| trend.slope);
    let highest = samples.iter().map(|sample| sample.1).fold(0.0, f64::max);
    let hours = samples[samples.len() - 1].0 / 3600.0;
    let logs = ["windows.csv", "histograms.hlog", "anomalies.csv", "run.json"];
    let bytes: u64 =
        logs.iter().filter_map(|name| std::fs::metadata(run.join(name)).ok()).map(|file| file.len()).sum();
    let files = bytes as f64 / 1e6 / requests.len() as f64 * WINDOWS_OF_48_H;
    println!("\n{} requests in {} windows, {hours:.2} h", requests.iter().sum::<u64>(), requests.len());
    println!("resident while measuring: at most {highest:.1} MB");
    println!("slope: {:+.3} MB an hour, 95 % interval {:+.3} to {:+.3}", slope.value, slope.low, slope.high);
    println!("files in 48 hours of a 5-minute cycle: {files:.1} MB");
    let is_flat = slope.value * hours <= NOISE_MB;
    if highest <= MOST_MEMORY_MB && is_flat && files <= MOST_FILES_MB {
        return ExitCode::SUCCESS;
    }
    println!("a bar is missed");
    ExitCode::FAILURE
}

/// The middle of a stretch, and its median.
fn middle(stretch: &[(f64, f64)]) -> (f64, f64) {
    let mut resident: Vec<f64> = stretch.iter().map(|sample| sample.1).collect();
    resident.sort_by(f64::total_cmp);
    (stretch[stretch.len() / 2].0, resident[resident.len() / 2])
}
