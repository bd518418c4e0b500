//! Encrypted targets: HTTP/2 and HTTP/1.1 as the server chooses, and nothing for one that nobody vouches for.

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};
use crate::support::tls::{Authority, serve};

use super::number;

/// Asks a server that `authority` vouches for, trusting `trusted` alone.
fn ask(authority: &Authority, trusted: &Authority, protocol: &'static str) -> Ended {
    let folder = Folder::new();
    folder.write("roots.pem", trusted.pem());
    let url = format!("https://{}/", serve(authority, protocol));
    let arguments = ["test", &url, "light_load:2", "--requests", "6", "--format", "json"];
    let roots = folder.path().join("roots.pem");
    Program::new(folder.path(), &arguments).env("SSL_CERT_FILE", roots.to_str().unwrap()).run()
}

fn check_success(protocol: &'static str) {
    let authority = Authority::new();
    let ended = ask(&authority, &authority, protocol);
    let result = ended.json();
    assert_eq!(number(&result, "succeeded"), 6, "{protocol}: {ended:?}");
    assert_eq!(number(&result, "bytes"), 12, "{protocol}: {result:#}");
    assert_eq!(number(&result, "connections"), 2, "{protocol}: a user keeps its connection: {result:#}");
    assert!(result["phases_us"]["tls"].is_number(), "{protocol}: {result:#}");
    assert!(result["phases_us"]["connect"].is_number(), "{protocol}: {result:#}");
    // An address needs no resolving.
    assert!(result["phases_us"]["resolve"].is_null(), "{protocol}: {result:#}");
}

#[test]
fn http_2_is_spoken_where_the_server_chooses_it() {
    check_success("h2");
}

#[test]
fn http_1_is_spoken_over_tls_where_the_server_chooses_it() {
    check_success("http/1.1");
}

#[test]
fn a_server_that_nobody_vouches_for_is_a_tls_error() {
    let ended = ask(&Authority::new(), &Authority::new(), "http/1.1");
    let result = ended.json();
    assert_eq!(number(&result["errors"], "tls"), 6, "{ended:?}");
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[test]
fn a_plain_server_behind_an_encrypted_url_is_a_tls_error() {
    use crate::support::answers::Mode;
    use crate::support::hostile::Hostile;
    let server = Hostile::start(Mode::CloseEach);
    let folder = Folder::new();
    folder.write("roots.pem", Authority::new().pem());
    folder.write("small.toml", &crate::support::scenario::at(&server.url().replace("http:", "https:")));
    let arguments =
        ["test", "health", "light_load", "--scenario", "small.toml", "--requests", "2", "--format", "json"];
    let roots = folder.path().join("roots.pem");
    let ended = Program::new(folder.path(), &arguments).env("SSL_CERT_FILE", roots.to_str().unwrap()).run();
    let errors = &ended.json()["errors"];
    // A server that waits for the end of a head that never comes leaves the handshake to its timeout.
    assert_eq!(number(errors, "tls") + number(errors, "timeout"), 2, "{ended:?}");
}
