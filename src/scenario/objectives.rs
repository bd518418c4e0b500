//! What a scenario says beside the load: objectives, what slows users down, prices.
//!
//! Read from a manifest for reports, where no secret is resolved and nothing is sent.

use std::collections::BTreeMap;

use crate::domain::cost::{Cost, CostItem};
use crate::domain::objective::Objective;
use crate::domain::rate_limit::RateLimit;
use crate::domain::units::parse_span;

use super::file::{JourneySection, PaceSection, RateLimitPolicy, ScenarioFile, SloSection};

/// What a scenario says about an endpoint, a journey or a step beyond its requests.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeriesTerms {
    /// The workload that it is, or is a part of.
    pub workload: String,
    /// What its owner wants its requests to stay within.
    pub objective: Objective,
    /// What keeps users from sending as fast as responses come; `None` where nothing does.
    pub held_back: Option<&'static str>,
}

/// The terms of a scenario by series: `endpoint`, `journey`, `journey.step`, and those of a mix with its name before them.
/// # Errors
/// The key and text of an objective that cannot be read: it must not be left out.
pub fn terms_of(file: &ScenarioFile) -> Result<BTreeMap<String, SeriesTerms>, String> {
    let mut all = BTreeMap::new();
    // What is measured only as part of a mix has no series of its own.
    let is_alone = |levels: &Option<Vec<String>>| levels.as_ref().is_none_or(|levels| !levels.is_empty());
    for endpoint in file.endpoint.iter().filter(|endpoint| is_alone(&endpoint.levels)) {
        let held_back = held_back(file, endpoint.pace.as_ref(), false, &[&endpoint.path]);
        insert(&mut all, &endpoint.name, &endpoint.name, endpoint.slo.as_ref(), held_back)?;
    }
    for journey in file.journey.iter().filter(|journey| is_alone(&journey.levels)) {
        let held_back = held_back_journey(file, journey, journey.pace.as_ref());
        insert_journey(&mut all, journey, &journey.name, &journey.name, held_back)?;
    }
    for mix in &file.mix {
        let members: Vec<&JourneySection> =
            file.journey.iter().filter(|journey| mix.weights.contains_key(&journey.name)).collect();
        let of_members = members.iter().find_map(|member| held_back_journey(file, member, mix.pace.as_ref()));
        let held_back = of_members.or_else(|| held_back(file, mix.pace.as_ref(), false, &[]));
        insert(&mut all, &mix.name, &mix.name, mix.slo.as_ref(), held_back)?;
        for member in members {
            insert_journey(&mut all, member, &format!("{}.{}", mix.name, member.name), &mix.name, held_back)?;
        }
        for endpoint in file.endpoint.iter().filter(|endpoint| mix.weights.contains_key(&endpoint.name)) {
            let series = format!("{}.{}", mix.name, endpoint.name);
            insert(&mut all, &series, &mix.name, endpoint.slo.as_ref(), held_back)?;
        }
    }
    Ok(all)
}

fn insert_journey(
    all: &mut BTreeMap<String, SeriesTerms>,
    journey: &JourneySection,
    series: &str,
    workload: &str,
    held_back: Option<&'static str>,
) -> Result<(), String> {
    insert(all, series, workload, journey.slo.as_ref(), held_back)?;
    journey.step.iter().try_for_each(|step| {
        insert(all, &format!("{series}.{}", step.name), workload, step.slo.as_ref(), held_back)
    })
}

fn insert(
    all: &mut BTreeMap<String, SeriesTerms>,
    series: &str,
    workload: &str,
    slo: Option<&SloSection>,
    held_back: Option<&'static str>,
) -> Result<(), String> {
    let terms = SeriesTerms { workload: workload.to_owned(), objective: objective(series, slo)?, held_back };
    all.insert(series.to_owned(), terms);
    Ok(())
}

fn objective(series: &str, slo: Option<&SloSection>) -> Result<Objective, String> {
    let span = |key: &str, text: &Option<String>| match text.as_deref().map(|text| (text, parse_span(text))) {
        None => Ok(None),
        Some((_, Ok(span))) => Ok(Some(span)),
        Some((text, Err(_))) => Err(format!("{series}: slo.{key}: {text:?} is not a duration")),
    };
    let slo = slo.cloned().unwrap_or_default();
    Ok(Objective {
        mean: span("mean", &slo.mean)?,
        p95: span("p95", &slo.p95)?,
        error_rate: slo.error_rate,
        cache_hit_ratio: slo.cache_hit_ratio,
        certificate_days: slo.certificate_days,
        over: span("for", &slo.over)?,
    })
}

fn held_back_journey(
    file: &ScenarioFile,
    journey: &JourneySection,
    pace: Option<&PaceSection>,
) -> Option<&'static str> {
    let has_pauses = journey.step.iter().any(|step| step.pause.is_some());
    let paths: Vec<&str> = journey.step.iter().map(|step| step.path.as_str()).collect();
    held_back(file, pace, has_pauses, &paths)
}

fn held_back(
    file: &ScenarioFile,
    pace: Option<&PaceSection>,
    has_pauses: bool,
    paths: &[&str],
) -> Option<&'static str> {
    let pace = pace.cloned().unwrap_or_default();
    if pace.rate.is_some() {
        return Some("fixed rate");
    }
    if pace.think.as_deref().and_then(|text| parse_span(text).ok()).is_some_and(|think| !think.is_zero()) {
        return Some("think time");
    }
    if has_pauses {
        return Some("pauses");
    }
    let covers = |limit: &str| {
        let limit = RateLimit { path: limit.to_owned(), allowances: Vec::new() };
        paths.iter().any(|path| limit.covers(path))
    };
    let is_capped = file.plan.rate_limits == RateLimitPolicy::Fit
        && file.rate_limit.iter().any(|limit| covers(&limit.path));
    is_capped.then_some("documented rate limits")
}

/// The prices of a scenario, where it states some.
pub fn cost(file: &ScenarioFile) -> Option<Cost> {
    let section = file.cost.as_ref()?;
    let items = section.item.iter().map(|item| CostItem {
        name: item.name.clone(),
        fixed_per_month: item.fixed_per_month,
        per_million_requests: item.per_million_requests,
        included_requests: item.included_requests,
        from_users: item.from_users,
    });
    Some(Cost {
        currency: section.currency.clone(),
        requests_per_user_per_month: section.requests_per_user_per_month,
        peak_to_average: section.peak_to_average,
        items: items.collect(),
    })
}
