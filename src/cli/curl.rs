//! A pasted curl command, as browsers copy it: its options are read as curl reads them.
//!
//! Options about output and retries mean nothing for load and are left out. An option that is not known is an error.

use clap::error::{ContextKind, ContextValue};
use clap::{Args, FromArgMatches, Parser};

use crate::commands::CommandError;
use crate::commands::test_cell::RequestOptions;

use super::request_args::RequestArguments;
use super::shell_words;

/// Words that end a command in a shell.
const OPERATORS: [&str; 9] = ["|", "||", "&", "&&", ";", ">", ">>", "<", "2>"];

/// What the command asks for.
#[derive(Debug)]
pub(super) struct Pasted {
    /// The URL.
    pub(super) url: String,
    /// The request and its connections.
    pub(super) request: RequestOptions,
    /// What is different from curl, a sentence each.
    pub(super) notices: Vec<String>,
}

/// The options of curl that have a meaning here, and those that are left out.
#[derive(Debug, Parser)]
#[command(
    no_binary_name = true,
    disable_help_flag = true,
    disable_version_flag = true,
    args_override_self = true
)]
struct CurlArguments {
    urls: Vec<String>,
    #[arg(long = "url")]
    more_urls: Vec<String>,
    #[arg(short = 'm', long)]
    max_time: Option<f64>,
    #[arg(short = 'g', long)]
    globoff: bool,
    #[command(flatten)]
    request: RequestArguments,
    #[command(flatten)]
    ignored: Ignored,
}

/// Options that change nothing of what is sent: named in a notice where somebody may miss their effect.
const SILENT: [(Option<char>, &str); 17] = [
    (Some('s'), "silent"),
    (Some('S'), "show-error"),
    (Some('v'), "verbose"),
    (Some('i'), "include"),
    (None, "show-headers"),
    (Some('N'), "no-buffer"),
    (Some('#'), "progress-bar"),
    (None, "no-progress-meter"),
    (Some('f'), "fail"),
    (None, "fail-with-body"),
    (Some('O'), "remote-name"),
    (Some('J'), "remote-header-name"),
    (Some('R'), "remote-time"),
    (Some('q'), "disable"),
    (None, "tcp-nodelay"),
    (None, "ssl-no-revoke"),
    (None, "styled-output"),
];
const SILENT_WITH_VALUE: [(Option<char>, &str); 8] = [
    (Some('o'), "output"),
    (Some('w'), "write-out"),
    (Some('D'), "dump-header"),
    (Some('c'), "cookie-jar"),
    (None, "output-dir"),
    (None, "stderr"),
    (None, "trace"),
    (None, "noproxy"),
];
const NAMED: [(Option<char>, &str, &str); 5] = [
    (Some('L'), "location", "redirects are not followed"),
    (None, "location-trusted", "redirects are not followed"),
    (None, "no-keepalive", "TCP keepalive is left to the system"),
    (None, "tlsv1.2", "TLS 1.2 and 1.3 are offered"),
    (None, "tlsv1.3", "TLS 1.2 and 1.3 are offered"),
];
const NAMED_WITH_VALUE: [(Option<char>, &str, &str); 6] = [
    (None, "retry", "failed requests are counted, not repeated"),
    (None, "retry-delay", "failed requests are counted, not repeated"),
    (None, "retry-max-time", "failed requests are counted, not repeated"),
    (None, "max-redirs", "redirects are not followed"),
    (None, "connect-timeout", "the timeout of a request includes the connection"),
    (None, "keepalive-time", "TCP keepalive is left to the system"),
];

/// The notices on ignored options that were given.
#[derive(Debug, Clone, Default)]
struct Ignored(Vec<String>);

impl Args for Ignored {
    fn augment_args(command: clap::Command) -> clap::Command {
        let argument = |short: Option<char>, name: &'static str, has_value: bool| {
            let argument = clap::Arg::new(name).long(name);
            let argument = short.into_iter().fold(argument, clap::Arg::short);
            if has_value {
                argument.action(clap::ArgAction::Append).allow_hyphen_values(true)
            } else {
                argument.action(clap::ArgAction::Count)
            }
        };
        let silent = SILENT.map(|(short, name)| argument(short, name, false));
        let with_value = SILENT_WITH_VALUE.map(|(short, name)| argument(short, name, true));
        let named = NAMED.map(|(short, name, _)| argument(short, name, false));
        let named_with_value = NAMED_WITH_VALUE.map(|(short, name, _)| argument(short, name, true));
        command.args(silent).args(with_value).args(named).args(named_with_value)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Ignored {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let flags = NAMED.iter().filter(|(_, name, _)| matches.get_count(name) > 0);
        let with_value = NAMED_WITH_VALUE.iter().filter(|(_, name, _)| matches.contains_id(name));
        let mut notices: Vec<String> = Vec::new();
        for (_, name, instead) in flags.chain(with_value) {
            notices.push(format!("note: --{name} of the curl command is ignored: {instead}"));
        }
        Ok(Self(notices))
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Reads a pasted command.
/// # Errors
/// [`CommandError::Usage`] where it is not a command for one request. Values are not shown: they may be secret.
pub(super) fn parse(command: &str) -> Result<Pasted, CommandError> {
    if command.contains("curl ^\"") || command.contains("curl.exe ^\"") {
        return Err(wrong("it is written for cmd.exe", "in the browser, choose \"Copy as cURL (bash)\""));
    }
    let words = shell_words::split(command).ok_or_else(|| {
        wrong(
            "a quote is not closed",
            "put the whole command into single quotes, or use --curl \"$(cat FILE)\"",
        )
    })?;
    let Some((program, rest)) = words.split_first() else {
        return Err(wrong("it is empty", "paste the command: --curl 'curl https://…'"));
    };
    if !matches!(program.rsplit('/').next(), Some("curl" | "curl.exe")) {
        return Err(wrong(
            "it does not start with `curl`",
            "paste the whole command: --curl 'curl https://…'",
        ));
    }
    if let Some(operator) = rest.iter().find(|word| OPERATORS.contains(&word.as_str())) {
        let hint = "paste the curl command alone";
        return Err(wrong(&format!("`{operator}` is an operator of the shell"), hint));
    }
    let arguments = CurlArguments::try_parse_from(rest).map_err(|error| refused(&error))?;
    let mut urls = arguments.urls.into_iter().chain(arguments.more_urls);
    let url = match (urls.next(), urls.next()) {
        (Some(url), None) => url,
        (None, _) => return Err(wrong("it has no URL", "paste the whole command")),
        (Some(_), Some(_)) => {
            return Err(wrong(
                "it has several URLs",
                "give a command with one URL; options have values only where curl has them",
            ));
        }
    };
    let path = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let path = path.find('/').map_or("", |start| &path[start..]);
    if !arguments.globoff && path.contains(['[', ']', '{', '}']) {
        let hint = "add --globoff to the command to send them as they are";
        return Err(wrong("its URL has brackets or braces, which curl expands to several URLs", hint));
    }
    let url = if url.contains("://") { url } else { format!("http://{url}") };
    let timeout = match arguments.max_time {
        Some(seconds) if seconds.is_finite() && seconds > 0.0 && seconds < 1e9 => {
            Some(format!("{}us", (seconds * 1e6).round()))
        }
        _ => None,
    };
    Ok(Pasted { url, request: arguments.request.options(timeout), notices: arguments.ignored.0 })
}

fn wrong(what: &str, hint: &str) -> CommandError {
    CommandError::Usage { what: format!("the curl command cannot be read: {what}"), hint: hint.to_owned() }
}

/// What clap found, without the values of the command.
fn refused(error: &clap::Error) -> CommandError {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) => option.split(['=', ' ']).next().unwrap_or_default(),
        _ => "an option",
    };
    let what = match error.kind() {
        clap::error::ErrorKind::UnknownArgument => format!("option {option} is not known here"),
        clap::error::ErrorKind::ArgumentConflict => format!("option {option} contradicts another"),
        _ => format!("option {option} has no valid value"),
    };
    wrong(
        &what,
        "remove it, if the request does not need it; `baseline test --help` lists the options that apply",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(command: &str) -> String {
        let error = parse(command).unwrap_err();
        format!("{error}\n{}", error.hint().unwrap_or_default())
    }

    #[test]
    fn a_command_of_a_browser_is_read() {
        let command = "curl 'https://a.example/api?q=1' \\\n  -X 'PUT' \\\n  -H 'accept: */*' -H $'x-q: it\\'s' \\\n  \
            --data-raw $'{\"a\":1}' --compressed -k -sSL -o /dev/null -m 2.5 --retry 3";
        let pasted = parse(command).unwrap();
        assert_eq!(pasted.url, "https://a.example/api?q=1");
        assert_eq!(pasted.request.method.as_deref(), Some("PUT"));
        assert_eq!(pasted.request.headers, ["accept: */*", "x-q: it's"]);
        assert_eq!(pasted.request.data[0].text, "{\"a\":1}");
        assert_eq!(pasted.request.timeout.as_deref(), Some("2500000us"));
        assert!(pasted.request.insecure && pasted.request.compressed);
        let notices = pasted.notices.join("\n");
        assert!(notices.contains("redirects are not followed") && notices.contains("--retry"), "{notices}");
    }

    #[test]
    fn options_may_stand_anywhere_and_together() {
        let pasted =
            parse("/usr/bin/curl -XPOST -d a=1 --url a.example -ksd b=2 -A '' --data-binary @x").unwrap();
        assert_eq!(pasted.url, "http://a.example");
        let texts: Vec<&str> = pasted.request.data.iter().map(|data| data.text.as_str()).collect();
        assert_eq!(texts, ["a=1", "b=2", "@x"]);
        assert_eq!(pasted.request.user_agent.as_deref(), Some(""));
    }

    #[test]
    fn what_is_not_known_is_named_and_values_are_not() {
        let fake = "obviously-fake";
        let of_option = refusal(&format!("curl http://a.example --ntlm -H 'authorization: {fake}'"));
        assert!(of_option.contains("--ntlm is not known"), "{of_option}");
        for command in [
            format!("curl -F 'file={fake}' http://a.example"),
            format!("curl http://a.example '{fake}' x"),
            format!("curl http://a.example -m {fake}"),
            format!("curl http://a.example -H 'a: {fake}"),
            format!("wget http://a.example {fake}"),
            format!("curl http://a.example | grep {fake}"),
            format!("curl --token={fake} http://a.example"),
            format!("curl ^\"http://a.example^\" {fake}"),
            format!("curl 'http://a.example/{{{fake},b}}'"),
            "curl".to_owned(),
            String::new(),
        ] {
            let refusal = refusal(&command);
            assert!(!refusal.contains(fake), "{refusal}");
        }
    }

    #[test]
    fn the_options_are_consistent() {
        use clap::CommandFactory;
        CurlArguments::command().debug_assert();
    }
}
