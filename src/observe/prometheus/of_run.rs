//! The samples of one run.

use std::sync::Arc;

use crate::domain::cell_name::CellName;
use crate::domain::finding::{Priority, ServiceState};
use crate::domain::generator::GeneratorHealth;
use crate::domain::units::{epoch_seconds, seconds_of_us};
use crate::run::state::STATES;
use crate::store::check_log::CheckRecord;

use super::catalogue as names;
use super::collected::Collected;
use super::metrics::Metrics;

impl Metrics {
    /// Writes the samples of the run and of all its cells.
    pub(super) fn collect(&self, to: &mut Collected) {
        to.created = self.started_at;
        self.collect_whole(to);
        for cell in self.cells.values() {
            cell.collect(&self.scenario, to);
        }
    }

    /// The samples of the run as a whole.
    pub(in crate::observe) fn collected_of_run(&self) -> Collected {
        let mut collected = Collected::since(self.started_at);
        self.collect_whole(&mut collected);
        collected
    }

    /// The samples of cells, cell by cell.
    pub(in crate::observe) fn collected_of_cells(
        &self,
        is_wanted: impl Fn(&CellName) -> bool,
    ) -> impl Iterator<Item = (CellName, Collected)> {
        let cells = self.cells.iter().filter(move |(name, _)| is_wanted(name));
        cells.map(|(name, cell)| {
            let mut collected = Collected::since(self.started_at);
            cell.collect(&self.scenario, &mut collected);
            (name.clone(), collected)
        })
    }

    fn collect_whole(&self, to: &mut Collected) {
        self.collect_run(to);
        self.collect_generator(to);
        if let Some(check) = &self.check {
            self.collect_check(check, to);
        }
    }

    fn collect_run(&self, to: &mut Collected) {
        let scenario = &self.scenario;
        to.number(&names::RUN_INFO, &[scenario, &self.run_id, &self.version, &self.mode.into()], 1.0);
        for state in STATES {
            to.number(&names::RUN_STATE, &[scenario, &state.into()], is(state == self.state));
        }
        for (of, value) in [
            (&names::RUN_START, Some(self.started_at)),
            (&names::RUN_PLANNED_END, self.planned_end),
            (&names::RUN_PLANNED_WINDOWS, Some(self.planned_windows as f64)),
            (&names::INCIDENTS, Some(self.incidents as f64)),
            (&names::GAPS, Some(self.gaps as f64)),
            (&names::INCIDENTS_OPEN, Some(self.open_incidents as f64)),
            (&names::SERIES_LEFT_OUT, Some(self.left_out.len() as f64)),
        ] {
            if let Some(value) = value {
                to.number(of, &[scenario], value);
            }
        }
        for (cell, cause) in &self.open {
            let labels = [scenario, &cell.series().into(), &cell.level, &Arc::from(*cause)];
            to.number(&names::INCIDENT_OPEN, &labels, 1.0);
        }
    }

    fn collect_generator(&self, to: &mut Collected) {
        let Some(window) = &self.last else { return };
        let GeneratorHealth { cpu_share, wait_share, scheduling_lag_p99_us, .. } = window.generator;
        for (of, value) in [
            (&names::GENERATOR_CPU, cpu_share),
            (&names::GENERATOR_WAIT, wait_share),
            (&names::GENERATOR_LAG, scheduling_lag_p99_us.map(seconds_of_us)),
        ] {
            if let Some(value) = value {
                to.number(of, &[&self.scenario], value);
            }
        }
    }

    fn collect_check(&self, check: &CheckRecord, to: &mut Collected) {
        let scenario = &self.scenario;
        to.number(&names::CHECK_TIMESTAMP, &[scenario], epoch_seconds(check.at));
        for service in &check.services {
            let name: Arc<str> = service.name.as_str().into();
            if let Some(score) = service.header_score {
                to.number(&names::CHECK_HEADERS_SCORE, &[scenario, &name], f64::from(score));
            }
            for priority in Priority::ALL {
                let of_priority = service.findings.iter().filter(|of| of.priority == priority.name());
                let labels = [scenario, &name, &priority.name().into()];
                to.number(&names::CHECK_FINDINGS, &labels, of_priority.count() as f64);
            }
            for state in ServiceState::ALL {
                let labels = [scenario, &name, &state.name().into()];
                to.number(&names::CHECK_SERVICE_STATE, &labels, is(state.name() == service.state));
            }
            for (endpoint, status) in &service.statuses {
                if let Some(status) = status {
                    let labels = [scenario, &name, &endpoint.as_str().into()];
                    to.number(&names::PROBE_STATUS, &labels, f64::from(*status));
                }
            }
            if let Some(certificate) = &service.certificate {
                let expires = certificate.valid_until.as_second() as f64;
                to.number(&names::PROBE_EXPIRY, &[scenario, &name], expires);
            }
            if let Some(version) = &service.tls_version {
                to.number(&names::PROBE_TLS, &[scenario, &name, &version.as_str().into()], 1.0);
            }
        }
    }
}

fn is(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}
