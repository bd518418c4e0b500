//! Whatever a peer sends as an HTTP/1.1 answer: a result or a class, the same however the bytes are cut, and never a panic,
//! a hang or a body longer than what came.
#![no_main]

use baseline::http::parse_response;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    let [whole, cut] = [usize::MAX, 3].map(|piece| runtime.block_on(parse_response(bytes, piece)));
    assert_eq!(whole, cut);
    if let Ok((status, length)) = whole {
        assert!((200..600).contains(&status), "{status}");
        assert!(length <= bytes.len() as u64, "a body of {length} bytes out of {}", bytes.len());
    }
});
