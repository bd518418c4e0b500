//! `baseline stack verify`: asks each part of a monitoring stack whether it is ready.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use crate::observe::stack::{Part, Readiness, URLS, default_urls, urls_in, verify as ask};
use crate::report::console::stack::{StackPart, json, text};

use super::{CommandError, Exit, Format};

/// Options of the command `stack verify`, after parsing.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Folder that `export stack` wrote; its `urls.txt` says where the parts are.
    pub folder: Option<PathBuf>,
    /// URLs of parts. Without a folder, only these are asked.
    pub urls: Vec<(Part, String)>,
}

/// Asks every part, and prints a line for each. It fails where one is not ready.
/// # Errors
/// [`CommandError`] where the folder has no URLs, a URL is none, or nothing can be asked.
pub fn verify(options: &VerifyOptions, format: Format, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let parts = parts(options)?;
    let asked = ask(&parts).map_err(|error| CommandError::System {
        action: "ask the parts of the stack",
        source: std::io::Error::other(error),
    })?;
    let shown: Vec<StackPart<'_>> = asked.iter().map(shown).collect();
    let printed = if format == Format::Json { json(&shown) } else { text(&shown) };
    out.write_all(printed.as_bytes()).map_err(CommandError::Output)?;
    Ok(if asked.iter().all(|part| part.is_ready) { Exit::Accepted } else { Exit::Failed })
}

fn shown(part: &Readiness) -> StackPart<'_> {
    StackPart { name: part.part.name(), url: &part.url, ready: part.is_ready, detail: &part.detail }
}

fn parts(options: &VerifyOptions) -> Result<Vec<(Part, String)>, CommandError> {
    for (part, url) in &options.urls {
        let rest = ["http://", "https://"].iter().find_map(|scheme| url.strip_prefix(scheme));
        if !rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace)) {
            return Err(CommandError::Usage {
                what: format!("--{} {url:?}: not a URL", part.name()),
                hint: "such as http://127.0.0.1:9090".to_owned(),
            });
        }
    }
    let mut parts = match &options.folder {
        None if options.urls.is_empty() => return Ok(default_urls()),
        None => return Ok(options.urls.clone()),
        Some(folder) => {
            let path = folder.join(URLS);
            let usage = |what: String| CommandError::Usage {
                what,
                hint: "give a folder that `baseline export stack` wrote, or the URLs of the parts".to_owned(),
            };
            let text = fs::read_to_string(&path)
                .map_err(|error| usage(format!("cannot read {}: {error}", path.display())))?;
            urls_in(&text)
                .ok_or_else(|| usage(format!("{}: not a part and its URL in each line", path.display())))?
        }
    };
    for (part, url) in &options.urls {
        match parts.iter_mut().find(|(known, _)| known == part) {
            Some((_, known)) => known.clone_from(url),
            None => parts.push((*part, url.clone())),
        }
    }
    Ok(parts)
}
