//! The files of the folder.

use std::path::Path;

use crate::observe::alertmanager_config::{self, AlertmanagerFiles};
use crate::observe::exported_file::ExportedFile;
use crate::observe::grafana;

use super::parts::{Part, URLS, urls_text};
use super::settings::{FOLDER, SCENARIO, StackFiles};
use super::{blackbox, compose, prometheus, readme, units};

/// All files.
pub fn files(of: &StackFiles<'_>) -> Vec<ExportedFile> {
    let (escalation, alertmanager): (Vec<_>, Vec<_>) = alertmanager_config::files(&AlertmanagerFiles {
        scenario: &of.plan.name,
        workloads: of.workloads,
        receivers: &of.plan.receivers,
        silences: &of.plan.silences,
        runbooks: of.runbooks,
    })
    .into_iter()
    .partition(|file| file.name.starts_with("escalation."));
    let grafana =
        grafana::files(&Path::new(FOLDER).join("grafana"), &format!("http://{}", Part::Prometheus.address()));
    // Of Grafana's folder, what Grafana reads.
    let grafana = grafana
        .into_iter()
        .filter(|file| file.name.contains('/'))
        .map(|file| ExportedFile::public(file.name, file.text).within("grafana"));
    let mut files = vec![
        ExportedFile::public("README.md", readme::text(of)),
        ExportedFile::public("compose.yaml", compose::text(of, &alertmanager)),
        ExportedFile::private(".env.example", compose::environment(of)),
        ExportedFile::public(URLS, urls_text()),
        ExportedFile::public(SCENARIO, of.text),
        ExportedFile::public("prometheus/prometheus.yml", prometheus::configuration(of.plan)),
        ExportedFile::public("blackbox/blackbox.yml", blackbox::configuration(of.plan)),
    ];
    let rules = of.rules.iter().cloned().chain(escalation);
    files.extend(rules.map(|file| file.within("prometheus/rules")));
    let is_rendered = alertmanager.iter().any(|file| file.name == "render.sh");
    files.extend(alertmanager.into_iter().map(|file| file.within("alertmanager")));
    files.extend(grafana);
    files.extend(units::files(is_rendered).into_iter().map(|file| file.within("systemd")));
    files
}
