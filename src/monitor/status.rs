//! What a monitor knows, as it is printed.

use std::time::Duration;

use jiff::Timestamp;

use crate::report::console::monitor::{BurnRates, MonitorOutput, MonitoredWorkload, OpenAlert};

use super::health::Watched;
use super::judge::Judge;
use super::ledger::Ledger;

/// What is known of every workload.
pub fn status_of(ledger: &Ledger) -> MonitorOutput {
    let judge = &ledger.judge;
    let budget = &judge.budget;
    let at = judge.workloads.values().filter_map(|watched| watched.probes.last()).map(|(at, _)| *at).max();
    let mut alerts: Vec<_> = ledger.open_alerts().collect();
    alerts.sort_by(|left, right| (left.opened_at, &left.id).cmp(&(right.opened_at, &right.id)));
    let alerts = alerts.into_iter().map(|alert| OpenAlert {
        id: alert.id.clone(),
        name: alert.kind.name(),
        priority: alert.kind.priority().code(),
        subject: alert.subject.clone(),
        summary: alert.summary.clone(),
        opened_at: format!("{:.3}", alert.opened_at),
    });
    MonitorOutput {
        scenario: judge.scenario.to_string(),
        at: at.map(|at| format!("{at:.3}")),
        state: judge.worst().name(),
        interval_s: judge.interval.as_secs_f64(),
        objective: budget.objective,
        period_s: budget.period.as_secs_f64(),
        allowed_s: budget.allowed().as_secs_f64(),
        objective_is_visible: budget.visible(judge.interval).is_visible(),
        workloads: judge
            .workloads
            .iter()
            .map(|(name, watched)| workload(judge, name, watched, at.unwrap_or(Timestamp::UNIX_EPOCH)))
            .collect(),
        alerts: alerts.collect(),
    }
}

fn workload(judge: &Judge, name: &str, watched: &Watched, now: Timestamp) -> MonitoredWorkload {
    let budget = &judge.budget;
    let failed = watched.history.failed(now, budget.period, false);
    let burn = |hours| {
        let failed = watched.history.failed(now, Duration::from_hours(hours), false);
        budget.burn_rate(failed.ratio())
    };
    let (bad, judged, mean_us) =
        watched.last.map_or((None, None, None), |(failed, judged, mean)| (Some(failed), Some(judged), mean));
    MonitoredWorkload {
        name: name.to_owned(),
        state: watched.state.name(),
        availability: (!failed.measured.is_zero()).then(|| 1.0 - failed.ratio()),
        measured_s: failed.measured.as_secs_f64(),
        down_s: failed.down.as_secs_f64(),
        budget_used: budget.used(failed.down),
        budget_left_s: budget.left(failed.down).as_secs_f64(),
        burn_rates: BurnRates { hour: burn(1), six_hours: burn(6), day: burn(24), three_days: burn(72) },
        failed: bad,
        requests: judged,
        mean_us,
        usual_us: watched.pace.usual_us(),
    }
}
