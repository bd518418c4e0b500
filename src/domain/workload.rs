//! A workload: what a cell measures.

use std::sync::Arc;

use super::endpoint::{Endpoint, Pace};
use super::journey::Journey;
use super::objective::Objective;

/// What a cell measures: an endpoint, a journey, or a mix of both.
#[derive(Debug, Clone, PartialEq)]
pub enum Workload {
    /// One documented request, repeated by every user.
    Endpoint(Box<Endpoint>),
    /// A user's path over several requests.
    Journey(Box<Journey>),
    /// Several of them, played by the same users.
    Mix(Box<Mix>),
}

/// Several endpoints and journeys that the same users play, each as often as its weight says.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// Name of the mix, unique among the workloads of a plan.
    pub name: Arc<str>,
    /// What it consists of, in the order of the file; no mixes.
    pub members: Vec<Workload>,
    /// Who comes when: indices of the members, again and again from the front.
    pub deal: Vec<usize>,
    /// How iterations are timed, whatever its members say.
    pub pace: Pace,
    /// SLO of all iterations.
    pub objective: Objective,
}

impl Workload {
    /// Name of the workload, unique within a plan.
    pub fn name(&self) -> &Arc<str> {
        match self {
            Self::Endpoint(endpoint) => &endpoint.name,
            Self::Journey(journey) => &journey.name,
            Self::Mix(mix) => &mix.name,
        }
    }

    /// How the sending of requests, or the start of iterations, is timed.
    pub fn pace(&self) -> Pace {
        match self {
            Self::Endpoint(endpoint) => endpoint.pace,
            Self::Journey(journey) => journey.pace,
            Self::Mix(mix) => mix.pace,
        }
    }

    /// Its SLO: of an endpoint's requests, or of whole iterations.
    pub fn objective(&self) -> &Objective {
        match self {
            Self::Endpoint(endpoint) => &endpoint.objective,
            Self::Journey(journey) => &journey.objective,
            Self::Mix(mix) => &mix.objective,
        }
    }

    /// The endpoint, where it is one.
    pub fn as_endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Endpoint(endpoint) => Some(endpoint),
            Self::Journey(_) | Self::Mix(_) => None,
        }
    }

    /// The journey, where it is one.
    pub fn as_journey(&self) -> Option<&Journey> {
        match self {
            Self::Journey(journey) => Some(journey),
            Self::Endpoint(_) | Self::Mix(_) => None,
        }
    }

    /// What its users play: the members of a mix, otherwise itself.
    pub fn members(&self) -> &[Self] {
        match self {
            Self::Mix(mix) => &mix.members,
            Self::Endpoint(_) | Self::Journey(_) => std::slice::from_ref(self),
        }
    }

    /// Every request that one iteration of any member sends, setup first, in order.
    pub fn requests(&self) -> Vec<&Endpoint> {
        let mut requests = Vec::new();
        for member in self.members() {
            match member {
                Self::Endpoint(endpoint) => requests.push(&**endpoint),
                Self::Journey(journey) => requests.extend(journey.all_steps().map(|step| &step.request)),
                Self::Mix(_) => (),
            }
        }
        requests
    }

    /// The first request that it measures; `None` for a mix without members.
    pub fn first_request(&self) -> Option<&Endpoint> {
        match self.members().first()? {
            Self::Endpoint(endpoint) => Some(endpoint),
            Self::Journey(journey) => journey.steps.first().map(|step| &step.request),
            Self::Mix(_) => None,
        }
    }

    /// Names of its parts, as rows beside the whole: the steps of a journey, the members of a mix and their steps.
    ///
    /// Shape: in the order of the rows; empty for an endpoint.
    pub fn parts(&self) -> Vec<Part<'_>> {
        match self {
            Self::Endpoint(_) => Vec::new(),
            Self::Journey(journey) => steps_of(journey, None),
            Self::Mix(mix) => mix.members.iter().flat_map(parts_of_member).collect(),
        }
    }
}

/// A part of a workload that has rows of its own.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Name of the part: `create`, or `create_pitch.create` within a mix.
    pub name: String,
    /// Its SLO.
    pub objective: &'a Objective,
}

fn steps_of<'a>(journey: &'a Journey, member: Option<&str>) -> Vec<Part<'a>> {
    let name = |step: &str| member.map_or_else(|| step.to_owned(), |member| format!("{member}.{step}"));
    let steps = journey.steps.iter();
    steps.map(|step| Part { name: name(&step.request.name), objective: &step.request.objective }).collect()
}

fn parts_of_member(member: &Workload) -> Vec<Part<'_>> {
    let name = member.name();
    let mut parts = vec![Part { name: name.to_string(), objective: member.objective() }];
    if let Workload::Journey(journey) = member {
        parts.extend(steps_of(journey, Some(name)));
    }
    parts
}
