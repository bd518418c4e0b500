//! Journeys as their users play them: requests written as far as they are always the same, queries compiled.

use std::sync::Arc;

use crate::domain::endpoint::{Endpoint, Origin, RequestBody};
use crate::domain::journey::{AwsSigning, JarLife, Journey, Pause, Slot, Step};
use crate::domain::multipart::Multipart;
use crate::domain::plan::Plan;
use crate::domain::template::{Piece, Template};
use crate::domain::trace::Tracing;
use crate::domain::units::nanos;
use crate::domain::workload::{Mix, Workload};
use crate::extract::{Check, Query};
use crate::http::sigv4::Signer;
use crate::http::{PrepareError, RequestTemplate, Wants};

use super::engine::EngineError;

/// Bytes of a body that are kept only to be shown.
const SHOWN: u64 = 64 << 10;

/// What the users of one workload play, and the rows that they record.
#[derive(Debug)]
pub(crate) struct Cast {
    /// A journey, or the members of a mix.
    pub(super) plays: Vec<Play>,
    /// Which of them comes when, again and again from the front.
    pub(super) deal: Vec<usize>,
    /// Number of rows beside the whole.
    pub(super) parts: usize,
}

/// One journey, or one endpoint of a mix as a journey of one step.
#[derive(Debug)]
pub struct Play {
    pub(super) setup: Vec<PlayStep>,
    pub(super) steps: Vec<PlayStep>,
    pub(super) slots: Vec<Slot>,
    pub(super) cookies: JarLife,
    /// Feeders whose rows it uses.
    pub(super) feeders: Vec<usize>,
    /// The age at which its setup is repeated. Units: nanoseconds.
    pub(super) refresh_ns: Option<u64>,
    /// The row of its iterations within a mix, counted without the whole; `None` where it is the whole.
    pub(super) part: Option<usize>,
}

/// One request of a play.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the scenario")]
pub(super) struct PlayStep {
    pub(super) name: Arc<str>,
    pub(super) is_setup: bool,
    pub(super) template: RequestTemplate,
    /// Path and query, for cookies.
    pub(super) path: Template,
    pub(super) from: Origin,
    /// Index into the connectors.
    pub(super) origin: usize,
    /// Units: nanoseconds.
    pub(super) timeout_ns: u64,
    pub(super) set: Vec<(usize, Template)>,
    pub(super) fresh: Vec<usize>,
    pub(super) captures: Vec<Taken>,
    pub(super) checks: Vec<(Check, Option<Template>)>,
    /// How much of the body captures and checks look into; `None` where they do not.
    pub(super) body_limit: Option<u64>,
    pub(super) follow: bool,
    pub(super) always: bool,
    pub(super) pause: Pause,
    pub(super) signer: Option<Signer>,
    /// Whether it has a `cookie` header of its own, in place of those that were kept.
    pub(super) sends_own_cookies: bool,
    /// Kept values without which it cannot be sent.
    pub(super) needs: Vec<usize>,
    /// Its row, counted without the whole; `None` for a setup, and for an endpoint of a mix.
    pub(super) part: Option<usize>,
}

/// A value to take from a response.
pub(super) struct Taken {
    pub(super) name: Arc<str>,
    pub(super) query: Query,
    pub(super) text_slot: Option<usize>,
    pub(super) json_slot: Option<usize>,
    pub(super) is_public: bool,
}

// Its texts may hold secrets.
impl std::fmt::Debug for PlayStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlayStep").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Cast {
    /// The cast of a workload.
    /// # Errors
    /// [`EngineError`] where a request cannot be written, or a query not be compiled.
    pub(super) fn of(workload: &Workload, plan: &Plan, origins: &[Origin]) -> Result<Self, EngineError> {
        let mut cast = match workload {
            Workload::Mix(mix) => Self::of_mix(mix, plan, origins)?,
            Workload::Journey(journey) => {
                let play = Play::new(journey, plan, origins, None)?;
                Self { parts: play.steps.len(), plays: vec![play], deal: vec![0] }
            }
            Workload::Endpoint(endpoint) => {
                let play = Play::of_endpoint(endpoint, plan, origins, None)?;
                Self { parts: 0, plays: vec![play], deal: vec![0] }
            }
        };
        let turns = cast.plays.iter().map(|play| play.setup.len() + play.steps.len()).sum();
        let steps = cast.plays.iter_mut().flat_map(|play| play.setup.iter_mut().chain(&mut play.steps));
        steps.for_each(|step| step.template.takes_turns(turns));
        Ok(cast)
    }

    fn of_mix(mix: &Mix, plan: &Plan, origins: &[Origin]) -> Result<Self, EngineError> {
        let mut parts = 0;
        let mut plays = Vec::new();
        for member in &mix.members {
            match member {
                Workload::Journey(journey) => {
                    plays.push(Play::new(journey, plan, origins, Some(parts))?);
                    parts += 1 + journey.steps.len();
                }
                Workload::Endpoint(endpoint) => {
                    plays.push(Play::of_endpoint(endpoint, plan, origins, Some(parts))?);
                    parts += 1;
                }
                Workload::Mix(_) => (),
            }
        }
        Ok(Self { plays, deal: mix.deal.clone(), parts })
    }

    /// The same, with every response kept for people to see.
    pub(super) fn showing_everything(mut self) -> Self {
        let showing = |steps: Vec<PlayStep>| -> Vec<PlayStep> {
            steps
                .into_iter()
                .map(|step| {
                    let body = Some(step.body_limit.unwrap_or(SHOWN));
                    let wants = Wants { fields: true, cookies: true, body };
                    PlayStep { template: step.template.wanting(wants), ..step }
                })
                .collect()
        };
        for play in &mut self.plays {
            play.setup = showing(std::mem::take(&mut play.setup));
            play.steps = showing(std::mem::take(&mut play.steps));
        }
        self
    }

    /// Who comes in iteration number `n`, from 0.
    pub(super) fn dealt(&self, n: u64) -> usize {
        let round = self.deal.len().max(1) as u64;
        usize::try_from(n % round).ok().and_then(|place| self.deal.get(place)).copied().unwrap_or(0)
    }

    /// Whether its users prepare before they are measured.
    pub(super) fn has_setup(&self) -> bool {
        self.plays.iter().any(|play| !play.setup.is_empty())
    }

    /// Whether steps are sent after others failed, so that an interrupted iteration has something to clean up.
    pub(super) fn cleans_up(&self) -> bool {
        self.plays.iter().any(|play| play.steps.iter().any(|step| step.always))
    }
}

impl Play {
    /// A journey; `part` is its own row within a mix.
    /// # Errors
    /// [`EngineError`] where a request cannot be written, or a query not be compiled.
    pub fn new(
        journey: &Journey,
        plan: &Plan,
        origins: &[Origin],
        part: Option<usize>,
    ) -> Result<Self, EngineError> {
        let limit = journey.body_limit;
        let first = part.map_or(0, |part| part + 1);
        let step = |step: &Step, part: Option<usize>| {
            PlayStep::new(step, plan, origins, part, limit, &journey.slots)
        };
        let steps = journey.steps.iter().enumerate().map(|(index, known)| step(known, Some(first + index)));
        Ok(Self {
            setup: journey.setup.iter().map(|known| step(known, None)).collect::<Result<_, _>>()?,
            steps: steps.collect::<Result<_, _>>()?,
            slots: journey.slots.clone(),
            cookies: journey.cookies,
            feeders: journey.feeders(),
            refresh_ns: journey.refresh().map(nanos),
            part,
        })
    }

    /// Whether its iterations name a trace.
    pub(super) fn is_traced(&self) -> bool {
        self.steps.iter().any(|step| step.template.is_traced())
    }

    /// Whether each of its iterations is one request.
    pub(super) fn is_endpoint(&self) -> bool {
        self.steps.iter().all(|step| step.part.is_none())
    }

    fn of_endpoint(
        endpoint: &Endpoint,
        plan: &Plan,
        origins: &[Origin],
        part: Option<usize>,
    ) -> Result<Self, EngineError> {
        let step = PlayStep {
            name: Arc::clone(&endpoint.name),
            is_setup: false,
            template: traced(RequestTemplate::new(endpoint, &plan.access)?, plan)?,
            path: Template::literal(endpoint.path.reveal()),
            from: endpoint.origin.clone(),
            origin: place_of(&endpoint.origin, origins),
            timeout_ns: nanos(endpoint.timeout),
            set: Vec::new(),
            fresh: Vec::new(),
            captures: Vec::new(),
            checks: Vec::new(),
            body_limit: None,
            follow: false,
            always: false,
            pause: Pause::None,
            signer: None,
            sends_own_cookies: true,
            needs: Vec::new(),
            part: None,
        };
        Ok(Self {
            setup: Vec::new(),
            steps: vec![step],
            slots: Vec::new(),
            cookies: JarLife::Iteration,
            feeders: Vec::new(),
            refresh_ns: None,
            part,
        })
    }
}

impl PlayStep {
    fn new(
        step: &Step,
        plan: &Plan,
        origins: &[Origin],
        part: Option<usize>,
        limit: u64,
        slots: &[Slot],
    ) -> Result<Self, EngineError> {
        let wrong = |query: &str| EngineError::Query { text: query.to_owned() };
        let captures = step.captures.iter().map(|capture| {
            Ok(Taken {
                name: Arc::clone(&capture.name),
                query: Query::parse(&capture.query).map_err(|_| wrong(&capture.query))?,
                text_slot: capture.text_slot,
                json_slot: capture.json_slot,
                is_public: capture.is_public,
            })
        });
        let captures: Vec<Taken> = captures.collect::<Result<_, EngineError>>()?;
        let checks = step.checks.iter().map(|check| {
            Ok((Check::parse(&check.text).map_err(|_| wrong(&check.text))?, check.value.clone()))
        });
        let checks: Vec<(Check, Option<Template>)> = checks.collect::<Result<_, EngineError>>()?;
        let needs_fields = captures.iter().any(|taken| taken.query.needs_fields())
            || checks.iter().any(|(check, _)| check.needs_fields())
            || step.follow;
        let looks_into_body = captures.iter().any(|taken| taken.query.needs_body())
            || checks.iter().any(|(check, _)| check.needs_body());
        let wants = Wants { fields: needs_fields, cookies: true, body: looks_into_body.then_some(limit) };
        let template = RequestTemplate::of(
            &step.request,
            &plan.access,
            step.path.clone(),
            step.headers.clone(),
            step.text.clone(),
        )?;
        Ok(Self {
            name: Arc::clone(&step.request.name),
            is_setup: part.is_none(),
            template: traced(template, plan)?.wanting(wants),
            path: step.path.clone(),
            from: step.request.origin.clone(),
            origin: place_of(&step.request.origin, origins),
            timeout_ns: nanos(step.request.timeout),
            set: step.set.clone(),
            fresh: step.fresh.clone(),
            captures,
            checks,
            body_limit: looks_into_body.then_some(limit),
            follow: step.follow,
            always: step.always,
            pause: step.pause,
            signer: step.aws.clone().map(signer),
            sends_own_cookies: step.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")),
            needs: needs_of(step, slots),
            part,
        })
    }
}

/// The template of a request that names its trace, where the plan wants that.
/// # Errors
/// [`PrepareError`] where it cannot be written.
pub(super) fn traced(template: RequestTemplate, plan: &Plan) -> Result<RequestTemplate, PrepareError> {
    if plan.tracing == Tracing::Off { Ok(template) } else { template.traced() }
}

fn signer(keys: AwsSigning) -> Signer {
    let AwsSigning { access_key, secret_key, session_token, region, service } = keys;
    Signer { access_key, secret_key, session_token, region, service }
}

fn place_of(origin: &Origin, origins: &[Origin]) -> usize {
    origins.iter().position(|known| known == origin).unwrap_or(0)
}

/// The kept values that a step's texts use, except those that it sets itself.
fn needs_of(step: &Step, slots: &[Slot]) -> Vec<usize> {
    let texts = step.headers.iter().map(|(_, value)| value).chain([&step.path]).chain(&step.text);
    let texts = texts.chain(step.set.iter().map(|(_, value)| value));
    let of_form = match &step.request.body {
        Some(RequestBody::Multipart(form)) => Some(form),
        _ => None,
    };
    let of_form = of_form.into_iter().flat_map(Multipart::templates);
    let texts = texts.chain(of_form);
    let texts = texts.chain(step.checks.iter().filter_map(|check| check.value.as_ref()));
    let used = texts.flat_map(Template::pieces).filter_map(|piece| match piece {
        Piece::Slot(slot, _) => Some(*slot),
        Piece::Literal(_) => None,
    });
    let is_kept = |slot: &usize| matches!(slots.get(*slot), Some(Slot::Kept { .. }));
    let is_captured = |slot: &usize| {
        step.captures.iter().any(|own| own.text_slot == Some(*slot) || own.json_slot == Some(*slot))
    };
    let is_own = |slot: &usize| step.set.iter().any(|(known, _)| known == slot) || is_captured(slot);
    let mut needs: Vec<usize> = used.filter(|slot| is_kept(slot) && !is_own(slot)).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}
