//! Laws of the scrubber: no planted secret survives, wherever it stands; once is enough; ordinary text stays as it is.

use std::borrow::Cow;

use baseline::domain::scrub::scrub;
use proptest::prelude::*;

use crate::support::planted::PLANTED;

/// What may stand around a secret: anything, and what the scrubber itself looks for.
fn around() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "token=",
        "password: ",
        "\"",
        "'",
        "{",
        "[",
        "(",
        "}",
        "]",
        ")",
        "&",
        "?",
        "=",
        ":",
        "://",
        "@",
        "\\",
        "%22",
        "%",
        "\n",
        "Bearer ",
        "cookie: ",
        "Authorization: ",
        "secret",
        "***",
        "-----BEGIN",
        "-----END",
        "-",
        "4111 ",
        "a@b.example",
        "eyJ",
        "é",
        "&quot;",
        "12",
        ",",
        "${",
        "{{",
        "--token ",
        "Some(",
        "null",
        "session",
        "ghp_",
    ]);
    let part = prop_oneof![3 => words.prop_map(str::to_owned), 1 => "\\PC{0,8}", 1 => any::<String>()];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As it is, percent-encoded once and twice, escaped for JSON once and twice.
fn forms(text: &str) -> [String; 5] {
    let (percent, json) = (percent_encoded(text), json_escaped(text));
    [text.to_owned(), percent_encoded(&percent), json_escaped(&json), percent, json]
}

#[test]
fn each_planted_secret_is_masked_in_every_form() {
    for planted in PLANTED {
        let (texts, secrets) = (forms(planted.text), forms(planted.secret));
        for (text, secret) in texts.iter().zip(&secrets) {
            assert!(text.contains(secret), "{text} {secret}");
            let scrubbed = scrub(text);
            assert!(!scrubbed.contains(secret), "{}: {text} became {scrubbed}", planted.kind);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_planted_secret_survives_nowhere(before in around(), after in around(), which in 0..PLANTED.len()) {
        let planted = PLANTED[which];
        let text = format!("{before} {} {after}", planted.text);
        let scrubbed = scrub(&text);
        // What stands around may hold the secret's letters, but not by chance.
        prop_assert!(!scrubbed.contains(planted.secret), "{}: {text:?} became {scrubbed:?}", planted.kind);
    }

    #[test]
    fn scrubbing_twice_changes_nothing(before in around(), after in around(), which in 0..PLANTED.len()) {
        for text in [format!("{before}{}{after}", PLANTED[which].text), before, after] {
            let once = scrub(&text).into_owned();
            let twice = scrub(&once);
            prop_assert_eq!(&*twice, &*once, "{}", text);
        }
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        let _ = scrub(&text);
    }

    #[test]
    fn ordinary_words_and_numbers_are_borrowed(
        words in prop::collection::vec(
            "[a-z]{1,9}|[0-9]{1,9}|[0-9a-f]{32}|20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z|/[a-z]{1,5}/[a-z]{1,5}|([0-9]{1,3}\\.){3}[0-9]{1,3}",
            0..20,
        ),
        between in "(, |; | = |, at )",
    ) {
        let text = words.join(&between).replace("bearer", "").replace("basic", "");
        prop_assert!(matches!(scrub(&text), Cow::Borrowed(_)), "{}: {}", text, scrub(&text));
    }
}
