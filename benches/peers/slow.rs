//! A server that takes 5 ms for each request: `cargo run --release --example peer-slow -- PORT`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).ok_or("PORT")?.parse::<u16>()?;
    for stream in TcpListener::bind(("127.0.0.1", port))?.incoming() {
        let stream = stream?;
        std::thread::spawn(move || converse(stream));
    }
    Ok(())
}

fn converse(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut request = [0_u8; 4_096];
    // A request is one small packet on the loopback.
    while let Ok(1..) = stream.read(&mut request) {
        std::thread::sleep(Duration::from_millis(5));
        if stream
            .write_all(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
            .is_err()
        {
            return;
        }
    }
}
