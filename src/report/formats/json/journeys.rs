//! Journeys and mixes in `report.json`: funnels, and remarks on their windows.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::percentile::Percentile;
use crate::report::formats::values::{ErrorsByClass, ErrorsByReason, errors_by_class, errors_by_reason};
use crate::report::view::funnel::{FunnelLevel, FunnelPart, FunnelView};

/// A journey or a mix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Journey<'a> {
    /// Name of the journey or the mix; `mix.journey` for a journey within a mix.
    name: String,
    /// Whether it is a mix, whose parts are members and not steps.
    is_mix: bool,
    /// One per load level, fewest users first.
    levels: Vec<FunnelOfLevel<'a>>,
}

impl<'a> From<&FunnelView<'a>> for Journey<'a> {
    fn from(funnel: &FunnelView<'a>) -> Self {
        let level = |level: &FunnelLevel<'a>| FunnelOfLevel {
            level: &level.level.name,
            users: level.level.users,
            started: level.whole.all_counts.requests(),
            completed: level.whole.all_counts.succeeded,
            failed: level.whole.all_counts.failed,
            throttled: level.whole.all_counts.throttled,
            active_time_p50_us: level.whole.service_us(Percentile::P50),
            active_time_p95_us: level.whole.service_us(Percentile::P95),
            parts: level.parts.iter().map(|part| Part::of(funnel.short_name(part), part)).collect(),
        };
        Self {
            name: funnel.name.to_string(),
            is_mix: funnel.is_mix,
            levels: funnel.levels.iter().map(level).collect(),
        }
    }
}

/// The iterations of a journey or a mix at one load level, over all windows; times are of valid windows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FunnelOfLevel<'a> {
    /// Name of the load level.
    level: &'a str,
    /// Concurrent users at this level.
    users: u32,
    /// Iterations that were started.
    started: u64,
    /// Iterations of which every step succeeded.
    completed: u64,
    /// Iterations in which a step failed.
    failed: u64,
    /// Iterations in which a step was rate-limited (429), and none failed.
    throttled: u64,
    /// Time of an iteration without its pauses, of completed iterations; null where too few were.
    active_time_p50_us: Option<f64>,
    /// Time of an iteration without its pauses, of completed iterations; null where too few were.
    active_time_p95_us: Option<f64>,
    /// The steps in their order; the members of a mix.
    parts: Vec<Part<'a>>,
}

/// A step of a journey, or a member of a mix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Part<'a> {
    /// Its name without that of the journey or the mix.
    name: &'a str,
    /// Iterations that reached it, over all windows.
    reached: u64,
    /// The same over the iterations that were started; null where none was.
    reached_share: Option<f64>,
    /// Fraction of the iterations that the weight of a member gives it; null for a step.
    weight_share: Option<f64>,
    /// How many of them failed there.
    failed: u64,
    /// How many of them were rate-limited there (429).
    throttled: u64,
    /// Failures by class.
    errors: ErrorsByClass,
    /// Failures by reason.
    error_reasons: ErrorsByReason,
    /// Median service time; null where too few requests support it.
    service_time_p50_us: Option<f64>,
    /// 95th percentile of the service time; null where too few requests support it.
    service_time_p95_us: Option<f64>,
    /// Its part of the active time of all iterations, from successful requests in valid windows; null without any.
    active_time_share: Option<f64>,
}

impl<'a> Part<'a> {
    fn of(name: &'a str, part: &FunnelPart<'a>) -> Self {
        Self {
            name,
            reached: part.cell.all_counts.requests(),
            reached_share: part.reached,
            weight_share: part.due,
            failed: part.cell.all_counts.failed,
            throttled: part.cell.all_counts.throttled,
            errors: errors_by_class(&part.cell.errors),
            error_reasons: errors_by_reason(&part.cell.errors),
            service_time_p50_us: part.cell.service_us(Percentile::P50),
            service_time_p95_us: part.cell.service_us(Percentile::P95),
            active_time_share: part.time,
        }
    }
}

/// What was missing in responses, or why users could not be set up.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the field is named as the column of windows.csv")]
pub(in crate::report) struct Remark {
    /// The journey, or `journey.step`.
    series: String,
    /// The remark: the step, the query and what it found, without any value.
    remark: String,
    /// Windows with this remark.
    windows: u64,
}

impl From<(String, String, u64)> for Remark {
    fn from((series, remark, windows): (String, String, u64)) -> Self {
        Self { series, remark, windows }
    }
}
