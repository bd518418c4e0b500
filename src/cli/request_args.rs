//! Options for a request and its connections, with the names and meanings that curl gives them.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::commands::test_cell::{Data, DataKind, RequestOptions};
use crate::scenario::file::HttpText;

const REQUEST: &str = "Request, as in curl";
const CONNECTION: &str = "Connection, as in curl";

/// What `test` and a pasted curl command have in common.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct RequestArguments {
    /// Send this header; repeatable.
    ///
    /// 'Name: value' sends it, 'Name;' sends it empty, and 'Name:' leaves out a header that is sent by default.
    #[arg(short = 'H', long, value_name = "LINE", allow_hyphen_values = true, help_heading = REQUEST)]
    header: Vec<String>,
    /// Method [default: GET, or POST with data]
    #[arg(short = 'X', long = "request", value_name = "METHOD", help_heading = REQUEST)]
    method: Option<String>,
    #[command(flatten)]
    data: DataArguments,
    /// Send the data in the query of the URL
    #[arg(short = 'G', long, help_heading = REQUEST, hide_short_help = true)]
    get: bool,
    /// Send `.` and `..` in the path of a URL as they are
    #[arg(long, help_heading = REQUEST, hide_short_help = true)]
    path_as_is: bool,
    /// Send a HEAD request
    #[arg(short = 'I', long, help_heading = REQUEST, hide_short_help = true)]
    head: bool,
    /// Basic authentication
    #[arg(short, long, value_name = "NAME:PASSWORD", allow_hyphen_values = true, help_heading = REQUEST)]
    user: Option<String>,
    /// Cookies, as 'NAME=VALUE; NAME=VALUE'
    #[arg(
        short = 'b',
        long,
        value_name = "COOKIES",
        allow_hyphen_values = true,
        help_heading = REQUEST,
        hide_short_help = true
    )]
    cookie: Vec<String>,
    /// User-Agent header; empty sends none
    #[arg(
        short = 'A',
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        help_heading = REQUEST,
        hide_short_help = true
    )]
    user_agent: Option<String>,
    /// Referer header
    #[arg(
        short = 'e',
        long,
        value_name = "URL",
        allow_hyphen_values = true,
        help_heading = REQUEST,
        hide_short_help = true
    )]
    referer: Option<String>,
    /// Accept compressed responses
    #[arg(long, help_heading = REQUEST, hide_short_help = true)]
    compressed: bool,

    #[command(flatten)]
    connection: ConnectionArguments,
}

/// How connections are made: what every verb that sends single requests has in common.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct ConnectionArguments {
    /// HTTP/1.1 only
    #[arg(long = "http1.1", conflicts_with_all = ["http2", "prior_knowledge"], help_heading = CONNECTION, hide_short_help = true)]
    http1: bool,
    /// HTTP/2 if the server chooses it in the TLS handshake (default)
    #[arg(long, conflicts_with = "prior_knowledge", help_heading = CONNECTION, hide_short_help = true)]
    http2: bool,
    /// HTTP/2 only, also without TLS
    #[arg(long = "http2-prior-knowledge", help_heading = CONNECTION, hide_short_help = true)]
    prior_knowledge: bool,
    /// Accept any certificate
    #[arg(short = 'k', long, help_heading = CONNECTION)]
    insecure: bool,
    /// Certificates to trust, in place of those of the system (PEM)
    #[arg(long, value_name = "FILE", help_heading = CONNECTION, hide_short_help = true)]
    cacert: Option<String>,
    /// Client certificate (PEM)
    #[arg(short = 'E', long, value_name = "FILE", help_heading = CONNECTION, hide_short_help = true)]
    cert: Option<String>,
    /// Key of the client certificate, if it is in another file (PEM)
    #[arg(long, value_name = "FILE", help_heading = CONNECTION, hide_short_help = true)]
    key: Option<String>,
    /// Addresses to use for a host and port; repeatable
    #[arg(long, value_name = "HOST:PORT:ADDRESS", help_heading = CONNECTION, hide_short_help = true)]
    resolve: Vec<String>,
    /// Another host and port to connect to; repeatable
    #[arg(
        long,
        value_name = "HOST:PORT:HOST2:PORT2",
        help_heading = CONNECTION,
        hide_short_help = true
    )]
    connect_to: Vec<String>,
    /// HTTP proxy to tunnel through; `http_proxy` is ignored
    #[arg(short = 'x', long, value_name = "URL", help_heading = CONNECTION, hide_short_help = true)]
    proxy: Option<String>,
    /// Unix socket to connect to
    #[arg(long, value_name = "PATH", help_heading = CONNECTION, hide_short_help = true)]
    unix_socket: Option<String>,
}

impl ConnectionArguments {
    /// The options, with everything about the request itself from elsewhere.
    pub(super) fn options(self, request: RequestOptions) -> RequestOptions {
        RequestOptions {
            http: match (self.http1, self.http2, self.prior_knowledge) {
                (true, _, _) => Some(HttpText::Http1),
                (_, true, _) => Some(HttpText::Negotiated),
                (_, _, true) => Some(HttpText::Http2),
                _ => None,
            },
            insecure: self.insecure,
            client_cert: self.cert,
            client_key: self.key,
            ca_file: self.cacert,
            resolve: self.resolve,
            connect_to: self.connect_to,
            proxy: self.proxy,
            unix_socket: self.unix_socket,
            ..request
        }
    }
}

impl RequestArguments {
    /// The options, with a timeout from elsewhere.
    pub(super) fn options(self, timeout: Option<String>) -> RequestOptions {
        self.connection.options(RequestOptions {
            method: self.method,
            headers: self.header,
            data: self.data.0,
            data_in_url: self.get,
            path_as_is: self.path_as_is,
            head: self.head,
            timeout,
            user: self.user,
            user_agent: self.user_agent,
            referer: self.referer,
            cookies: self.cookie,
            compressed: self.compressed,
            ..RequestOptions::default()
        })
    }
}

/// The options for data, each with its help.
const DATA: [(&str, DataKind, &str); 6] = [
    ("data", DataKind::Form, "Body, or @FILE without its line breaks; repeated data is joined with &"),
    ("json", DataKind::Json, "Body as JSON, with the headers for it, or @FILE"),
    ("data-binary", DataKind::Binary, "Body, or @FILE as it is"),
    ("data-raw", DataKind::Raw, "Body, also if it starts with @"),
    (
        "data-urlencode",
        DataKind::Urlencoded,
        "Body to percent-encode: CONTENT, NAME=CONTENT, @FILE or NAME@FILE",
    ),
    ("data-ascii", DataKind::Form, "Same as --data"),
];
/// The options that the short help shows.
const SHORT_DATA: [&str; 2] = ["data", "json"];

/// All data of a command line, in its order, which a derived parser loses.
#[derive(Clone, Default)]
struct DataArguments(Vec<Data>);

// Data may be secret.
impl std::fmt::Debug for DataArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} pieces", self.0.len())
    }
}

impl Args for DataArguments {
    fn augment_args(command: Command) -> Command {
        DATA.into_iter().fold(command, |command, (name, _, help)| {
            let argument = clap::Arg::new(name)
                .long(name)
                .value_name("DATA")
                .help(help)
                .help_heading(REQUEST)
                .action(clap::ArgAction::Append)
                .allow_hyphen_values(true)
                .hide(name == "data-ascii")
                .hide_short_help(!SHORT_DATA.contains(&name));
            command.arg(if name == "data" { argument.short('d') } else { argument })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for DataArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut all: Vec<(usize, Data)> = Vec::new();
        for (name, kind, _) in DATA {
            let indices = matches.indices_of(name).into_iter().flatten();
            let values = matches.get_many::<String>(name).into_iter().flatten();
            all.extend(indices.zip(values).map(|(index, text)| (index, Data { kind, text: text.clone() })));
        }
        all.sort_by_key(|(index, _)| *index);
        Ok(Self(all.into_iter().map(|(_, data)| data).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
