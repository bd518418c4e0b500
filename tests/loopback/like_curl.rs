//! `baseline test` sends what curl sends for the same command line.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::recording::{Recorded, Recording};

/// What follows `curl http://127.0.0.1:PORT`; the folder has `data.txt` and `data.bin`.
const LINES: [&str; 44] = [
    "/",
    "",
    "/a/b?c=d&e=%20f",
    "/?q",
    "/a/../b/./c//d/..?x=/../y",
    "/a/../b --path-as-is",
    "/$a?$b=$$ -d '$c ${D} $$'",
    "/a -H 'X-One: 1' -H 'x-two:2'",
    "/a -H 'X-Empty;'",
    "/a -H 'Accept:'",
    "/a -H 'User-Agent:' -H 'accept: text/html'",
    "/a -H 'Host: a.example'",
    "/a -H 'x-colon: a:b: c'",
    "/a -X DELETE",
    "/a -X PROPFIND -H 'depth: 1'",
    "/a -XPURGE",
    "/a -I",
    "/a --head -H 'x: 1'",
    "/a -d a=1",
    "/a -d a=1 -d b=2 --data-raw @c",
    "/a --data-binary 'x y' -d z",
    "/a -d @data.txt",
    "/a --data-binary @data.txt",
    "/a --data-binary @data.bin",
    "/a -d ''",
    "/a -d a=1 -X PUT",
    "/a -d '{\"a\":1}' -H 'Content-Type: application/json'",
    "/a -d a=1 -H 'Content-Type:'",
    "/a --json '{\"a\": 1}'",
    "/a --json '{\"a\":' --json '1}'",
    "/a --json @data.txt -H 'accept: text/plain'",
    "/a --data-urlencode 'q=a b&c/ü' --data-urlencode 'x y'",
    "/a --data-urlencode 'f@data.txt'",
    "/a -G -d a=1 -d b=2",
    "/a?x=1 -G --data-urlencode 'q=a b'",
    "/a -u me:obviously-fake",
    "/a -u 'me:obviously fake:ü'",
    "/a -u me:x -H 'Authorization: Bearer obviously-fake'",
    "/a -A 'Mozilla/5.0 (X11)' -e http://a.example/ -b 'a=1; b=2'",
    "/a -b a=1 -b b=2",
    "/a --compressed",
    "/a --http1.1 -ksS -o /dev/null --max-time 5",
    "/a --resolve a.example:80:127.0.0.1 -x ''",
    "/a \\\n  -H 'accept: */*' \\\n  -H $'x-q: it\\'s \\u0021'  --data-raw $'{\"a\":\"b\\\\n\"}'",
];

/// Everything but what names the client and its trace, which curl has not, with lists in one order.
fn comparable(mut recorded: Recorded, line: &str) -> Recorded {
    if !line.contains("-A ") {
        recorded.headers.remove("user-agent");
    }
    recorded.headers.remove("traceparent");
    if let Some(list) = recorded.headers.get_mut("accept-encoding") {
        let words: BTreeSet<&str> = list.split(", ").collect();
        *list = words.into_iter().collect::<Vec<_>>().join(", ");
    }
    recorded
}

#[test]
fn the_same_command_line_sends_the_same_request() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("curl is not installed: nothing to compare with");
        return;
    }
    let server = Recording::start();
    let folder = Folder::new();
    folder.write("data.txt", "first=1\r\nsecond=2\n");
    std::fs::write(folder.path().join("data.bin"), [0, 255, 10, 13, 128]).unwrap();
    for rest in LINES {
        let (path, options) = rest.split_once(' ').unwrap_or((rest, ""));
        let line = format!("curl 'http://{}{path}' {options}", server.address());
        // `sh` knows no `$'…'` everywhere.
        let by_curl = Command::new("bash").args(["-c", &line]).current_dir(folder.path()).output().unwrap();
        assert!(by_curl.status.success(), "{line}: {by_curl:?}");
        let expected = server.next().map(|recorded| comparable(recorded, rest));
        let arguments = ["test", "--curl", &line, "one:1", "--requests", "1", "--warm-up", "0s"];
        let ended = Program::new(folder.path(), &arguments).run();
        let sent = server.next().map(|recorded| comparable(recorded, rest));
        assert_eq!(sent, expected, "{line}\n{ended:?}");
        assert!(sent.is_some() && server.is_quiet(), "{line}");
        let said = ended.stdout + &ended.stderr;
        assert!(!said.contains("obviously") && !said.contains("b2J2aW91c2x5"), "{line}: {said}");
    }
}

#[test]
fn options_and_a_pasted_command_send_the_same() {
    let server = Recording::start();
    let folder = Folder::new();
    let url = format!("http://{}/a", server.address());
    let load = ["one:1", "--requests", "1", "--warm-up", "0s"];
    let options = ["-H", "x-a: 1", "-d", "a=1", "-u", "me:obviously-fake", "-X", "PATCH"];
    let typed = [&["test", &url], &load[..], &options[..]].concat();
    Program::new(folder.path(), &typed).run();
    let command = format!("curl '{url}' -H 'x-a: 1' -d a=1 -u me:obviously-fake -X PATCH -L");
    let pasted = [&["test", "--curl", &command], &load[..]].concat();
    let ended = Program::new(folder.path(), &pasted).run();
    let without_trace = |recorded: Option<Recorded>| {
        recorded.map(|mut recorded| {
            assert!(recorded.headers.remove("traceparent").is_some());
            recorded
        })
    };
    let first = without_trace(server.next());
    assert!(first.is_some());
    assert_eq!(first, without_trace(server.next()));
    assert!(ended.stderr.contains("redirects are not followed"), "{ended:?}");
    // A typed option takes the place of a pasted one.
    let both = [&pasted[..], &["-X", "PUT", "-H", "X-A: 2"]].concat();
    Program::new(folder.path(), &both).run();
    let changed = server.next().unwrap();
    assert!(changed.line.starts_with("PUT /a") && changed.headers["x-a"] == "2", "{changed:?}");
}

#[test]
fn options_change_an_endpoint_of_a_scenario() {
    let server = Recording::start();
    let folder = Folder::new();
    let text = crate::support::scenario::at(&format!("http://{}", server.address()))
        + "method = \"PUT\"\nbody = \"old\"\nheaders = { X-A = \"old\", x-b = \"kept\" }\n";
    folder.write("small.toml", &text);
    let usual =
        ["test", "health", "light_load:1", "--scenario", "small.toml", "--requests", "1", "--warm-up", "0s"];
    let options = ["-H", "x-a: new", "--json", "{}", "--timeout", "5s"];
    Program::new(folder.path(), &[&usual[..], &options[..]].concat()).run();
    let sent = server.next().unwrap();
    assert_eq!(sent.line, "PUT /api/health HTTP/1.1");
    let headers = ["x-a", "x-b", "content-type", "accept"].map(|name| sent.headers[name].as_str());
    assert_eq!(headers, ["new", "kept", "application/json", "application/json"]);
    assert_eq!(sent.body, b"{}");
    let ended =
        Program::new(folder.path(), &[&usual[..], &["--connect-to", "::b.example:80"]].concat()).run();
    let said = ended.expect_refusal();
    assert!(said.contains("option --connect-to: host \"b.example\" is not in allow_hosts"), "{said}");
}

#[test]
fn what_cannot_be_sent_is_refused_and_secrets_are_not_shown() {
    let fake = "obviously-fake";
    let of = |arguments: &[&str]| {
        let all = [&["test"], arguments, &["one:1", "--requests", "1"]].concat();
        let said = Program::new(Folder::new().path(), &all).run().expect_refusal();
        assert!(!said.contains(fake), "{arguments:?}: {said}");
        said
    };
    let url = "http://127.0.0.1:9/";
    let header = format!("authorization: {fake}\u{e9}");
    let with_user = format!("http://me:{fake}@127.0.0.1:9/");
    let pasted_user = format!("curl {with_user}");
    let all = [
        of(&[url, "-H", &header]),
        of(&[url, "-H", fake]),
        of(&[url, "-u", fake]),
        of(&[url, "-b", fake]),
        of(&[url, "-d", "@no-such-file"]),
        of(&[url, "--cacert", "no-such-file"]),
        of(&[url, "-X", "post"]),
        of(&[url, "--resolve", "nonsense"]),
        of(&[url, "-x", "ftp://127.0.0.1"]),
        of(&[&with_user]),
        of(&["--curl", &pasted_user]),
        of(&["--curl", "curl http://a.example --ntlm"]),
        of(&["--curl", "curl http://a.example", url]),
    ];
    let text = all.join("\n").replace(&std::env::temp_dir().display().to_string(), "[temp]");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\[temp\]/\.tmp\w+", "[folder]");
    settings.bind(|| insta::assert_snapshot!(text));
}
