//! Tells the program which commit it is built from, where that is known.
//!
//! The commit is that of the clone in this folder, never of a repository around it; in a packaged crate it is the one
//! that `cargo package` noted. It ends in `-modified` if what is compiled differs from the commit. A build can state it in
//! the variable `BASELINE_COMMIT` instead, for sources without either.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The length of a commit in texts. Units: characters.
const SHORT: usize = 12;
/// What the program is compiled from.
const COMPILED: [&str; 5] = ["build.rs", "Cargo.toml", "Cargo.lock", "src", "scenarios"];
const VARIABLE: &str = "BASELINE_COMMIT";

fn main() {
    for compiled in COMPILED {
        println!("cargo::rerun-if-changed={compiled}");
    }
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let stated = std::env::var(VARIABLE).ok().filter(|stated| !stated.is_empty());
    let version = env!("CARGO_PKG_VERSION");
    match stated.or_else(of_clone).or_else(of_package) {
        Some(commit) => {
            println!("cargo::rustc-env={VARIABLE}={commit}");
            println!("cargo::rustc-env=BASELINE_VERSION={version} ({commit})");
        }
        None => println!("cargo::rustc-env=BASELINE_VERSION={version}"),
    }
}

/// What git prints in this folder, whatever repository a hook or a rebase is at work in.
fn git(arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    for inherited in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(inherited);
    }
    let printed = git.args(["--no-optional-locks"]).args(arguments).output().ok()?;
    let text = String::from_utf8(printed.stdout).ok()?;
    printed.status.success().then(|| text.trim().to_owned())
}

fn of_clone() -> Option<String> {
    let here = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).canonicalize().ok()?;
    let root = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()?;
    if root != here {
        return None;
    }
    // A linked work tree has these in the folder of its repository.
    for watched in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", watched])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let commit = git(&["rev-parse", &format!("--short={SHORT}"), "HEAD"])?;
    if let Some(date) = git(&["log", "-1", "--format=%cs"]) {
        println!("cargo::rustc-env=BASELINE_DATE={date}");
    }
    let changed = git(&[&["status", "--porcelain", "--"], COMPILED.as_slice()].concat())?;
    Some(if changed.is_empty() { commit } else { format!("{commit}-modified") })
}

/// From the note in a packaged crate.
fn of_package() -> Option<String> {
    const NOTE: &str = ".cargo_vcs_info.json";
    let note = std::fs::read_to_string(NOTE).ok()?;
    println!("cargo::rerun-if-changed={NOTE}");
    let value = note.split("\"sha1\"").nth(1)?.split('"').nth(1)?;
    let is_commit = value.len() >= SHORT && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let end = if note.contains("\"dirty\": true") { "-modified" } else { "" };
    is_commit.then(|| format!("{}{end}", &value[..SHORT]))
}
