//! The health checks of a run: on a thread of their own, at its start and then at an interval counted from it.
//!
//! They never hold up the load nor the end of the run: a check in progress is abandoned when the run ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::check::facts::{AssessedService, SECURITY_HEADERS};
use crate::check::{CheckOptions, assess};
use crate::domain::plan::Plan;
use crate::domain::units::after;
use crate::host;
use crate::store::StoreError;
use crate::store::check_changes::{Change, Changes};
use crate::store::check_log::{CertificateRecord, CheckLog, CheckRecord, FindingRecord, ServiceRecord};

use super::event::Event;
use super::feed::{Feed, WhenFull};
use super::runtime::runtime;

/// The wall clock is looked at this often: a timer does not count while the machine sleeps.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// Longest value of a header that is kept. Units: characters.
const LONGEST_VALUE: usize = 1_000;

/// Does some work, and checks the health of the plan's services beside it, if the plan asks for that.
///
/// What goes wrong with the checks is published as a notice, and changes nothing about the work.
pub(super) fn beside<T>(
    plan: &Plan,
    started_at: Timestamp,
    folder: &Path,
    feed: &Feed,
    work: impl FnOnce() -> T,
) -> T {
    let Some(every) = plan.check_every.filter(|every| !every.is_zero()) else { return work() };
    thread::scope(|scope| {
        // Dropping it ends the checks, also where the work panics.
        let (_working, over) = oneshot::channel::<()>();
        let checks = Checks { plan, started_at, every, folder, feed };
        let spawned = thread::Builder::new().name("checks".to_owned()).spawn_scoped(scope, move || {
            if let Err(error) = checks.run(over) {
                checks.notice(format!("warning: no more health checks: {error}"));
            }
        });
        if let Err(error) = spawned {
            feed.notice(format!("warning: no health checks: {error}"));
        }
        work()
    })
}

#[derive(Clone, Copy)]
struct Checks<'a> {
    plan: &'a Plan,
    started_at: Timestamp,
    every: Duration,
    folder: &'a Path,
    feed: &'a Feed,
}

impl Checks<'_> {
    /// Checks until the run is over.
    fn run(self, over: oneshot::Receiver<()>) -> Result<(), super::RunError> {
        let runtime = runtime()?;
        let result = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = over => Ok(()),
                failed = self.check_on() => failed,
            }
        });
        // A name server that does not respond is not waited for.
        runtime.shutdown_background();
        Ok(result?)
    }

    /// Checks for ever; returns where the log cannot be written.
    async fn check_on(self) -> Result<(), StoreError> {
        let (mut log, earlier) = CheckLog::open(self.folder)?;
        let mut changes = Changes::default();
        for record in &earlier {
            changes.take(record);
        }
        // A run that is resumed goes on with the next one that is due.
        let mut due = if earlier.is_empty() { host::clock::now() } else { self.next(host::clock::now()) };
        loop {
            sleep_until(due).await;
            let record = light_check(self.plan).await;
            log.append(&record)?;
            for change in changes.take(&record) {
                self.notice(words(&change));
            }
            due = self.next(host::clock::now());
        }
    }

    /// The next time at which a check is due.
    fn next(&self, now: Timestamp) -> Timestamp {
        let since = Duration::try_from(now.duration_since(self.started_at)).unwrap_or_default();
        let passed = u32::try_from(since.as_nanos() / self.every.as_nanos().max(1)).unwrap_or(u32::MAX);
        after(self.started_at, self.every.saturating_mul(passed.saturating_add(1)))
    }

    /// Publishes a message; while load is generated, nobody waits for its readers.
    fn notice(&self, text: String) {
        self.feed.publish(Event::Notice(text), WhenFull::DropOldest);
    }
}

/// Checks the health of a plan's services with few requests.
pub async fn light_check(plan: &Plan) -> CheckRecord {
    let options = CheckOptions { is_light: true, ..CheckOptions::default() };
    let assessed = assess(plan, &options).await;
    let services = assessed.services.iter().map(|service| {
        let findings = assessed.findings_of(&service.name).map(|finding| FindingRecord {
            rule: finding.rule.to_string(),
            priority: finding.priority.name().to_owned(),
            subject: finding.subject.clone(),
        });
        ServiceRecord { findings: findings.collect(), ..record_of(service) }
    });
    CheckRecord { at: assessed.at, requests: assessed.requests, services: services.collect() }
}

async fn sleep_until(due: Timestamp) {
    // The time until then is negative once it has passed.
    while let Ok(left) = Duration::try_from(due.duration_since(host::clock::now()))
        && !left.is_zero()
    {
        tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
    }
}

/// What is kept of a service, but for its findings.
fn record_of(service: &AssessedService) -> ServiceRecord {
    let tls = service.tls.as_ref();
    let certificate = tls.and_then(|tls| {
        let first = tls.certificates.first()?;
        Some(CertificateRecord {
            fingerprint: first.fingerprint.clone(),
            days_left: tls.days_left,
            valid_until: first.valid_until,
        })
    });
    let shortened = |value: &String| value.chars().take(LONGEST_VALUE).collect::<String>();
    let headers = service.headers.as_ref().map(|headers| {
        let values = headers.values.iter().map(|value| value.as_ref().map(shortened));
        SECURITY_HEADERS.iter().map(|name| (*name).to_owned()).zip(values).collect::<BTreeMap<_, _>>()
    });
    let statuses = service.endpoints.iter().map(|endpoint| (endpoint.name.to_string(), endpoint.status));
    ServiceRecord {
        name: service.name.to_string(),
        state: service.state.name().to_owned(),
        tls_version: tls.map(|tls| tls.version.clone()),
        certificate,
        header_endpoint: service.headers.as_ref().map(|headers| headers.endpoint.clone()),
        headers,
        header_score: service.headers.as_ref().map(|headers| headers.score),
        header_grade: service.headers.as_ref().map(|headers| headers.grade.to_owned()),
        statuses: statuses.collect(),
        findings: Vec::new(),
    }
}

/// A change in a line.
fn words(change: &Change) -> String {
    let Change { service, what, before, after, .. } = change;
    let missing = change.missing();
    let side = |side: &Option<String>| side.as_deref().unwrap_or(missing).to_owned();
    format!("health check: {what} of {service} changed: {} -> {}", side(before), side(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_due_at_whole_intervals_of_the_run() {
        let feed = Feed::silent();
        let plan = crate::scenario::check(
            &crate::scenario::shipped::find("demo").unwrap(),
            &crate::scenario::environment::Environment::default(),
        )
        .unwrap();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let every = Duration::from_mins(1);
        let checks = Checks { plan: &plan, started_at: at(1_000), every, folder: Path::new(""), feed: &feed };
        let check = |now: i64, expected: i64| assert_eq!(checks.next(at(now)), at(expected), "{now}");
        check(1_000, 1_060);
        check(1_059, 1_060);
        check(1_060, 1_120);
        check(4_601, 4_660);
        check(990, 1_060);
    }

    #[test]
    fn a_change_is_a_line() {
        let change = Change {
            at: Timestamp::UNIX_EPOCH,
            service: "api".to_owned(),
            what: "X-Frame-Options".to_owned(),
            before: Some("DENY".to_owned()),
            after: None,
        };
        assert_eq!(words(&change), "health check: X-Frame-Options of api changed: DENY -> missing");
        let finding = Change { what: "finding csp.unsafe_inline, health".to_owned(), ..change };
        let line = "health check: finding csp.unsafe_inline, health of api changed: DENY -> not found";
        assert_eq!(words(&finding), line);
    }
}
