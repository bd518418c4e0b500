//! What a scenario says beside the load: objectives, what slows users down, prices.
//!
//! Read from a manifest for reports, where no secret is resolved and nothing is sent.

use std::collections::BTreeMap;

use crate::domain::cost::{Cost, CostItem};
use crate::domain::objective::Objective;
use crate::domain::rate_limit::RateLimit;
use crate::domain::units::parse_span;

use super::file::{EndpointSection, RateLimitPolicy, ScenarioFile};

/// What a scenario says about an endpoint beyond its request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndpointTerms {
    /// What its owner wants its requests to stay within.
    pub objective: Objective,
    /// What keeps users from sending as fast as responses come; `None` where nothing does.
    pub held_back: Option<&'static str>,
}

/// The terms of a scenario, by endpoint.
/// # Errors
/// The key and text of an objective that cannot be read: it must not be left out.
pub fn terms_of(file: &ScenarioFile) -> Result<BTreeMap<String, EndpointTerms>, String> {
    let terms = |endpoint: &EndpointSection| {
        let terms = EndpointTerms { objective: objective(endpoint)?, held_back: held_back(file, endpoint) };
        Ok((endpoint.name.clone(), terms))
    };
    file.endpoint.iter().map(terms).collect()
}

fn objective(endpoint: &EndpointSection) -> Result<Objective, String> {
    let span = |key: &str, text: &Option<String>| match text.as_deref().map(|text| (text, parse_span(text))) {
        None => Ok(None),
        Some((_, Ok(span))) => Ok(Some(span)),
        Some((text, Err(_))) => Err(format!("{}: slo.{key}: {text:?} is not a duration", endpoint.name)),
    };
    let slo = endpoint.slo.clone().unwrap_or_default();
    Ok(Objective {
        mean: span("mean", &slo.mean)?,
        p95: span("p95", &slo.p95)?,
        error_rate: slo.error_rate,
        cache_hit_ratio: slo.cache_hit_ratio,
        certificate_days: slo.certificate_days,
        over: span("for", &slo.over)?,
    })
}

fn held_back(file: &ScenarioFile, endpoint: &EndpointSection) -> Option<&'static str> {
    let pace = endpoint.pace.clone().unwrap_or_default();
    if pace.rate.is_some() {
        return Some("fixed rate");
    }
    if pace.think.as_deref().and_then(|text| parse_span(text).ok()).is_some_and(|think| !think.is_zero()) {
        return Some("think time");
    }
    let covers =
        |path: &str| RateLimit { path: path.to_owned(), allowances: Vec::new() }.covers(&endpoint.path);
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
