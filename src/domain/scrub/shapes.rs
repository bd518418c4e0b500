//! Secrets that are known by their shape: tokens, card numbers, e-mail addresses, credentials in URLs.

use std::ops::Range;

use super::item::{Item, item, items};
use super::value::unmasked;

/// How tokens begin, and how many characters follow at least.
const TOKENS: [(&str, usize); 32] = [
    ("ghp_", 10),
    ("gho_", 10),
    ("ghu_", 10),
    ("ghs_", 10),
    ("ghr_", 10),
    ("github_pat_", 10),
    ("glpat-", 10),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("rk_test_", 8),
    ("pk_live_", 8),
    ("whsec_", 10),
    ("sk-ant-", 10),
    ("sk-proj-", 10),
    ("sk-", 20),
    ("xoxb-", 8),
    ("xoxa-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("AIza", 20),
    ("ya29.", 16),
    ("npm_", 20),
    ("pypi-", 20),
    ("hf_", 20),
    ("dop_v1_", 16),
    ("shpat_", 16),
    ("GOCSPX-", 10),
    ("SG.", 20),
    // A JSON object in Base64: header and payload of JSON Web Tokens.
    ("eyJ", 16),
];
/// Identifiers of AWS keys: four letters, then sixteen capitals and digits.
const AWS: [&str; 4] = ["AKIA", "ASIA", "AROA", "AIDA"];
/// Longest part of an e-mail address before `@`, and after it. Units: bytes.
const LONGEST_ADDRESS: usize = 256;
/// How far a password with slashes is looked for. Units: characters.
const LONGEST_PASSWORD: usize = 64;

/// A token, or the identifier of a key, that begins at a place.
pub(super) fn token(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let is_token = TOKENS.iter().any(|(begins, least)| {
        let follows = |rest: &str| rest.bytes().take(*least).take_while(|byte| is_token_byte(*byte)).count();
        rest.strip_prefix(begins).is_some_and(|rest| follows(rest) == *least)
    });
    if is_token {
        let length = rest.bytes().take_while(|byte| is_token_byte(*byte)).count();
        return Some(at..at + rest[..length].trim_end_matches(['.', '-']).len());
    }
    let id = AWS.iter().find_map(|begins| rest.strip_prefix(begins))?;
    let length = id.bytes().take(17).take_while(u8::is_ascii_alphanumeric).count();
    let is_id = length == 16 && id[..16].bytes().all(|byte| !byte.is_ascii_lowercase());
    (is_id && !id[16..].starts_with('_')).then_some(at..at + 20)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// A number as on a card, that begins at a place: a known issuer, a right check digit, in one piece or in groups.
pub(super) fn card(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text.as_bytes()[..at].last_chunk::<2>();
    if before.is_some_and(|[first, second]| first.is_ascii_digit() && matches!(second, b'.' | b',')) {
        return None;
    }
    let mut digits = [0_u8; 19];
    let (mut count, mut groups, mut group) = (0, [0_usize; 6], 0);
    let mut separator: Option<u8> = None;
    // The longest one so far, and the end of what was read.
    let (mut found, mut end) = (None, at);
    let mut rest = items(text, at).peekable();
    loop {
        let next = rest.next();
        if let Some(digit) = next.filter(|item| item.byte.is_ascii_digit()) {
            let Some(place) = digits.get_mut(count) else { break };
            *place = digit.byte - b'0';
            count += 1;
            groups[group] += 1;
            end = digit.end;
            continue;
        }
        let is_digit_next = rest.peek().is_some_and(|next| next.byte.is_ascii_digit());
        if next.is_some_and(|next| next.is_word() || (next.byte == b'.' && is_digit_next)) {
            break;
        }
        if is_grouped(&groups[..=group], true) && is_issued(&digits[..count]) && is_luhn(&digits[..count]) {
            found = Some(at..end);
        }
        let is_separator = next.is_some_and(|next| {
            matches!(next.byte, b' ' | b'-' | b'+') && separator.is_none_or(|before| before == next.byte)
        });
        if !is_separator
            || !is_digit_next
            || group + 1 == groups.len()
            || !is_grouped(&groups[..=group], false)
        {
            break;
        }
        separator = next.map(|next| next.byte);
        group += 1;
    }
    found
}

/// Whether digits are grouped as on cards, so far or at the end: 4-4-4-4, 4-6-5, 4-6-4, or not at all.
fn is_grouped(groups: &[usize], is_whole: bool) -> bool {
    match groups {
        [one] => is_whole || *one == 4,
        [4, 6] => !is_whole,
        [4, 6, 4 | 5] => is_whole,
        [first @ .., last] => {
            first.iter().all(|group| *group == 4) && (*last == 4 || (is_whole && *last < 4))
        }
        [] => false,
    }
}

/// Whether an issuer of cards has numbers of this length that begin so. Times since 1970 begin otherwise.
fn is_issued(digits: &[u8]) -> bool {
    if digits.len() < 13 {
        return false;
    }
    let four = digits[..4].iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    match digits.len() {
        13 => digits[0] == 4,
        14 => matches!(four, 3000..=3059 | 3600..=3699 | 3800..=3999),
        15 => matches!(four, 3400..=3499 | 3700..=3799),
        16 => matches!(four, 2221..=2720 | 3528..=3589 | 4000..=6999),
        17 | 18 => matches!(four, 5000..=6999),
        _ => matches!(four, 4000..=6999),
    }
}

/// Source: Luhn's formula, ISO/IEC 7812-1, annex B.
fn is_luhn(digits: &[u8]) -> bool {
    let value = |(place, digit): (usize, &u8)| match (place % 2, u32::from(*digit)) {
        (0, digit) => digit,
        (_, digit @ 0..=4) => digit * 2,
        (_, digit) => digit * 2 - 9,
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>() % 10 == 0
}

/// An e-mail address around an `@`, not before `from`.
pub(super) fn address(text: &str, from: usize, sign: Item) -> Option<Range<usize>> {
    let end = domain_end(text, sign.end)?;
    let is_local = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '%');
    let before = text[from..sign.start].chars().rev().take_while(is_local).take(LONGEST_ADDRESS);
    let start = sign.start - before.map(char::len_utf8).sum::<usize>();
    let local = text[start..sign.start].trim_start_matches(['.', '-', '%']);
    (!local.is_empty()).then_some(sign.start - local.len()..end)
}

/// The end of the name of a host of at least two labels, the last of letters.
fn domain_end(text: &str, at: usize) -> Option<usize> {
    let part = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let length: usize = text[at..].chars().take(LONGEST_ADDRESS).take_while(part).map(char::len_utf8).sum();
    let domain = text[at..at + length].trim_end_matches(['.', '-']);
    let (host, top) = domain.rsplit_once('.')?;
    // `logo@2x.png` is a file.
    let is_scale = host.strip_suffix('x').is_some_and(|scale| scale.parse::<u8>().is_ok());
    let is_top = top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    (!host.is_empty() && !host.starts_with('.') && is_top && !is_scale).then_some(at + domain.len())
}

/// Name and password of a URL, after the colon of `https://`.
pub(super) fn user_info(text: &str, colon: Item) -> Option<Range<usize>> {
    let slash = |at: usize| item(text, at).filter(|item| item.byte == b'/');
    let start = slash(slash(colon.end)?.end)?.end;
    let is_end = |item: &Item| item.is_blank() || item.is_quote() || matches!(item.byte, b'<' | b'>');
    let (mut sign, mut port, mut is_path) = (None, None, false);
    for (count, item) in items(text, start).enumerate() {
        if item.depth > colon.depth {
            continue;
        }
        if is_end(&item) || (is_path && count > LONGEST_PASSWORD) {
            break;
        }
        match item.byte {
            b'@' => sign = Some(item.start),
            b':' if port.is_none() => port = self::item(text, item.end),
            // A slash in a password that was not encoded.
            b'/' | b'?' | b'#' => {
                let is_port = port.is_none_or(|first| first.byte.is_ascii_digit());
                if sign.is_some() || is_port {
                    break;
                }
                is_path = true;
            }
            _ => (),
        }
    }
    unmasked(text, start..sign?)
}
