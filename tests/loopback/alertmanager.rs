//! The exported configuration in a real Alertmanager: what arrives at a sink of each kind, firing and resolved, is as its
//! receiver documents it, and nothing arrives that is inhibited or outside hours.
//!
//! Needs `prometheus-alertmanager` and `amtool` on the path, and is run by hand and where they are installed:
//! `cargo test --test integration alertmanager -- --ignored`

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::ports::unused;
use crate::support::program::Program;

/// How often a sink is looked at before a message is missing.
const TRIES: u32 = 240;

/// What arrived, by path (`mail` for e-mail), in the order of arrival.
type Arrived = Arc<Mutex<Vec<(String, String)>>>;

/// A server that takes every request, and keeps its body.
fn http_sink(arrived: &Arrived) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let arrived = Arc::clone(arrived);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let arrived = Arc::clone(&arrived);
            thread::spawn(move || take(&stream, &arrived));
        }
    });
    address
}

fn take(stream: &TcpStream, arrived: &Arrived) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    // What AWS responds; the others look at the status only.
    let (status, response) = match path.as_str() {
        "/sns" | "/sns/" | "/sms" | "/sms/" => (
            "200 OK",
            "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
        ),
        "/pagerduty" => ("202 Accepted", "{\"status\":\"success\"}"),
        "/discord" => ("204 No Content", ""),
        _ => ("200 OK", "ok"),
    };
    let length = response.len();
    let text =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{response}");
    (&mut &*stream).write_all(text.as_bytes()).ok()?;
    let path = path.trim_end_matches('/').to_owned();
    arrived.lock().unwrap().push((path, String::from_utf8(body).unwrap()));
    Some(())
}

/// A mail server that takes every message.
fn mail_sink(arrived: &Arrived) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let arrived = Arc::clone(arrived);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = talk(&stream, &arrived);
        }
    });
    address
}

fn talk(stream: &TcpStream, arrived: &Arrived) -> std::io::Result<()> {
    let say = |text: &str| (&mut &*stream).write_all(format!("{text}\r\n").as_bytes());
    say("220 sink")?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next().transpose()? {
        match line.to_ascii_uppercase().split(' ').next().unwrap_or_default() {
            "DATA" => {
                say("354 go on")?;
                let mut message = String::new();
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    message = message + &line + "\n";
                }
                arrived.lock().unwrap().push(("mail".to_owned(), message));
                say("250 taken")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
    Ok(())
}

/// A program of another project, until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn scenario(http: SocketAddr, mail: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r##"schema = 1
name = "shop"
[target]
base_url = "http://127.0.0.1:9"
allow_hosts = ["127.0.0.1"]
[[endpoint]]
name = "health"
path = "/health"
[[endpoint]]
name = "search"
path = "/search"
[[receiver]]
name = "team"
kind = "slack"
channel = "#alerts"
secret_file = "{folder}/slack-url"
[[receiver]]
name = "chat"
kind = "discord"
secret_env = "DISCORD_URL"
[[receiver]]
name = "pager"
kind = "pagerduty"
priorities = ["P0", "P1"]
secret_env = "PAGER_KEY"
url = "http://{http}/pagerduty"
[[receiver]]
name = "mail"
kind = "email"
to = "oncall@example.com"
from = "baseline@example.com"
smarthost = "{mail}"
require_tls = false
[[receiver]]
name = "topic"
kind = "sns"
topic_arn = "arn:aws:sns:eu-central-1:123456789012:alerts"
url = "http://{http}/sns"
[[receiver]]
name = "phone"
kind = "sns"
phone = "+4930123456"
region = "eu-central-1"
url = "http://{http}/sms"
[[receiver]]
name = "program"
kind = "webhook"
url = "http://{http}/webhook"
[[receiver]]
name = "first-half"
kind = "webhook"
url = "http://{http}/first"
hours = "business"
days = ["mon", "tue", "wed", "thu"]
opens = "00:00"
closes = "24:00"
[[receiver]]
name = "second-half"
kind = "webhook"
url = "http://{http}/second"
hours = "business"
days = ["fri", "sat", "sun"]
opens = "00:00"
closes = "24:00"
[[receiver]]
name = "boss"
kind = "webhook"
url = "http://{http}/boss"
escalate_after = "30m"
"##
    )
}

/// The configuration as it is started, with times that a test can wait for.
fn rendered(folder: &Folder, http: SocketAddr, mail: SocketAddr) -> String {
    fs::write(folder.path().join("slack-url"), format!("http://{http}/slack\n")).unwrap();
    folder.write("shop.toml", &scenario(http, mail, folder.path()));
    let arguments = ["export", "alertmanager", "alerts", "shop.toml", "--runbooks", "https://wiki.example/r"];
    Program::new(folder.path(), &arguments).run().expect_success();
    let alerts = folder.path().join("alerts");
    let run = |program: &str, arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&alerts).envs(variables.iter().copied());
        command.output().unwrap()
    };
    let missing = run("./render.sh", &[], &[("PAGER_KEY", "obviously-fake")]);
    let said = String::from_utf8(missing.stderr).unwrap();
    assert!(
        !missing.status.success() && said.contains("DISCORD_URL") && !said.contains("PAGER_KEY"),
        "{said}"
    );
    assert!(!alerts.join("alertmanager.yml").exists());
    let discord = format!("http://{http}/discord");
    let variables = [("PAGER_KEY", "obviously-\"fake\\"), ("DISCORD_URL", discord.as_str())];
    let done = run("./render.sh", &[], &variables);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let path = alerts.join("alertmanager.yml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for (program, arguments) in
        [("amtool", &["check-config", "alertmanager.yml"][..]), ("./routes.test.sh", &[])]
    {
        let done = run(program, arguments, &[]);
        let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(done.status.success(), "{program}: {said:?}");
    }
    let text = fs::read_to_string(&path).unwrap();
    let mut quick = String::new();
    for line in text.lines() {
        let key = line.split(':').next().unwrap_or_default();
        match key.trim() {
            "group_wait" | "group_interval" => quick.extend([key, ": 1s\n"]),
            _ => quick.extend([line, "\n"]),
        }
    }
    fs::write(&path, &quick).unwrap();
    quick
}

fn post(address: SocketAddr, alerts: &Value) -> bool {
    let body = alerts.to_string();
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let length = body.len();
    let request = format!(
        "POST /api/v2/alerts HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let mut response = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut response).is_ok()
        && response.contains(" 200 ")
}

fn alert(name: &str, priority: &str, severity: &str, endpoint: &str, ends: Option<&str>) -> Value {
    let mut alert = json!({
        "labels": {
            "alertname": name, "scenario": "shop", "endpoint": endpoint, "priority": priority, "severity": severity
        },
        "annotations": {
            "summary": format!("{endpoint}: {name}"),
            "description": "5 of 5 requests fail.",
            "runbook_url": "https://wiki.example/r/unreachable.md"
        },
        "startsAt": "2026-01-01T00:00:00Z"
    });
    if let Some(ends) = ends {
        alert["endsAt"] = Value::from(ends);
    }
    alert
}

fn all(ends: Option<&str>) -> Value {
    json!([
        alert("BaselineDown", "P0", "critical", "health", ends),
        // Only follow from it.
        alert("BaselineErrorRateHigh", "P1", "error", "health", ends),
        alert("BaselineDegraded", "P2", "warning", "health", ends),
    ])
}

/// Waits until something arrived at each of these paths since a position; returns the first of each.
fn wait_for(arrived: &Arrived, since: usize, paths: &[&str]) -> BTreeMap<String, String> {
    let mut first = BTreeMap::new();
    for _ in 0..TRIES {
        for (path, body) in arrived.lock().unwrap().iter().skip(since) {
            first.entry(path.clone()).or_insert_with(|| body.clone());
        }
        if paths.iter().all(|path| first.contains_key(*path)) {
            return first;
        }
        thread::sleep(Duration::from_millis(250));
    }
    panic!("nothing at some of {paths:?}: {first:#?}");
}

const PATHS: [&str; 7] = ["/slack", "/discord", "/pagerduty", "mail", "/sns", "/sms", "/webhook"];

#[test]
#[ignore = "needs prometheus-alertmanager: see the top of this file"]
fn every_receiver_gets_its_documented_shape_once() {
    let (folder, arrived) = (Folder::new(), Arrived::default());
    let (http, mail) = (http_sink(&arrived), mail_sink(&arrived));
    let text = rendered(&folder, http, mail);
    assert!(text.contains(r#"routing_key: "obviously-\"fake\\""#), "{text}");
    let address = SocketAddr::from(([127, 0, 0, 1], unused()));
    let child = Command::new("prometheus-alertmanager")
        .arg(format!("--web.listen-address={address}"))
        .args(["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="])
        .current_dir(folder.path().join("alerts"))
        .env("AWS_ACCESS_KEY_ID", "obviously-fake")
        .env("AWS_SECRET_ACCESS_KEY", "obviously-fake")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _running = Running(child);
    let posted = (0..TRIES).any(|_| {
        thread::sleep(Duration::from_millis(250));
        post(address, &all(None))
    });
    assert!(posted, "Alertmanager does not start");
    let firing = wait_for(&arrived, 0, &PATHS);
    firing_shapes(&firing);
    let halves = |all: &BTreeMap<String, String>| ["/first", "/second"].map(|path| all.contains_key(path));
    // What comes at once has come; two more intervals show whether something comes twice.
    thread::sleep(Duration::from_secs(4));
    let seen = arrived.lock().unwrap().clone();
    for path in PATHS {
        assert_eq!(seen.iter().filter(|(at, _)| at == path).count(), 1, "{path}: {seen:#?}");
    }
    assert!(!seen.iter().any(|(path, _)| path == "/boss"), "nobody escalated");
    let once: BTreeMap<String, String> = seen.iter().cloned().collect();
    assert!(matches!(halves(&once), [true, false] | [false, true]), "one of two halves of a week: {once:#?}");
    assert!(post(address, &all(Some("2026-01-01T00:05:00Z"))));
    let resolved = wait_for(&arrived, seen.len(), &PATHS);
    let json = |path: &str| -> Value { serde_json::from_str(&resolved[path]).unwrap() };
    assert_eq!(json("/webhook")["status"], "resolved");
    assert_eq!(json("/pagerduty")["event_action"], "resolve");
    let firing: Value = serde_json::from_str(&firing["/pagerduty"]).unwrap();
    assert_eq!(json("/pagerduty")["dedup_key"], firing["dedup_key"]);
    assert_eq!(json("/slack")["attachments"][0]["color"], "good");
}

fn firing_shapes(arrived: &BTreeMap<String, String>) {
    let json = |path: &str| -> Value { serde_json::from_str(&arrived[path]).unwrap() };
    let form = |path: &str| -> BTreeMap<String, String> {
        form_urlencoded::parse(arrived[path].as_bytes()).into_owned().collect()
    };
    let (title, runbook) = ("[P0] shop: health: BaselineDown", "https://wiki.example/r/unreachable.md");
    let slack = json("/slack");
    assert_eq!(slack["channel"], "#alerts");
    let attachment = &slack["attachments"][0];
    assert_eq!((&attachment["title"], &attachment["title_link"]), (&title.into(), &runbook.into()));
    assert_eq!(attachment["color"], "danger");
    assert!(attachment["text"].as_str().unwrap().contains("5 of 5 requests fail."), "{slack:#}");
    let discord = json("/discord");
    assert_eq!(discord["embeds"][0]["title"], title, "{discord:#}");
    assert!(discord["embeds"][0]["description"].as_str().unwrap().contains(runbook), "{discord:#}");
    let pager = json("/pagerduty");
    assert_eq!(
        (&pager["event_action"], &pager["routing_key"]),
        (&"trigger".into(), &"obviously-\"fake\\".into())
    );
    let payload = &pager["payload"];
    assert_eq!((&payload["summary"], &payload["severity"]), (&title.into(), &"critical".into()), "{pager:#}");
    assert_eq!((&payload["component"], &payload["group"]), (&"health".into(), &"shop".into()));
    assert_eq!(payload["custom_details"]["runbook"], runbook);
    let mail = &arrived["mail"];
    for line in
        ["Subject: [P0] shop: health: BaselineDown", "To: oncall@example.com", "From: baseline@example.com"]
    {
        assert!(mail.lines().any(|is| is == line), "{line}: {mail}");
    }
    let topic = form("/sns");
    assert_eq!((topic["Action"].as_str(), topic["Version"].as_str()), ("Publish", "2010-03-31"));
    assert_eq!(topic["TopicArn"], "arn:aws:sns:eu-central-1:123456789012:alerts");
    assert_eq!(topic["Subject"], "[P0] shop: BaselineDown");
    assert!(topic["Message"].contains(runbook), "{topic:?}");
    let message = form("/sms");
    assert_eq!((message["PhoneNumber"].as_str(), message.get("Subject")), ("+4930123456", None));
    assert_eq!(message["Message"], format!("{title} {runbook}"));
    let webhook = json("/webhook");
    assert_eq!((&webhook["version"], &webhook["status"]), (&"4".into(), &"firing".into()));
    assert_eq!(webhook["alerts"].as_array().unwrap().len(), 1);
    assert_eq!(webhook["commonLabels"]["alertname"], "BaselineDown");
}
