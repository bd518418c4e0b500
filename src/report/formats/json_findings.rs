//! The part of `report.json` that says what the numbers come to.

use serde_json::{Map, Value, json};

use crate::analysis::capacity::{Capacity, LevelCapacity};
use crate::analysis::comparison::Row;
use crate::report::view::findings::{Findings, NamedComparison, Series, time_of};
use crate::stats::Estimate;
use crate::stats::usl::{Law, Scalability};

/// Adds what the numbers come to.
pub(in crate::report) fn add(report: &mut Map<String, Value>, findings: &Findings) {
    let mut put = |key: &str, value: Value| report.insert(key.to_owned(), value);
    let alerts = findings.alerts.iter().map(|alert| {
        json!({
            "window": alert.place.window,
            "started_at": format!("{:.3}", alert.place.started_at),
            "endpoint": alert.place.cell.series(),
            "level": *alert.place.cell.level,
            "kind": alert.kind.name(),
            "metric": alert.metric.name(),
            "value": alert.value,
            "expected": alert.expected,
            "moved_to": alert.level(),
            "change": alert.effect,
            "standard_errors": finite(alert.z),
            "windows": alert.windows,
            "is_worse": alert.is_worse(),
        })
    });
    put("alerts", Value::Array(alerts.collect()));
    let regimes = findings.regimes.iter().map(|(series, change)| {
        with_series(
            series,
            json!({
                "window": change.window,
                "at": format!("{:.3}", time_of(change)),
                "before": change.before,
                "after": change.after,
                "change": change.effect(),
                "p": change.p,
            }),
        )
    });
    put("series_examined_for_changes", json!(findings.examined));
    put("series_examined_for_trends", json!(findings.trends_examined));
    put("regime_changes", Value::Array(regimes.collect()));
    let trends = findings.trends.iter().map(|(series, drift)| {
        with_series(
            series,
            json!({
                "change_in_24_h": drift.in_a_day.value,
                "interval_95": interval(&drift.in_a_day),
                "p_adjusted": drift.p,
                "seen_s": drift.seen_s,
            }),
        )
    });
    put("trends", Value::Array(trends.collect()));
    let swing = findings.daily_swing.as_ref();
    put(
        "largest_daily_swing",
        swing.map_or(Value::Null, |(series, swing)| with_series(series, json!({ "amplitude": swing }))),
    );
    put("comparison", json!(findings.comparison.as_ref().map(comparison_json)));
    put("capacity", Value::Array(findings.capacities.iter().map(capacity_json).collect()));
    let cost = findings.cost.as_ref().map(|(cost, rows)| {
        let rows = rows.iter().map(|row| {
            json!({
                "users": row.users,
                "requests_per_month": row.requests_a_month,
                "peak_per_s": row.peak_per_s,
                "share_of_measured": row.of_measured,
                "total_per_month": row.total,
                "per_user": row.each,
                "per_million_requests": row.total / row.requests_a_month * 1e6,
                "is_extrapolated": row.is_extrapolated,
                "is_not_monotone": row.is_not_monotone,
            })
        });
        json!({ "currency": cost.currency, "rows": rows.collect::<Vec<_>>() })
    });
    put("cost", json!(cost));
}

/// A comparison with something of that name.
pub(in crate::report) fn comparison_json(named: &NamedComparison) -> Value {
    let places = named.comparison.not_compared.iter();
    json!({
        "baseline": named.name,
        "differences": named.differences,
        "knows_runs": named.comparison.knows_runs,
        "rows": named.comparison.rows.iter().map(row_json).collect::<Vec<_>>(),
        "not_compared": places
            .map(|cell| json!({ "endpoint": cell.series(), "level": *cell.level }))
            .collect::<Vec<_>>(),
    })
}

/// JSON knows no infinity.
pub(in crate::report) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn interval(estimate: &Estimate) -> [f64; 2] {
    [estimate.low, estimate.high]
}

fn with_series(series: &Series, rest: Value) -> Value {
    let mut object = Map::new();
    object.insert("endpoint".to_owned(), json!(series.cell.series()));
    object.insert("level".to_owned(), json!(*series.cell.level));
    object.insert("metric".to_owned(), json!(series.metric.name()));
    if let Value::Object(rest) = rest {
        object.extend(rest);
    }
    Value::Object(object)
}

/// A row of a comparison.
fn row_json(row: &Row) -> Value {
    json!({
        "endpoint": row.cell.series(),
        "level": *row.cell.level,
        "metric": row.metric.name(),
        "before": row.before,
        "after": row.after,
        "change": row.change.value,
        "interval_95": interval(&row.change),
        "improvement": row.improvement().map(|gain| gain.value),
        "improvement_interval_95": row.improvement().as_ref().map(interval),
        "effect": row.effect.and_then(finite),
        "p_adjusted": row.p,
        "verdict": row.verdict.word(),
    })
}

fn capacity_json(capacity: &Capacity) -> Value {
    let support = capacity.support.as_ref().map(|support| {
        json!({
            "level": support.level,
            "users": support.users,
            "throughput_per_s": support.throughput_per_s,
            "is_at_least": support.is_at_least,
        })
    });
    let fit = match &capacity.scalability {
        Ok(found) => scalability_json(found),
        Err(refused) => json!({ "refused": refused.to_string() }),
    };
    json!({
        "endpoint": capacity.endpoint,
        "objective_p95_us": capacity.objective.map(|objective| objective.as_secs_f64() * 1e6),
        "levels": capacity.levels.iter().map(level_json).collect::<Vec<_>>(),
        "holds": support,
        "fit": fit,
    })
}

fn level_json(level: &LevelCapacity) -> Value {
    json!({
        "level": level.level,
        "users": level.users,
        "throughput_per_s": level.throughput_per_s.value,
        "throughput_interval_95": interval(&level.throughput_per_s),
        "response_time_mean_us": level.response_mean_us,
        "response_time_interval_95_us": level.response_interval_us.map(|(low, high)| [low, high]),
        "service_time_p95_us": level.p95_us.map(|p95| p95.value),
        "service_time_p95_interval_95_us": level.p95_us.as_ref().map(interval),
        "littles_law_ratio": level.littles_law,
        "marginal_throughput": level.margin,
        "holds": level.holds,
    })
}

/// A fitted law: always the coefficients of the Universal Scalability Law, of which the others are special cases, and
/// `model`, the law that the points support.
pub(in crate::report) fn scalability_json(found: &Scalability) -> Value {
    let fit = found.fit(Law::Usl);
    let names = ["alpha", "beta", "gamma"];
    let of = |values: [Value; 3]| -> Value {
        Value::Object(names.iter().map(|name| (*name).to_owned()).zip(values).collect())
    };
    let models = Law::ALL.map(|law| {
        let fit = found.fit(law);
        let object = json!({
            "alpha": fit.alpha,
            "beta": fit.beta,
            "gamma": fit.gamma,
            "standard_error": of(fit.standard_error.map(|error| json!(error.and_then(finite)))),
            "interval_95": of(fit.interval.map(|interval| json!(interval.map(|(low, high)| [low, high])))),
            "residual_sum_of_squares": fit.residual,
            "aicc": fit.aicc,
        });
        (law.name().to_owned(), object)
    });
    let amdahl = found.fit(Law::Amdahl);
    let limit = (found.law == Law::Amdahl && amdahl.alpha > 0.0).then(|| amdahl.gamma / amdahl.alpha);
    let peak = found.peak.as_ref().ok();
    json!({
        "model": found.law.name(),
        "alpha": fit.alpha,
        "beta": fit.beta,
        "gamma": fit.gamma,
        "standard_error": of(fit.standard_error.map(|error| json!(error.and_then(finite)))),
        "interval_95": of(fit.interval.map(|interval| json!(interval.map(|(low, high)| [low, high])))),
        "peak": peak.map(|peak| json!({
            "users": peak.users.value,
            "throughput": peak.throughput.value,
            "users_interval_95": interval(&peak.users),
            "throughput_interval_95": interval(&peak.throughput),
        })),
        "refused": found.peak.as_ref().err().map(ToString::to_string),
        "limit": limit,
        "tested": { "users": found.tested.0, "throughput": found.tested.1 },
        "models": Value::Object(models.into_iter().collect()),
    })
}
