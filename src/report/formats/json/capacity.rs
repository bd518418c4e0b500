//! Capacity by endpoint and cost by users, in `report.json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::capacity;
use crate::analysis::cost::CostRow;
use crate::domain::cost;
use crate::report::formats::values::Interval;

use super::scalability::Scalability;

/// What an endpoint can carry.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Capacity<'a> {
    /// Name of the endpoint; `endpoint.step` for one of its steps.
    endpoint: &'a str,
    /// The p95 limit of its SLO; null without one.
    objective_p95_us: Option<f64>,
    /// Why there is no capacity estimate: windows that a request limit ended, or with too few requests. Null where there
    /// is one, or too little was measured.
    no_estimate: Option<String>,
    /// Load levels that were measured, fewest users first.
    levels: Vec<LoadLevel<'a>>,
    /// The highest level that meets the SLO, as do all below it; null where none does.
    holds: Option<Support<'a>>,
    /// The fitted laws, or why none is fitted.
    fit: Fit,
}

impl<'a> From<&'a capacity::Capacity> for Capacity<'a> {
    fn from(capacity: &'a capacity::Capacity) -> Self {
        Self {
            endpoint: &capacity.endpoint,
            objective_p95_us: capacity.objective.map(|objective| objective.as_secs_f64() * 1e6),
            no_estimate: capacity.no_throughput.map(|why| why.to_string()),
            levels: capacity.levels.iter().map(LoadLevel::from).collect(),
            holds: capacity.support.as_ref().map(Support::from),
            fit: match &capacity.scalability {
                Ok(found) => Fit::Fitted(Box::new(found.into())),
                Err(refused) => Fit::Refused { refused: refused.to_string() },
            },
        }
    }
}

/// The fitted laws, or why none is fitted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(deny_unknown_fields)]
enum Fit {
    Refused {
        /// Why no law is fitted.
        refused: String,
    },
    Fitted(Box<Scalability>),
}

/// One load level of a capacity table.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LoadLevel<'a> {
    /// Name of the load level.
    level: &'a str,
    /// Concurrent users at this level.
    users: u32,
    /// Completed requests per second.
    throughput_per_s: f64,
    /// 95% confidence interval of `throughput_per_s`; null where the windows support none.
    throughput_interval_95: Option<Interval>,
    /// Mean response time; null where nothing succeeded.
    response_time_mean_us: Option<f64>,
    /// 95% confidence interval of `response_time_mean_us`; null where the windows support none.
    response_time_interval_95_us: Option<Interval>,
    /// Service time p95; null where too few requests support it.
    service_time_p95_us: Option<f64>,
    /// 95% confidence interval of `service_time_p95_us`; null where that is null.
    service_time_p95_interval_95_us: Option<Interval>,
    /// Throughput times response time over users: 1 where users do nothing but wait for responses.
    littles_law_ratio: Option<f64>,
    /// Throughput per added user over throughput per user of the lowest level; null at the lowest level.
    marginal_throughput: Option<f64>,
    /// Whether it meets the SLO while its users still add throughput.
    holds: bool,
}

impl<'a> From<&'a capacity::LevelCapacity> for LoadLevel<'a> {
    fn from(level: &'a capacity::LevelCapacity) -> Self {
        Self {
            level: &level.level,
            users: level.users,
            throughput_per_s: level.throughput_per_s,
            throughput_interval_95: level.throughput_interval.map(Interval::from),
            response_time_mean_us: level.response_mean_us,
            response_time_interval_95_us: level.response_interval_us.map(Interval::from),
            service_time_p95_us: level.p95_us.map(|p95| p95.value),
            service_time_p95_interval_95_us: level.p95_us.map(Interval::from),
            littles_law_ratio: level.littles_law,
            marginal_throughput: level.margin,
            holds: level.holds,
        }
    }
}

/// The highest level that meets the SLO.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Support<'a> {
    /// Name of the load level.
    level: &'a str,
    /// Concurrent users at this level.
    users: u32,
    /// Its completed requests per second.
    throughput_per_s: f64,
    /// No higher level was tested and failed: the true limit may be higher.
    is_at_least: bool,
}

impl<'a> From<&'a capacity::Support> for Support<'a> {
    fn from(support: &'a capacity::Support) -> Self {
        Self {
            level: &support.level,
            users: support.users,
            throughput_per_s: support.throughput_per_s,
            is_at_least: support.is_at_least,
        }
    }
}

/// Cost by number of customers, from the prices of the scenario.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Cost<'a> {
    /// The currency, as the scenario writes it.
    currency: &'a str,
    /// Cost for several numbers of customers, fewest first.
    rows: Vec<CostOfUsers>,
}

impl<'a> From<&'a (cost::Cost, Vec<CostRow>)> for Cost<'a> {
    fn from((cost, rows): &'a (cost::Cost, Vec<CostRow>)) -> Self {
        Self { currency: &cost.currency, rows: rows.iter().map(CostOfUsers::from).collect() }
    }
}

/// The cost of a number of customers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CostOfUsers {
    /// Number of customers per month.
    users: u64,
    /// Requests they make in a month.
    requests_per_month: f64,
    /// Requests per second at the busiest time.
    peak_per_s: f64,
    /// Peak over the throughput that was measured to meet the SLOs; null where none was.
    share_of_measured: Option<f64>,
    /// Sum of all prices per month, in the scenario's currency.
    total_per_month: f64,
    /// Price per customer and month, in the scenario's currency.
    per_user: f64,
    /// Price per million requests, in the scenario's currency.
    per_million_requests: f64,
    /// Whether this needs more than was measured, and is therefore an extrapolation.
    is_extrapolated: bool,
    /// Whether this costs less in total than fewer customers do, or more per customer: the prices are inconsistent.
    is_not_monotone: bool,
}

impl From<&CostRow> for CostOfUsers {
    fn from(row: &CostRow) -> Self {
        Self {
            users: row.users,
            requests_per_month: row.requests_a_month,
            peak_per_s: row.peak_per_s,
            share_of_measured: row.of_measured,
            total_per_month: row.total,
            per_user: row.each,
            per_million_requests: row.total / row.requests_a_month * 1e6,
            is_extrapolated: row.is_extrapolated,
            is_not_monotone: row.is_not_monotone,
        }
    }
}
