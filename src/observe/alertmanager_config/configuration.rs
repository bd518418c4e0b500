//! `alertmanager.yml` as a whole: what is sent, what is muted, and what another alert makes superfluous.

use super::intervals;
use super::receivers;
use super::routes::Routes;
use super::script::Filled;

const HEAD: &str = "\
# Written by `baseline export alertmanager`. Needs Alertmanager 0.25 or later.
global:
  # What is not sent again within this time has resolved. Prometheus says itself when an alert ends.
  resolve_timeout: 5m

templates: [templates/*.tmpl]

";

/// An alert that says it all mutes those that only follow from it.
const INHIBITION: &str = r#"
inhibit_rules:
  # An endpoint that is down is slow, fails and burns its budget.
  - source_matchers: [alertname="BaselineDown"]
    target_matchers: ['alertname=~"BaselineDegraded|BaselineSlowerThanBaseline|BaselineErrorRateHigh|BaselineErrorBudgetBurn.*"']
    equal: [scenario, endpoint]
  - source_matchers: [priority="P0", 'scenario=~".+"']
    target_matchers: ['priority=~"P1|P2|P3"']
    equal: [scenario, endpoint]
  # Errors burn the budget, and the faster burn is the one to act on.
  - source_matchers: [alertname="BaselineErrorRateHigh"]
    target_matchers: ['alertname=~"BaselineErrorBudgetBurn.*"']
    equal: [scenario, endpoint]
  - source_matchers: [alertname="BaselineErrorBudgetBurnFast"]
    target_matchers: [alertname="BaselineErrorBudgetBurnSlow"]
    equal: [scenario, endpoint]
  # Without measurements nothing else is known. What is down stays an alert.
  - source_matchers: [alertname="BaselineMonitorSilent"]
    target_matchers: ['alertname=~"Baseline.+"', alertname!="BaselineMonitorSilent", 'priority=~"P1|P2|P3"']
    equal: [scenario]
"#;

/// The file, and the secrets that have to be put into it.
pub(super) fn configuration(routes: &Routes<'_>) -> (String, Vec<Filled>) {
    let (receivers, filled) = receivers::section(routes.receivers);
    let intervals = intervals::section(routes.receivers, routes.silences);
    (format!("{HEAD}{intervals}{}{receivers}{INHIBITION}", routes.section()), filled)
}
