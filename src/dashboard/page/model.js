// The state of the run as the server last told it, and the windows of the chosen series, within bounds.

import { pointKey } from "./format.js";

export const MOST_POINTS = 5000;
const MOST_RECENT = 60;
const MOST_LISTED = 500;
const VALIDITY = ["valid", "throttled", "invalid"];
/** How neighbouring windows merge: counts add up, times and ratios keep the worst, a throughput the lowest. */
const SUMS = ["requests", "failed"];
const LOWEST = ["throughput_per_s"];
const HIGHEST = ["error_ratio", "mean_us", "p50_us", "p95_us", "p99_us", "max_us", "validity", "flagged"];
export const COLUMNS = ["number", "started_at_ms", "duration_s", ...SUMS, ...LOWEST, ...HIGHEST];

export const model = {
  run: null, progress: null, verdict: null, generator: null, isLive: false,
  capacity: [], levels: [], series: [], incidents: [], gaps: [], notes: [], marks: [],
  /** Number of the last group that was taken. */
  last: 0,
  /** Milliseconds that the server's clock is ahead of this one. */
  ahead: 0,
  /** When the server last said anything, and when a window last came, by this machine's clock. */
  heardAt: 0, windowAt: 0, leftAt: 0,
};
const known = new Map();

export const seriesOf = (id) => known.get(id) ?? null;

/** Takes a snapshot in place of everything that is known. */
export function takeSnapshot(snapshot) {
  const before = new Map(known);
  known.clear();
  for (const entry of snapshot.series) {
    entry.recent ??= before.get(entry.id)?.recent ?? [];
    known.set(entry.id, entry);
  }
  Object.assign(model, {
    run: snapshot.run, progress: snapshot.progress, verdict: snapshot.verdict, generator: snapshot.generator,
    isLive: snapshot.is_live, capacity: snapshot.capacity ?? [], levels: snapshot.levels ?? [], series: snapshot.series,
    incidents: snapshot.incidents ?? [], gaps: snapshot.gaps ?? [], notes: snapshot.notes ?? [], marks: snapshot.marks ?? [],
    last: Math.max(snapshot.event_id, 0), ahead: new Date(snapshot.now).getTime() - Date.now(),
  });
  model.heardAt = model.leftAt = Date.now();
  const ends = snapshot.series.map((entry) => (entry.last ? entry.last.started_at_ms + entry.last.duration_s * 1e3 : 0));
  model.windowAt = Math.max(0, ...ends) - model.ahead;
}

/** The value of a series' own metric in a point. */
export function valueOf(series, point) {
  const key = pointKey(series.metric) ?? "p95_us";
  return point && point.validity !== "invalid" ? point[key] ?? null : null;
}

/** Takes the rows of a committed group; returns the series that changed. */
export function takeWindows(event) {
  const changed = [];
  for (const summary of event.series ?? []) {
    const entry = known.get(summary.id);
    if (!entry) continue;
    // The points of the rows are newer than what a summary may repeat of them.
    const { recent, last } = entry;
    Object.assign(entry, summary, { recent, last });
  }
  for (const { id, point } of event.rows ?? []) {
    const entry = known.get(id);
    if (!entry || (entry.last && entry.last.number >= point.number)) continue;
    entry.last = point;
    entry.recent.push(valueOf(entry, point));
    if (entry.recent.length > MOST_RECENT) entry.recent.shift();
    model.last = Math.max(model.last, point.number);
    changed.push(entry);
  }
  if (changed.length > 0) model.windowAt = Date.now();
  return changed;
}

export function takeIncident(incident) {
  const place = model.incidents.findIndex((other) => other.id === incident.id);
  if (place >= 0) model.incidents[place] = incident;
  else model.incidents.push(incident);
  if (model.incidents.length > MOST_LISTED) model.incidents.shift();
}

export function takeGap(gap) {
  if (!model.gaps.some((other) => other.from === gap.from)) model.gaps.push(gap);
  if (model.gaps.length > MOST_LISTED) model.gaps.shift();
}

/** Takes all notes and silences in place of those before. */
export function takeMarks(event) {
  model.marks = event.marks ?? [];
}

export function takeState(event) {
  if (event.progress) { model.progress = event.progress; model.leftAt = Date.now(); }
  if (event.verdict) model.verdict = event.verdict;
  if (event.generator) model.generator = event.generator;
  if (event.run) Object.assign(model.run, event.run);
  model.isLive = model.run.state === "running";
}

/** Appends a point to columns unless they have it; merges the older half once there are too many. */
export function append(columns, point) {
  const last = columns.number[columns.number.length - 1] ?? 0;
  if (point.number <= last) return false;
  for (const key of COLUMNS) {
    let value = point[key];
    if (key === "validity") value = VALIDITY.indexOf(point.validity);
    if (key === "flagged") value = point.flags.length > 0 ? 1 : 0;
    columns[key].push(value ?? null);
  }
  if (columns.number.length > MOST_POINTS) mergeOlder(columns);
  return true;
}

function mergeOlder(columns) {
  const half = Math.floor(columns.number.length / 4) * 2;
  for (const key of COLUMNS) {
    const old = columns[key];
    const merged = [];
    for (let i = 0; i < half; i += 2) merged.push(mergedValue(key, old[i], old[i + 1]));
    columns[key] = merged.concat(old.slice(half));
  }
}

function mergedValue(key, a, b) {
  if (SUMS.includes(key) || key === "duration_s") return a + b;
  if (a === null || b === null) return a ?? b;
  if (LOWEST.includes(key)) return Math.min(a, b);
  return HIGHEST.includes(key) ? Math.max(a, b) : a;
}

/** How a series stands: a word, a tone, and a shape by the tone. The first that applies is the worst. */
export function standing(series) {
  if (series.incident !== null && series.incident !== undefined) return { tone: "bad", word: "incident" };
  if ((series.objectives ?? []).some((limit) => limit.state === "violated")) return { tone: "bad", word: "SLO violated" };
  const point = series.last;
  if (!point) return { tone: "none", word: "no data yet" };
  if (point.validity === "invalid") return { tone: "doubt", word: "invalid window" };
  const value = valueOf(series, point);
  const limit = (series.objectives ?? []).find((entry) => entry.metric === series.metric);
  if (limit && value !== null && (limit.at_most ? value > limit.limit : value < limit.limit)) {
    return { tone: "doubt", word: "misses its SLO now" };
  }
  if (point.validity === "throttled") return { tone: "doubt", word: "rate-limited" };
  const band = series.bands?.[series.metric];
  if (band && value !== null && value > band.high) return { tone: "note", word: "above its band" };
  if (band && value !== null && value < band.low) return { tone: "note", word: "below its band" };
  if ((point.flags ?? []).length > 0) return { tone: "note", word: "outside a band" };
  return { tone: "good", word: "ok" };
}

/** The series whose steps a series belongs to: by id, or by name at the same level. */
export function parentOf(series) {
  if (!series.parent) return null;
  return known.get(series.parent)
    ?? model.series.find((other) => !other.parent && other.endpoint === series.parent && other.level === series.level) ?? null;
}
