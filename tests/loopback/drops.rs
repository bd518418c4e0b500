//! Connections that drop, and targets that are gone: opened again at once, asked less and less, and the pause told.

use crate::support::answers::Mode;
use crate::support::hostile::Hostile;
use crate::support::ports::refusing_url;

use super::{measure, number};

#[test]
fn a_connection_that_drops_now_and_then_is_opened_again_at_once() {
    for one_in in [100, 10] {
        let server = Hostile::start(Mode::Drops { one_in });
        let ended = measure(&server.url(), &["--requests", "2000", "--warm-up", "0ms"]);
        let result = ended.json();
        // Most requests whose kept connection closes at once are sent again; each drop takes a connection of its own.
        let (opened, expected) = (server.connections(), 2_000 / one_in);
        assert!((expected / 2..expected * 2).contains(&opened), "{opened} {result:#}");
        assert_eq!(number(&result, "connections"), opened, "{result:#}");
        // Nobody waited before the next one.
        let paused = result["backed_off_s"].as_f64().unwrap();
        assert!(paused <= 0.01 * result["duration_s"].as_f64().unwrap(), "{result:#}");
        let explained = result["generator"]["littles_law_ratio"].as_f64().unwrap();
        assert!((0.9..=1.001).contains(&explained), "{result:#}");
    }
}

#[test]
fn a_dead_target_is_asked_less_and_less_and_the_pause_is_told() {
    let ended = measure(&refusing_url(), &["--duration", "2s", "--warm-up", "0ms"]);
    let result = ended.json();
    // Two users: nine times in the first second, and one or two in the next.
    assert!((6..=24).contains(&number(&result, "requests")), "{result:#}");
    assert_eq!(result["requests"], result["errors"]["connect"], "{result:#}");
    let (paused, measured) = (&result["backed_off_s"], &result["duration_s"]);
    assert!(paused.as_f64().unwrap() > 0.95 * measured.as_f64().unwrap(), "{result:#}");
    assert!(paused.as_f64() <= measured.as_f64(), "{result:#}");
    assert_eq!(result["throughput_per_s"], 0.0, "{result:#}");
    let explained = result["generator"]["littles_law_ratio"].as_f64().unwrap();
    assert!((0.99..=1.001).contains(&explained), "{result:#}");
}
