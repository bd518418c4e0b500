//! What `start --live` and `serve` share: the address, the token and the names of the live page.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::dashboard::{LiveConfig, Token};

use super::CommandError;

/// Environment variable with the token of the live page.
pub const TOKEN_VARIABLE: &str = "BASELINE_LIVE_TOKEN";
/// Longest file with a token. Units: bytes.
const LONGEST: u64 = 4_096;

/// Where the live page is served, and for whom, from the command line.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// Address and port; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// File that contains the token.
    pub token_file: Option<PathBuf>,
    /// Names beside `localhost` by which the server may be called.
    pub allow_hosts: Vec<String>,
}

impl LiveOptions {
    /// The configuration, with the token read.
    /// # Errors
    /// [`CommandError::Usage`] where the token cannot be read, or is none.
    pub(super) fn config(&self) -> Result<LiveConfig, CommandError> {
        Ok(LiveConfig { listen: self.listen, token: self.token()?, allow_hosts: self.allow_hosts.clone() })
    }

    fn token(&self) -> Result<Option<Token>, CommandError> {
        let (text, place) = match &self.token_file {
            Some(path) => (read(path)?, path.display().to_string()),
            None => match std::env::var(TOKEN_VARIABLE) {
                Ok(text) => (text, TOKEN_VARIABLE.to_owned()),
                Err(_) => return Ok(None),
            },
        };
        // What it is stays out of the message.
        Token::chosen(text.trim()).map(Some).ok_or_else(|| CommandError::Usage {
            what: format!("{place} does not contain a token"),
            hint: "a token has at least 16 letters, digits, -, _, . or ~; `openssl rand -hex 24` makes one"
                .to_owned(),
        })
    }
}

fn read(path: &Path) -> Result<String, CommandError> {
    let mut text = String::new();
    let file = std::fs::File::open(path);
    file.and_then(|file| file.take(LONGEST).read_to_string(&mut text)).map_err(|error| {
        CommandError::Usage {
            what: format!("--live-token: cannot read {}: {error}", path.display()),
            hint: format!("name a file that contains the token, or set {TOKEN_VARIABLE}"),
        }
    })?;
    Ok(text)
}
