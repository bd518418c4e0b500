//! `summary.json`: an array in the shape of Upptime's `history/summary.json`, for badges and pages that read it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::availability::Availability;
use crate::domain::scrub::scrub;
use crate::domain::units::round_to_thousandths;

use super::component::{Component, Period};
use super::page::StatusPage;
use super::state::ServiceState;

/// One endpoint or journey.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Site<'a> {
    name: String,
    /// Empty where others cannot reach it.
    url: &'a str,
    /// Always empty: nothing is fetched for it.
    icon: &'static str,
    slug: &'a str,
    /// `up`, `degraded` or `down`.
    status: &'static str,
    /// Percent with two decimals, rounded down.
    uptime: String,
    uptime_day: String,
    uptime_week: String,
    uptime_month: String,
    uptime_year: String,
    /// Mean service time of the succeeded requests. Units: milliseconds.
    time: Option<f64>,
    time_day: Option<f64>,
    time_week: Option<f64>,
    time_month: Option<f64>,
    time_year: Option<f64>,
    daily_minutes_down: &'a BTreeMap<String, u64>,
}

/// The file. Endpoints of which nothing is known are left out: the shape has no word for them.
pub(super) fn summary(page: &StatusPage) -> String {
    let sites: Vec<Site<'_>> = page.components.iter().filter_map(site).collect();
    // Types here have only keys that are text, so that writing one cannot fail.
    let mut text = serde_json::to_string_pretty(&sites).unwrap_or_default();
    text.push('\n');
    text
}

fn site(component: &Component) -> Option<Site<'_>> {
    let status = match component.state {
        ServiceState::NoData => return None,
        ServiceState::Operational => "up",
        ServiceState::Degraded | ServiceState::Partial => "degraded",
        ServiceState::Major => "down",
    };
    let all = &component.all;
    let uptime = |period: &Period| percent_up(&period.availability).unwrap_or_default();
    let time = |period: &Period| period.mean_us.map(|us| round_to_thousandths(us / 1e3));
    let [day, week, month, year] = &component.periods;
    Some(Site {
        name: scrub(&component.name).into_owned(),
        url: &component.url,
        icon: "",
        slug: &component.slug,
        status,
        uptime: uptime(all),
        uptime_day: uptime(day),
        uptime_week: uptime(week),
        uptime_month: uptime(month),
        uptime_year: uptime(year),
        time: time(all),
        time_day: time(day),
        time_week: time(week),
        time_month: time(month),
        time_year: time(year),
        daily_minutes_down: &component.daily_minutes_down,
    })
}

/// Availability in percent with two decimals, rounded down: 100.00% only where it was never down. `None` where nothing shows
/// it.
pub(super) fn percent_up(availability: &Availability) -> Option<String> {
    let up = availability.up.as_nanos();
    let hundredths = (up * 10_000).checked_div(up + availability.down.as_nanos())?;
    Some(format!("{}.{:02}%", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn uptime_is_never_rounded_up() {
        let check = |up: u64, down: u64, expected: Option<&str>| {
            let (up, down) = (Duration::from_secs(up), Duration::from_secs(down));
            let availability = Availability { up, down, ..Availability::default() };
            assert_eq!(percent_up(&availability).as_deref(), expected);
        };
        check(1, 0, Some("100.00%"));
        check(1_000_000, 1, Some("99.99%"));
        check(58, 42, Some("58.00%"));
        check(0, 5, Some("0.00%"));
        check(0, 0, None);
    }
}
