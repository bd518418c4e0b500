//! More than a target can do: it goes on answering what it can, and what cannot be answered in time is not sent.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Duration;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::raw_server::{RawServer, read_head};
use crate::support::scenario;

use super::number;

/// How long the server takes for each request, one after the other.
const WORK: Duration = Duration::from_millis(50);

#[test]
fn a_target_that_is_asked_for_five_times_what_it_can_do_answers_what_it_can() {
    let worker = Mutex::new(());
    let server = RawServer::serving(move |mut stream: TcpStream, _| {
        while read_head(&mut stream).is_some() {
            let turn = worker.lock().unwrap();
            std::thread::sleep(WORK);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            drop(turn);
        }
    });
    let folder = Folder::new();
    let url = format!("http://{}", server.address());
    folder.write("small.toml", &scenario::at(&url).replace("timeout = \"200ms\"", "timeout = \"1s\""));
    let arguments =
        ["test", "health", "many:30", "--scenario", "small.toml", "--rate", "100", "--duration", "5s"];
    let ended = Program::new(folder.path(), &[&arguments, ["--format", "json"].as_slice()].concat()).run();
    let result = ended.json();
    assert_eq!(number(&result, "requests"), 500, "{result:#}");
    // It can answer 100; a busy machine costs it some. Before, it was 2 % of that.
    assert!(number(&result, "succeeded") >= 60, "{result:#}");
    assert!(number(&result["errors"], "deadline") > 250, "{result:#}");
    assert!(number(&result["errors"], "timeout") <= 50, "{result:#}");
}
