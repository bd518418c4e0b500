//! Journeys that wait for an option: those that write, until `--writes` is given.

use super::file::{JourneySection, MixSection, ScenarioFile};

/// Whether a journey is part of the plan.
pub(super) fn has_journey(journey: &JourneySection, writes: bool) -> bool {
    writes || journey.opt_in.is_none()
}

/// Whether a mix is part of the plan: all of its members have to be.
pub(super) fn has_mix(file: &ScenarioFile, mix: &MixSection, writes: bool) -> bool {
    let waits = |journey: &&JourneySection| !has_journey(journey, writes);
    !file.journey.iter().filter(waits).any(|journey| mix.weights.contains_key(&journey.name))
}

/// The names of the journeys and mixes that wait for an option, in the order of the file.
pub fn waiting(file: &ScenarioFile) -> Vec<&str> {
    let journeys = file.journey.iter().filter(|journey| !has_journey(journey, false));
    let mixes = file.mix.iter().filter(|mix| !has_mix(file, mix, false));
    journeys.map(|journey| journey.name.as_str()).chain(mixes.map(|mix| mix.name.as_str())).collect()
}

/// Removes what waits for an option that was not given; what remains waits for none.
pub fn settle(file: &mut ScenarioFile, writes: bool) {
    let whole = file.clone();
    file.mix.retain(|mix| has_mix(&whole, mix, writes));
    file.journey.retain(|journey| has_journey(journey, writes));
    file.journey.iter_mut().for_each(|journey| journey.opt_in = None);
}
