//! Health checks of what other origins may do, whole program: which findings there are, and what ends it.

use super::check_headers::{check, named, serving};

const RULES: [&str; 7] = [
    "cors.reflects_origin",
    "cors.similar_origin",
    "cors.null",
    "cors.wildcard_credentials",
    "cors.allowed",
    "cors.preflight",
    "cors.vary",
];

const SERVICE: &str = "[[service.path]]\nname = \"first\"\npath = \"/\"\n\
                       [[service.cors]]\npath = \"/api\"\nallowed_origins = [\"https://app.example\"]\n";

/// The origin of a request; empty where it has none.
fn origin(head: &str) -> &str {
    head.lines().find_map(|line| line.strip_prefix("origin: ")).unwrap_or_default()
}

fn allowing(origin: &str, more: &str) -> (u16, String) {
    (200, format!("access-control-allow-origin: {origin}\r\nvary: origin\r\n{more}"))
}

const CREDENTIALS: &str = "access-control-allow-credentials: true\r\n";
const APP: &str = "https://app.example";

/// Allows the application, as it should be, and nobody else.
fn exact(head: &str) -> (u16, String) {
    if origin(head) == APP { allowing(APP, "") } else { (200, "vary: origin\r\n".to_owned()) }
}

fn checked(answer: fn(&str) -> (u16, String), code: i32, rules: &[&str]) {
    let ended = check(&serving(answer), SERVICE);
    assert_eq!((ended.code, named(&ended, &RULES)), (Some(code), rules.to_vec()), "{ended:?}");
}

#[test]
fn sound_servers_have_no_finding() {
    checked(exact, 0, &[]);
    checked(|_| allowing("*", ""), 0, &[]);
}

#[test]
fn open_servers_are_told_apart() {
    checked(|head| allowing(origin(head), ""), 0, &["cors.reflects_origin"]);
    checked(|head| allowing(origin(head), CREDENTIALS), 1, &["cors.reflects_origin"]);
    let null = |head: &str| if origin(head) == "null" { allowing("null", CREDENTIALS) } else { exact(head) };
    checked(null, 1, &["cors.null"]);
    let prefix = |head: &str| {
        let is_similar = origin(head).starts_with(APP);
        if is_similar { allowing(origin(head), CREDENTIALS) } else { exact(head) }
    };
    checked(prefix, 1, &["cors.similar_origin"]);
    checked(|_| allowing("*", CREDENTIALS), 0, &["cors.wildcard_credentials"]);
}

#[test]
fn closed_servers_are_told_apart() {
    checked(|_| (200, String::new()), 1, &["cors.allowed"]);
    let refusing = |head: &str| if head.starts_with("OPTIONS") { (405, String::new()) } else { exact(head) };
    checked(refusing, 1, &["cors.preflight"]);
}
