//! Drives a real target with Goose users: one attack for the whole run, one Goose scenario per workload, one Goose user
//! per user.
//!
//! The only file that names Goose, which owns the users and measures nothing. Its transaction never returns while the run
//! lasts: users wait for our signal, and wake when their window opens, so that switching cells costs no restart.
//!
//! One thread drives all users. It carries more than 100,000 requests per second and needs no lock to record them.
//! Every window states how much of its core it used; windows of an exhausted core are `generator_saturated`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use jiff::Timestamp;

use crate::domain::endpoint::{Origin, Pace};
use crate::domain::generator::GeneratorHealth;
use crate::domain::plan::Plan;
use crate::domain::units::{nanos, round_to_thousandths};
use crate::domain::window::MeasuredGroup;
use crate::host;
use crate::http::Connector;
use crate::store::queue_ledger::QueueLedger;

use super::engine::{ClockReading, Engine, EngineError, WindowOrder};
use super::group::{group, invalidate};
use super::overload::Overload;
use super::pacing::Schedule;
use super::readings::{Lags, Readings, watch_lag};
use super::recorder::{Recorder, Stretch};
use super::shared::{Assignment, Script, Shared, UserMessage, UserReport, WindowSignal, connectors};
use super::stop::Stop;
use super::sums::{MOST_FAILURES, Sums};
use super::user;

/// Descriptors besides connections: files, the runtime, the terminal.
const OTHER_DESCRIPTORS: u64 = 32;
/// Users that were interrupted have this long to clean up.
const LONGEST_CLEANING: Duration = Duration::from_secs(10);
/// A user holds a connection and a timer.
const DESCRIPTORS_A_USER: u64 = 2;

/// The engine for real targets, and for the demo server.
#[derive(Debug)]
pub struct GooseEngine {
    shared: Arc<Shared>,
    messages: mpsc::UnboundedReceiver<UserMessage>,
    attack: Option<JoinHandle<Result<(), Box<goose::GooseError>>>>,
    _quiet: Option<QuietStdout>,
}

impl GooseEngine {
    /// Checks the allow-list for every origin, sending nothing to any host.
    /// # Errors
    /// [`EngineError::Preflight`] where a host or address is not allowed.
    pub async fn preflight(plan: &Plan) -> Result<(), EngineError> {
        for connector in &connectors(plan)?.1 {
            connector.preflight().await?;
        }
        Ok(())
    }

    /// Checks the allow-list, then starts every user and waits until all of them are ready for the first window.
    ///
    /// No request is sent before the first window opens. Queues of data go on where the ledger says, which notes what they
    /// hand out.
    /// # Errors
    /// [`EngineError`] where a host or address is not allowed, or the users cannot be started.
    pub async fn start(plan: Arc<Plan>, ledger: Option<QueueLedger>) -> Result<Self, EngineError> {
        let (sender, mut messages) = mpsc::unbounded_channel();
        let shared = Shared::new(Arc::clone(&plan), ledger, sender)?;
        for connector in &shared.connectors {
            connector.preflight().await?;
        }
        let users: Vec<u32> = (0..plan.workloads.len()).map(|workload| plan.users_of(workload)).collect();
        let all_users = users.iter().map(|users| u64::from(*users)).sum::<u64>();
        host::process::raise_descriptor_limit();
        check_descriptors(all_users)?;
        let shared = Arc::new(shared);
        // Goose prints to standard output even at its quietest, and our standard output is data.
        let quiet = QuietStdout::begin();
        let attack = attack(&shared, &users).map_err(|error| EngineError::Goose(Box::new(error)))?;
        let mut attack =
            tokio::spawn(async move { Box::pin(attack.execute()).await.map(|_| ()).map_err(Box::new) });
        for _ in 0..all_users {
            tokio::select! {
                message = messages.recv() => if message.is_none() { return Err(EngineError::UsersEnded) },
                ended = &mut attack => return Err(why_ended(ended)),
            }
        }
        Ok(Self { shared, messages, attack: Some(attack), _quiet: quiet })
    }

    fn open(&self, order: &WindowOrder) -> Arc<Assignment> {
        let plan = &self.shared.plan;
        let opens_ns = self.shared.clock.now_ns();
        let measure_from_ns = opens_ns.saturating_add(nanos(plan.warm_up));
        let closes_ns = measure_from_ns.saturating_add(nanos(plan.window));
        let schedule_from_ns = if order.request_cap.is_some() { measure_from_ns } else { opens_ns };
        let schedule = match plan.workload(order.cell).pace() {
            Pace::Closed { .. } => None,
            Pace::Open { rate, arrivals } => {
                Some(Schedule::new(rate, arrivals, closes_ns - schedule_from_ns, plan.seed, order.number))
            }
        };
        let window = Arc::new(Assignment {
            workload: order.cell.workload,
            users: plan.level(order.cell).users.get(),
            opens_ns,
            measure_from_ns,
            closes_ns,
            tickets: order.request_cap.map(AtomicU64::new),
            schedule_from_ns,
            schedule,
            overload: Overload::default(),
            next_arrival: AtomicU64::new(0),
        });
        self.shared.signal.send_replace(WindowSignal::Open(Arc::clone(&window)));
        window
    }

    /// Waits until every user of the window has sent its report.
    async fn collect(&mut self, users: u32) -> Result<Vec<UserReport>, EngineError> {
        let Some(attack) = &mut self.attack else { return Err(EngineError::UsersEnded) };
        let mut reports = Vec::new();
        while reports.len() < users as usize {
            tokio::select! {
                message = self.messages.recv() => match message {
                    Some(UserMessage::Report(report)) => reports.push(*report),
                    Some(UserMessage::Ready | UserMessage::Prepared(_)) => (),
                    None => return Err(EngineError::UsersEnded),
                },
                ended = &mut *attack => return Err(why_ended(ended)),
            }
        }
        Ok(reports)
    }

    /// Lets the users of a window prepare, and waits for them; returns what failed, each once.
    async fn prepare(&mut self, workload: usize, users: u32) -> Result<Vec<String>, EngineError> {
        let Script::Cast(cast) = &self.shared.scripts[workload] else { return Ok(Vec::new()) };
        if !cast.has_setup() {
            return Ok(Vec::new());
        }
        self.shared.signal.send_replace(WindowSignal::Prepare { workload, users });
        let Some(attack) = &mut self.attack else { return Err(EngineError::UsersEnded) };
        let (mut prepared, mut failures) = (0, Vec::new());
        while prepared < users {
            tokio::select! {
                message = self.messages.recv() => match message {
                    Some(UserMessage::Prepared(failure)) => {
                        prepared += 1;
                        failures.extend(failure);
                    }
                    Some(_) => (),
                    None => return Err(EngineError::UsersEnded),
                },
                ended = &mut *attack => return Err(why_ended(ended)),
            }
        }
        failures.sort();
        failures.dedup();
        Ok(failures)
    }

    /// Where the first redirect of an endpoint pointed to; `None` without one.
    pub fn redirect(&self, workload: usize) -> Option<String> {
        let Script::Endpoint(request) = &self.shared.scripts[workload] else { return None };
        request.template.literal()?.redirect().map(str::to_owned)
    }

    /// A window whose users could not be set up: nothing was sent.
    fn not_set_up(
        &self,
        order: &WindowOrder,
        started_at: Timestamp,
        failures: Vec<String>,
    ) -> Result<MeasuredGroup, EngineError> {
        let plan = &self.shared.plan;
        let stretch = Stretch {
            started_at,
            measured_from_ns: 0,
            duration: Duration::ZERO,
            present: 0,
            generator: GeneratorHealth::default(),
            met_limits: false,
            addresses: BTreeMap::new(),
            certificate_days: self.certificate_days(order, started_at),
        };
        let parts =
            plan.part_names(order.cell).iter().map(|_| Recorder::new(false)).collect::<Result<_, _>>()?;
        let mut group = group(plan, order, &stretch, Recorder::new(false)?, parts);
        let failures: Vec<String> = failures.into_iter().take(MOST_FAILURES).collect();
        invalidate(&mut group, &failures);
        Ok(group)
    }

    /// Days until the certificate of the cell's target expires; the first, where there are several.
    fn certificate_days(&self, order: &WindowOrder, started_at: Timestamp) -> Option<f64> {
        let requests = self.shared.plan.workload(order.cell).requests();
        let is_used = |origin: &Origin| requests.iter().any(|request| request.origin == *origin);
        let connectors = self.shared.origins.iter().zip(&self.shared.connectors);
        let connectors = connectors.filter(|(origin, _)| is_used(origin)).map(|(_, connector)| connector);
        let expires = connectors.filter_map(Connector::certificate_expires_s).min()?;
        let left = expires as f64 - started_at.as_millisecond() as f64 / 1e3;
        Some(round_to_thousandths(left / 86_400.0))
    }

    /// Ends all users. They close their connections; exchanges in progress are not waited for.
    pub async fn finish(mut self) {
        self.shared.signal.send_replace(WindowSignal::End);
        if let Some(attack) = self.attack.take() {
            // Goose would check its killswitch within half a second; dropping its manager takes no time.
            attack.abort();
            let _ = attack.await;
        }
    }
}

impl Engine for GooseEngine {
    fn clocks(&self) -> ClockReading {
        ClockReading {
            wall: host::clock::now(),
            monotonic_ns: self.shared.clock.now_ns(),
            boot_ns: host::process::time_since_boot().map(nanos),
        }
    }

    fn longest_wait(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn wait(&mut self, span: Duration, stop: &mut Stop) {
        tokio::select! {
            () = tokio::time::sleep(span) => (),
            () = stop.raised() => (),
        }
    }

    async fn measure(
        &mut self,
        order: &WindowOrder,
        stop: &mut Stop,
    ) -> Result<Option<MeasuredGroup>, EngineError> {
        if stop.is_raised() {
            return Ok(None);
        }
        let clock = self.shared.clock;
        let users = self.shared.plan.level(order.cell).users.get();
        let wanted = self.prepare(order.cell.workload, users);
        let failures = tokio::select! {
            failures = wanted => failures?,
            () = stop.raised() => return Ok(None),
        };
        let wall = host::clock::now();
        if !failures.is_empty() {
            return Ok(Some(self.not_set_up(order, wall, failures)?));
        }
        let readings = Readings::take(&clock);
        let window = self.open(order);
        let mut lags = Lags::default();
        let shared = Arc::clone(&self.shared);
        let cleans_up = matches!(&shared.scripts[window.workload], Script::Cast(cast) if cast.cleans_up());
        let cut = async {
            stop.raised().await;
            if !order.keeps_partial && !cleans_up {
                return;
            }
            // Its users hand in what they have, and clean up.
            shared.signal.send_replace(WindowSignal::Closed(Some(Arc::clone(&window))));
            if !order.keeps_partial {
                tokio::time::sleep(LONGEST_CLEANING).await;
                return;
            }
            std::future::pending::<()>().await;
        };
        let reports = tokio::select! {
            reports = self.collect(window.users) => reports?,
            () = watch_lag(clock, &shared.pulse, &mut lags) => Vec::new(),
            () = cut => return Ok(None),
        };
        self.shared.signal.send_replace(WindowSignal::Closed(None));
        if stop.is_raised() && !order.keeps_partial && cleans_up {
            return Ok(None);
        }
        let started_at = wall.saturating_add(jiff::SignedDuration::from_nanos_i128(i128::from(
            window.measure_from_ns - window.opens_ns,
        )));
        let parts = self.shared.plan.part_names(order.cell);
        let sums = Sums::of(reports, &window, parts.len())?;
        let mut generator = readings.since(&clock, sums.recorder.counts().requests(), &lags);
        generator.send_lateness_p99_us = sums.recorder.send_lateness_p99_us();
        generator.littles_law_ratio = sums.littles_law_ratio;
        let started_at = started_at.unwrap_or(wall);
        let certificate_days = self.certificate_days(order, started_at);
        let Sums { recorder, duration, present, addresses, .. } = sums;
        let met_limits = recorder.met_limits();
        let measured_from_ns = window.measure_from_ns;
        let stretch = Stretch {
            started_at,
            measured_from_ns,
            duration,
            present,
            generator,
            met_limits,
            addresses,
            certificate_days,
        };
        let out_of_rows = sums.out_of_rows.and_then(|feeder| self.shared.rows.feeder(feeder));
        let mut group = group(&self.shared.plan, order, &stretch, recorder, sums.parts);
        group.out_of_rows = out_of_rows.map(|feeder| Arc::clone(&feeder.name));
        if !sums.setup_failures.is_empty() {
            invalidate(&mut group, &sums.setup_failures);
        }
        Ok(Some(group))
    }
}

fn check_descriptors(users: u64) -> Result<(), EngineError> {
    match host::process::free_descriptors() {
        Some(free) if users * DESCRIPTORS_A_USER + OTHER_DESCRIPTORS > free => {
            Err(EngineError::Descriptors { users, free })
        }
        _ => Ok(()),
    }
}

fn why_ended(ended: Result<Result<(), Box<goose::GooseError>>, tokio::task::JoinError>) -> EngineError {
    match ended {
        Ok(Err(error)) => EngineError::Goose(error),
        Ok(Ok(())) | Err(_) => EngineError::UsersEnded,
    }
}

fn attack(shared: &Arc<Shared>, users: &[u32]) -> Result<GooseAttack, goose::GooseError> {
    let total: usize = users.iter().map(|users| *users as usize).sum();
    let mut configuration = GooseConfiguration::default();
    configuration.users = Some(total);
    // Users start one after the other; all of them within a twentieth of a second.
    configuration.increase_rate = Some((total * 20).to_string());
    configuration.quiet = 3;
    configuration.no_metrics = true;
    configuration.no_reset_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.no_telnet = true;
    let mut attack = GooseAttack::initialize_with_config(configuration)?
        // Goose builds one client per user, which our users never use, so they share one.
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())?;
    for (workload, users) in users.iter().enumerate().filter(|(_, users)| **users > 0) {
        let transaction = Transaction::new(transaction(shared, workload));
        let known = &shared.plan.workloads[workload];
        let host = known.first_request().map_or_else(String::new, |request| request.origin.to_string());
        let scenario = Scenario::new(known.name())
            .set_host(&host)
            .set_weight(*users as usize)?
            .register_transaction(transaction);
        attack = attack.register_scenario(scenario);
    }
    Ok(attack)
}

fn transaction(shared: &Arc<Shared>, workload: usize) -> TransactionFunction {
    let shared = Arc::clone(shared);
    Arc::new(move |_: &mut GooseUser| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            user::live(shared, workload).await;
            Ok(())
        })
    })
}

/// While it lives, standard output is discarded; our own data is printed after the run.
#[derive(Debug)]
struct QuietStdout(std::os::fd::OwnedFd);

impl QuietStdout {
    fn begin() -> Option<Self> {
        let kept = rustix::io::dup(rustix::stdio::stdout()).ok()?;
        let nowhere = std::fs::File::options().write(true).open("/dev/null").ok()?;
        rustix::stdio::dup2_stdout(nowhere).ok()?;
        Some(Self(kept))
    }
}

impl Drop for QuietStdout {
    fn drop(&mut self) {
        // If this fails, standard output stays closed to us, and the next write reports it.
        let _ = rustix::stdio::dup2_stdout(&self.0);
    }
}
