//! Names whose values are secrets: keys of queries, JSON and logs, header fields, schemes of credentials.

use super::item::{Item, item, items};

/// Longest name that is looked at. Units: characters.
const LONGEST: usize = 64;

/// Names that contain one of these hold secrets.
const CONTAINED: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "credential",
    "sessionid",
    "sessid",
];
/// Names that are one of these hold secrets.
const EXACT: [&str; 7] = ["pwd", "pass", "jwt", "bearer", "csrf", "xsrf", "subscriptionkey"];
/// Names that are one of these may hold secrets, or the number of an error.
const PERHAPS: [&str; 9] = ["code", "key", "sig", "signature", "session", "sid", "auth", "otp", "cookies"];
/// Header fields whose whole value is a credential.
const CREDENTIALS: [&str; 2] = ["authorization", "proxyauthorization"];
/// Header fields that hold cookies.
const COOKIES: [&str; 2] = ["cookie", "setcookie"];
/// Schemes that are followed by one word.
const SCHEMES: [&str; 8] = ["bearer", "basic", "token", "apikey", "negotiate", "ntlm", "bot", "dpop"];

/// What a name says about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is a secret.
    Secret,
    /// It is a secret in a query, and where it looks like one.
    Perhaps,
    /// It is `Authorization`.
    Credential,
    /// It is `Cookie` or `Set-Cookie`.
    Cookie,
}

/// A name: its letters in lower case, without what separates its words.
pub(super) struct Name {
    letters: [u8; LONGEST],
    length: usize,
    /// Where it ends in the text. Units: bytes.
    pub end: usize,
}

impl Name {
    /// The name at a place; `None` where none begins there, or where it is too long to be one.
    pub(super) fn read(text: &str, at: usize) -> Option<Self> {
        let mut name = Self { letters: [0; LONGEST], length: 0, end: at };
        for (count, item) in items(text, at).enumerate() {
            if !(item.is_word() || item.byte == b'-') {
                break;
            }
            if count == LONGEST {
                return None;
            }
            if item.byte.is_ascii_alphanumeric() {
                name.letters[name.length] = item.byte.to_ascii_lowercase();
                name.length += 1;
            }
            name.end = item.end;
        }
        (name.length > 0).then_some(name)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.letters[..self.length]).unwrap_or_default()
    }

    /// What it says about its value; `None` where that is no secret.
    pub(super) fn kind(&self) -> Option<Kind> {
        let name = self.text();
        if CREDENTIALS.contains(&name) {
            Some(Kind::Credential)
        } else if COOKIES.contains(&name) {
            Some(Kind::Cookie)
        } else if EXACT.contains(&name)
            || name.ends_with("token")
            || CONTAINED.iter().any(|part| name.contains(part))
        {
            Some(Kind::Secret)
        } else if PERHAPS.contains(&name) || name.ends_with("key") {
            Some(Kind::Perhaps)
        } else {
            None
        }
    }

    /// Whether it is a scheme of credentials, after `Authorization`.
    pub(super) fn is_scheme(&self) -> bool {
        SCHEMES.contains(&self.text())
    }

    /// Whether it is a scheme of credentials, wherever it stands.
    pub(super) fn is_known_scheme(&self) -> bool {
        matches!(self.text(), "bearer" | "basic")
    }
}

/// What stands between a name and its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Separator {
    /// Where the value begins. Units: bytes.
    pub value: usize,
    /// How often the separator was encoded.
    pub depth: u8,
    /// Whether it is a colon or a space and no quotes, as in a sentence.
    pub is_prose: bool,
}

/// The separator after a name: `=`, `:`, `":`, `]=`, `=>`; a space after `--name`.
pub(super) fn separator(text: &str, name_end: usize, is_option: bool) -> Option<Separator> {
    let mut at = name_end;
    let mut is_quoted = false;
    for _ in 0..3 {
        match item(text, at) {
            Some(next) if next.is_quote() || next.byte == b']' => {
                is_quoted |= next.is_quote();
                at = next.end;
            }
            _ => break,
        }
    }
    let before = at;
    at = after_blanks(text, at);
    let sign = item(text, at)?;
    if !matches!(sign.byte, b'=' | b':') {
        let is_value = is_option && at > before && sign.byte != b'-';
        return is_value.then_some(Separator { value: at, depth: 0, is_prose: true });
    }
    let next = item(text, sign.end);
    let follows = |byte: u8| next.is_some_and(|next| next.byte == byte);
    // A path of a programming language, or the scheme of a URL.
    if sign.byte == b':' && (follows(b':') || is_scheme(text, next)) {
        return None;
    }
    let end = match next {
        Some(next) if matches!(next.byte, b'=' | b'>') => next.end,
        _ => sign.end,
    };
    Some(Separator {
        value: after_blanks(text, end),
        depth: sign.depth,
        is_prose: sign.byte == b':' && !is_quoted,
    })
}

fn is_scheme(text: &str, next: Option<Item>) -> bool {
    let slash = |item: Option<Item>| item.filter(|item| item.byte == b'/');
    slash(next).is_some_and(|first| slash(item(text, first.end)).is_some())
}

/// The place after at most four spaces or tabs.
pub(super) fn after_blanks(text: &str, at: usize) -> usize {
    let blanks = items(text, at).take(4).take_while(|item| matches!(item.byte, b' ' | b'\t'));
    blanks.last().map_or(at, |item| item.end)
}
