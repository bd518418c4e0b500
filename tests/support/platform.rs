//! A demo server with users and pitches, what its audit counted, and journeys to send there.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use baseline::demo::{DemoConfig, DemoServer};
use serde_json::Value;

use super::folder::Folder;
use super::program::{Ended, Program, Running};

/// A server, and a folder for a scenario that is measured there.
pub(crate) struct Platform {
    server: DemoServer,
    pub(crate) folder: Folder,
}

impl Platform {
    /// A server on a free port, and a scenario with these journeys.
    pub(crate) fn with(journeys: &str) -> Self {
        let server = DemoServer::start(DemoConfig::default()).unwrap();
        let folder = Folder::new();
        let address = server.address();
        let head = format!(
            r#"schema = 1
name = "journeys"

[target]
base_url = "http://{address}"
allow_hosts = ["127.0.0.1"]

[plan]
duration = "40s"
cycle = "1s"
window = "200ms"
warm_up = "0s"

[levels]
light_load = 2
"#
        );
        folder.write(
            "accounts.csv",
            "email,password\ndemo-1@example.invalid,obviously-fake\ndemo-2@example.invalid,obviously-fake\n\
             demo-3@example.invalid,obviously-fake\n",
        );
        folder.write("journeys.toml", &format!("{head}{journeys}"));
        Self { server, folder }
    }

    /// A command with the scenario, not yet started.
    pub(crate) fn program(&self, arguments: &[&str]) -> Program {
        Program::new(self.folder.path(), &[arguments, &["--scenario", "journeys.toml"]].concat())
    }

    /// Starts a run of the scenario.
    pub(crate) fn start(&self) -> Running {
        Program::new(self.folder.path(), &["start", "journeys.toml"]).start()
    }

    /// Tests a workload of the scenario from its first request on.
    pub(crate) fn test(&self, target: &str, arguments: &[&str]) -> Ended {
        let usual = ["test", target, "light_load:2", "--warm-up", "0s", "--format", "json"];
        self.program(&[&usual, arguments].concat()).run()
    }

    /// What arrived, and every misuse.
    pub(crate) fn audit(&self) -> Value {
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        stream.write_all(b"GET /audit HTTP/1.1\r\nhost: demo\r\nconnection: close\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// How often a route was asked for.
    pub(crate) fn asked(&self, route: &str) -> u64 {
        self.audit()["requests"][route]["requests"].as_u64().unwrap_or(0)
    }

    /// Requires that nobody did anything wrong.
    pub(crate) fn expect_no_misuse(&self) {
        let audit = self.audit();
        let misuse = audit["misuse"].as_object().unwrap();
        assert!(!misuse.is_empty() && misuse.values().all(|count| *count == 0), "{audit:#}");
    }

    /// Every file below the folder, as text.
    pub(crate) fn written(&self) -> String {
        let mut all = String::new();
        let mut folders = vec![self.folder.path().join("reports")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().map_while(Result::ok) {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    all.push_str(&String::from_utf8_lossy(&fs::read(entry.path()).unwrap()));
                }
            }
        }
        all
    }
}

/// Three accounts, a row for each user.
pub(crate) const ACCOUNTS: &str = r#"
[[data]]
name = "account"
per = "user"
file = "accounts.csv"
"#;

/// A setup and five steps, with every kind of capture.
pub(crate) const FIVE: &str = r#"
[[journey]]
name = "five"

[[journey.setup]]
name = "login"
method = "POST"
path = "/api/auth/creator/login"
json = { email = "{{account.email}}", password = "{{account.password}}" }
capture = { token = "jsonpath $.token" }

[[journey.step]]
name = "create"
method = "POST"
path = "/api/pitches"
headers = { authorization = "Bearer {{token}}" }
json = { title = "Pitch {{uuid}}" }
expect = { status = [201] }
capture = { id = "pointer /data/id", place = "header location" }

[[journey.step]]
name = "read"
path = "{{place}}"
headers = { authorization = "Bearer {{token}}" }
capture = { title = "jsonpath $.data.title" }
check = ["jsonpath $.data.id == \"{{id}}\""]

[[journey.step]]
name = "form"
path = "/form"
capture = { csrf = 'regex /name="csrf" value="([^"]+)"/', session = "cookie form_session" }

[[journey.step]]
name = "post"
method = "POST"
path = "/form"
form = { csrf = "{{csrf}}", message = "{{title}} {{session}}" }
expect = { status = [303] }

[[journey.step]]
name = "delete"
method = "DELETE"
path = "/api/pitches/{{id}}"
headers = { authorization = "Bearer {{token}}" }
always = true
"#;
