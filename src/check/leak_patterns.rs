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

/// Where something counts that documentation writes about, too. In an error everything counts: nobody explains there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// But within `<code>`.
    Mostly,
    /// But within `<code>` and `<pre>`.
    Unquoted,
    /// The same, and not on a page of HTML.
    OffPages,
    /// Only in errors.
    InErrors,
}

/// A kind of leak.
pub(super) struct Kind {
    /// What it is, as a phrase.
    pub(super) name: &'static str,
    pub(super) harm: Harm,
    pub(super) counts: Counts,
    /// The patterns of which one must match.
    pub(super) patterns: &'static [&'static str],
}

const fn kind(name: &'static str, harm: Harm, patterns: &'static [&'static str]) -> Kind {
    Kind { name, harm, counts: Counts::Mostly, patterns }
}

const fn often(name: &'static str, harm: Harm, patterns: &'static [&'static str]) -> Kind {
    Kind { counts: Counts::Unquoted, ..kind(name, harm, patterns) }
}

const fn off_pages(name: &'static str, harm: Harm, patterns: &'static [&'static str]) -> Kind {
    Kind { counts: Counts::OffPages, ..kind(name, harm, patterns) }
}

const fn in_errors(name: &'static str, harm: Harm, patterns: &'static [&'static str]) -> Kind {
    Kind { counts: Counts::InErrors, ..kind(name, harm, patterns) }
}

/// The kinds, in the order in which they are named.
pub(super) const KINDS: &[Kind] = &[
    often(
        "a stack trace (Java)",
        Harm::Hint,
        &[
            r"(?m)^\s*at [\w$.<>]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)",
            // Tomcat writes no `at`.
            r"(?:^|\\n|\\r|\\t|[\s>])(?:at )?(?:[a-z][\w$.]{0,100}/)?(?:[a-z][\w$]*\.)+[A-Z][\w$]*\.[\w$<>]+\((?:[\w$]+\.(?:java|kt|scala):\d+|Native Method|Unknown Source)\)",
        ],
    ),
    often(
        "an exception (Java)",
        Harm::Hint,
        &[
            r"\b(?:org\.(?:hibernate|springframework|apache|postgresql|eclipse)|jakarta|javax)\.(?:[a-z]\w*\.)*[A-Z]\w*Exception\b",
        ],
    ),
    often(
        "a stack trace (Python)",
        Harm::Hint,
        &[
            r"Traceback \(most recent call last\):?(?:\s|\\[nrt]|<br ?/?>)*File ",
            r#"File \\?"[^"\n]{1,300}\.py\\?", line \d+, in "#,
        ],
    ),
    often(
        "a stack trace (Node.js)",
        Harm::Hint,
        &[
            r"\bat (?:async )?(?:new )?[\w$.<>\[\] ]{0,100}\((?:file://|node:)?[^()\s]{1,300}\.(?:js|mjs|cjs|ts|tsx):\d+:\d+\)",
            r"\bat (?:async )?(?:file://|node:|/|[A-Za-z]:\\)[^()\s]{1,300}\.(?:js|mjs|cjs|ts|tsx):\d+:\d+",
        ],
    ),
    often(
        "a stack trace (Go)",
        Harm::Hint,
        &[r"\bgoroutine \d+ \[[a-z ,\d]+\]:", r"(?:\\t|\s)/[^\s:]{1,300}\.go:\d+ \+0x[0-9a-f]+"],
    ),
    often(
        "a stack trace (Rust)",
        Harm::Hint,
        &[r"thread '[^']{1,100}'(?: \(\d+\))? panicked at ", r"\bat (?:\./|/)[^\s:]{1,300}\.rs:\d+:\d+"],
    ),
    often(
        "a stack trace (PHP)",
        Harm::Hint,
        &[
            r"(?:Fatal error|Warning|Notice|Parse error|Deprecated)(?:</b>)?: .{0,500} in (?:<b>)?[^\s<]{0,300}[/\\][^\s<]{1,300}\.php(?:</b>)? on line (?:<b>)?\d+",
            r"#\d+ [^\s]{1,300}\.php\(\d+\): ",
        ],
    ),
    often(
        "a stack trace (.NET)",
        Harm::Hint,
        &[
            r"\bat [\w.`<>\[\], +]{3,200}\([^()\n]{0,300}\) in .{1,300}\.(?:cs|vb|fs):line \d+",
            r"\bat (?:System|Microsoft)\.[\w.`<>\[\]]{3,200}\([^()\n]{0,300}\)",
        ],
    ),
    often("a stack trace (Ruby)", Harm::Hint, &[r"[\w/.\-]{1,300}\.rb:\d+:in [`'][^`'\n]{1,200}'"]),
    often(
        "a stack trace (Elixir)",
        Harm::Hint,
        &[r"\([a-z]\w* \d+\.\d+[\w.\-]{0,20}\) (?:lib|src)/[\w/.\-]{1,200}\.(?:exs?|erl):\d+: "],
    ),
    kind(
        "an SQL error (PostgreSQL)",
        Harm::Hint,
        &[
            r#"(?:ERROR:\s+|PG::\w+: |error: |Error: |\bpq: )(?:syntax error at or near|column|relation|function|operator|type) \\?"[^"]{1,200}\\?"(?: of relation \\?"[^"]{1,200}\\?")? does not exist"#,
            r#"syntax error at or near \\?""#,
            r"\bPG::[A-Z]\w+Error\b|\bPG::Undefined\w+|\bpsycopg2?\.errors\.\w+|\bSQLSTATE [0-9A-Z]{5}\b|\bPSQLException\b",
            r"(?:duplicate key value|insert or update on table .{1,200}|new row for relation .{1,200}) violates \S+(?: key)? constraint",
        ],
    ),
    in_errors(
        "an SQL error (PostgreSQL)",
        Harm::Hint,
        &[
            r#"\b(?:column|relation|function|type|schema|role|database) (?:\\?"[^"\n]{1,200}\\?"|\w+\.\w+)(?: of relation \\?"[^"\n]{1,200}\\?")? does not exist"#,
            r"\bpassword authentication failed for user |\binvalid input syntax for (?:type )?\w+: |\bno pg_hba\.conf entry for ",
        ],
    ),
    kind(
        "an SQL error (MySQL)",
        Harm::Hint,
        &[
            r"You have an error in your SQL syntax; check the manual",
            r"\bER_(?:NO_SUCH_TABLE|DUP_ENTRY|DUP_KEY|PARSE_ERROR|SYNTAX_ERROR|BAD_(?:FIELD|DB|NULL|TABLE)_ERROR|(?:DB)?ACCESS_DENIED_(?:NO_PASSWORD_)?ERROR|NO_DEFAULT_FOR_FIELD|DATA_TOO_LONG|(?:WARN_)?DATA_OUT_OF_RANGE|TRUNCATED_WRONG_VALUE|LOCK_DEADLOCK|LOCK_WAIT_TIMEOUT|NO_REFERENCED_ROW|ROW_IS_REFERENCED|WRONG_VALUE_COUNT|CON_COUNT_ERROR|TOO_MANY_USER_CONNECTIONS|NOT_SUPPORTED_AUTH_MODE|TABLE_EXISTS_ERROR|SP_DOES_NOT_EXIST|NON_UNIQ_ERROR|HOST_IS_BLOCKED|HOST_NOT_PRIVILEGED|EMPTY_QUERY|OPTION_PREVENTS_STATEMENT|QUERY_INTERRUPTED)(?:_\w{1,20})?\b",
            r"\bMySQLSyntaxErrorException\b|\bmysqli?_\w+\(\)|\bSQLSTATE\[[0-9A-Z]{5}\]",
            r"Table '[\w\-]{1,64}\.[\w\-]{1,64}' doesn't exist",
            r"\bAccess denied for user '[^'\n]{0,100}'@'[^'\n]{0,100}' \(using password",
            r"\bUnknown column '[^'\n]{1,200}' in '(?:where|field|on|order|having|group)[^'\n]{0,40}'",
        ],
    ),
    kind(
        "an SQL error (SQLite)",
        Harm::Hint,
        &[
            r#"(?:\bSQLITE_(?:ERROR|CONSTRAINT|BUSY|MISUSE|CANTOPEN|CORRUPT|READONLY|RANGE|MISMATCH|LOCKED)(?:_[A-Z]{1,20})?: |\[SQLITE_(?:ERROR|CONSTRAINT|BUSY)\w{0,20}\]|"code": ?"SQLITE_(?:ERROR|CONSTRAINT|BUSY|CANTOPEN|READONLY)(?:_(?:UNIQUE|PRIMARYKEY|FOREIGNKEY|NOTNULL|CHECK|SNAPSHOT|RECOVERY))?")"#,
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
        "an error of a database client",
        Harm::Hint,
        &[
            r"\bSequelize[A-Z]\w{1,40}Error\b|\bPrismaClient\w{1,40}Error\b|Invalid `prisma\.[\w.]{1,100}\(\)` invocation",
            r"\bMongo(?:Server|Network|Bulk|Write|Timeout)\w{0,20}(?:Error|Exception)\b|\bE11000 duplicate key error",
            r"\*\* \((?:Ecto|Postgrex|DBConnection|MyXQL)\.\w{1,60}\)|\bsqlalchemy\.exc\.\w{1,60}|\bTypeORMError\b",
        ],
    ),
    off_pages(
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
            // Paths of scripts are those of URLs unless a line follows. PHP writes `\/` for `/` in JSON.
            r#"(?:^|[\s'(>:\[`]|[^=]")(?:file://)?\\?/(?:home|Users|var\\?/(?:www|lib|log|task|opt|run)|opt|srv|usr\\?/(?:local|lib|src|share|app)|root|app|workspace|src|build|code)(?:\\?/[\w.@\-]+)+\.(?:py|rb|php|go|rs|java|cs|json|[cm]?js|tsx?)(?:[:(]\d|(?:</b>)?\W{1,6}(?:on )?line(?:\W{1,6}|\s<b>)\d)"#,
            r"\bE(?:NOENT|ACCES|PERM|ISDIR|NOTDIR)\b: [\w ,]{1,80}'[^'\n]{0,100}/[^'\n]{1,200}'|\bopen \\?/[^\s:]{1,200}: (?:permission denied|no such file or directory)",
            r#"(?:^|[\s"'(=>:\[`])[A-Za-z]:\\{1,2}(?:inetpub|xampp|wamp|www|sites|projects?|source|src|app|build|dev|work|agent)\\{1,2}[\w. \-\\]{2,300}"#,
            // Manuals name the folders of users and of programs; a source or a configuration in them is no example.
            r#"(?:^|[\s"'(=>:\[`])[A-Za-z]:\\{1,2}(?:Users|Windows|Program Files(?: \(x86\))?|ProgramData)\\{1,2}[\w. \-\\]{1,300}\.(?:cs|vb|fs|cshtml|aspx|config|py|rb|php|[cm]?js|tsx?|java|go|rs|sql|json|ya?ml|mdf|log|pdb)\b"#,
        ],
    ),
    off_pages(
        "a path of a file on the server",
        Harm::Hint,
        &[
            r#"(?:^|[\s'(>:\[`]|[^=]")(?:file://)?\\?/(?:(?:home|Users)\\?/[\w.@\-]+|var\\?/(?:www|lib|log|task|opt|run)|opt|srv|usr\\?/(?:local|lib|src|share|app)|root)(?:\\?/[\w.@\-]+)+\.(?:sql|env|ya?ml|toml|conf|ini|log|sqlite3?|db|pem|key|so)\b"#,
            r"(?:^|[^\w./])/etc/(?:passwd|shadow|nginx/|ssl/|mysql/|kubernetes/)",
        ],
    ),
    often(
        "an internal address",
        Harm::Hint,
        &[
            // A list of servers or a manual of a router names addresses, too: an error, or a URL of a network of servers.
            r"(?i)(?:refused|timed out|i/o timeout|unreachable|no route to host|reset by peer|(?:cannot|could not|failed to|unable to) connect|dial tcp|ECONN\w{3,10}|ETIMEDOUT|EHOSTUNREACH)[^\n@{}]{0,80}?[^\w.\-@](?:10\.(?:\d{1,3}\.){2}\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}):\d{2,5}\b",
            r"(?i)(?:^|[^\w.\-@])(?:10\.(?:\d{1,3}\.){2}\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}):\d{2,5}\b[^\n@{}]{0,80}?\b(?:refused|timed out|i/o timeout|unreachable|no route to host|reset by peer|(?:cannot|could not|failed to|unable to) connect|dial tcp|ECONN\w{3,10}|ETIMEDOUT|EHOSTUNREACH)",
            r"\bhttps?://(?:10\.(?:\d{1,3}\.){2}\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}):\d{2,5}\b",
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
        &[r"<title>Worker threw exception \|", r"(?i)^\s*error code: 110[12]\s*$"],
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
