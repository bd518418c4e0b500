//! The keys under `[target]` that say how connections are made.

use std::time::Duration;

use baseline::domain::plan::Plan;
use baseline::domain::transport::{AddressChoice, ConnectTo, HttpVersion, Override, Reuse};
use baseline::scenario::environment::Environment;
use baseline::scenario::{Source, check};

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::redact;
use crate::support::scenario::{MINIMAL, changed};

/// The scenario with further keys under `[target]`.
fn with(keys: &str) -> String {
    changed("timeout = \"200ms\"\n", &format!("{keys}\n"))
}

fn planned(folder: &Folder, keys: &str) -> Result<Plan, String> {
    let label = folder.path().join("s.toml").display().to_string();
    let source = Source { label, text: with(keys) };
    let checked = check(&source, &Environment::of([("CERTS", "certs")]));
    checked.map_err(|error| {
        let hint = error.hint().unwrap_or_default();
        redact::without_folder(&format!("{error}\n{hint}"), folder.path())
    })
}

#[test]
fn without_keys_connections_are_the_usual_ones() {
    let plan = planned(&Folder::new(), "").unwrap();
    assert_eq!(plan.access.transport, baseline::domain::transport::Transport::default());
    assert_eq!(plan.workloads[0].first_request().unwrap().timeout, Duration::from_secs(10));
}

#[test]
fn every_key_reaches_the_plan() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("certs")).unwrap();
    for name in ["certs/ca.pem", "me.pem", "me.key"] {
        folder.write(name, "not yet a certificate");
    }
    let plan = planned(
        &folder,
        r#"http = "1.1"
connections = "new"
addresses = "first"
ca_file = "${CERTS}/ca.pem"
client_cert = "me.pem"
client_key = "me.key"
insecure = true
server_name = "Bücher.example"
allow_networks = ["127.0.0.0/8", "::1/128"]
resolve = ["127.0.0.1:9:127.0.0.2,[::1]", "*:80:127.0.0.3"]
connect_to = ["::127.0.0.1:81", "[::1]:1::2"]"#,
    )
    .unwrap();
    let transport = plan.access.transport;
    assert_eq!(transport.version, HttpVersion::Http1);
    assert_eq!((transport.reuse, transport.addresses), (Reuse::New, AddressChoice::First));
    assert_eq!(transport.tls.ca_file, Some(folder.path().join("certs/ca.pem")));
    assert_eq!(transport.tls.client_key, Some(folder.path().join("me.key")));
    assert!(transport.tls.insecure);
    assert_eq!(transport.tls.server_name.as_deref(), Some("xn--bcher-kva.example"));
    let known = |host: Option<&str>, port, to| Override { host: host.map(str::to_owned), port, to };
    let addresses =
        |texts: &[&str]| ConnectTo::Addresses(texts.iter().map(|text| text.parse().unwrap()).collect());
    let host = |host: Option<&str>, port| ConnectTo::Host { host: host.map(str::to_owned), port };
    assert_eq!(
        transport.resolve,
        [
            known(Some("127.0.0.1"), Some(9), addresses(&["127.0.0.2", "::1"])),
            known(None, Some(80), addresses(&["127.0.0.3"])),
            known(None, None, host(Some("127.0.0.1"), Some(81))),
            known(Some("::1"), Some(1), host(None, Some(2))),
        ]
    );
}

#[test]
fn a_proxy_or_a_unix_socket_reaches_the_plan() {
    let folder = Folder::new();
    let proxy = "proxy = \"http://Proxy.example:3128\"\nallow_proxies = [\"proxy.example\"]";
    let plan = planned(&folder, proxy).unwrap();
    assert_eq!(plan.access.transport.proxy.unwrap().to_string(), "http://proxy.example:3128");
    // The address of the target is literal, so it can be compared.
    assert!(planned(&folder, &format!("{proxy}\nallow_networks = [\"127.0.0.0/8\"]")).is_ok());
    let plan = planned(&folder, "unix_socket = \"run/app.sock\"").unwrap();
    assert_eq!(plan.access.transport.unix_socket, Some(folder.path().join("run/app.sock")));
}

macro_rules! refused {
    ($($name:ident: $keys:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(planned(&Folder::new(), $keys).unwrap_err());
        })*
    };
}

refused! {
    file_that_is_not_there: "ca_file = \"ca.pem\"";
    file_that_is_a_folder: "client_cert = \".\"";
    empty_path: "ca_file = \"\"";
    key_without_a_certificate: "client_key = \"me.key\"";
    server_name_that_is_a_url: "server_name = \"https://a.example\"";
    unknown_version: "http = \"3\"";
    entry_without_an_address: "resolve = [\"a.example:80\"]";
    entry_with_a_name_for_an_address: "resolve = [\"a.example:80:b.example\"]";
    entry_without_a_port: "resolve = [\"a.example:x:127.0.0.1\"]";
    address_outside_of_the_networks: "allow_networks = [\"127.0.0.1\"]\nresolve = [\"127.0.0.1:9:127.0.0.2\"]";
    host_that_may_not_be_connected_to: "connect_to = [\"127.0.0.1:9:b.example:80\"]";
    entry_with_three_fields: "connect_to = [\"127.0.0.1:9:127.0.0.1\"]";
    proxy_that_is_not_allowed: "proxy = \"http://127.0.0.1:3128\"";
    proxy_with_credentials: "proxy = \"http://u:fake@127.0.0.1:3128\"\nallow_proxies = [\"127.0.0.1\"]";
    proxy_with_tls: "proxy = \"https://127.0.0.1:3128\"\nallow_proxies = [\"127.0.0.1\"]";
    proxy_and_socket: "proxy = \"http://127.0.0.1:3128\"\nunix_socket = \"a.sock\"";
    socket_and_other_address: "unix_socket = \"a.sock\"\nresolve = [\"127.0.0.1:9:127.0.0.1\"]";
}

#[test]
fn an_address_to_connect_to_must_be_in_the_networks() {
    let text = MINIMAL.replace(
        "allow_hosts = [\"127.0.0.1\"]",
        "allow_hosts = [\"127.0.0.1\", \"::1\"]\nallow_networks = [\"127.0.0.1\"]\nconnect_to = [\"::[::1]:\"]",
    );
    let folder = Folder::new();
    folder.write("s.toml", &text);
    let said = Program::new(folder.path(), &["scenario", "check", "s.toml"]).run().expect_refusal();
    assert!(said.contains("target.connect_to[0]: address ::1 is not in allow_networks"), "{said}");
}

#[test]
fn a_proxy_hides_the_addresses_of_names() {
    let folder = Folder::new();
    let text = MINIMAL.replace("http://127.0.0.1:9", "http://a.example").replace(
        "allow_hosts = [\"127.0.0.1\"]",
        "allow_hosts = [\"a.example\"]\nallow_networks = [\"10.0.0.0/8\"]\n\
         proxy = \"http://127.0.0.1:3128\"\nallow_proxies = [\"127.0.0.1\"]",
    );
    folder.write("s.toml", &text);
    let said = Program::new(folder.path(), &["scenario", "check", "s.toml"]).run().expect_refusal();
    insta::assert_snapshot!(said);
}

#[test]
fn methods_bodies_and_host_headers() {
    let check_endpoint = |keys: &str| {
        let folder = Folder::new();
        let source = Source {
            label: folder.path().join("s.toml").display().to_string(),
            text: format!("{MINIMAL}{keys}\n"),
        };
        check(&source, &Environment::default()).map(|_| ()).map_err(|error| {
            let text = format!("{error} ({})", error.hint().unwrap_or_default());
            redact::without_folder(&text, folder.path())
        })
    };
    assert_eq!(check_endpoint("method = \"PROPFIND\""), Ok(()));
    assert_eq!(check_endpoint("method = \"purge\""), Ok(()));
    assert_eq!(check_endpoint("headers = { host = \"a.example:81\" }"), Ok(()));
    let refused: Vec<String> = [
        "method = \"get\"",
        "method = \"CONNECT\"",
        "method = \"G T\"",
        "headers = { Host = \"a.example/x\" }",
        "body = \"x\"\nbody_file = \"y\"",
        "body_file = \"y\"",
    ]
    .map(|keys| check_endpoint(keys).unwrap_err())
    .into();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn a_file_without_a_certificate_is_found_by_the_check() {
    let folder = Folder::new();
    folder.write("ca.pem", "this is not PEM");
    let text = with("ca_file = \"ca.pem\"").replace("http://127", "https://127");
    folder.write("s.toml", &text);
    let run = |arguments: &[&str]| {
        let said = Program::new(folder.path(), arguments).run().expect_refusal();
        redact::without_folder(&said, folder.path())
    };
    let checked = run(&["scenario", "check", "s.toml"]);
    insta::assert_snapshot!(checked);
    assert_eq!(checked, run(&["start", "s.toml", "--dry-run"]));
    assert_eq!(checked, run(&["start", "s.toml"]));
}
