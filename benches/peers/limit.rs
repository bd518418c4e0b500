//! What the loopback itself costs: the same bytes there and back over ten connections, and nothing else.
//!
//! `cargo run --release --example peer-limit -- ADDRESS:PORT USERS SECONDS` writes a request on every connection, then reads
//! each answer with one call: no event loop, no parsing, no stamps. No program that asks over sockets can cost less.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench reads the clock and prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, users, seconds] = arguments.as_slice() else { return Err("URL USERS SECONDS".into()) };
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let open = |_| {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true).map(|()| stream)
    };
    let mut streams = (0..users.parse::<u32>()?).map(open).collect::<Result<Vec<_>, _>>()?;
    let until = Instant::now() + Duration::from_secs(seconds.parse()?);
    let (mut answered, mut buffer) = (0_u64, [0_u8; 4096]);
    while Instant::now() < until {
        for stream in &mut streams {
            stream.write_all(request.as_bytes())?;
        }
        for stream in &mut streams {
            if stream.read(&mut buffer)? == 0 {
                return Err("the server closed a connection".into());
            }
            answered += 1;
        }
    }
    println!("answered {answered}");
    Ok(())
}
