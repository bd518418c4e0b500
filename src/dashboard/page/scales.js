// Scales and axes of the charts: where they begin and end, and how they are labelled.

import * as format from "./format.js";
import { colour } from "./draw.js";

/** An SLO further above the values than this is named at the edge, and does not flatten the lines. */
const FAR = 3;

/** A step that holds a value, so that the axis does not move with each window. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 0.9999);
}

/** From where to where the values of a chart reach, with room for its band and for an SLO that is not far. */
export function valueRange(def, series, isLog, low, high, unjudged) {
  // Where no window is valid, the invalid ones give the scale.
  if (def.metric === null && high === null) [low, high] = [null, unjudged.reduce((most, value) => Math.max(most, value ?? 0), 0)];
  const band = bandOf(def, series);
  let top = Math.max(high ?? 0, band && high !== null ? band.high : 0);
  for (const limit of limitsOf(def, series)) if (limit.limit <= top * (isLog ? 10 : FAR)) top = Math.max(top, limit.limit);
  if (def.metric === "error_ratio") return [0, Math.min(1, roundUp(Math.max(top * 1.1, 0.01)))];
  if (!(top > 0)) return isLog ? [1e3, 1e5] : [0, 1];
  if (!isLog) return [0, roundUp(top * 1.06)];
  const bottom = Math.max(Math.min(low ?? top, band && band.low > 0 ? band.low : Infinity), 1);
  return [10 ** Math.floor(Math.log10(bottom)), Math.max(roundUp(top * 1.1), 10 ** Math.floor(Math.log10(bottom)) * 10)];
}

/** The metric whose band a chart shows. */
export function bandMetric(def, series) {
  if (def.metric) return def.metric;
  const choice = [series.metric, "service_time_p95_us", "service_time_p50_us", "service_time_mean_us"];
  return choice.find((metric) => metric.startsWith("service_time") && series.bands?.[metric]) ?? "service_time_p95_us";
}

export function bandOf(def, series) {
  return series ? series.bands?.[bandMetric(def, series)] ?? null : null;
}

export function limitsOf(def, series) {
  return (series?.objectives ?? [])
    .filter((limit) => (def.metric ? limit.metric === def.metric : limit.metric.startsWith("service_time")))
    .map((limit) => ({ ...limit, name: def.metric ? "" : format.metricShort(limit.metric) }));
}

/** The axes of a chart. */
export function axes(def) {
  const base = { stroke: () => colour("muted"), font: "11px system-ui, sans-serif", ticks: { show: false },
    grid: { stroke: () => colour("grid"), width: 1 } };
  const words = def.metric === null ? format.time : (value) => format.value(def.metric, value);
  return [
    { ...base, size: def.metric === null ? 32 : 18, space: 74,
      values: (u, splits, axis, space, step) => splits.map((at, i) => timeLabel(at, splits[i - 1], step, def.metric === null)) },
    { ...base, size: 66, space: def.height > 200 ? 34 : 24,
      values: (u, splits) => splits.map((value) => (value === null ? "" : value === 0 ? "0" : format.chosen(def.metric ?? "x_us", value) || words(value))) },
  ];
}

function timeLabel(seconds, before, step, hasDay) {
  const at = seconds * 1e3;
  if (step >= 86400) return format.day(at);
  const isNewDay = hasDay && (before === undefined || format.day(before * 1e3) !== format.day(at));
  return format.clock(at, step < 60) + (isNewDay ? `\n${format.day(at)}` : "");
}
