//! What a run will do, before anything is sent: its scenario with the options applied, its plan, its size on disk.

use std::path::Path;
use std::time::Duration;

use crate::demo::Fault;
use crate::domain::plan::Plan;
use crate::domain::units::format_span;
use crate::host;
use crate::scenario::environment::Environment;
use crate::scenario::file::ScenarioFile;
use crate::scenario::overrides::Overrides;
use crate::scenario::{Settings, Source, parse, plan_of, shipped};

use super::error::RunError;

/// A row and its histogram lines, as measured on rehearsals: about 0.6 kB and two lines of 1 to 3 kB.
const BYTES_PER_WINDOW: u64 = 4_500;
/// Reports and everything else.
const BYTES_PER_RUN: u64 = 1_000_000;
/// The built-in scenario behind `--demo`.
pub const DEMO: &str = "demo";
/// Stands where the demo server's address will be.
pub const EMBEDDED: &str = "http://127.0.0.1";

/// A scenario with the command line applied, and the plan it makes.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Where the scenario comes from.
    pub source: Source,
    /// The scenario with the options applied.
    pub file: ScenarioFile,
    /// What was asked for beyond the file.
    pub settings: Settings,
    /// The validated plan.
    pub plan: Plan,
}

impl Prepared {
    /// Reads a scenario, applies the options, and validates the whole.
    /// # Errors
    /// [`RunError::Scenario`] with the first rule that is broken.
    pub fn new(
        scenario: &str,
        overrides: &Overrides,
        seed: u64,
        environment: &Environment,
        on_model: bool,
    ) -> Result<Self, RunError> {
        let source = shipped::find(scenario)?;
        let mut file = parse(&source)?;
        if on_model {
            move_to(&mut file, EMBEDDED);
        }
        let overridden = overrides.apply(&mut file);
        let settings = Settings { seed, overridden, ..Settings::default() };
        let plan = plan_of(&file, &source, environment, &settings)?;
        Ok(Self { source, file, settings, plan })
    }

    /// The same plan at the demo server's address.
    /// # Errors
    /// [`RunError::Scenario`].
    pub fn at(&self, url: &str, environment: &Environment) -> Result<Plan, RunError> {
        let mut file = self.file.clone();
        move_to(&mut file, url);
        Ok(plan_of(&file, &self.source, environment, &self.settings)?)
    }

    /// The file as the manifest keeps it: URLs as resolved, so that a resumed run meets the same target.
    pub fn file_for_manifest(&self) -> ScenarioFile {
        let mut file = self.file.clone();
        let origins = self.plan.workloads.iter().map(|workload| workload.endpoint().origin.to_string());
        for (section, origin) in file.endpoint.iter_mut().zip(origins) {
            match &mut section.base_url {
                Some(url) => *url = origin,
                None => file.target.base_url = origin,
            }
        }
        file
    }
}

/// Points every endpoint at one address, and lets packets go nowhere else.
pub fn move_to(file: &mut ScenarioFile, url: &str) {
    url.clone_into(&mut file.target.base_url);
    file.target.allow_hosts = vec!["127.0.0.1".to_owned()];
    file.target.allow_networks = Some(vec!["127.0.0.0/8".to_owned()]);
    file.endpoint.iter_mut().for_each(|endpoint| endpoint.base_url = None);
}

/// The faults of a run on the latency model: those given, or the demo's one slowdown. `none` is no fault at all.
/// # Errors
/// [`RunError::Fault`] for the first that cannot be read.
pub fn faults(given: &[String], is_demo: bool, duration: Duration) -> Result<Vec<Fault>, RunError> {
    let texts: Vec<String> = match given {
        [] if is_demo => {
            // Late enough that baselines are learnt, early enough that the end is normal again.
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

/// Reads a fault.
/// # Errors
/// [`RunError::Fault`].
pub fn parse_fault(text: &str) -> Result<Fault, RunError> {
    text.parse().map_err(|source| RunError::Fault { text: text.to_owned(), source })
}

/// How many bytes a run will write, roughly.
pub fn bytes_on_disk(plan: &Plan) -> u64 {
    plan.windows().saturating_mul(BYTES_PER_WINDOW).saturating_add(BYTES_PER_RUN)
}

/// Refuses a run that will not fit on the disk.
/// # Errors
/// [`RunError::DiskSpace`].
pub fn check_disk(out: &Path, plan: &Plan) -> Result<(), RunError> {
    let needed = bytes_on_disk(plan);
    match host::disk::free_bytes(out) {
        Some(free) if free < needed => Err(RunError::DiskSpace { needed, free }),
        _ => Ok(()),
    }
}
