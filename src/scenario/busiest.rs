//! The busiest stretch of a plan: how many requests under a documented limit fall into it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::journey::{Journey, Step};
use crate::domain::plan::{Cell, Plan};
use crate::domain::rate_limit::RateLimit;
use crate::domain::schedule::cells_in_order;
use crate::domain::units::nanos;
use crate::domain::workload::Workload;

/// Cycles of a long plan that are counted; more if twice the longest limit spans more.
const COUNTED_CYCLES: u64 = 1_000;

/// How many requests under a limit a workload sends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Use {
    /// For each unit: each request of an endpoint, each iteration of a journey.
    pub(super) per_unit: f64,
    /// More for a window, however few units it has: a mix may begin with any of its members.
    pub(super) extra: f64,
    /// For each user that is set up.
    pub(super) per_setup: f64,
}

impl Use {
    /// What a workload sends under a limit.
    pub(super) fn of(workload: &Workload, limit: &RateLimit) -> Self {
        let covered = |step: &Step| limit.may_cover(step.request.path.reveal());
        let counted = |steps: &[Step]| steps.iter().filter(|step| covered(step)).count() as f64;
        match workload {
            Workload::Endpoint(endpoint) => Self {
                per_unit: f64::from(u8::from(limit.covers(endpoint.path.reveal()))),
                ..Self::default()
            },
            Workload::Journey(journey) => {
                Self { per_unit: counted(&journey.steps), extra: 0.0, per_setup: counted(&journey.setup) }
            }
            Workload::Mix(mix) => {
                let mut all = Self::default();
                for (index, member) in mix.members.iter().enumerate() {
                    let weight = mix.deal.iter().filter(|dealt| **dealt == index).count() as f64;
                    let of_member = Self::of(member, limit);
                    all.per_unit += of_member.per_unit * weight / mix.deal.len().max(1) as f64;
                    // The deal is never off by more than one, so a stretch of it never by more than two.
                    all.extra += 2.0 * of_member.per_unit;
                    all.per_setup += of_member.per_setup;
                }
                all
            }
        }
    }

    /// Whether it sends nothing under it.
    pub(super) fn is_none(self) -> bool {
        self.per_unit == 0.0 && self.per_setup == 0.0
    }
}

/// The most requests under a limit that the health checks of a run send in any stretch of a length.
///
/// A check during a run asks each endpoint once, and never sends more than a limit allows. The stretch may touch one check
/// more than fit into it.
fn of_checks(plan: &Plan, limit: &RateLimit, per: Duration) -> f64 {
    let Some(every) = plan.check_every else { return 0.0 };
    let checks = per.as_nanos() / every.as_nanos().max(1) + 1;
    let endpoints = plan.assessment.services.iter().flat_map(|service| &service.endpoints);
    let covered = endpoints.filter(|endpoint| limit.covers(endpoint.path.reveal())).count() as u64;
    let tightest = limit.allowances.iter().map(|allowance| allowance.requests).min().unwrap_or(u64::MAX);
    checks as f64 * covered.min(tightest) as f64
}

/// When each window of the plan may send: start, end, and the cell's place in the plan.
pub(super) struct Schedule(Vec<(u64, u64, usize)>);

impl Schedule {
    /// The windows of a plan, in order.
    pub(super) fn of(plan: &Plan) -> Self {
        let span = nanos(plan.cell_span());
        let mut windows = Vec::new();
        let longest =
            plan.rate_limits.iter().flat_map(|limit| &limit.allowances).map(|allowance| allowance.per).max();
        let touched = longest.unwrap_or_default().as_nanos() / plan.cycle.as_nanos().max(1);
        let counted = u64::try_from(touched * 2 + 2).unwrap_or(u64::MAX).max(COUNTED_CYCLES);
        let places: BTreeMap<Cell, usize> =
            plan.cells.iter().enumerate().map(|(place, cell)| (*cell, place)).collect();
        for cycle in 0..plan.cycles().min(counted) {
            let start = nanos(plan.cycle).saturating_mul(cycle);
            for (place, cell) in cells_in_order(plan, cycle).into_iter().enumerate() {
                let index = places.get(&cell).copied().unwrap_or(0);
                let opens = start.saturating_add(span.saturating_mul(place as u64));
                windows.push((opens, opens.saturating_add(span), index));
            }
        }
        Self(windows)
    }

    /// The most requests under a limit in any stretch of a length, wherever in their windows they fall.
    ///
    /// `units`: what each cell starts in a window. Setups come before the windows that need them.
    pub(super) fn most(&self, plan: &Plan, limit: &RateLimit, per: Duration, units: &[f64]) -> f64 {
        let uses: Vec<Use> = plan.workloads.iter().map(|workload| Use::of(workload, limit)).collect();
        let use_of = |index: usize| uses[plan.cells[index].workload];
        let is_unbounded =
            |(index, units): (usize, &f64)| use_of(index).per_unit > 0.0 && units.is_infinite();
        if units.iter().enumerate().any(is_unbounded) {
            return f64::INFINITY;
        }
        let (per_span, per) = (per, nanos(per));
        let setups = self.setups(plan);
        let (mut most, mut sum, mut first) = (0.0_f64, 0.0_f64, 0_usize);
        let within = |place: usize| {
            let (opens, closes, index) = self.0[place];
            let (used, span) = (use_of(index), closes - opens);
            // Without a cap a window sends evenly, so a shorter stretch sees its share.
            let uncapped = plan.request_caps.get(index).is_none_or(Option::is_none);
            let share = if uncapped && per < span { per as f64 / span as f64 } else { 1.0 };
            let of_units = if used.per_unit > 0.0 { used.per_unit * units[index] * share } else { 0.0 };
            of_units + used.extra + used.per_setup * setups[place]
        };
        for (place, (opens, _, _)) in self.0.iter().enumerate() {
            sum += within(place);
            while self.0[first].1 <= opens.saturating_sub(per) {
                sum -= within(first);
                first += 1;
            }
            most = most.max(sum);
        }
        most + of_checks(plan, limit, per_span)
    }

    /// How many users are set up for each window: those that were not before, and all again at the age of a refresh.
    fn setups(&self, plan: &Plan) -> Vec<f64> {
        let mut ready = vec![0_u32; plan.workloads.len()];
        // When the last setup was complete, at the earliest.
        let mut set_up_at = vec![0_u64; plan.workloads.len()];
        let refresh: Vec<Option<u64>> = plan
            .workloads
            .iter()
            .map(|workload| {
                let journeys = workload.members().iter().filter_map(Workload::as_journey);
                journeys.filter_map(Journey::refresh).min().map(nanos)
            })
            .collect();
        self.0
            .iter()
            .map(|(opens, closes, index)| {
                let cell = plan.cells[*index];
                let users = plan.level(cell).users.get();
                let known = &mut ready[cell.workload];
                let new = users.saturating_sub(*known);
                *known = (*known).max(users);
                let at = &mut set_up_at[cell.workload];
                match refresh[cell.workload] {
                    Some(age) if new > 0 || *closes >= at.saturating_add(age) => {
                        let first = if new > 0 { *opens } else { at.saturating_add(age).max(*opens) };
                        let again = (closes - first) / age.max(1);
                        *at = first + again * age;
                        f64::from(users) * (1.0 + again as f64)
                    }
                    Some(_) => 0.0,
                    None => f64::from(new),
                }
            })
            .collect()
    }
}
