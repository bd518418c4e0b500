//! Events of the live page: every window once, whatever happens to the connection, the client or the server.

use std::collections::BTreeSet;
use std::io::Write as _;

use baseline::dashboard::LiveServer;
use baseline::store::window_log;

use crate::support::folder::Folder;
use crate::support::live::{Events, address, config, connect, get, json, rehearsed};

#[test]
fn every_window_comes_once_over_a_break_and_a_restart() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let last = json(address(&server), "/api/v1/snapshot", "snapshot")["event_id"].as_u64().unwrap();
    assert!(last > 60, "{last}");
    let mut client = Events::listen(address(&server), "/api/v1/events?after=0", "");
    let mut numbers = client.groups_until(20);
    drop(client);
    let mut client = Events::listen(address(&server), "/api/v1/events?after=3", "Last-Event-ID: 20\r\n");
    numbers.extend(client.groups_until(40));
    drop(client);
    drop(server);
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let mut client = Events::listen(address(&server), "/api/v1/events", "Last-Event-ID: 40\r\n");
    numbers.extend(client.groups_until(last));
    let committed = window_log::read(&run.join(window_log::FILE)).unwrap().windows;
    let expected: BTreeSet<u64> = committed.iter().map(|window| window.number).collect();
    assert_eq!(numbers, expected.into_iter().collect::<Vec<_>>());
    // What a break may have hidden comes again: the state, and the incidents.
    let mut left = BTreeSet::from(["incident", "state"]);
    while !left.is_empty() {
        let event = client.next().unwrap();
        left.remove(event.name.as_str());
    }
}

#[test]
fn the_rows_of_a_replay_are_those_of_the_windows() {
    let folder = Folder::new();
    let server = LiveServer::of_run(&config(), &rehearsed(&folder)).unwrap();
    let mut client = Events::listen(address(&server), "/api/v1/events?after=6", "");
    let event = client.next().unwrap();
    assert_eq!((event.name.as_str(), event.id), ("window", Some(7)));
    let window = json(address(&server), "/api/v1/windows/7", "window");
    let (rows, details) = (event.data["rows"].as_array().unwrap(), window["rows"].as_array().unwrap());
    assert_eq!(rows.len(), details.len());
    for (row, detail) in rows.iter().zip(details) {
        assert_eq!(row["id"], detail["id"]);
        for (key, name) in [("mean_us", "service_time_mean_us"), ("p95_us", "service_time_p95_us")] {
            assert_eq!(row["point"][key], detail[name]);
        }
    }
}

#[test]
fn a_client_that_has_seen_another_run_loads_everything_again() {
    let folder = Folder::new();
    let server = LiveServer::of_run(&config(), &rehearsed(&folder)).unwrap();
    let mut client = Events::listen(address(&server), "/api/v1/events?after=99999", "");
    assert_eq!(client.next().unwrap().name, "reset");
    assert_eq!(client.next().unwrap().name, "state");
}

#[test]
fn clients_that_never_read_hold_up_nobody_and_there_is_room_for_a_limited_number() {
    let folder = Folder::new();
    let server = LiveServer::of_run(&config(), &rehearsed(&folder)).unwrap();
    let to = address(&server);
    assert_eq!(get(to, "/api/v1/snapshot").status, 200);
    let stuck: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = connect(to);
            stream.write_all(b"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            stream
        })
        .collect();
    let mut client = Events::listen(to, "/api/v1/events?after=0", "");
    assert_eq!(client.groups_until(60).len(), 60);
    let mut listening: Vec<Events> = (0..259).map(|_| Events::listen(to, "/api/v1/events", "")).collect();
    let refused = listening.iter().filter(|client| client.status == 503).count();
    assert_eq!(refused, 40 + 1 + 259 - 256);
    listening.retain(|client| client.status == 200);
    assert!(listening.iter_mut().all(|client| client.next().unwrap().name == "state"));
    assert_eq!(get(to, "/api/v1/snapshot").status, 200);
    drop((stuck, listening, client));
}
