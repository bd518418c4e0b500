//! The files of the folder.

use crate::observe::exported_file::ExportedFile;

use super::configuration::configuration;
use super::escalation;
use super::readme::Readme;
use super::routes::Routes;
use super::script::script;
use super::settings::AlertmanagerFiles;

const TEMPLATE: &str = include_str!("texts/baseline.tmpl");

/// Name of the rules file for escalations.
pub(in crate::observe) const ESCALATION_RULES: &str = "escalation.rules.yml";

/// All files.
pub fn files(of: &AlertmanagerFiles<'_>) -> Vec<ExportedFile> {
    let routes = Routes { scenario: of.scenario, receivers: of.receivers, silences: of.silences };
    let (text, filled) = configuration(&routes);
    let mut files = Vec::new();
    let readme = Readme { of, routes: &routes, filled: &filled };
    files.push(ExportedFile::public("README.md", readme.text()));
    if filled.is_empty() {
        files.push(ExportedFile::public("alertmanager.yml", text));
    } else {
        files.push(ExportedFile::public("alertmanager.yml.tmpl", text));
        files.push(ExportedFile::program("render.sh", script(&filled)));
    }
    files.push(ExportedFile::public("templates/baseline.tmpl", TEMPLATE));
    files.push(ExportedFile::program("routes.test.sh", routes.test(of.workloads)));
    if let Some(rules) = escalation::rules(of.scenario, of.receivers, of.runbooks) {
        files.push(ExportedFile::public(ESCALATION_RULES, rules));
        files.push(ExportedFile::public(
            "escalation.test.yml",
            escalation::test(of.scenario, of.receivers, of.runbooks),
        ));
    }
    files
}
