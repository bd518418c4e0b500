//! Tells the program which commit it is built from, where that is known.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for watched in [".git/HEAD", ".git/logs/HEAD"] {
        if Path::new(watched).exists() {
            println!("cargo::rerun-if-changed={watched}");
        }
    }
    let commit = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    if let Ok(commit) = commit
        && commit.status.success()
        && let Ok(hash) = String::from_utf8(commit.stdout)
    {
        println!("cargo::rustc-env=BASELINE_COMMIT={}", hash.trim());
    }
}
