//! `check --rate-limits`: the program reaches a documented limit, sends one request beyond it, and waits as it is asked to.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};
use crate::support::raw_server::{RawServer, Then, finish, read_head};

/// Requests that were served and refused.
type Counted = Arc<Mutex<(u64, u64)>>;

/// Serves this many requests in each two seconds, from the first one on.
#[expect(clippy::disallowed_methods, reason = "a limiter has a clock of its own")]
fn limiter(most: u64) -> (RawServer, Counted) {
    let counted = Counted::default();
    let (all, stretch) = (Arc::clone(&counted), Mutex::new((None::<Instant>, 0)));
    let server = RawServer::serving(move |mut stream, _| {
        if read_head(&mut stream).is_none() {
            return;
        }
        let per = Duration::from_secs(2);
        let mut stretch = stretch.lock().unwrap();
        let began = *stretch.0.get_or_insert_with(Instant::now);
        if began.elapsed() >= per {
            *stretch = (Some(Instant::now()), 0);
        }
        let left = per.saturating_sub(stretch.0.map_or(per, |began| began.elapsed()));
        let is_refused = stretch.1 >= most;
        stretch.1 += u64::from(!is_refused);
        drop(stretch);
        let mut all = all.lock().unwrap();
        *if is_refused { &mut all.1 } else { &mut all.0 } += 1;
        drop(all);
        let response = if is_refused {
            let reset = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + left;
            format!(
                "HTTP/1.1 429 Too Many Requests\r\nretry-after: {}\r\nx-ratelimit-remaining: 0\r\n\
                 x-ratelimit-reset: {}\r\ncontent-length: 19\r\nconnection: close\r\n\r\nRate limit exceeded",
                left.as_millis().div_ceil(1_000),
                reset.as_millis()
            )
        } else {
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_owned()
        };
        let _ = stream.write_all(response.as_bytes());
        finish(&mut stream, Then::Close);
    });
    (server, counted)
}

fn check(server: &RawServer, documented: u64) -> Ended {
    let folder = Folder::new();
    let scenario = format!(
        "schema = 1\nname = \"limits\"\n[target]\nbase_url = \"http://{}\"\nallow_hosts = [\"127.0.0.1\"]\ntimeout = \"2s\"\n\
         [check]\nsamples = 2\n[[service]]\nname = \"api\"\n[[service.path]]\nname = \"health\"\npath = \"/api/health\"\n\
         [[rate_limit]]\npath = \"/api/*\"\nlimits = [{{ requests = {documented}, per = \"2s\" }}]\n",
        server.address()
    );
    folder.write("limits.toml", &scenario);
    let arguments = ["check", "limits.toml", "--rate-limits", "--max-wait", "5s", "--format", "json"];
    Program::new(folder.path(), &arguments).run()
}

#[test]
fn a_limit_as_documented_gets_one_request_beyond_it() {
    let (server, counted) = limiter(5);
    let ended = check(&server, 5);
    assert!(!ended.stdout.contains("rate_limit."), "{ended:?}");
    assert_eq!(counted.lock().unwrap().1, 1, "{ended:?}");
}

#[test]
fn a_limit_that_is_lower_or_missing_is_a_finding() {
    let ended = check(&limiter(4).0, 6);
    assert!(ended.stdout.contains("rate_limit.early"), "{ended:?}");
    let (server, counted) = limiter(1_000);
    let ended = check(&server, 6);
    assert!(ended.stdout.contains("rate_limit.not_enforced"), "{ended:?}");
    assert_eq!(counted.lock().unwrap().1, 0);
}
