//! The shapes of what bodies of responses must not show. Each pattern needs the shape of the real thing, not a word of it.
//!
//! They are matched byte by byte: `\w`, `\d` and `\s` are those of ASCII, and `\n` may be written out, as in JSON.

/// How bad it is that a body shows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Harm {
    /// It helps whoever looks for a way in.
    Hint,
    /// It is the way in: a key, a password.
    Secret,
}

/// A kind of leak.
pub(super) struct Kind {
    /// What it is, as a phrase.
    pub(super) name: &'static str,
    pub(super) harm: Harm,
    /// Whether documentation quotes it so often that it does not count within `<code>` and `<pre>`.
    pub(super) is_quoted_often: bool,
    /// The patterns of which one must match.
    pub(super) patterns: &'static [&'static str],
}

const fn kind(name: &'static str, harm: Harm, patterns: &'static [&'static str]) -> Kind {
    Kind { name, harm, is_quoted_often: false, patterns }
}

const fn often(name: &'static str, harm: Harm, patterns: &'static [&'static str]) -> Kind {
    Kind { is_quoted_often: true, ..kind(name, harm, patterns) }
}

/// The kinds, in the order in which they are named.
pub(super) const KINDS: &[Kind] = &[
    kind(
        "a stack trace (Java)",
        Harm::Hint,
        &[
            r"(?m)^\s*at [\w$.<>]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)",
            r"(?:\\n|\\r|\\t|\s)at (?:[a-z][\w$]*\.)+[A-Z][\w$]*\.[\w$<>]+\((?:[\w$]+\.(?:java|kt|scala):\d+|Native Method|Unknown Source)\)",
        ],
    ),
    kind(
        "a stack trace (Python)",
        Harm::Hint,
        &[r"Traceback \(most recent call last\)", r#"File \\?"[^"\n]{1,300}\.py\\?", line \d+, in "#],
    ),
    kind(
        "a stack trace (Node.js)",
        Harm::Hint,
        &[
            r"\bat (?:async )?(?:new )?[\w$.<>\[\] ]{0,100}\((?:file://|node:)?[^()\s]{1,300}\.(?:js|mjs|cjs|ts|tsx):\d+:\d+\)",
            r"\bat (?:async )?(?:file://|node:|/|[A-Za-z]:\\)[^()\s]{1,300}\.(?:js|mjs|cjs|ts|tsx):\d+:\d+",
        ],
    ),
    kind(
        "a stack trace (Go)",
        Harm::Hint,
        &[r"\bgoroutine \d+ \[[a-z ,\d]+\]:", r"(?:\\t|\s)/[^\s:]{1,300}\.go:\d+ \+0x[0-9a-f]+"],
    ),
    kind(
        "a stack trace (Rust)",
        Harm::Hint,
        &[r"thread '[^']{1,100}'(?: \(\d+\))? panicked at ", r"\bat (?:\./|/)[^\s:]{1,300}\.rs:\d+:\d+"],
    ),
    kind(
        "a stack trace (PHP)",
        Harm::Hint,
        &[
            r"(?:Fatal error|Warning|Notice|Parse error|Deprecated)(?:</b>)?: .{0,500} in (?:<b>)?[^\s<]{1,300}\.php(?:</b>)? on line (?:<b>)?\d+",
            r"#\d+ [^\s]{1,300}\.php\(\d+\): ",
        ],
    ),
    kind(
        "a stack trace (.NET)",
        Harm::Hint,
        &[
            r"\bat [\w.`<>\[\], +]{3,200}\([^()\n]{0,300}\) in .{1,300}\.(?:cs|vb|fs):line \d+",
            r"\bat (?:System|Microsoft)\.[\w.`<>\[\]]{3,200}\([^()\n]{0,300}\)",
        ],
    ),
    kind("a stack trace (Ruby)", Harm::Hint, &[r"[\w/.\-]{1,300}\.rb:\d+:in [`'][^`'\n]{1,200}'"]),
    kind(
        "an SQL error (PostgreSQL)",
        Harm::Hint,
        &[
            r#"(?:ERROR:\s+|PG::\w+: |error: )(?:syntax error at or near|column|relation|function|operator|type) \\?"[^"]{1,200}\\?"(?: of relation \\?"[^"]{1,200}\\?")? does not exist"#,
            r#"syntax error at or near \\?""#,
            r"\bPG::[A-Z]\w+Error\b|\bPG::Undefined\w+|\bpsycopg2?\.errors\.\w+|\bSQLSTATE [0-9A-Z]{5}\b|\bPSQLException\b",
            r"(?:duplicate key value|insert or update on table .{1,200}|new row for relation .{1,200}) violates \S+(?: key)? constraint",
        ],
    ),
    kind(
        "an SQL error (MySQL)",
        Harm::Hint,
        &[
            r"You have an error in your SQL syntax",
            r"\bER_(?:[A-Z]+_){1,6}[A-Z]+\b|\bMySQLSyntaxErrorException\b|\bmysqli?_\w+\(\)|\bSQLSTATE\[[0-9A-Z]{5}\]",
            r"Table '[\w\-]{1,64}\.[\w\-]{1,64}' doesn't exist",
        ],
    ),
    kind(
        "an SQL error (SQLite)",
        Harm::Hint,
        &[
            r"\bSQLITE_(?:ERROR|CONSTRAINT|BUSY|MISUSE|CANTOPEN|CORRUPT|READONLY|RANGE|MISMATCH|LOCKED)\w*\b",
            r"\bsqlite3\.(?:Operational|Integrity|Programming|Database)Error\b",
            r#"\bD1_(?:EXEC_)?ERROR\b|no such (?:table|column): [\w.]{1,100}(?:[\s"'\\:,.]|$)"#,
        ],
    ),
    kind(
        "an SQL error (SQL Server)",
        Harm::Hint,
        &[
            r"Unclosed quotation mark after the character string",
            r"\bSystem\.Data\.SqlClient\.|\bMicrosoft\.Data\.SqlClient\.|\bSqlException \(0x[0-9A-Fa-f]+\)",
            r"\[(?:Microsoft|SQL Server)\]\[(?:ODBC )?[^\]]{1,80}\]",
            r"Incorrect syntax near (?:the keyword )?'",
        ],
    ),
    kind("an SQL error (Oracle)", Harm::Hint, &[r"\bORA-\d{5}: "]),
    often(
        "an SQL statement",
        Harm::Hint,
        &[
            r#"(?s)\bSELECT\s[\w.*,\s"`\[\]()$?]{1,500}\sFROM\s+["`\[]?\w+["`\]]?(?:\.["`\[]?\w+["`\]]?)?\s+(?:(?:AS\s+)?\w+\s+)?(?:WHERE|LEFT JOIN|INNER JOIN|JOIN|ORDER BY|GROUP BY|LIMIT)\s"#,
            r#"\bINSERT INTO\s+["`\[]?\w[\w.]*["`\]]?\s*\([\w",`\s\[\]]{1,500}\)\s*VALUES\s*\("#,
            r#"\bUPDATE\s+["`\[]?\w[\w.]*["`\]]?\s+SET\s+["`\[]?\w+["`\]]?\s*=\s*(?:\$\d|\?|@\w|:\w|'|\d|NULL)"#,
            r#"\bDELETE FROM\s+["`\[]?\w[\w.]*["`\]]?\s+WHERE\s+["`\[]?\w+["`\]]?\s*="#,
        ],
    ),
    often(
        "a path of a file on the server",
        Harm::Hint,
        &[
            // An attribute such as `src="/home/app.js"` is a URL, and so is a script or a JSON file without a line.
            r#"(?:^|[\s'(>:\[`]|[^=]")(?:file://)?/(?:home|Users|var/(?:www|lib|log|task|opt|run)|opt|srv|usr/(?:local|lib|src|share|app)|root)/[\w.@\-]+(?:/[\w.@\-]+)*\.(?:(?:py|rb|php|go|rs|java|cs|sql|env|ya?ml|toml|conf|ini|log|sqlite3?|db|pem|key|so)\b|(?:js|mjs|cjs|ts|tsx|json)[:(]\d)"#,
            r#"(?:^|[\s'(>:\[`]|[^=]")(?:file://)?/(?:app|workspace|src|build|code)/[\w.@\-]+(?:/[\w.@\-]+)*\.(?:js|mjs|cjs|ts|tsx|py|rb|php|go|rs|java|cs)[:(]\d"#,
            r#"(?:^|[\s"'(=>:\[`])[A-Za-z]:\\{1,2}(?:inetpub|Users|Windows|Program Files(?: \(x86\))?|ProgramData|xampp|wamp|www|sites|projects?|source|src|app|build|dev|work|agent)\\{1,2}[\w. \-\\]{2,300}"#,
            r"(?:^|[^\w./])/etc/(?:passwd|shadow|nginx/|ssl/|mysql/|kubernetes/)",
        ],
    ),
    often(
        "an internal address",
        Harm::Hint,
        &[
            r"(?:^|[^\w.\-])(?:10\.(?:\d{1,3}\.){2}\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}):\d{2,5}\b",
            r"(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|connect to|dial tcp|connection to server at|upstream:?|refused by|remote_addr\W{1,4})\s+\W{0,3}(?:10\.(?:\d{1,3}\.){2}\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}|127\.0\.0\.1|localhost|::1)\b",
            r#"(?:^|[\s"'/@(=>])(?:[a-z0-9\-]+\.)+(?:svc\.cluster\.local|ec2\.internal|compute\.internal)\b"#,
        ],
    ),
    kind(
        "a private key",
        Harm::Secret,
        &[
            r"-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----(?:\s|\\n|\\r)*[A-Za-z0-9+/=]{16}",
        ],
    ),
    kind(
        "a key of a cloud account",
        Harm::Secret,
        &[
            r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
            r#"(?i)aws_?secret_?access_?key["']?\s*[:=]\s*["']?[A-Za-z0-9/+=]{40}"#,
            r"\bsk_live_[A-Za-z0-9]{16,}|\bghp_[A-Za-z0-9]{36}\b|\bxox[bp]-\d{8,}-[\w\-]{10,}",
        ],
    ),
    often(
        "a connection string",
        Harm::Secret,
        &[
            r#"\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver)(?:\+\w+)?://[^\s:/@"'<>{}\[\]]{0,100}:[^\s/@"'<>{}\[\]*]{1,200}@[\w.\-\[\]]+"#,
            r"(?i)\b(?:Server|Data Source)=[^;\s]{1,200};(?:[\w ]{1,50}=[^;\n]{0,200};){0,10}\s?(?:Password|Pwd)=[^;\s*]{1,200}",
            r"(?i)\bjdbc:\w+:[^\s]{1,300}[?&;]password=[^&;\s*]{1,100}",
        ],
    ),
    kind(
        "a debug page (Django)",
        Harm::Hint,
        &[r"You're seeing this error because you have <code>DEBUG = True</code>"],
    ),
    kind(
        "a debug page (Werkzeug)",
        Harm::Hint,
        &[
            r"(?:Werkzeug Debugger</title>|// Werkzeug Debugger|The debugger caught an exception in your WSGI application)",
        ],
    ),
    kind(
        "a debug page (Laravel)",
        Harm::Hint,
        &[
            r#"(?:window\.ignite = |class="?(?:ignition|whoops-container)|Whoops\\{1,2}Exception|Illuminate\\{1,2}(?:[A-Z]\w+\\{1,2})+\w+)"#,
        ],
    ),
    kind(
        "a debug page (Rails)",
        Harm::Hint,
        &[
            r"<title>Action Controller: Exception caught</title>",
            r"\bActionController::RoutingError \(|\bActiveRecord::\w+(?:Invalid|Error|NotFound) \(",
            r"<h2[^>]*>Rails\.root: ",
        ],
    ),
    kind(
        "a debug page (Symfony)",
        Harm::Hint,
        &[r"\bSymfony\\{1,2}Component\\{1,2}(?:[A-Z]\w+\\{1,2})+\w+Exception"],
    ),
    kind("a debug page (Spring)", Harm::Hint, &[r"<h1>Whitelabel Error Page</h1>"]),
    kind(
        "a debug page (ASP.NET)",
        Harm::Hint,
        &[
            r"<h1>Server Error in '[^'<]{0,200}' Application\.",
            r"<title>Internal Server Error</title>.{0,2000}<h1>An unhandled exception occurred while processing the request\.",
        ],
    ),
    kind(
        "an error of a worker (Cloudflare)",
        Harm::Hint,
        &[r"<title>Worker threw exception \|", r"(?i)error code: 110[12]\b"],
    ),
    kind(
        "an uncaught error (Deno)",
        Harm::Hint,
        &[
            r"\berror: Uncaught (?:\(in promise\) )?\w*Error: .{0,500}(?:\s|\\n)+at ",
            r"\bext:(?:deno_\w+|core)/[\w./]+\.js:\d+:\d+",
        ],
    ),
];
