//! A whole health check: its services side by side, and what is known when all of them are done.

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::domain::finding::Finding;
use crate::domain::plan::Plan;
use crate::domain::service::{Assessment, Service};
use crate::host::clock;
use crate::host::monotonic::Clock;

use super::asker::Shared;
use super::facts::{Assessed, AssessedService};
use super::{login, rate_limits, service};

/// Services that are looked at side by side: each may hold some megabytes of responses.
const MOST_AT_ONCE: usize = 8;

/// What a health check is asked for beyond its scenario.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Whether only what changes slowly is looked at, with one request per endpoint: for checks during a run.
    pub is_light: bool,
    /// Verify the documented rate limits, and wait at most this long for each; `None` does not verify them.
    pub rate_limits: Option<Duration>,
}

/// Looks at every service of a plan. Runs on a runtime with one thread.
///
/// The services are looked at side by side, each in its own order: their times overlap, their requests hardly do.
pub async fn assess(plan: &Plan, options: &CheckOptions) -> Assessed {
    let (at, clock) = (clock::now(), Clock::start());
    let shared = Shared::new(plan);
    let settings = Assessment { services: Vec::new(), ..plan.assessment.clone() };
    let tasks = LocalSet::new();
    let seats = Rc::new(Semaphore::new(MOST_AT_ONCE));
    let started = plan.assessment.services.iter().map(|service| {
        let (shared, settings) = (Rc::clone(&shared), settings.clone());
        let (wanted, is_light): (Service, bool) = (service.clone(), options.is_light);
        let seats = Rc::clone(&seats);
        tasks.spawn_local(async move {
            // The semaphore is never closed.
            let _seat = seats.acquire().await;
            service::assess(&shared, &settings, &wanted, is_light).await
        })
    });
    let started: Vec<_> = started.collect();
    let (mut services, mut findings, mut not_checked) = (Vec::new(), Vec::new(), Vec::new());
    tasks
        .run_until(async {
            for task in started {
                // A task ends early only where it panicked, which nothing from outside makes it do.
                let Ok((service, noted)) = task.await else { continue };
                services.push(service);
                findings.extend(noted.findings);
                not_checked.extend(noted.not_checked);
            }
        })
        .await;
    findings.extend(login::differing(&services));
    let mut limits = Vec::new();
    if let Some(max_wait) = options.rate_limits {
        let (facts, found, missing) = rate_limits::verify(&shared, plan, max_wait).await;
        limits = facts;
        findings.extend(found);
        not_checked.extend(missing);
    }
    findings.sort_by(by_urgency(&services));
    Assessed {
        scenario: plan.name.to_string(),
        at,
        took: Duration::from_nanos(clock.now_ns()),
        requests: shared.sent(),
        settings,
        services,
        findings,
        not_checked,
        rate_limits: limits,
    }
}

/// The most urgent first, then in the order of the services, then by rule.
fn by_urgency(services: &[AssessedService]) -> impl Fn(&Finding, &Finding) -> std::cmp::Ordering {
    let places: Vec<_> = services.iter().map(|service| service.name.clone()).collect();
    move |a, b| {
        let place = |finding: &Finding| places.iter().position(|name| *name == finding.service);
        let key = |finding: &Finding| (std::cmp::Reverse(finding.priority), place(finding));
        key(a).cmp(&key(b)).then_with(|| a.identity().cmp(&b.identity()))
    }
}
