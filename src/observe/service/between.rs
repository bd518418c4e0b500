//! The service manager of a process with many runs, told what no run tells it: that the time between two runs passes, and that
//! the last one has ended.

use std::time::Duration;

use super::notifier::Notifier;

/// Longest time between two signs of life where nobody waits for them.
const PAUSE: Duration = Duration::from_secs(30);

/// Signs of life between runs. Only the thread that goes on to the next run gives them, so that none come when it hangs.
#[derive(Debug, Default)]
pub struct Between {
    notifier: Option<Notifier>,
    watchdog: Option<Duration>,
}

impl Between {
    /// Signs for the service manager, and how often it expects one.
    pub fn new(notifier: Notifier, watchdog: Option<Duration>) -> Self {
        Self { notifier: Some(notifier), watchdog }
    }

    /// The longest time that may pass until the next sign.
    pub fn pause(&self) -> Duration {
        self.watchdog.map_or(PAUSE, |watchdog| PAUSE.min(watchdog / 2))
    }

    /// The process goes on.
    pub fn alive(&self) {
        if self.watchdog.is_some() {
            self.send("WATCHDOG=1");
        }
    }

    /// The process ends.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, assignment: &str) {
        if let Some(notifier) = &self.notifier {
            // The runs say once that messages do not arrive.
            let _ = notifier.send(&[assignment]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_come_at_least_twice_as_often_as_the_watchdog_expects_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let server = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
        server.set_nonblocking(true).unwrap();
        let between =
            |watchdog: Option<Duration>| Between::new(Notifier::new(path.as_os_str()).unwrap(), watchdog);
        let mut bytes = [0; 64];
        for (watchdog, pause) in [(None, 30), (Some(120), 30), (Some(20), 10)] {
            let between = between(watchdog.map(Duration::from_secs));
            assert_eq!(between.pause(), Duration::from_secs(pause));
            between.alive();
            assert_eq!(server.recv(&mut bytes).is_ok(), watchdog.is_some());
        }
        between(None).stopping();
        let length = server.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], b"STOPPING=1");
        Between::default().stopping();
    }
}
