//! `export alertmanager` and `export stack`: the files, and what is refused; `stack verify`: who is ready.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use crate::support::folder::{Folder, contents};
use crate::support::ports::refusing_url;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

const RECEIVERS: &str = r##"
[[receiver]]
name = "team"
kind = "slack"
channel = "#alerts"
secret_file = "/etc/alertmanager/slack-url"
priorities = ["P2", "P3"]
hours = "business"
[[receiver]]
name = "chat"
kind = "discord"
secret_env = "DISCORD_URL"
[[receiver]]
name = "boss"
kind = "pagerduty"
secret_file = "/etc/alertmanager/key"
escalate_after = "30m"
[[silence]]
name = "reindex"
only = ["health"]
from = "02:00"
to = "02:20"
[[silence]]
name = "it's the move"
from = "2026-12-01T02:00:00Z"
to = "2026-12-01T04:00:00Z"
"##;

fn export(folder: &Folder, arguments: &[&str]) -> Program {
    Program::new(folder.path(), &[&["export"], arguments].concat())
}

fn text(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn routes_silences_and_escalations_of_a_scenario() {
    let folder = Folder::new();
    folder.write("small.toml", &format!("{MINIMAL}{RECEIVERS}"));
    let printed = export(&folder, &["alertmanager", "a", "small.toml"]).run().expect_success();
    let names = [
        "README.md",
        "alertmanager.yml.tmpl",
        "render.sh",
        "templates/baseline.tmpl",
        "routes.test.sh",
        "escalation.rules.yml",
        "escalation.test.yml",
    ];
    assert_eq!(printed.lines().collect::<Vec<_>>(), names.map(|name| format!("a/{name}")));
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("a/render.sh"), mode("a/alertmanager.yml.tmpl")), (0o755, 0o644));
    insta::assert_snapshot!("alertmanager", text(&folder, "a/alertmanager.yml.tmpl"));
    insta::assert_snapshot!("escalation", text(&folder, "a/escalation.rules.yml"));
    let readme = text(&folder, "a/README.md");
    assert!(readme.contains("--start=2026-12-01T02:00:00Z --end=2026-12-01T04:00:00Z"), "{readme}");
    assert!(
        readme.contains(r"--comment='it'\''s the move' 'scenario=") && !readme.contains("reindex"),
        "{readme}"
    );
    let error = export(&folder, &["alertmanager", "a", "small.toml"]).run().expect_refusal();
    assert!(error.contains("already exists") && error.contains("--force"), "{error}");
    export(&folder, &["alertmanager", "a", "small.toml", "--force"]).run().expect_success();
}

#[test]
fn without_receivers_there_is_nothing_to_route() {
    let folder = Folder::new();
    folder.write("small.toml", MINIMAL);
    let error = export(&folder, &["alertmanager", "a", "small.toml"]).run().expect_refusal();
    for words in ["has no receivers", "[[receiver]]", "secret_file"] {
        assert!(error.contains(words), "{error}");
    }
    assert!(!folder.path().join("a").exists());
}

#[test]
fn a_stack_has_no_value_of_a_variable() {
    let folder = Folder::new();
    let endpoint = "[[endpoint]]\nname = \"orders\"\npath = \"/o\"\nheaders = { authorization = \"Bearer ${SHOP_TOKEN}\" }\n";
    folder.write("small.toml", &format!("{MINIMAL}{endpoint}{RECEIVERS}"));
    let stack = export(&folder, &["stack", "s", "small.toml"]);
    stack.env("SHOP_TOKEN", "obviously-fake-1").env("DISCORD_URL", "obviously-fake-2").run().expect_success();
    let files = contents(&folder.path().join("s"));
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("obviously-fake-"), "{}", name.display());
    }
    for name in
        ["compose.yaml", "prometheus/rules/escalation.rules.yml", "systemd/baseline-stack.target", "urls.txt"]
    {
        assert!(files.keys().any(|path| path.to_str() == Some(name)), "{name}: {:?}", files.keys());
    }
    insta::assert_snapshot!("stack_compose", text(&folder, "s/compose.yaml"));
    insta::assert_snapshot!("stack_prometheus", text(&folder, "s/prometheus/prometheus.yml"));
    // What needs a secret is not probed, and said so.
    let (blackbox, readme) = (text(&folder, "s/blackbox/blackbox.yml"), text(&folder, "s/README.md"));
    assert!(blackbox.contains("get-health") && !blackbox.contains("orders"), "{blackbox}");
    assert!(readme.contains("does not probe `orders`"), "{readme}");
    let environment = text(&folder, "s/.env.example");
    assert!(environment.contains("SHOP_TOKEN=obviously-fake\n") && environment.contains("DISCORD_URL="));
}

/// A server that gives each path a body, and 404 for others.
fn server(bodies: &'static [(&str, &str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 2048];
            let length = stream.read(&mut bytes).unwrap_or(0);
            let request = String::from_utf8_lossy(&bytes[..length]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let body = bodies.iter().find(|(known, _)| *known == path).map(|(_, body)| *body);
            let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
            let body = body.unwrap_or_default();
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    format!("http://{address}")
}

const TARGETS: &str = r#"{"status":"success","data":{"activeTargets":[{"labels":{"job":"node","instance":"a"},"health":"up"}]}}"#;
const RULES: &str = r#"{"status":"success","data":{"groups":[{"rules":[{"name":"x","health":"ok"}]}]}}"#;
const NO_RULES: &str = r#"{"status":"success","data":{"groups":[]}}"#;
const KNOWN: &str = r#"{"status":"success","data":{"activeAlertmanagers":[{"url":"http://a"}]}}"#;

fn verify(folder: &Folder, arguments: &[&str]) -> Program {
    Program::new(folder.path(), &[&["stack", "verify"], arguments].concat())
}

#[test]
fn a_stack_is_ready_when_every_part_is() {
    let prometheus = server(&[
        ("/-/ready", "ready"),
        ("/api/v1/rules", RULES),
        ("/api/v1/targets?state=active", TARGETS),
        ("/api/v1/alertmanagers", KNOWN),
    ]);
    let without_rules = server(&[
        ("/-/ready", "ready"),
        ("/api/v1/rules", NO_RULES),
        ("/api/v1/targets?state=active", TARGETS),
        ("/api/v1/alertmanagers", KNOWN),
    ]);
    let grafana = server(&[("/api/health", r#"{"database":"ok"}"#)]);
    let node = server(&[("/metrics", "# TYPE x gauge\nnode_load1 1\n")]);
    let folder = Folder::new();
    let ended = verify(&folder, &["--prometheus", &prometheus, "--grafana", &grafana, "--node", &node]).run();
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(
        lines[0].starts_with("prometheus")
            && lines[0].ends_with("ready: 1 rule, 1 target up, 1 Alertmanager")
    );
    assert_eq!(lines.len(), 3);
    let gone = refusing_url();
    let ended = verify(
        &folder,
        &["--prometheus", &without_rules, "--alertmanager", &node, "--baseline", &gone, "--format", "json"],
    );
    let ended = ended.run();
    assert_eq!(ended.code, Some(1));
    let output = ended.json();
    assert_eq!(output["ready"], false);
    let details: Vec<&str> =
        output["parts"].as_array().unwrap().iter().map(|part| part["detail"].as_str().unwrap()).collect();
    assert_eq!(details[..2], ["no rules are loaded", "/-/ready: status 404"]);
    assert!(details[2].contains("refused"), "{details:?}");
}

#[test]
fn what_is_no_stack_is_refused() {
    let folder = Folder::new();
    for (arguments, words) in [(&["--node", "127.0.0.1:9100"][..], "not a URL"), (&["nowhere"], "urls.txt")] {
        let error =
            Program::new(folder.path(), &[&["stack", "verify"], arguments].concat()).run().expect_refusal();
        assert!(error.contains(words), "{error}");
    }
}
