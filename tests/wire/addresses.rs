//! Hosts with several addresses, addresses that stay silent, and machines without a way out.

use std::net::{IpAddr, SocketAddr, TcpListener};

use baseline::domain::endpoint::Scheme;
use baseline::domain::error_reason::ErrorReason;
use baseline::domain::plan::Network;
use baseline::domain::transport::{ConnectTo, Override, Transport};
use baseline::host::monotonic::Clock;
use baseline::http::{Connector, Opening};

use crate::support::raw_server::{RawServer, Then};

use super::{access, endpoint, exchange};

/// A transport that connects to these addresses, whatever the name.
fn to(addresses: &[IpAddr]) -> Transport {
    let to = ConnectTo::Addresses(addresses.to_vec());
    Transport { resolve: vec![Override { host: None, port: None, to }], ..Transport::default() }
}

fn ok() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec()
}

#[test]
fn a_refusing_address_is_passed_over_and_the_last_one_refuses_for_all() {
    let server = RawServer::answering(ok(), usize::MAX, Then::Close);
    let endpoint = endpoint(Scheme::Http, "shop.example", server.address().port());
    let [good, bad] = [[127, 0, 0, 1], [127, 0, 0, 9]].map(IpAddr::from);
    let asked = |addresses: &[IpAddr]| {
        exchange(&endpoint, &access("shop.example", to(addresses))).map(|response| response.status)
    };
    assert_eq!(asked(&[bad, good]), Ok(200));
    assert_eq!(asked(&[bad]), Err(ErrorReason::ConnectionRefused));
}

#[cfg(target_os = "linux")]
#[test]
fn a_silent_address_does_not_hold_up_the_next() {
    let server = RawServer::answering(ok(), usize::MAX, Then::Close);
    let port = server.address().port();
    // A listener whose queue is full drops what asks to connect: the address is silent.
    let silent = TcpListener::bind(SocketAddr::from(([127, 0, 0, 7], port))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let filled: Vec<std::net::TcpStream> = (0..300)
        .map_while(|_| {
            let address = silent.local_addr().unwrap();
            std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_millis(200)).ok()
        })
        .collect();
    assert!(filled.len() < 300, "the queue of a listener is never full here");
    let transport = to(&[[127, 0, 0, 7], [127, 0, 0, 1]].map(IpAddr::from));
    let origin = endpoint(Scheme::Http, "shop.example", port).origin;
    let connector = Connector::new(&origin, &access("shop.example", transport)).unwrap();
    let mut opening = Opening::default();
    let opened = runtime.block_on(connector.connect(&Clock::start(), 0, &mut opening)).unwrap().1;
    assert_eq!(opened.address, Some(IpAddr::from([127, 0, 0, 1])));
    // The system's own patience is more than two minutes.
    assert!(opened.connect_ns.unwrap() < 5_000_000_000, "{opened:?}");
}

#[test]
fn users_are_distributed_over_the_addresses() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let addresses = [1, 2, 3].map(|last| IpAddr::from([127, 0, 0, last]));
    let origin = endpoint(Scheme::Http, "shop.example", port).origin;
    let connector = Connector::new(&origin, &access("shop.example", to(&addresses))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reached: Vec<IpAddr> = (0..6)
        .map(|seat| {
            let mut opening = Opening::default();
            let opened = runtime.block_on(connector.connect(&Clock::start(), seat, &mut opening));
            opened.unwrap().1.address.unwrap()
        })
        .collect();
    assert_eq!(reached, [addresses, addresses].concat());
}

#[test]
fn an_address_in_place_of_a_name_must_be_allowed_too() {
    let server = RawServer::answering(ok(), usize::MAX, Then::Close);
    let endpoint = endpoint(Scheme::Http, "shop.example", server.address().port());
    let mut access = access("shop.example", to(&[IpAddr::from([127, 0, 0, 1])]));
    access.allowed.networks = vec![Network::new(IpAddr::from([10, 0, 0, 0]), 8).unwrap()];
    assert_eq!(exchange(&endpoint, &access), Err(ErrorReason::AddressNotAllowed));
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_name_that_nobody_knows_says_so() {
    let endpoint = endpoint(Scheme::Http, "baseline-test.invalid", 80);
    let found = exchange(&endpoint, &access("baseline-test.invalid", Transport::default()));
    // Without any name server the resolver fails, and does not say that there is no such name.
    let reasons = [ErrorReason::NameNotFound, ErrorReason::ResolverFailed];
    assert!(found.as_ref().is_err_and(|reason| reasons.contains(reason)), "{found:?}");
}
