//! Signs requests as AWS wants them (Signature Version 4): the headers to add, from what is sent.
//!
//! What is signed is what stands on the wire. Paths are encoded once more and normalised, except for S3, which does neither.

use std::fmt;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::domain::template::Escape;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Proxies and connections change these, so they are not signed.
const UNSIGNED: [&str; 7] = [
    "authorization",
    "connection",
    "expect",
    "traceparent",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];
/// In place of the hash of a body that is not hashed, for S3.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Who signs, and for what.
#[derive(Clone)]
pub struct Signer {
    /// Names the key.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
    /// Belongs to a temporary key.
    pub session_token: Option<String>,
    /// For instance `eu-central-1`.
    pub region: String,
    /// For instance `execute-api`, or `s3`.
    pub service: String,
}

/// What is signed of a request.
#[derive(Clone, Copy)]
pub struct Signable<'a> {
    /// Method.
    pub method: &'a str,
    /// Path and query, as they are sent.
    pub target: &'a str,
    /// The host that is asked for.
    pub host: &'a str,
    /// The other headers that are sent.
    pub headers: &'a [(&'a str, &'a str)],
}

// Keys, tokens and headers are secrets.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Signer");
        shown.field("region", &self.region).field("service", &self.service).finish_non_exhaustive()
    }
}

/// The hash of a body, as [`Signer::sign`] wants it.
pub fn body_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

impl Signer {
    /// The headers that a request needs beside its own. `body_hash` is the SHA-256 of its body in hexadecimal digits, or
    /// [`UNSIGNED_PAYLOAD`].
    pub fn sign(
        &self,
        request: Signable<'_>,
        body_hash: &str,
        time: Timestamp,
    ) -> Vec<(&'static str, String)> {
        let stamp = time.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = stamp.get(..8).unwrap_or_default();
        let mut added = vec![("x-amz-date", stamp.clone())];
        if let Some(token) = &self.session_token {
            added.push(("x-amz-security-token", token.clone()));
        }
        if self.is_s3() {
            added.push(("x-amz-content-sha256", body_hash.to_owned()));
        }
        let of_added = added.iter().map(|(name, value)| (*name, value.as_str()));
        let all = of_added.chain([("host", request.host)]).chain(request.headers.iter().copied());
        let (headers, names) = canonical_headers(all);
        let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
        let canonical = format!(
            "{}\n{}\n{}\n{headers}\n{names}\n{body_hash}",
            request.method,
            self.canonical_path(path),
            canonical_query(query)
        );
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let to_sign =
            format!("{ALGORITHM}\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
        let signature = hex(&keyed(&self.key(day), &to_sign));
        let access_key = &self.access_key;
        let authorization = format!(
            "{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        );
        added.push(("authorization", authorization));
        added
    }

    fn is_s3(&self) -> bool {
        self.service == "s3"
    }

    /// The key of one day, region and service.
    fn key(&self, day: &str) -> [u8; 32] {
        let secret = format!("AWS4{}", self.secret_key);
        let mut key = keyed(secret.as_bytes(), day);
        for part in [self.region.as_str(), &self.service, "aws4_request"] {
            key = keyed(&key, part);
        }
        key
    }

    fn canonical_path(&self, path: &str) -> String {
        let mut canonical = Vec::new();
        // S3 takes a path as it is, and another service what is left of it.
        let segments: Vec<&str> =
            if self.is_s3() { path.split('/').skip(1).collect() } else { normalised(path) };
        for segment in segments {
            canonical.push(b'/');
            if self.is_s3() {
                encode(&decoded(segment), &mut canonical);
            } else {
                Escape::Path.append(segment, &mut canonical);
            }
        }
        if canonical.is_empty() { "/".to_owned() } else { text(canonical) }
    }
}

/// The segments of a path without `.`, `..` and empty ones; a last empty one stays.
fn normalised(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => (),
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let is_folder = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    if is_folder && !segments.is_empty() {
        segments.push("");
    }
    segments
}

/// The parameters of a query by name and value, each encoded anew.
fn canonical_query(query: &str) -> String {
    let encoded = |part: &str| {
        let mut out = Vec::new();
        encode(&decoded(&part.replace('+', " ")), &mut out);
        text(out)
    };
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<(String, String)> = parameters
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    parameters.sort();
    let parameters: Vec<String> =
        parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    parameters.join("&")
}

/// The signed headers, a line each in the order of their names, and these names.
fn canonical_headers<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> (String, String) {
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| !UNSIGNED.contains(&name.as_str()))
        // Blanks around a value, and several within it, may change on the way.
        .map(|(name, value)| {
            (name, value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        })
        .collect();
    // Stable: values of one name stay in their order.
    headers.sort_by(|one, other| one.0.cmp(&other.0));
    let (mut lines, mut names) = (String::new(), Vec::new());
    for same in headers.chunk_by(|one, other| one.0 == other.0) {
        let values: Vec<&str> = same.iter().map(|(_, value)| value.as_str()).collect();
        // Writing into a text does not fail.
        let _ = writeln!(lines, "{}:{}", same[0].0, values.join(","));
        names.push(same[0].0.as_str());
    }
    (lines, names.join(";"))
}

/// Bytes without their percent-encoding; a percent sign that encodes nothing stays.
fn decoded(part: &str) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (bytes, mut out, mut at) = (part.as_bytes(), Vec::with_capacity(part.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = (digit(bytes.get(at + 1)), digit(bytes.get(at + 2)));
        let (byte, length) = match digits {
            (Some(high), Some(low)) if *byte == b'%' => {
                (u8::try_from(high * 16 + low).unwrap_or_default(), 3)
            }
            _ => (*byte, 1),
        };
        out.push(byte);
        at += length;
    }
    out
}

/// Percent-encodes everything but unreserved characters.
fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

/// Text of bytes that were encoded.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

fn keyed(key: &[u8], message: &str) -> [u8; 32] {
    // A key of any length will do, so this does not fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of AWS's published test suite.
    fn signer() -> Signer {
        Signer {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
            region: "us-east-1".to_owned(),
            service: "service".to_owned(),
        }
    }

    fn signed(signer: &Signer, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
        let request = Signable { method, target, host: "example.amazonaws.com", headers };
        let time = "2015-08-30T12:36:00Z".parse().unwrap();
        let added = signer.sign(request, &body_hash(body.as_bytes()), time);
        added.into_iter().find(|(name, _)| *name == "authorization").unwrap().1
    }

    #[test]
    fn requests_of_the_published_suite_are_signed_as_published() {
        let check = |method: &str, target: &str, headers: &[(&str, &str)], body: &str, expected: &str| {
            let signed = signed(&signer(), method, target, headers, body);
            assert!(
                signed.ends_with(&format!("Signature={expected}")),
                "{method} {target} {headers:?}: {signed}"
            );
        };
        let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        for path in ["/", "//", "/./", "/example/..", "/example1/example2/../.."] {
            check("GET", path, &[], "", vanilla);
        }
        let one = |target: &str, expected: &str| check("GET", target, &[], "", expected);
        one(
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        );
        one("/?\u{1234}=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
        one("/\u{1234}", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
        one("/./example", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5");
        one("/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741");
        one(
            "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        );
        let trimmed = [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")];
        check("GET", "/", &trimmed, "", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
        let twice = [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")];
        check("GET", "/", &twice, "", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
        check("POST", "/", &[], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let of_form = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
        check("POST", "/", &form, "Param1=value1", of_form);
        let unsigned = [form[0], ("user-agent", "any"), ("Authorization", "any")];
        check("POST", "/", &unsigned, "Param1=value1", of_form);
    }

    #[test]
    fn a_temporary_key_sends_its_token_and_s3_the_hash() {
        let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflf\
                     KD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvl\
                     Rd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4r\
                     vx3iSIlTJabIQwj2ICCR/oLxBA==";
        let temporary = Signer { session_token: Some(token.to_owned()), ..signer() };
        let signed = signed(&temporary, "POST", "/", &[], "");
        assert!(
            signed.ends_with(
                "SignedHeaders=host;x-amz-date;x-amz-security-token, \
                 Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
            ),
            "{signed}"
        );
        let s3 = Signer { service: "s3".to_owned(), ..temporary };
        let request = Signable { method: "GET", target: "/a", host: "a.example", headers: &[] };
        let names =
            |added: Vec<(&'static str, String)>| added.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(
            names(s3.sign(request, UNSIGNED_PAYLOAD, Timestamp::UNIX_EPOCH)),
            ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "authorization"]
        );
        assert!(!format!("{s3:?}").contains("AQo") && !format!("{s3:?}").contains("AMPLE"));
    }

    #[test]
    fn s3_takes_a_path_as_it_is_sent() {
        let s3 = Signer { service: "s3".to_owned(), ..signer() };
        let check = |path: &str, expected: [&str; 2]| {
            assert_eq!([s3.canonical_path(path), signer().canonical_path(path)], expected, "{path}");
        };
        check("/a//b/../c%20d", ["/a//b/../c%20d", "/a/c%2520d"]);
        check("/(a)/%2f%", ["/%28a%29/%2F%25", "/%28a%29/%252f%25"]);
        check("/", ["/", "/"]);
        check("/a/", ["/a/", "/a/"]);
        check("/a/.", ["/a/.", "/a/"]);
    }

    #[test]
    fn a_query_is_sorted_as_it_is_encoded() {
        assert_eq!(canonical_query("b=2&a&a=%7e&%61=/&c=x+y&&d=%zz"), "a=&a=%2F&a=~&b=2&c=x%20y&d=%25zz");
        assert_eq!(canonical_query(""), "");
    }
}
