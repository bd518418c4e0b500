//! What the command line says of a request, in curl's terms, put into a scenario.
//!
//! Values that may be secret reach the scenario as references only, so nothing that shows a plan can show them.

use std::path::Path;

use crate::scenario::environment::Environment;
use crate::scenario::file::{EndpointSection, HttpText, ScenarioFile};
use crate::scenario::origin;

use super::super::CommandError;
use super::body::{Body, body_of, has_json};
use super::headers::{Change, changes};
use super::options::RequestOptions;

/// What the options add to a scenario beyond its file.
pub(in crate::commands) struct Typed {
    /// The environment, with the typed values that the file refers to.
    pub(in crate::commands) environment: Environment,
    hidden: u32,
    /// Usual headers that are not sent.
    pub(in crate::commands) without: Vec<String>,
    /// What the user should know, a sentence each.
    pub(in crate::commands) notices: Vec<String>,
}

impl Typed {
    /// A reference to a value, for the scenario.
    fn hide(&mut self, value: String) -> String {
        if value.is_empty() {
            return value;
        }
        self.hidden += 1;
        let name = format!("BASELINE_TYPED_{}", self.hidden);
        let environment = std::mem::take(&mut self.environment);
        self.environment = environment.with(&name, value);
        format!("${{{name}}}")
    }
}

/// Changes the one endpoint of a scenario, and its target, as the options say.
/// # Errors
/// [`CommandError::Usage`] where an option has no meaning.
pub(in crate::commands) fn apply(
    options: &RequestOptions,
    file: &mut ScenarioFile,
    is_url: bool,
    environment: Environment,
) -> Result<Typed, CommandError> {
    let is_journey = !file.journey.is_empty() || !file.mix.is_empty();
    if let Some(option) = options.of_one_request().filter(|_| is_journey) {
        return Err(CommandError::Usage {
            what: format!("{option} is for an endpoint: a journey sends several requests"),
            hint: "change its steps in the scenario, or all of them under [target]".to_owned(),
        });
    }
    let mut typed = Typed { environment, hidden: 0, without: Vec::new(), notices: Vec::new() };
    apply_connections(options, file, is_url, &mut typed)?;
    let body = body_of(&options.data)?;
    let ScenarioFile { target, endpoint, .. } = file;
    let Some(endpoint) = endpoint.first_mut() else { return Ok(typed) };
    apply_body(options, body, endpoint, &mut typed)?;
    let has_body = !options.data.is_empty() && !options.data_in_url;
    let is_known = |name: &str| {
        let known = target.headers.keys().chain(endpoint.headers.keys());
        !is_url && known.into_iter().any(|key| key.eq_ignore_ascii_case(name))
    };
    let form = has_body && !is_known("content-type");
    for change in changes(options, form, has_json(&options.data))? {
        match change {
            Change::Set(name, value) => {
                let value = typed.hide(value);
                endpoint.headers.retain(|known, _| !known.eq_ignore_ascii_case(&name));
                endpoint.headers.insert(name, value);
            }
            Change::Remove(name) => {
                target.headers.retain(|known, _| !known.eq_ignore_ascii_case(&name));
                endpoint.headers.retain(|known, _| !known.eq_ignore_ascii_case(&name));
                typed.without.push(name);
            }
            Change::Refused(name) => {
                typed
                    .notices
                    .push(format!("note: header {name} is not sent as given: baseline sets it itself"));
            }
        }
    }
    if let Some(timeout) = &options.timeout {
        endpoint.timeout = Some(timeout.clone());
    }
    Ok(typed)
}

fn apply_body(
    options: &RequestOptions,
    body: Body,
    endpoint: &mut EndpointSection,
    typed: &mut Typed,
) -> Result<(), CommandError> {
    let is_sent = !options.data.is_empty() && !options.data_in_url;
    if options.head && is_sent {
        return Err(CommandError::Usage {
            what: "--head and --data ask for two methods".to_owned(),
            hint: "remove one of them, or add --get to send the data in the URL".to_owned(),
        });
    }
    match (&options.method, options.head) {
        (Some(method), _) => endpoint.method.clone_from(method),
        (None, true) => "HEAD".clone_into(&mut endpoint.method),
        // An endpoint of a scenario keeps its PUT or PATCH.
        (None, false) if is_sent && endpoint.method == "GET" => "POST".clone_into(&mut endpoint.method),
        (None, false) => (),
    }
    match body {
        Body::None => return Ok(()),
        Body::Text(text) if options.data_in_url => {
            let sign = if endpoint.path.contains('?') { '&' } else { '?' };
            endpoint.path = format!("{}{sign}{}", endpoint.path, typed.hide(text));
            return Ok(());
        }
        Body::File(_) if options.data_in_url => {
            return Err(CommandError::Usage {
                what: "--get cannot send a file in the URL".to_owned(),
                hint: "use --data with the text itself".to_owned(),
            });
        }
        Body::Text(text) => {
            endpoint.body = Some(typed.hide(text));
            endpoint.body_file = None;
        }
        Body::File(path) => {
            endpoint.body = None;
            endpoint.body_file = Some(absolute(&path));
        }
    }
    Ok(())
}

fn apply_connections(
    options: &RequestOptions,
    file: &mut ScenarioFile,
    is_url: bool,
    typed: &mut Typed,
) -> Result<(), CommandError> {
    let target = &mut file.target;
    if let Some(http) = options.http {
        target.http = http;
        if http == HttpText::Negotiated && target.base_url.starts_with("http://") {
            typed.notices.push(
                "note: --http2 needs https, where the server chooses it; without TLS, use --http2-prior-knowledge"
                    .to_owned(),
            );
        }
    }
    target.insecure |= options.insecure;
    for (typed, key) in [
        (&options.ca_file, &mut target.ca_file),
        (&options.client_cert, &mut target.client_cert),
        (&options.client_key, &mut target.client_key),
        (&options.unix_socket, &mut target.unix_socket),
    ] {
        if let Some(path) = typed {
            *key = Some(absolute(path));
        }
    }
    let literal = |text: &String| text.replace('$', "$$");
    target.resolve.splice(0..0, options.resolve.iter().map(literal));
    target.connect_to.splice(0..0, options.connect_to.iter().map(literal));
    if is_url {
        // What was typed is what was meant.
        let hosts = options.connect_to.iter().filter_map(|entry| other_host(entry));
        target.allow_hosts.extend(hosts);
    }
    // An empty one is none, as with curl.
    if let Some(proxy) = options.proxy.as_deref().filter(|proxy| !proxy.is_empty()) {
        let url = proxy_url(proxy);
        let (proxy, _) = origin::parse_url(&url).map_err(|error| CommandError::Usage {
            what: format!("--proxy: {error}"),
            hint: "write scheme, host and port: http://127.0.0.1:3128".to_owned(),
        })?;
        target.proxy = Some(literal(&url));
        target.allow_proxies.push(proxy.host);
    }
    Ok(())
}

/// The third field of `HOST:PORT:HOST2:PORT2`.
fn other_host(entry: &str) -> Option<String> {
    let (before, port) = entry.rsplit_once(':')?;
    let other = match before.strip_suffix(']') {
        Some(inner) => &inner[inner.rfind('[')? + 1..],
        None => before.rsplit_once(':')?.1,
    };
    let is_given = !other.is_empty() && !port.contains(']');
    is_given.then(|| other.to_owned())
}

/// The URL of a proxy as curl reads it: without a scheme it is `http`, and without a port it is 1080.
fn proxy_url(text: &str) -> String {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = url.trim_end_matches('/');
    let authority = url.split_once("://").map_or(url, |(_, authority)| authority);
    let after_host = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    if after_host.contains(':') { url.to_owned() } else { format!("{url}:1080") }
}

/// A typed path is relative to the working directory, and contains no references.
fn absolute(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.display().to_string().replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_host_is_found() {
        assert_eq!(other_host("a.example:443:b.example:8443").as_deref(), Some("b.example"));
        assert_eq!(other_host("[::1]:443:[::2]:8443").as_deref(), Some("::2"));
        assert_eq!(other_host("::b.example:").as_deref(), Some("b.example"));
        assert_eq!(other_host("a.example:443::8443"), None);
        assert_eq!(other_host("nonsense"), None);
    }

    #[test]
    fn a_proxy_has_a_scheme_and_a_port() {
        assert_eq!(proxy_url("127.0.0.1:3128"), "http://127.0.0.1:3128");
        assert_eq!(proxy_url("http://p.example/"), "http://p.example:1080");
        assert_eq!(proxy_url("[::1]"), "http://[::1]:1080");
        assert_eq!(proxy_url("http://[::1]:80"), "http://[::1]:80");
    }
}
