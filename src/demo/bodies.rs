//! The bodies of the five routes: bytes and their lengths. Pure; independent of HTTP.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;

const HEALTH_BEFORE: &str = r#"{"status":"ok","service":"demo","uptime_s":"#;
const COMPONENTS: &str = concat!(
    r#","components":{"database":{"status":"ok","pool":{"size":20,"idle":14}},"#,
    r#""cache":{"status":"ok","hit_ratio":0.8},"#,
    r#""storage":{"status":"ok"},"email":{"status":"ok"}}}"#,
);
/// What a service says that is ready for its users.
const READY: &str = concat!(
    r#","environment":"production","redis":{"enabled":true,"status":"ok"},"sentry":{"enabled":true},"#,
    r#""database":{"status":"ok","pool":{"size":20,"idle":14}}}"#,
);
/// What a service says that was never made ready: no cache, no telemetry, settings of a developer.
const NOT_READY: &str = concat!(
    r#","environment":"development","redis":{"enabled":false,"status":"disabled"},"sentry":{"enabled":false},"#,
    r#""database":{"status":"ok","pool":{"size":20,"idle":14}}}"#,
);
const AUTH: &str = r#"{"authenticated":false}"#;
const LANDING: &str = r#"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Demo: where pitches meet producers</title>
  <meta name="description" content="The built-in demo server. Its responses include their work times.">
</head>
<body>
  <main>
    <h1>Where pitches meet producers</h1>
    <p>Browse what is new, follow what you like, and meet the people behind it.</p>
    <p><a href="/api/pitches/browse/enhanced">Browse pitches</a></p>
  </main>
</body>
</html>
"#;
const LOGLINE: &str = "Somebody makes a choice that cannot be taken back.";
/// Title, genre and format of the pitches listed; twelve make a list of about 2 kB.
const PITCHES: [(&str, &str, &str); 12] = [
    ("The Last Lighthouse", "drama", "feature"),
    ("Copper Canyon", "western", "series"),
    ("A Quiet Frequency", "thriller", "feature"),
    ("Paper Satellites", "science fiction", "feature"),
    ("The Understudy", "comedy", "series"),
    ("North of Nowhere", "adventure", "feature"),
    ("Salt and Iron", "historical", "limited series"),
    ("Second Shift", "crime", "series"),
    ("The Cartographer", "mystery", "feature"),
    ("Low Tide", "horror", "short"),
    ("Two Doors Down", "romance", "feature"),
    ("Night Market", "documentary", "series"),
];

/// The response body of one route.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// The same bytes for every request.
    Fixed(Bytes),
    /// Text with the server's uptime in whole seconds in between.
    WithUptime { before: &'static str, after: &'static str },
}

impl Body {
    /// Length in bytes at this time since the server's start; always equal to that of [`Body::render`].
    pub(super) fn length(&self, since_start: Duration) -> u32 {
        let bytes = match self {
            Self::Fixed(bytes) => bytes.len(),
            Self::WithUptime { before, after } => before.len() + digits(since_start.as_secs()) + after.len(),
        };
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// The bytes of the body at this time since the server's start.
    pub(super) fn render(&self, since_start: Duration) -> Bytes {
        match self {
            Self::Fixed(bytes) => bytes.clone(),
            Self::WithUptime { before, after } => {
                Bytes::from(format!("{before}{}{after}", since_start.as_secs()))
            }
        }
    }
}

/// Health: status, service name and uptime.
pub(super) fn health() -> Body {
    Body::WithUptime { before: HEALTH_BEFORE, after: "}" }
}

/// Health, with the status of each component.
pub(super) fn health_detailed() -> Body {
    Body::WithUptime { before: HEALTH_BEFORE, after: COMPONENTS }
}

/// Health, with what a service of a platform says about itself.
pub(super) fn health_of_service(is_in_development: bool) -> Body {
    let after = if is_in_development { NOT_READY } else { READY };
    Body::WithUptime { before: HEALTH_BEFORE, after }
}

/// The list of pitches, about 2 kB of JSON.
pub(super) fn browse() -> Body {
    let mut list = String::from(r#"{"success":true,"pitches":["#);
    for (index, (title, genre, format)) in PITCHES.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let (id, views, likes) = (index + 1, 1_200 - 97 * index, 240 - 19 * index);
        // Writing to a string cannot fail.
        let _ = write!(
            list,
            r#"{comma}{{"id":{id},"title":"{title}","genre":"{genre}","format":"{format}","logline":"{LOGLINE}","views":{views},"likes":{likes}}}"#,
        );
    }
    let _ = write!(list, r#"],"page":1,"total":{}}}"#, PITCHES.len());
    Body::Fixed(Bytes::from(list))
}

/// The body for a client that is not logged in.
pub(super) fn auth_check() -> Body {
    Body::Fixed(Bytes::from_static(AUTH.as_bytes()))
}

/// The landing page, a short HTML document.
pub(super) fn landing() -> Body {
    Body::Fixed(Bytes::from_static(LANDING.as_bytes()))
}

fn digits(number: u64) -> usize {
    // Zero has no logarithm and one digit.
    number.checked_ilog10().map_or(1, |power| power as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &Body, expected: &[&str]) {
        for seconds in [0, 9, 10, 99, 100, 86_400, u64::MAX] {
            let since_start = Duration::from_secs(seconds);
            let bytes = body.render(since_start);
            assert_eq!(bytes.len(), body.length(since_start) as usize);
            let text = std::str::from_utf8(&bytes).unwrap();
            for part in expected {
                assert!(text.contains(part), "{part} in {text}");
            }
            if text.starts_with('{') {
                serde_json::from_str::<serde_json::Value>(text).unwrap();
            }
        }
    }

    #[test]
    fn are_valid_and_as_long_as_they_say() {
        check(&health(), &[r#"{"status":"ok","service":"demo","uptime_s":"#]);
        check(&health_detailed(), &[r#""status":"ok""#, r#""components":{"database""#]);
        check(&health_of_service(false), &[r#""environment":"production""#, r#""redis":{"enabled":true"#]);
        check(&health_of_service(true), &[r#""environment":"development""#, r#""redis":{"enabled":false"#]);
        check(&browse(), &[r#""pitches":[{"id":1,"#, r#""total":12"#]);
        check(&auth_check(), &[r#"{"authenticated":false}"#]);
        check(&landing(), &["<title>", "</html>"]);
    }

    #[test]
    fn the_list_is_about_two_kilobytes() {
        assert!(
            (1_800..2_400).contains(&browse().length(Duration::ZERO)),
            "{}",
            browse().length(Duration::ZERO)
        );
    }

    #[test]
    fn the_uptime_is_in_whole_seconds() {
        let body = health().render(Duration::from_millis(61_900));
        assert_eq!(&body[..], br#"{"status":"ok","service":"demo","uptime_s":61}"#);
    }
}
