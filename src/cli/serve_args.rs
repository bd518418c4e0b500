//! The command line of `serve`, the live page of recorded runs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use crate::commands::live::LiveOptions;
use crate::commands::serve::ServeOptions;

use super::folders::OutFolder;

/// Serve the live page of a run, running or ended, or of all runs of a folder.
///
/// The page shows the verdict, the SLOs, the charts and the incidents, and follows a run that is still being measured. It has a
/// JSON API and changes nothing. Stop it with Ctrl-C.
#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// Run ID or unique prefix, path, or `latest`; or a folder of runs [default: all runs]
    #[arg(value_name = "RUN|DIR")]
    what: Option<String>,
    /// Address with a port, address, or port of 127.0.0.1 to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// File with the token that clients must send.
    ///
    /// It has at least 16 letters, digits, `-`, `_`, `.` or `~`. Default: the variable `BASELINE_LIVE_TOKEN`. Without either, an
    /// address that others can reach gets a random token, which is part of the printed URL; loopback needs none.
    #[arg(long = "live-token", alias = "token", value_name = "FILE")]
    live_token: Option<PathBuf>,
    /// Another host name that the page may be opened by, such as that of a proxy; repeatable
    #[arg(long = "allow-host", value_name = "NAME")]
    allow_host: Vec<String>,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    folder: OutFolder,
}

impl ServeArguments {
    /// The options.
    pub(super) fn options(self) -> ServeOptions {
        let Self { what, listen, live_token, allow_host, open, folder } = self;
        ServeOptions {
            what,
            out: folder.out,
            live: LiveOptions { listen, token_file: live_token, allow_hosts: allow_host },
            open,
        }
    }
}

/// An address to listen on: `127.0.0.1:8080`, `127.0.0.1`, `8080`.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let port = || Some(SocketAddr::from((Ipv4Addr::LOCALHOST, text.parse::<u16>().ok()?)));
    let ip = || Some(SocketAddr::from((text.parse::<IpAddr>().ok()?, 0)));
    text.parse().ok().or_else(port).or_else(ip).ok_or_else(|| {
        "give an address and a port, such as 127.0.0.1:8080; host names are not looked up".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_lack_its_port_and_a_port_its_address() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(address(text).ok(), expected.map(|text| text.parse().unwrap()), "{text}");
        };
        check("127.0.0.1:80", Some("127.0.0.1:80"));
        check("[::1]:80", Some("[::1]:80"));
        check("0.0.0.0", Some("0.0.0.0:0"));
        check("8080", Some("127.0.0.1:8080"));
        for bad in ["", "localhost:80", "127.0.0.1:99999", "99999", "pitchey"] {
            check(bad, None);
        }
    }
}
