//! A gate as one JSON object; `docs/gate.schema.json` is its schema.

use serde_json::{Map, Value, json};

use crate::analysis::gate::{Cause, Row, smallest_of};
use crate::analysis::objective::stretches::Violation;
use crate::report::formats::json::{SCHEMA, pretty};

use super::reason::{SIMULATED, reason};
use super::view::GateView;

/// The JSON Schema of what `gate --format json` prints.
pub const GATE_SCHEMA: &str = include_str!("../../../docs/gate.schema.json");

/// One gate, or several stages: then the last one's with all of them in `stages`.
pub(super) fn gate_json(stages: &[GateView]) -> String {
    let Some(last) = stages.last() else { return pretty(&Value::Null) };
    let mut object = Map::from_iter([("schema".to_owned(), json!(SCHEMA))]);
    object.extend(one(last));
    if stages.iter().any(|stage| stage.share.is_some()) {
        let all: Vec<Value> = stages.iter().map(|stage| Value::Object(one(stage))).collect();
        object.insert("stages".to_owned(), Value::Array(all));
    }
    pretty(&Value::Object(object))
}

fn one(view: &GateView) -> Map<String, Value> {
    let judgement = &view.judgement;
    let smallest: Map<String, Value> = judgement
        .by_quantity()
        .into_iter()
        .filter(|(quantity, _)| !quantity.is_ratio())
        .map(|(quantity, rows)| {
            let (middle, worst) = smallest_of(&rows);
            (quantity.name(), json!({ "median": middle, "worst": worst }))
        })
        .collect();
    let together: Map<String, Value> =
        judgement.together.iter().map(|(metric, change)| (metric.name(), json!(change))).collect();
    let differences = view
        .differences
        .iter()
        .map(|(name, before, after)| json!({ "name": name, "before": before, "after": after }));
    let object = json!({
        "verdict": view.outcome().word(),
        "reason": reason(view),
        "minimum_detectable_effect": judgement.smallest(),
        "minimum_detectable_effects": smallest,
        "scenario": view.scenario,
        "design": if view.is_interleaved() { "interleaved" } else { "stored" },
        "share_percent": view.share,
        "before": { "name": view.before, "runs": view.runs_before },
        "after": { "name": view.after, "runs": view.runs_after },
        "confirmation": judgement.confirmation.word(),
        "false_fail_rate": {
            "measured": view.noise.as_ref().map(|noise| json!({
                "measured_at": noise.measured_at,
                "gates": noise.gates,
                "failed": noise.failed,
                "independent_gates": noise.worth,
                "interval_95": noise.interval.map(|(low, high)| [low, high]),
            })),
            "simulated": SIMULATED,
        },
        "floors": {
            "center": view.settings.floor,
            "tail": view.settings.tail_floor,
            "errors": view.settings.error_floor,
            "drift": if view.is_interleaved() { None } else { Some(view.settings.drift) },
        },
        "moved_together": together,
        "not_comparable": differences.collect::<Vec<_>>(),
        "broken_objectives": view.broken.iter().map(broken_json).collect::<Vec<_>>(),
        "remarks": view.remarks,
        "metrics": judgement.rows.iter().map(row_json).collect::<Vec<_>>(),
    });
    match object {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn row_json(row: &Row) -> Value {
    let is_ratio = row.quantity.is_ratio();
    json!({
        "endpoint": row.cell.series(),
        "level": *row.cell.level,
        "metric": row.quantity.name(),
        "baseline": row.before,
        "candidate": row.after,
        "ratio": if is_ratio { (row.before > 0.0).then(|| row.after / row.before) } else { Some(row.change.value) },
        "interval": (!is_ratio).then_some([row.change.low, row.change.high]),
        "candidate_interval_95": is_ratio.then_some([row.change.low, row.change.high]),
        "beyond_others": row.beyond_others.map(|change| change.value),
        "beyond_others_interval": row.beyond_others.map(|change| [change.low, change.high]),
        "p": row.p,
        "p_adjusted": row.p_adjusted,
        "verdict": row.verdict.word(),
        "cause": row.cause.map(|cause| match cause {
            Cause::Alone => "alone",
            Cause::Together => "together",
        }),
        "minimum_detectable_effect": row.smallest,
        "is_new": row.is_new,
        "is_cleared": row.is_cleared,
    })
}

fn broken_json(broken: &Violation) -> Value {
    json!({
        "run": broken.run_id,
        "endpoint": broken.cell.series(),
        "level": *broken.cell.level,
        "objective": broken.kind.name(),
        "limit": broken.limit,
        "measured": broken.measured,
        "first_window": broken.windows.0,
        "last_window": broken.windows.1,
        "from": format!("{:.3}", broken.from),
        "until": format!("{:.3}", broken.until),
        "stretches": broken.stretches,
    })
}
