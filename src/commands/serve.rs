//! `baseline serve`: the live page of a run, or of all runs of a folder, until it is interrupted.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::dashboard::{LiveConfig, LiveServer};
use crate::run::interrupt;
use crate::run::runtime::runtime;
use crate::store::manifest;
use crate::store::runs;

use super::live::LiveOptions;
use super::{CommandError, Exit, open};

/// Options of the command `serve`, after parsing.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Run ID, unique prefix, path or `latest`, or a folder of runs; `None` serves all runs of `out`.
    pub what: Option<String>,
    /// Folder that contains the runs.
    pub out: PathBuf,
    /// Where and for whom.
    pub live: LiveOptions,
    /// Whether to open the page in the browser.
    pub open: bool,
}

/// Runs `serve`, and prints the URL.
/// # Errors
/// [`CommandError`] where the run cannot be found or read, or listening fails.
pub fn serve(options: &ServeOptions, out: &mut dyn Write, say: fn(&str)) -> Result<Exit, CommandError> {
    let mut stop = interrupt::listen()?;
    let config = options.live.config()?;
    let server = start(options, &config)?;
    let url = server.url();
    writeln!(out, "serving on {url}").map_err(CommandError::Output)?;
    out.flush().map_err(CommandError::Output)?;
    if options.open
        && let Err(why) = open::open_url(&url)
    {
        say(&format!("warning: cannot open the page: {why}"));
    }
    runtime()?.block_on(stop.raised());
    server.stop();
    Ok(Exit::Accepted)
}

fn start(options: &ServeOptions, config: &LiveConfig) -> Result<LiveServer, CommandError> {
    let folder = match &options.what {
        None => existing(&options.out)?,
        Some(what) => {
            let path = Path::new(what);
            if path.is_dir() && !path.join(manifest::FILE).is_file() {
                path.to_owned()
            } else {
                let run = runs::find(&options.out, what)?;
                return Ok(LiveServer::of_run(config, &run)?);
            }
        }
    };
    Ok(LiveServer::of_folder(config, &folder)?)
}

/// A folder of runs that is there.
fn existing(folder: &Path) -> Result<PathBuf, CommandError> {
    if folder.is_dir() {
        return Ok(folder.to_owned());
    }
    Err(CommandError::Usage {
        what: format!("{} is not a folder", folder.display()),
        hint: "start a run first, or name the folder of the runs with --out DIR".to_owned(),
    })
}
