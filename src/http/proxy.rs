//! A tunnel through an HTTP proxy: `CONNECT`, RFC 9110, section 9.3.6.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::domain::endpoint::Origin;
use crate::domain::error_reason::ErrorReason;

use super::io_reason;

/// A longer answer of a proxy is none.
const LONGEST_ANSWER: usize = 16 * 1024;

/// Asks the proxy at the other end of the stream to connect to an origin.
/// # Errors
/// [`ErrorReason::ProxyRefused`] where it answers with another status than 2xx.
pub(super) async fn open_tunnel(stream: &mut TcpStream, origin: &Origin) -> Result<(), ErrorReason> {
    let host = if origin.host.contains(':') { format!("[{}]", origin.host) } else { origin.host.clone() };
    let to = format!("{host}:{}", origin.port);
    let request = format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| io_reason::of_connecting(&error))?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the answer belongs to the tunnel.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() > LONGEST_ANSWER {
            return Err(ErrorReason::ProxyRefused);
        }
        let byte = stream.read_u8().await.map_err(|_| ErrorReason::ProxyRefused)?;
        answer.push(byte);
    }
    let is_accepted = answer.starts_with(b"HTTP/1.") && answer.get(8..10) == Some(b" 2");
    if is_accepted { Ok(()) } else { Err(ErrorReason::ProxyRefused) }
}
