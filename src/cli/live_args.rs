//! Options of the live page of `start`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::commands::live::LiveOptions;

use super::serve_args::address;

/// The option whose value may also follow behind a space.
const LIVE: &str = "--live";

/// The live page of a run.
#[derive(Debug, Args)]
pub(super) struct LiveArguments {
    /// Serve a live page of the run and print its URL.
    ///
    /// ADDR is an address with a port, an address, or a port of 127.0.0.1. Default: any free port of 127.0.0.1. Where others can reach the address, the page asks for
    /// a token, which is part of the printed URL. The server ends with the run; `baseline serve` shows it afterwards.
    #[arg(
        long,
        value_name = "ADDR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "127.0.0.1:0",
        value_parser = address,
        conflicts_with = "dry_run"
    )]
    live: Option<SocketAddr>,
    /// With --live: file with the token that clients must send [default: the variable `BASELINE_LIVE_TOKEN`, or a random one]
    #[arg(long, value_name = "FILE", requires = "live", hide_short_help = true)]
    live_token: Option<PathBuf>,
    /// With --live: another host name that the page may be opened by, such as that of a proxy; repeatable
    #[arg(long, alias = "allow-host", value_name = "NAME", requires = "live", hide_short_help = true)]
    live_allow_host: Vec<String>,
}

impl LiveArguments {
    /// The options; `None` without `--live`.
    pub(super) fn options(&self) -> Option<LiveOptions> {
        let Self { live, live_token, live_allow_host } = self;
        live.map(|listen| LiveOptions {
            listen,
            token_file: live_token.clone(),
            allow_hosts: live_allow_host.clone(),
        })
    }
}

/// The command line with `--live ADDR` written as `--live=ADDR`. What is no address stays apart: `--live my-service.toml`.
pub(super) fn joined(arguments: &[OsString]) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let is_behind = all.last().is_some_and(|last| last == LIVE);
        match argument.to_str().filter(|text| is_behind && address(text).is_ok()) {
            Some(text) => {
                all.pop();
                all.push(format!("{LIVE}={text}").into());
            }
            None => all.push(argument.clone()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_follow_behind_a_space() {
        let check = |typed: &[&str], expected: &[&str]| {
            let typed: Vec<OsString> = typed.iter().map(OsString::from).collect();
            assert_eq!(joined(&typed), expected.iter().map(OsString::from).collect::<Vec<_>>());
        };
        check(&["start", "--live", "127.0.0.1:80", "x"], &["start", "--live=127.0.0.1:80", "x"]);
        check(&["start", "--live", "8080", "x"], &["start", "--live=8080", "x"]);
        check(&["start", "--live", "pitchey"], &["start", "--live", "pitchey"]);
        check(&["start", "--live=[::1]:80", "8080"], &["start", "--live=[::1]:80", "8080"]);
        check(&["start", "x", "--live"], &["start", "x", "--live"]);
    }
}
