//! The rules that all workloads share: their SLOs, their pace, the levels they are measured at.

use std::time::Duration;

use crate::domain::endpoint::{Arrivals, Pace};
use crate::domain::level::Level;
use crate::domain::objective::Objective;
use crate::domain::suggestion::nearest;

use super::check::{Check, duplicates};
use super::file::{ArrivalsText, PaceSection, SloSection};
use super::key_path::KeyPath;
use super::problem::Reported;
use super::validate_request::Common;
use super::validate_times::Times;

/// Requests per second that no single generator reaches.
const HIGHEST_RATE: f64 = 1_000_000.0;
/// Arrivals that are drawn beforehand are kept in memory for their window.
const MOST_DRAWN_ARRIVALS: f64 = 2_000_000.0;
/// No certificate is valid for longer than ten years or so.
const MOST_DAYS: f64 = 3_650.0;

/// The SLO of a section; empty where it has none.
pub(super) fn objective(
    check: &Check<'_>,
    key: &KeyPath,
    section: Option<&SloSection>,
) -> Result<Objective, Reported> {
    let Some(SloSection { mean, p95, error_rate, cache_hit_ratio, certificate_days, over }) = section else {
        return Ok(Objective::default());
    };
    let key = key.key("slo");
    let span = |name: &str, text: &Option<String>| {
        text.as_ref().map(|text| check.span(&key.key(name), text)).transpose()
    };
    let ranges = [
        ("error_rate", error_rate, 1.0, "must be a ratio from 0 to 1".to_owned()),
        ("cache_hit_ratio", cache_hit_ratio, 1.0, "must be a ratio from 0 to 1".to_owned()),
        ("certificate_days", certificate_days, MOST_DAYS, format!("must be from 0 to {MOST_DAYS} days")),
    ];
    let mut result = Ok(());
    for (name, value, most, what) in ranges {
        let Some(value) = value.filter(|value| !(0.0..=most).contains(value)) else { continue };
        // A ratio that was written in percent.
        let hint = (most <= 1.0 && (1.0..=100.0).contains(&value))
            .then(|| format!("did you mean {}? 1 is 100%", value / 100.0));
        result = Err(check.wrong(&key.key(name), what, hint.as_deref()));
    }
    let (mean, p95, over) = (span("mean", mean), span("p95", p95), span("for", over));
    result?;
    Ok(Objective {
        mean: mean?,
        p95: p95?,
        error_rate: *error_rate,
        cache_hit_ratio: *cache_hit_ratio,
        certificate_days: *certificate_days,
        over: over?,
    })
}

/// The pace of a section: at once, where it says nothing.
pub(super) fn pace(
    check: &Check<'_>,
    times: &Times,
    key: &KeyPath,
    section: Option<&PaceSection>,
) -> Result<Pace, Reported> {
    let Some(PaceSection { think, rate, arrivals }) = section else {
        return Ok(Pace::Closed { think: Duration::ZERO });
    };
    let key = key.key("pace");
    match (think, rate) {
        (Some(_), Some(_)) => Err(check.wrong(
            &key,
            "`think` is for a closed loop and `rate` for an open loop; use only one",
            None,
        )),
        (_, Some(rate)) if !(rate.is_finite() && *rate > 0.0 && *rate <= HIGHEST_RATE) => {
            let what = format!("must be above 0 and at most {HIGHEST_RATE} requests per second");
            Err(check.wrong(&key.key("rate"), what, None))
        }
        (_, Some(rate)) => {
            let arrivals = match arrivals {
                Some(ArrivalsText::Poisson) => Arrivals::Poisson,
                _ => Arrivals::Uniform,
            };
            let drawn = times.cell_span().map_or(0.0, |span| rate * span.as_secs_f64());
            if arrivals == Arrivals::Poisson && drawn > MOST_DRAWN_ARRIVALS {
                let what = format!("more than {MOST_DRAWN_ARRIVALS} Poisson arrivals in one window");
                let hint = "lower the rate, or shorten the window";
                return Err(check.wrong(&key.key("rate"), what, Some(hint)));
            }
            Ok(Pace::Open { rate: *rate, arrivals })
        }
        (_, None) if arrivals.is_some() => {
            Err(check.wrong(&key.key("arrivals"), "`arrivals` needs an open loop; add a `rate`", None))
        }
        (Some(text), None) => Ok(Pace::Closed { think: check.span_or_zero(&key.key("think"), text)? }),
        (None, None) => Ok(Pace::Closed { think: Duration::ZERO }),
    }
}

/// The places of a workload's levels among those of the scenario.
pub(super) fn levels(
    check: &Check<'_>,
    common: &Common<'_>,
    key: &KeyPath,
    section: Option<&[String]>,
    may_be_empty: bool,
) -> Result<Vec<usize>, Reported> {
    let (key, names) = (key.key("levels"), &common.file.levels);
    let Some(wanted) = section else {
        return common.levels.map(|levels| (0..levels.len()).collect()).ok_or(Reported(()));
    };
    if wanted.is_empty() && !may_be_empty {
        return Err(check.wrong(&key, "the list is empty; remove it to use all levels", None));
    }
    let mut result = Ok(());
    for (index, name) in duplicates(wanted.iter().map(String::as_str)) {
        let what = format!("level {name:?} is listed twice");
        result = Err(check.wrong(&key.index(index), what, None));
    }
    let are_known = !check.document.is_unknown(&KeyPath::of(["levels"]));
    for (index, name) in wanted.iter().enumerate().filter(|(_, name)| are_known && !names.contains_key(*name))
    {
        let known = names.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let hint = match nearest(name, names.keys().map(String::as_str)) {
            Some(meant) => format!("did you mean {meant:?}? Known levels: {known}"),
            None => format!("known levels: {known}"),
        };
        result = Err(check.wrong(&key.index(index), format!("there is no level {name:?}"), Some(&hint)));
    }
    result?;
    let levels = common.levels.ok_or(Reported(()))?;
    let wanted = |level: &Level| wanted.iter().any(|name| **name == *level.name);
    Ok((0..levels.len()).filter(|place| wanted(&levels[*place])).collect())
}
