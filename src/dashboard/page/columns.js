// What the charts show, and the windows of a series as their rows.

import { model } from "./model.js";

export const LINES = [
  { key: "p50_us", name: "p50", colour: "p50", width: 1.5 },
  { key: "p95_us", name: "p95", colour: "p95", width: 2.2 },
  { key: "p99_us", name: "p99", colour: "p99", width: 1.5, dash: [6, 3] },
  { key: "mean_us", name: "mean", colour: "mean", width: 1.5, dash: [2, 3] },
  { key: "max_us", name: "max", colour: "max", width: 1 },
];
export const CHARTS = [
  { id: "chart-time", title: "Service time", height: 260, metric: null, lines: LINES },
  { id: "chart-rate", title: "Throughput", height: 130, metric: "throughput_per_s",
    lines: [{ key: "throughput_per_s", name: "rate", colour: "p95", width: 1.8 }] },
  { id: "chart-errors", title: "Error ratio", height: 110, metric: "error_ratio",
    lines: [{ key: "error_ratio", name: "failed", colour: "bad", width: 1.8 }] },
];

/** Columns with the points in time as seconds, and empty rows where lines must not join. */
export function prepared(source) {
  const count = source?.number.length ?? 0;
  const data = { xs: [], at: [], validity: [], flagged: [], unjudged: [] };
  for (const line of [...LINES, ...CHARTS[1].lines, ...CHARTS[2].lines]) data[line.key] = [];
  const gaps = model.gaps.map((gap) => new Date(gap.from).getTime());
  const far = 4 * usualStep(source, count);
  for (let i = 0; i < count; i += 1) {
    const at = source.started_at_ms[i];
    if (i > 0) {
      const before = source.started_at_ms[i - 1];
      const isApart = at - before > far || gaps.some((from) => from >= before && from < at);
      if (isApart) push(data, source, null, (before + at) / 2);
    }
    push(data, source, i, at);
  }
  return data;
}

function push(data, source, i, at) {
  data.xs.push(at / 1e3);
  data.at.push(i);
  const isInvalid = i !== null && source.validity[i] === 2;
  data.validity.push(i === null ? 0 : source.validity[i]);
  data.unjudged.push(isInvalid ? source.p95_us[i] ?? source.p50_us[i] ?? source.mean_us[i] : null);
  data.flagged.push(i === null ? 0 : source.flagged[i]);
  for (const { lines } of CHARTS) for (const { key } of lines) data[key].push(i === null || isInvalid ? null : source[key][i]);
}

function usualStep(source, count) {
  if (count < 3) return Infinity;
  const steps = [];
  const every = Math.max(1, Math.floor(count / 200));
  for (let i = every; i < count; i += every) steps.push(source.started_at_ms[i] - source.started_at_ms[i - 1]);
  steps.sort((a, b) => a - b);
  return Math.max(steps[Math.floor(steps.length / 2)], 1);
}

/** The last value of each line in a range, where its name is written. */
export function endsOf(data, lines, [from, to]) {
  const { xs } = data;
  return lines.map((line) => {
    const values = data[line.key];
    for (let i = xs.length - 1; i >= 0 && xs[i] >= from; i -= 1) if (xs[i] <= to && values[i] !== null) return { ...line, value: values[i] };
    return { ...line, value: null };
  });
}
