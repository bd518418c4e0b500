//! A run before anything is sent: its scenario with the options applied, its plan, its size on disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::demo::Fault;
use crate::domain::endpoint::{Endpoint, RequestBody};
use crate::domain::multipart::Content;
use crate::domain::plan::Plan;
use crate::domain::units::format_span;
use crate::domain::workload::Workload;
use crate::host;
use crate::http::{Connector, RequestTemplate};
use crate::load::engine::EngineError;
use crate::load::play::Play;
use crate::scenario::environment::Environment;
use crate::scenario::file::{ScenarioFile, TargetSection};
use crate::scenario::notes;
use crate::scenario::opt_in;
use crate::scenario::overrides::Overrides;
use crate::scenario::{Document, Settings, parse, plan_of, shipped};

use super::error::RunError;

/// Size of a row and its histogram lines, measured on rehearsals: about 0.6 kB and two lines of 1 to 3 kB.
const BYTES_PER_WINDOW: u64 = 4_500;
/// Size of reports and other files.
const BYTES_PER_RUN: u64 = 1_000_000;
/// Name of the built-in scenario behind `--demo`.
pub const DEMO: &str = "demo";
/// Placeholder for the demo server's address until it is started.
pub const DEMO_ORIGIN: &str = "http://127.0.0.1";

/// A scenario with the command line applied, and the resulting plan.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Text of the scenario, with the positions of its keys.
    pub document: Document,
    /// Scenario file with the overrides applied.
    pub file: ScenarioFile,
    /// Seed, and which values were overridden by which option.
    pub settings: Settings,
    /// Plan that was validated from `file`.
    pub plan: Plan,
    /// Whether it is for a day of a monitor.
    pub is_monitor: bool,
    /// Of a rehearsal: how much of its virtual time has passed before it begins.
    pub passed: Duration,
}

impl Prepared {
    /// Reads a scenario, applies the options, and validates the result.
    /// # Errors
    /// [`RunError::Scenario`] with every problem of the scenario.
    pub fn new(
        scenario: &str,
        overrides: &Overrides,
        seed: u64,
        environment: &Environment,
        on_model: bool,
    ) -> Result<Self, RunError> {
        let source = shipped::find(scenario)?;
        let (mut file, document) = parse(&source)?;
        if on_model {
            move_to(&mut file, DEMO_ORIGIN);
        }
        let overridden = overrides.apply(&mut file);
        let settings = Settings { seed, overridden, writes: overrides.writes, ..Settings::default() };
        let plan = plan_of(&file, &document, environment, &settings)?;
        Ok(Self { document, file, settings, plan, is_monitor: false, passed: Duration::ZERO })
    }

    /// The same plan without health checks, which would disturb a comparison. What the limits leave for the load stays as it
    /// is with them, so that runs with and without checks have the same load.
    #[must_use]
    pub fn without_checks(mut self) -> Self {
        self.plan.check_every = None;
        self
    }

    /// The same plan, with every endpoint at the demo server's address.
    /// # Errors
    /// [`RunError::Scenario`] where the address does not fit the scenario.
    pub fn at(&self, url: &str, environment: &Environment) -> Result<Plan, RunError> {
        let mut file = self.file.clone();
        move_to(&mut file, url);
        let plan = plan_of(&file, &self.document, environment, &self.settings)?;
        Ok(Plan { check_every: self.plan.check_every, ..plan })
    }

    /// The name that the IDs of its runs begin with.
    pub(super) fn id_name(&self) -> String {
        let name = &self.plan.name;
        if self.is_monitor { format!("{name}-monitor") } else { name.to_string() }
    }

    /// Notes on the plan, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        notes::notes(&self.file, &self.plan)
    }

    /// The file as the manifest keeps it, with URLs resolved, so that a resumed run measures the same target.
    pub fn file_for_manifest(&self) -> ScenarioFile {
        let mut file = self.file.clone();
        if self.plan.check_every.is_none() {
            file.plan.check = None;
        }
        let endpoints = self.plan.workloads.iter().filter_map(Workload::as_endpoint);
        for (section, endpoint) in file.endpoint.iter_mut().zip(endpoints) {
            keep_origin(&mut section.base_url, &mut file.target.base_url, endpoint);
        }
        opt_in::settle(&mut file, self.settings.writes);
        let journeys = self.plan.workloads.iter().filter_map(Workload::as_journey);
        for (section, journey) in file.journey.iter_mut().zip(journeys) {
            let sections = section.setup.iter_mut().chain(&mut section.step);
            for (section, step) in sections.zip(journey.all_steps()) {
                keep_origin(&mut section.base_url, &mut file.target.base_url, &step.request);
            }
        }
        for (section, service) in file.service.iter_mut().zip(&self.plan.assessment.services) {
            match &mut section.base_url {
                Some(url) => *url = service.origin.url(),
                None => file.target.base_url = service.origin.url(),
            }
        }
        self.keep_paths(&mut file);
        file
    }

    /// Paths of files become absolute, so that they mean the same from any folder.
    fn keep_paths(&self, file: &mut ScenarioFile) {
        let transport = &self.plan.access.transport;
        let keep = |place: &mut Option<String>, path: Option<&PathBuf>| {
            *place = path.map(|path| path.display().to_string().replace('$', "$$"));
        };
        keep(&mut file.target.ca_file, transport.tls.ca_file.as_ref());
        keep(&mut file.target.client_cert, transport.tls.client_cert.as_ref());
        keep(&mut file.target.client_key, transport.tls.client_key.as_ref());
        keep(&mut file.target.unix_socket, transport.unix_socket.as_ref());
        let endpoints = self.plan.workloads.iter().filter_map(Workload::as_endpoint);
        for (section, endpoint) in file.endpoint.iter_mut().zip(endpoints) {
            if let Some(RequestBody::File { path, .. }) = &endpoint.body {
                keep(&mut section.body_file, Some(path));
            }
        }
        for (section, feeder) in file.data.iter_mut().zip(&self.plan.feeders) {
            keep(&mut section.file, feeder.file.as_ref());
        }
        let journeys = self.plan.workloads.iter().filter_map(Workload::as_journey);
        for (section, journey) in file.journey.iter_mut().zip(journeys) {
            let sections = section.setup.iter_mut().chain(&mut section.step);
            for (section, step) in sections.zip(journey.all_steps()) {
                match &step.request.body {
                    Some(RequestBody::File { path, .. }) => keep(&mut section.file, Some(path)),
                    Some(RequestBody::Multipart(form)) => {
                        let sections = section.multipart.iter_mut().flatten();
                        for (section, part) in sections.zip(&form.parts) {
                            if let Content::File { path, .. } = &part.content {
                                keep(&mut section.file, Some(path));
                            }
                        }
                    }
                    Some(RequestBody::Text(_)) | None => (),
                }
            }
        }
    }
}

/// Keeps the URL that a request was sent to, as it is resolved.
fn keep_origin(own: &mut Option<String>, of_target: &mut String, request: &Endpoint) {
    match own {
        Some(url) => *url = request.origin.url(),
        None => *of_target = request.origin.url(),
    }
}

/// Prepares the connections and requests of a plan as a run does, and sends nothing.
/// # Errors
/// [`RunError::Engine`] where a run could not start: a file of certificates has none, for instance.
pub fn check_sendable(plan: &Plan) -> Result<(), RunError> {
    for request in plan.workloads.iter().flat_map(Workload::requests) {
        Connector::new(&request.origin, &plan.access).map_err(EngineError::from)?;
    }
    for member in plan.workloads.iter().flat_map(Workload::members) {
        match member {
            Workload::Endpoint(endpoint) => {
                RequestTemplate::new(endpoint, &plan.access).map_err(EngineError::from)?;
            }
            Workload::Journey(journey) => {
                Play::new(journey, plan, &[], None)?;
            }
            Workload::Mix(_) => (),
        }
    }
    Ok(())
}

/// Moves every endpoint to one address, connected to as usual, and blocks all hosts except loopback.
pub fn move_to(file: &mut ScenarioFile, url: &str) {
    file.target = TargetSection {
        allow_networks: Some(vec!["127.0.0.0/8".to_owned()]),
        timeout: file.target.timeout.clone(),
        headers: std::mem::take(&mut file.target.headers),
        ..TargetSection::new(url.to_owned(), vec!["127.0.0.1".to_owned()])
    };
    file.endpoint.iter_mut().for_each(|endpoint| endpoint.base_url = None);
    // Services of several hosts would be one host, with requests of the same names.
    file.service.clear();
    for journey in &mut file.journey {
        journey.setup.iter_mut().chain(&mut journey.step).for_each(|step| step.base_url = None);
    }
}

/// The faults of a run on the latency model: the given ones, or the demo's slowdown. `none` means no fault.
/// # Errors
/// [`RunError::Fault`] for the first that cannot be parsed.
pub fn faults(given: &[String], is_demo: bool, duration: Duration) -> Result<Vec<Fault>, RunError> {
    let texts: Vec<String> = match given {
        [] if is_demo => {
            // Late enough for baselines to be learnt, and early enough for a normal end.
            let at = |percent: u32| {
                let exact = duration * percent / 100;
                format_span(Duration::from_millis(u64::try_from(exact.as_millis()).unwrap_or(u64::MAX)))
            };
            vec![format!("slow:browse:+60%:{}..{}", at(65), at(85))]
        }
        [none] if none == "none" => Vec::new(),
        given => given.to_vec(),
    };
    texts.into_iter().map(|text| parse_fault(&text)).collect()
}

/// Parses a fault in the syntax of `--fault`.
/// # Errors
/// [`RunError::Fault`] with the right form.
pub fn parse_fault(text: &str) -> Result<Fault, RunError> {
    text.parse().map_err(|source| RunError::Fault { text: text.to_owned(), source })
}

/// Estimated size of a run on disk, in bytes.
pub fn bytes_on_disk(plan: &Plan) -> u64 {
    plan.windows().saturating_mul(BYTES_PER_WINDOW).saturating_add(BYTES_PER_RUN)
}

/// Rejects a run that will not fit on the disk; an unknown amount of free space passes.
/// # Errors
/// [`RunError::DiskSpace`] with both sizes.
pub fn check_disk(out: &Path, plan: &Plan) -> Result<(), RunError> {
    let needed = bytes_on_disk(plan);
    match host::disk::free_bytes(out) {
        Some(free) if free < needed => Err(RunError::DiskSpace { needed, free }),
        _ => Ok(()),
    }
}
