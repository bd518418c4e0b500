//! The tables of cells in `report.json`: one object per level, one per endpoint in it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::outliers::OutlierCounts;
use crate::analysis::series::NoInterval;
use crate::domain::metric::Metric;
use crate::report::formats::values::{
    ErrorsByClass, ErrorsByReason, Interval, Phases, errors_by_class, errors_by_reason,
};
use crate::report::formats::words::{ByWord, SomeWords, Word};
use crate::report::view::run_view::{CellView, LevelView};

use super::verdict::{Availability, Objective};

/// The cells of one load level.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct LevelTable<'a> {
    /// Name of the load level.
    level: &'a str,
    /// Concurrent users at this level.
    users: u32,
    /// One per endpoint, by name.
    cells: Vec<Cell<'a>>,
}

impl<'a> From<&'a LevelView> for LevelTable<'a> {
    fn from(level: &'a LevelView) -> Self {
        Self { level: &level.name, users: level.users, cells: level.cells.iter().map(Cell::from).collect() }
    }
}

/// One endpoint at one level over the whole run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Cell<'a> {
    /// Name of the endpoint; `endpoint.step` for one of its steps.
    endpoint: &'a str,
    /// Number of windows, whether valid or not.
    windows: u64,
    /// Windows that may be judged.
    valid_windows: u64,
    /// How long the valid windows were together.
    measured_s: f64,
    /// Part of `measured_s` that users paused after failed requests, averaged over users. 0 also for runs of versions that
    /// did not record it.
    backed_off_s: f64,
    availability: Availability,
    /// Requests of the valid windows; so are all counts here but `throttled`, `statuses` and `errors`.
    requests: u64,
    /// Requests in valid windows that succeeded.
    succeeded: u64,
    /// Requests in valid windows that failed.
    failed: u64,
    /// Rate-limited requests (429) of all windows.
    throttled: u64,
    /// Why there is no throughput: windows that a request limit ended, or with too few requests. Null where there is one,
    /// and without a valid window.
    no_throughput: Option<String>,
    /// Succeeded requests per second; null where the windows show no throughput.
    goodput_per_s: Option<f64>,
    #[serde(flatten)]
    metrics: ByWord<Metric, Option<f64>>,
    /// 95% interval by metric; a metric without one is left out.
    interval_95: SomeWords<Metric, Interval>,
    /// Lowest and highest window, by metric; for throughput and means.
    window_range: SomeWords<Metric, Interval>,
    /// Why a throughput or mean has no interval, by metric.
    no_interval: SomeWords<Metric, Word<NoInterval>>,
    /// The SLO of the endpoint, one entry per limit.
    objectives: Vec<Objective>,
    /// Responses of all windows, by HTTP status.
    statuses: &'a BTreeMap<u16, u64>,
    /// 4xx responses over all responses; null without any.
    share_4xx: Option<f64>,
    /// 5xx responses over all responses; null without any.
    share_5xx: Option<f64>,
    /// Failures of all windows, by class.
    errors: ErrorsByClass,
    /// Failures of all windows, by reason; failures of runs that recorded no reasons are missing here.
    error_reasons: ErrorsByReason,
    /// Body bytes received in valid windows without their content encoding; null where an encoded body was not decoded, and
    /// for runs of versions that did not record it.
    decoded_bytes: Option<u64>,
    /// Responses of all windows that break a rule of HTTP that clients overlook, such as a folded header.
    odd_responses: u64,
    /// The most users that were connected to each address in a window.
    addresses: &'a BTreeMap<IpAddr, u64>,
    /// Connections opened, warm-up included.
    connections: u64,
    phases_us: Phases,
    /// Baseline value of the windows' mean service time; null until it is learned.
    baseline_service_time_mean_us: Option<f64>,
    /// Baseline band of the windows' mean service time; null until it is learned.
    baseline_service_time_band_us: Option<Interval>,
    /// Values beyond 2 sigma of the baseline.
    flags: u64,
    /// How many of them chance alone would bring.
    flags_expected_by_noise: f64,
    /// Range of that number in 95 of 100 runs; null where nothing was judged.
    flags_range_95: Option<Interval>,
    /// Outliers for the time of day: values beyond 2 sigma of what was expected at that hour.
    outliers: u64,
    /// How many of them chance alone would bring.
    outliers_expected_by_noise: f64,
    /// Range of that number in 95 of 100 runs; null where nothing was judged.
    outliers_range_95: Option<Interval>,
}

impl<'a> From<&'a CellView> for Cell<'a> {
    fn from(cell: &'a CellView) -> Self {
        let intervals =
            Metric::ALL.into_iter().filter_map(|metric| Some((metric, cell.interval(metric)?.into())));
        let spread = |metric: Metric| cell.spread(metric).map(|spread| (metric, spread));
        let spreads = || Metric::ALL.into_iter().filter_map(spread);
        let OutlierCounts { for_time_of_day, of_baseline } = cell.outliers.counts;
        Self {
            endpoint: &cell.endpoint,
            windows: cell.windows,
            valid_windows: cell.valid_windows,
            measured_s: cell.measured.as_secs_f64(),
            backed_off_s: cell.backed_off.as_secs_f64(),
            no_throughput: cell.no_throughput.map(|why| why.to_string()),
            availability: (&cell.availability).into(),
            requests: cell.counts.requests(),
            succeeded: cell.counts.succeeded,
            failed: cell.counts.failed,
            throttled: cell.all_counts.throttled,
            goodput_per_s: cell.goodput_per_s,
            metrics: ByWord::of(|metric| cell.value(metric)),
            interval_95: intervals.collect(),
            window_range: spreads().map(|(metric, spread)| (metric, spread.range.into())).collect(),
            no_interval: spreads()
                .filter_map(|(metric, spread)| Some((metric, Word(spread.interval.err()?))))
                .collect(),
            objectives: cell.objectives.iter().map(|objective| Objective::from(&objective.judged)).collect(),
            statuses: &cell.statuses,
            share_4xx: cell.status_share(4),
            share_5xx: cell.status_share(5),
            errors: errors_by_class(&cell.errors),
            error_reasons: errors_by_reason(&cell.errors),
            decoded_bytes: cell.decoded_bytes,
            odd_responses: cell.odd_responses,
            addresses: &cell.addresses,
            connections: cell.phases.connections,
            phases_us: (&cell.phases).into(),
            baseline_service_time_mean_us: cell.baseline_us.map(|band| band.baseline),
            baseline_service_time_band_us: cell.baseline_us.map(|band| (band.low, band.high).into()),
            flags: of_baseline.observed,
            flags_expected_by_noise: of_baseline.expected,
            flags_range_95: of_baseline.range_95().map(Interval::from),
            outliers: for_time_of_day.observed,
            outliers_expected_by_noise: for_time_of_day.expected,
            outliers_range_95: for_time_of_day.range_95().map(Interval::from),
        }
    }
}
