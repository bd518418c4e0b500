//! Reads the bodies of requests: small ones as a whole, uploads as they stream.
//!
//! Everything is bounded: the size of what is kept, and the time without a byte. What a body means is decided elsewhere.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use hyper::header::{self, HeaderMap};
use sha2::{Digest as _, Sha256};
use tokio::time::{sleep, timeout};

use super::platform::{Payload, Unreadable};
use super::routes::Action;

/// Largest body that is kept. Units: bytes.
const LARGEST_BODY: usize = 1_024 * 1_024;
/// An upload pauses after each piece of this size, as storage behind it would make it. Units: bytes.
const UPLOAD_PIECE: u64 = 1_024 * 1_024;
/// Time for a small body, and for each piece of an upload: as long as for the head of a request.
const PATIENCE: Duration = Duration::from_secs(75);

/// Reads what this action needs of a body; an upload pauses this long after each mebibyte.
///
/// # Errors
/// The body is too large, too slow or broken; the rest of it was not read.
pub(super) async fn take<B>(
    action: Action,
    headers: &HeaderMap,
    body: B,
    pause: Duration,
) -> Result<Payload, Unreadable>
where
    B: Body<Data = Bytes>,
{
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match action {
        Action::Signup | Action::Login | Action::PitchCreate | Action::PitchUpdate => {
            Ok(Payload::json(content_type, &whole(body).await?))
        }
        Action::FormPost => Ok(Payload::form(content_type, &whole(body).await?)),
        Action::Upload => upload(body, pause).await,
        _ => Ok(Payload::Nothing),
    }
}

/// A whole body, up to the limit. One that says that it is longer is not read at all.
async fn whole<B: Body<Data = Bytes>>(body: B) -> Result<Vec<u8>, Unreadable> {
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return Err(Unreadable::TooLarge);
    }
    let mut body = Box::pin(body);
    let read = async {
        let mut whole = Vec::new();
        while let Some(piece) = next(&mut body).await? {
            if whole.len() + piece.len() > LARGEST_BODY {
                return Err(Unreadable::TooLarge);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    };
    timeout(PATIENCE, read).await.unwrap_or(Err(Unreadable::TooSlow))
}

/// Counts and digests a body of any length without keeping it.
async fn upload<B: Body<Data = Bytes>>(body: B, pause: Duration) -> Result<Payload, Unreadable> {
    let mut body = Box::pin(body);
    let (mut bytes, mut hash) = (0, Sha256::new());
    while let Some(piece) = timeout(PATIENCE, next(&mut body)).await.unwrap_or(Err(Unreadable::TooSlow))? {
        hash.update(&piece);
        let before = bytes / UPLOAD_PIECE;
        bytes += piece.len() as u64;
        if bytes / UPLOAD_PIECE > before {
            sleep(pause).await;
        }
    }
    let mut sha256 = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(sha256, "{byte:02x}");
    }
    Ok(Payload::Upload { bytes, sha256 })
}

/// The next bytes of a body; `None` at its end.
async fn next<B: Body<Data = Bytes> + Unpin>(body: &mut B) -> Result<Option<Bytes>, Unreadable> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(_)) => return Err(Unreadable::Malformed),
            Some(Ok(frame)) => {
                // What is no data is trailers, which nobody reads.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    fn taken(action: Action, content_type: &'static str, body: Vec<u8>) -> Result<Payload, Unreadable> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(take(action, &headers, Full::new(Bytes::from(body)), Duration::ZERO))
    }

    #[test]
    fn a_small_body_has_a_limit() {
        let json = |length: usize| {
            let mut body = b"{}".to_vec();
            body.resize(length, b' ');
            taken(Action::Login, "application/json", body)
        };
        assert!(matches!(json(LARGEST_BODY), Ok(Payload::Fields(_))));
        assert_eq!(json(LARGEST_BODY + 1), Err(Unreadable::TooLarge));
        assert_eq!(taken(Action::Me, "a/b", vec![0; LARGEST_BODY + 1]), Ok(Payload::Nothing));
    }

    #[test]
    fn an_upload_has_a_digest_and_no_limit() {
        let check = |body: &[u8], expected: &str| {
            let Ok(Payload::Upload { bytes, sha256 }) = taken(Action::Upload, "a/b", body.to_vec()) else {
                panic!("not an upload")
            };
            assert_eq!((bytes, sha256.as_str()), (body.len() as u64, expected));
        };
        // The values of FIPS 180-4's examples, and of `sha256sum` for three mebibytes of zeros.
        check(b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        check(b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        check(
            &vec![0; 3 * 1_024 * 1_024],
            "bbd05cf6097ac9b1f89ea29d2542c1b7b67ee46848393895f5a9e43fa1f621e5",
        );
    }
}
