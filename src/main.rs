//! The program: hands its arguments to the command line and ends with its exit code.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    ExitCode::from(baseline::cli::run(&arguments))
}
