//! The rules for all workloads of a file: endpoints, journeys and mixes, and the cells they make.

use std::sync::Arc;

use crate::domain::deal::deal;
use crate::domain::endpoint::Endpoint;
use crate::domain::feeder::Feeder;
use crate::domain::plan::Cell;
use crate::domain::suggestion::nearest;
use crate::domain::workload::{Mix, Workload};

use super::check::{Check, all, cells_of};
use super::file::MixSection;
use super::key_path::KeyPath;
use super::problem::Reported;
use super::validate_journey::{journey, repeated_series};
use super::validate_request::Common;
use super::{opt_in, validate_endpoint, validate_slo};

/// A round of a mix has as many iterations as its weights' sum; longer ones would not be seen in a window.
const LARGEST_SUM: i64 = 100_000;

/// Validates every workload, and lists the cells.
pub(super) fn workloads(
    check: &Check<'_>,
    common: &Common<'_>,
    feeders: Option<&[Feeder]>,
) -> Result<(Vec<Workload>, Vec<Cell>), Reported> {
    let file = common.file;
    if file.endpoint.is_empty() && file.journey.is_empty() {
        let hint = if file.service.is_empty() {
            "add an [[endpoint]] with a name and a path"
        } else if check.settings.needs_load {
            "services are checked with `baseline check`; to measure them under load, add an [[endpoint]]"
        } else {
            return Ok((Vec::new(), Vec::new()));
        };
        return Err(check.wrong(&KeyPath::of(["endpoint"]), "there are no endpoints", Some(hint)));
    }
    let endpoints = validate_endpoint::endpoints(check, common);
    let journeys = journeys(check, common, feeders);
    let names_are_unique = names_are_unique(check, common);
    let (endpoints, mut cells) = endpoints?;
    let mut workloads: Vec<Workload> = endpoints.into_iter().map(of_endpoint).collect();
    for (journey, levels) in journeys? {
        cells.extend(cells_of(workloads.len(), levels.into_iter()));
        workloads.push(journey);
    }
    let at = KeyPath::of(["mix"]);
    let is_part = |mix: &MixSection| opt_in::has_mix(file, mix, check.settings.writes);
    let mixes = file.mix.iter().enumerate().filter(|(_, mix)| is_part(mix)).map(|(index, section)| {
        let key = at.index(index);
        let mix = mix(check, common, &key, section, &workloads);
        let levels = validate_slo::levels(check, common, &key, section.levels.as_deref(), false);
        Ok((mix?, levels?))
    });
    for (mix, levels) in all(mixes)? {
        cells.extend(cells_of(workloads.len(), levels.into_iter()));
        workloads.push(mix);
    }
    names_are_unique?;
    if cells.is_empty() && check.settings.needs_load {
        let hint = match opt_in::waiting(file).as_slice() {
            [] => "give an endpoint, a journey or a mix a level".to_owned(),
            waiting => format!("these are left out without --writes: {}", waiting.join(", ")),
        };
        return Err(check.wrong(&KeyPath::of(["levels"]), "nothing is measured at any level", Some(&hint)));
    }
    let series: Vec<String> = workloads.iter().flat_map(series_of).collect();
    if check.is_clean()
        && let Some(name) = repeated_series(&series).first()
    {
        let what = format!("two series would be named {name:?}: a workload with a dot, and a step");
        return Err(check.wrong(&KeyPath::of(["journey"]), what, Some("rename one of them")));
    }
    Ok((workloads, cells))
}

fn of_endpoint(endpoint: Endpoint) -> Workload {
    Workload::Endpoint(Box::new(endpoint))
}

fn series_of(workload: &Workload) -> Vec<String> {
    let name = workload.name();
    let parts = workload.parts().into_iter().map(|part| format!("{name}.{}", part.name));
    std::iter::once(name.to_string()).chain(parts).collect()
}

fn journeys(
    check: &Check<'_>,
    common: &Common<'_>,
    feeders: Option<&[Feeder]>,
) -> Result<Vec<(Workload, Vec<usize>)>, Reported> {
    let at = KeyPath::of(["journey"]);
    all(common.file.journey.iter().enumerate().map(|(index, section)| {
        let key = at.index(index);
        let is_member = common.file.mix.iter().any(|mix| mix.weights.contains_key(&section.name));
        let levels = validate_slo::levels(check, common, &key, section.levels.as_deref(), is_member);
        let journey = journey(check, common, &key, section, feeders.unwrap_or_default());
        // One that is left out is checked all the same.
        let is_part = opt_in::has_journey(section, check.settings.writes);
        let whole = (Workload::Journey(Box::new(journey?)), levels?);
        Ok(is_part.then_some(whole))
    }))
    .map(|journeys: Vec<Option<_>>| journeys.into_iter().flatten().collect())
}

fn names_are_unique(check: &Check<'_>, common: &Common<'_>) -> Result<(), Reported> {
    let file = common.file;
    let mut known: Vec<&str> = file.endpoint.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let others = file.journey.iter().enumerate().map(|(index, one)| ("journey", index, &one.name));
    let others = others.chain(file.mix.iter().enumerate().map(|(index, one)| ("mix", index, &one.name)));
    let mut result = Ok(());
    for (kind, index, name) in others {
        if known.contains(&name.as_str()) {
            let key = KeyPath::of([kind]).index(index).key("name");
            let what = format!("{name:?} is defined twice: endpoints, journeys and mixes share their names");
            result = Err(check.wrong(&key, what, Some("rename one of them")));
        }
        known.push(name);
    }
    result
}

fn mix(
    check: &Check<'_>,
    common: &Common<'_>,
    key: &KeyPath,
    section: &MixSection,
    workloads: &[Workload],
) -> Result<Workload, Reported> {
    let name = check.name(&key.key("name"), &section.name);
    let objective = validate_slo::objective(check, key, section.slo.as_ref());
    let pace = validate_slo::pace(check, common.times, key, section.pace.as_ref());
    let at = key.key("weights");
    let members = section.weights.iter().map(|(name, weight)| {
        let weight = u32::try_from(*weight).ok().filter(|weight| *weight > 0);
        let weight = weight
            .ok_or_else(|| check.wrong(&at.key(name), "a weight is a whole number of at least 1", None));
        let member = workloads.iter().find(|workload| **workload.name() == **name);
        let member = member.filter(|member| !matches!(member, Workload::Mix(_)));
        let member = member.ok_or_else(|| {
            let names: Vec<&str> = workloads.iter().map(|workload| &**workload.name()).collect();
            let hint = match nearest(name, names.iter().copied()) {
                Some(meant) => format!("did you mean {meant:?}?"),
                None => format!("known endpoints and journeys: {}", names.join(", ")),
            };
            let what = format!("there is no endpoint or journey {name:?}");
            check.wrong(&at.key(name), what, Some(&hint))
        });
        Ok((weight?, member?.clone()))
    });
    let (weights, members): (Vec<u32>, Vec<Workload>) = all(members)?.into_iter().unzip();
    if weights.is_empty() {
        let hint = "write weights = { browse = 70, signup = 30 }";
        return Err(check.wrong(&at, "the mix has no members", Some(hint)));
    }
    if section.weights.values().sum::<i64>() > LARGEST_SUM {
        let what = format!("the weights add up to more than {LARGEST_SUM}");
        return Err(check.wrong(&at, what, Some("write percentages")));
    }
    name?;
    Ok(Workload::Mix(Box::new(Mix {
        name: Arc::from(section.name.as_str()),
        members,
        deal: deal(&weights),
        pace: pace?,
        objective: objective?,
    })))
}
