//! The headers that options ask for, as curl reads them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::endpoint::Method;
use crate::scenario::OWN_HEADERS;

use super::super::CommandError;
use super::body::text_of_file;
use super::options::RequestOptions;

/// What happens to one header. Names are lowercase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It is sent with this value, which may be empty.
    Set(String, String),
    /// It is not sent, although it usually is.
    Remove(String),
    /// It frames the exchange, so it cannot be given.
    Refused(String),
}

/// The changes that the options ask for, each header once. `form` and `json` say what kind of data is sent.
/// # Errors
/// [`CommandError::Usage`] where a line is not a header. Values are never shown.
pub(super) fn changes(options: &RequestOptions, form: bool, json: bool) -> Result<Vec<Change>, CommandError> {
    let mut all: Vec<Change> = Vec::new();
    if json {
        put(&mut all, Change::Set("content-type".to_owned(), "application/json".to_owned()));
        put(&mut all, Change::Set("accept".to_owned(), "application/json".to_owned()));
    } else if form {
        let form = "application/x-www-form-urlencoded".to_owned();
        put(&mut all, Change::Set("content-type".to_owned(), form));
    }
    if options.compressed {
        put(&mut all, Change::Set("accept-encoding".to_owned(), "deflate, gzip, br, zstd".to_owned()));
    }
    if let Some(user) = &options.user {
        if !user.contains(':') {
            let what = "--user needs a name and a password".to_owned();
            return Err(CommandError::Usage { what, hint: "write NAME:PASSWORD".to_owned() });
        }
        let value = format!("Basic {}", STANDARD.encode(user));
        put(&mut all, Change::Set("authorization".to_owned(), value));
    }
    match options.user_agent.as_deref() {
        Some("") => put(&mut all, Change::Remove("user-agent".to_owned())),
        Some(agent) => put(&mut all, Change::Set("user-agent".to_owned(), agent.to_owned())),
        None => (),
    }
    if let Some(referer) = options.referer.as_deref().filter(|referer| !referer.is_empty()) {
        put(&mut all, Change::Set("referer".to_owned(), referer.to_owned()));
    }
    if !options.cookies.is_empty() {
        if options.cookies.iter().any(|cookie| !cookie.contains('=')) {
            let what = "--cookie: files of cookies are not read".to_owned();
            return Err(CommandError::Usage {
                what,
                hint: "write the cookies: NAME=VALUE; NAME=VALUE".to_owned(),
            });
        }
        put(&mut all, Change::Set("cookie".to_owned(), options.cookies.join(";")));
    }
    let mut lines = Vec::new();
    for line in &options.headers {
        match line.strip_prefix('@') {
            Some(path) => lines.extend(text_of_file(path)?.lines().map(str::to_owned)),
            None => lines.push(line.clone()),
        }
    }
    let mut typed: Vec<Change> = Vec::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        join(&mut typed, change(line)?);
    }
    for change in typed {
        put(&mut all, change);
    }
    Ok(all)
}

/// What a line of `--header` asks for.
fn change(line: &str) -> Result<Change, CommandError> {
    let (name, change): (&str, fn(String, &str) -> Change) =
        match (line.split_once(':'), line.split_once(';')) {
            (Some((name, value)), _) if value.trim().is_empty() => (name, |name, _| Change::Remove(name)),
            (Some((name, _)), _) => (name, |name, line| {
                let value = line.split_once(':').map_or("", |(_, value)| value);
                Change::Set(name, value.trim().to_owned())
            }),
            (None, Some((name, rest))) if rest.trim().is_empty() => {
                (name, |name, _| Change::Set(name, String::new()))
            }
            _ => {
                return Err(no_colon());
            }
        };
    let name = name.trim().to_ascii_lowercase();
    // With a colon forgotten, a part of the value would be named.
    if Method::from_name(&name).is_none() {
        return Err(no_colon());
    }
    if OWN_HEADERS.contains(&name.as_str()) {
        return Ok(Change::Refused(name));
    }
    Ok(change(name, line))
}

/// The line may be a secret, and is not shown.
fn no_colon() -> CommandError {
    CommandError::Usage {
        what: "--header: a line does not begin with a name and a colon".to_owned(),
        hint: "write 'Name: value', 'Name;' for an empty value, or 'Name:' to leave a header out".to_owned(),
    }
}

fn name_of(change: &Change) -> &str {
    match change {
        Change::Set(name, _) | Change::Remove(name) | Change::Refused(name) => name,
    }
}

/// A later change of a header takes the place of an earlier one.
fn put(all: &mut Vec<Change>, change: Change) {
    all.retain(|known| name_of(known) != name_of(&change));
    all.push(change);
}

/// Lines with the same name are one header with all values (RFC 9110, section 5.3).
fn join(all: &mut Vec<Change>, change: Change) {
    let known = all.iter_mut().find(|known| name_of(known) == name_of(&change));
    match (known, change) {
        (Some(Change::Set(name, value)), Change::Set(_, more)) => {
            value.push_str(if name == "cookie" { "; " } else { ", " });
            value.push_str(&more);
        }
        (_, change) => put(all, change),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(options: &RequestOptions) -> Vec<(String, String)> {
        let text = |change: Change| match change {
            Change::Set(name, value) => (name, value),
            Change::Remove(name) => (name, "(removed)".to_owned()),
            Change::Refused(name) => (name, "(refused)".to_owned()),
        };
        changes(options, false, false).unwrap().into_iter().map(text).collect()
    }

    #[test]
    fn lines_are_read_as_curl_reads_them() {
        let lines =
            ["X-A: 1: 2", "X-B;", "Accept:", "x-a:3", "Content-Length: 3", "Cookie: a=1", "cookie: b=2"];
        let options =
            RequestOptions { headers: lines.map(str::to_owned).into(), ..RequestOptions::default() };
        let expected = [
            ("x-a", "1: 2, 3"),
            ("x-b", ""),
            ("accept", "(removed)"),
            ("content-length", "(refused)"),
            ("cookie", "a=1; b=2"),
        ];
        assert_eq!(of(&options), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_line_that_is_no_header_is_not_shown() {
        let options = RequestOptions { headers: vec!["obviously-fake".into()], ..RequestOptions::default() };
        let error = changes(&options, false, false).unwrap_err();
        assert!(!format!("{error} {:?}", error.hint()).contains("obviously-fake"));
    }

    #[test]
    fn a_typed_header_takes_the_place_of_the_usual_one() {
        let options = RequestOptions {
            headers: vec!["Authorization: Bearer obviously-fake".into()],
            user: Some("me:obviously-fake".into()),
            user_agent: Some(String::new()),
            ..RequestOptions::default()
        };
        let expected = [("user-agent", "(removed)"), ("authorization", "Bearer obviously-fake")];
        assert_eq!(of(&options), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
