//! `test` as people type it: a number of users, a host without a scheme.

use baseline::demo::{DemoConfig, DemoServer};

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};

fn test(arguments: &[&str]) -> Ended {
    let load = ["--requests", "40", "--warm-up", "0s", "--format", "json"];
    Program::new(Folder::new().path(), &[&["test"], arguments, &load].concat()).run()
}

fn refused(arguments: &[&str], expected: &[&str]) {
    let message = test(arguments).expect_refusal();
    for text in expected {
        assert!(message.contains(text), "{arguments:?}: {text}: {message}");
    }
}

#[test]
fn a_bare_host_and_a_plain_number_are_enough() {
    let server = DemoServer::start(DemoConfig::default()).unwrap();
    let bare = format!("{}/api/health", server.address());
    let check = |arguments: &[&str], level: &str, users: u64| {
        let ended = test(&[&[bare.as_str()], arguments].concat());
        let json = ended.json();
        // On a busy machine the window is invalid (3): what was sent is what counts here.
        assert!(matches!(ended.code, Some(0 | 3)), "{ended:?}");
        assert_eq!((&json["succeeded"], &json["failed"]), (&40.into(), &0.into()), "{json:#}");
        assert_eq!((&json["level"], &json["users"]), (&level.into(), &users.into()), "{json:#}");
        let notice = format!("note: sending to http://{bare}; write https:// for TLS");
        assert!(ended.stderr.contains(&notice), "{ended:?}");
    };
    check(&[], "1_user", 1);
    check(&["3"], "3_users", 3);
    check(&["light_load:2"], "light_load", 2);
    let whole = test(&[&format!("http://{bare}"), "2"]);
    assert!(!whole.stderr.contains("sending to"), "{whole:?}");
    let pasted = test(&["--curl", &format!("curl {bare}")]);
    assert_eq!((&pasted.json()["users"], &pasted.json()["succeeded"]), (&1.into(), &40.into()));
}

#[test]
fn an_endpoint_comes_before_a_host_of_that_name() {
    let server = DemoServer::start(DemoConfig::default()).unwrap();
    let folder = Folder::new();
    let text = crate::support::scenario::at(&format!("http://{}", server.address()))
        .replace("name = \"health\"", "name = \"api.health\"");
    folder.write("dotted.toml", &text);
    let arguments =
        ["test", "api.health", "2", "--scenario", "dotted.toml", "--requests", "20", "--format", "json"];
    let ended = Program::new(folder.path(), &arguments).run();
    assert_eq!(ended.json()["endpoint"], "api.health", "{ended:?}");
    assert!(!ended.stderr.contains("sending to"), "{ended:?}");
}

#[test]
fn what_may_mean_two_things_is_asked_back() {
    refused(
        &["web/health"],
        &["neither an endpoint nor clearly a host", "http://web/health or https://web/health"],
    );
    refused(&["/api/health"], &["`/api/health` has no host", "HOST/PATH"]);
    refused(&["health:5"], &["write the load as a word of its own: baseline test health 5"]);
    refused(&["my-service.toml", "5"], &["baseline test ENDPOINT --scenario my-service.toml"]);
    refused(&["helth"], &["has no endpoint `helth`", "health", "api.example/health"]);
    refused(&["health", "0"], &["\"0\" is not a number of users from 1 to 10000"]);
    refused(
        &["health", "much"],
        &["there is no level `much`", "such as 5", "heavy_load, light_load, normal_load"],
    );
    refused(&["me:obviously-fake@api.example/x"], &["credentials are not allowed in a URL"]);
}
