//! Where packets go, and where not one does: redirects, hosts and networks that are not allowed.

use crate::support::answers::Mode;
use crate::support::folder::{Folder, entries};
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program};
use crate::support::scenario;

use super::{measure, number};

/// Tries to reach a server with a scenario, both ways.
fn attempts(text: &str) -> [Ended; 2] {
    let folder = Folder::new();
    folder.write("small.toml", text);
    let test = ["test", "health", "light_load", "--scenario", "small.toml", "--requests", "1"];
    let start = ["start", "small.toml", "--duration", "1s"];
    [Program::new(folder.path(), &test).run(), Program::new(folder.path(), &start).run()]
}

/// Requires that a server got nothing, and the user an error that names what to change.
fn check_refused(server: &Hostile, text: &str, hint: &str) {
    for ended in attempts(text) {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains("error: ") && ended.stderr.contains("hint: "), "{ended:?}");
        assert!(ended.stderr.contains(hint), "{ended:?}");
    }
    assert_eq!(server.connections(), 0, "not one packet");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Hostile::start(Mode::Well);
    // The query may be secret, and is not shown.
    let server = Hostile::start(Mode::Redirect(format!("{}/login?token=obviously-fake", elsewhere.url())));
    let ended = measure(&server.url(), &["--requests", "4"]);
    let result = ended.json();
    assert_eq!((number(&result["errors"], "status"), number(&result["status"], "302")), (4, 4), "{result:#}");
    assert_eq!(ended.code, Some(1));
    let folder = Folder::new();
    let text = Program::new(folder.path(), &["test", &server.url(), "few:1", "--requests", "2"]).run().stdout;
    let said = format!("302 is a redirect to {}/login; redirects are not followed", elsewhere.url());
    assert!(text.contains(&said) && !text.contains("fake"), "{text}");
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_host_that_is_not_named_gets_no_packet() {
    let server = Hostile::start(Mode::Well);
    let elsewhere = scenario::at(&server.url())
        .replace(r#"allow_hosts = ["127.0.0.1"]"#, r#"allow_hosts = ["a.example"]"#);
    check_refused(&server, &elsewhere, "allow_hosts");
    let nowhere = scenario::at(&server.url()).replace(r#"allow_hosts = ["127.0.0.1"]"#, "allow_hosts = []");
    check_refused(&server, &nowhere, "allow_hosts");
}

#[test]
fn an_address_outside_the_allowed_networks_gets_no_packet() {
    let server = Hostile::start(Mode::Well);
    let networks = |text: &str| {
        scenario::at(&server.url()).replace("timeout =", &format!("allow_networks = {text}\ntimeout ="))
    };
    check_refused(&server, &networks(r#"["10.0.0.0/8"]"#), "allow_networks");
    check_refused(&server, &networks(r#"["127.0.0.2/32", "::1/128"]"#), "allow_networks");
}

#[test]
fn a_name_is_held_to_the_allowed_networks_too() {
    let server = Hostile::start(Mode::Well);
    let url = format!("http://localhost:{}", server.address().port());
    let text = scenario::at(&url).replace(
        r#"allow_hosts = ["127.0.0.1"]"#,
        "allow_hosts = [\"localhost\"]\nallow_networks = [\"10.0.0.0/8\"]",
    );
    check_refused(&server, &text, "allow_networks");
}

#[cfg(target_os = "linux")]
#[test]
fn another_address_of_the_same_machine_is_another_address() {
    let server = Hostile::on("127.0.0.2:0", Mode::Well);
    let text = scenario::at(&server.url()).replace(
        r#"allow_hosts = ["127.0.0.1"]"#,
        "allow_hosts = [\"127.0.0.2\"]\nallow_networks = [\"127.0.0.1/32\"]",
    );
    check_refused(&server, &text, "allow_networks");
}

#[test]
fn the_host_that_was_typed_is_allowed() {
    let server = Hostile::start(Mode::Well);
    let ended = measure(&format!("{}/a?b=c$d", server.url()), &["--requests", "2"]);
    assert_eq!(number(&ended.json(), "succeeded"), 2, "{ended:?}");
}

#[test]
fn a_refused_plan_leaves_no_run_behind() {
    let server = Hostile::start(Mode::Well);
    for line in ["allow_networks = [\"10.0.0.0/8\"]", "allow_networks = [\"nonsense\"]"] {
        let folder = Folder::new();
        folder.write(
            "small.toml",
            &scenario::at(&server.url()).replace("timeout =", &format!("{line}\ntimeout =")),
        );
        let ended = Program::new(folder.path(), &["start", "small.toml"]).run();
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert_eq!(entries(&folder.path().join("reports")), Vec::<std::path::PathBuf>::new(), "{line}");
    }
}
