// The three charts of the chosen series: service time, throughput, error ratio. They share time, zoom and cursor.

import { el, byId, setText, replace } from "./dom.js";
import * as format from "./format.js";
import { model, seriesOf, append, COLUMNS } from "./model.js";
import { read } from "./api.js";
import { route, go } from "./route.js";
import { colour, drawBehind, drawBefore } from "./draw.js";
import { LINES, CHARTS, prepared, endsOf } from "./columns.js";
import { axes, valueRange, bandOf, bandMetric, limitsOf } from "./scales.js";
import { drawKey } from "./legend.js";
import { drawSilences, drawMarks } from "./marks.js";

const NOTHING = { "chart-time": "No request succeeded", "chart-rate": "Windows are too short or too few requests to show a throughput", "chart-errors": "No request was judged" };
const SPANS = [[null, "all"], [86400, "24 h"], [21600, "6 h"], [3600, "1 h"], [900, "15 min"]];
const MOST = 2000;
const DOUBLE_CLICK_MS = 250;

const state = {
  id: null, columns: null, merged: 1, coarse: null, waiting: [], isLoading: false, abort: null, failed: null,
  shown: new Set(["p50_us", "p95_us", "p99_us"]), isLog: false,
  /** Seconds of the newest windows that are followed; `null` shows all of them. */
  follow: null,
  /** A zoom, in seconds since 1970. */
  view: null, cursor: null, plots: [], data: null, refine: 0, click: 0, bandLine: null, added: null, onView: () => {},
};

export const view = () => currentRange();
export const onViewChange = (listener) => { state.onView = listener; };

/** Shows a series: reads its windows, unless they are shown already. */
export async function showSeries(id) {
  const { from, to, scale } = route();
  state.isLog = scale === "log";
  state.view = from && to ? [Number(from) / 1e3, Number(to) / 1e3] : null;
  if (state.id !== id) {
    Object.assign(state, { id, columns: null, coarse: null, waiting: [], cursor: null, merged: 1, failed: null });
    await load();
  } else {
    rebuild();
    refine();
  }
}

/** Reads all windows of the series again, as after a reset. */
export async function load() {
  state.abort?.abort();
  const abort = (state.abort = new AbortController());
  const id = state.id;
  if (!id) { rebuild(); return; }
  if (!state.columns) rebuild();
  state.isLoading = true;
  try {
    const answer = await read("series", { id, most: MOST }, abort.signal);
    if (state.id !== id || abort !== state.abort) return;
    state.columns = Object.fromEntries(COLUMNS.map((key) => [key, answer.columns[key] ?? []]));
    state.merged = answer.merged ?? 1;
    state.coarse = null;
    state.failed = null;
    for (const point of state.waiting) append(state.columns, point);
    state.waiting = [];
  } catch (error) {
    if (abort !== state.abort) return;
    state.failed = error.message;
  }
  state.isLoading = false;
  rebuild();
  refine();
}

/** Takes a window of the shown series. */
export function take(id, point) {
  if (id !== state.id) return false;
  if (state.coarse) append(state.coarse.columns, point);
  // What comes while the windows are read may be missing in them.
  if (state.isLoading) state.waiting.push(point);
  if (state.columns && (!state.coarse || state.coarse.reaches)) append(state.columns, point);
  return true;
}

/** Draws what was taken. The zoom and the cursor stay where they are. */
export function refresh() {
  if (!state.columns) return;
  if (state.plots.length === 0) { rebuild(); return; }
  state.data = prepared(state.columns);
  for (const plot of state.plots) {
    plot.u.batch(() => {
      plot.u.setData(dataOf(plot.def), false);
      const [min, max] = currentRange();
      plot.u.setScale("x", { min, max });
    });
    emptyNote(plot);
  }
  if (state.cursor === null) readout(null);
  slider();
  state.onView();
}

const dataOf = (def) => [state.data.xs, ...def.lines.map((line) => state.data[line.key])];

function extent() {
  const xs = state.data?.xs ?? [];
  if (xs.length === 0) return null;
  const last = xs[xs.length - 1];
  // A little room, so that marks at the ends are whole.
  const room = last > xs[0] ? (last - xs[0]) * 0.008 : 30;
  return [xs[0] - room, last + room];
}

function currentRange() {
  if (state.view) return state.view;
  const whole = extent() ?? [Date.now() / 1e3 - 3600, Date.now() / 1e3];
  if (state.follow === null) return whole;
  return [Math.max(whole[0], whole[1] - state.follow), whole[1]];
}

const linesOf = (def) => def.lines.filter((line) => def.metric !== null || state.shown.has(line.key));

function whatOf(def) {
  const series = seriesOf(state.id);
  const now = extent()?.[1] ?? 0;
  const seconds = (at) => new Date(at).getTime() / 1e3;
  const concerns = (incident) => (incident.cells ?? []).some((cell) => cell.id === state.id)
    || (incident.endpoints ?? []).some((name) => name === series?.endpoint || name === `${series?.endpoint}.${series?.step}`);
  const incidents = model.incidents.filter((incident) => !incident.withdrawn && concerns(incident)).map((incident) => ({
    id: incident.id, from: seconds(incident.opened_at), to: incident.resolved_at ? seconds(incident.resolved_at) : now + 1e9 }));
  const flagKey = def.metric || !series ? null : format.pointKey(bandMetric(def, series));
  return { incidents, gaps: model.gaps.map((gap) => ({ from: seconds(gap.from), to: seconds(gap.to) })), band: bandOf(def, series),
    limits: limitsOf(def, series), xs: state.data.xs, validity: state.data.validity, flagged: state.data.flagged, unjudged: def.metric ? null : state.data.unjudged,
    flagLine: flagKey ? state.data[flagKey] : null, visible: (u) => u.series[0].idxs ?? [0, -1], lines: endsOf(state.data, linesOf(def), currentRange()) };
}

function options(def, width) {
  const isLog = def.metric === null && state.isLog;
  return {
    width, height: def.height, legend: { show: false }, padding: [8, 46, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false, dist: 8, setScale: false },
      sync: { key: "run", setSeries: false, scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
      bind: { dblclick: () => () => { setView(null); return null; } } },
    scales: {
      x: { time: true, range: () => currentRange() },
      y: { distr: isLog ? 3 : 1, range: (u, low, high) => valueRange(def, seriesOf(state.id), isLog, low, high, state.data.unjudged) },
    },
    series: [{}, ...def.lines.map((line) => ({ label: line.name, stroke: () => colour(line.colour), width: line.width, dash: line.dash,
      show: def.metric !== null || state.shown.has(line.key), spanGaps: false, points: { size: 4 } }))],
    axes: axes(def),
    hooks: {
      drawClear: [(u) => drawSilences(u, state.id), (u) => drawBehind(u, whatOf(def))],
      draw: [(u) => drawMarks(u, state.id), (u) => drawBefore(u, whatOf(def))],
      setCursor: [(u) => pointed(u)],
      setSelect: [(u) => { if (u.select.width > 0) chooseRange(u); }],
    },
  };
}

function pointed(u) {
  if (u.cursor.event === undefined && u.cursor.idx === undefined) return;
  const i = u.cursor.left >= 0 ? u.cursor.idx : null;
  const place = i === null || i === undefined ? null : state.data.at[i] ?? state.data.at[i - 1] ?? null;
  if (place === state.cursor) return;
  state.cursor = place;
  readout(place);
  slider();
}

function chooseRange(u) {
  const { left, width } = u.select;
  const range = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
  u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  setView(range);
}

/** Zooms to a range in seconds; `null` shows what is followed again. */
export function setView(range) {
  const whole = extent();
  if (range && whole) {
    const least = 2;
    const [from, to] = [Math.max(range[0], whole[0] - 60), Math.min(range[1], whole[1] + 60)];
    range = to - from < least ? [(from + to) / 2 - least / 2, (from + to) / 2 + least / 2] : [from, to];
  }
  state.view = range;
  go({ from: range ? Math.round(range[0] * 1e3) : null, to: range ? Math.round(range[1] * 1e3) : null }, true);
  if (range === null && state.coarse) restore();
  refresh();
  drawControls();
  refine();
}

function restore() {
  state.columns = state.coarse.columns;
  state.merged = state.coarse.merged;
  state.coarse = null;
}

/** Where windows are merged, reads the windows in sight one by one. */
function refine() {
  clearTimeout(state.refine);
  const merged = state.coarse?.merged ?? state.merged;
  if (!state.view || merged <= 1) return;
  state.refine = setTimeout(async () => {
    const [id, [from, to]] = [state.id, state.view ?? [0, 0]];
    const pad = (to - from) / 2;
    try {
      const answer = await read("series", { id, from: Math.round((from - pad) * 1e3), to: Math.round((to + pad) * 1e3), most: MOST });
      if (state.id !== id || !state.view) return;
      state.coarse ??= { columns: state.columns, merged: state.merged };
      const coarse = state.coarse.columns.number;
      state.columns = Object.fromEntries(COLUMNS.map((key) => [key, answer.columns[key] ?? []]));
      state.merged = answer.merged ?? 1;
      state.coarse.reaches = state.columns.number[state.columns.number.length - 1] >= coarse[coarse.length - 1];
      refresh();
    } catch { /* The merged windows stay in sight. */ }
  }, 250);
}

/** Builds the charts anew, as after a change of series, scale, theme or lines. */
export function rebuild() {
  showBandLine();
  for (const plot of state.plots) plot.u.destroy();
  state.plots = [];
  state.data = prepared(state.columns);
  drawControls();
  for (const def of CHARTS) {
    const box = byId(def.id);
    const head = el("h3", null, `${def.title} `, el("span", { class: "small" }, subtitle(def)));
    replace(box, head);
    const u = new uPlot(options(def, Math.max(box.clientWidth, 240)), dataOf(def), box);
    u.over.addEventListener("click", (event) => clicked(event, u));
    state.plots.push({ def, u, box });
    emptyNote(state.plots[state.plots.length - 1]);
  }
  if (state.view || state.follow !== null) for (const { u } of state.plots) u.setScale("x", { min: currentRange()[0], max: currentRange()[1] });
  readout(null);
  slider();
  drawKey();
  state.onView();
}

/** Opens a window, unless the click turns out to be the first of a double click, which resets the zoom. */
function clicked(event, u) {
  clearTimeout(state.click);
  if (event.detail > 1 || state.cursor === null || u.select.width > 0) return;
  state.click = setTimeout(openCursor, DOUBLE_CLICK_MS);
}

/** A band without its line says nothing: the line is shown, until someone hides it. */
function showBandLine() {
  const series = seriesOf(state.id);
  const key = series && bandOf(CHARTS[0], series) ? format.pointKey(bandMetric(CHARTS[0], series)) : null;
  if (key === null || state.bandLine === `${state.id} ${key}`) return;
  if (state.added) state.shown.delete(state.added);
  state.added = state.shown.has(key) ? null : key;
  state.shown.add(key);
  state.bandLine = `${state.id} ${key}`;
}

function subtitle(def) {
  const series = seriesOf(state.id);
  const band = bandOf(def, series);
  if (!series || !band) return def.metric === null && series ? "no baseline band yet" : "";
  const metric = bandMetric(def, series);
  return `${def.metric ? "" : `${format.metricShort(metric)} `}band ${format.range(metric, band.low, band.high)}${series.band_source ? `, ${series.band_source}` : ""}`;
}

function emptyNote(plot) {
  const text = state.failed ? `The windows could not be read: ${state.failed}`
    : state.columns === null ? "Loading" : state.data.xs.length === 0 ? "No window yet"
      : plot.def.lines.every((line) => state.data[line.key].every((value) => value === null))
        ? state.data.unjudged.some((value) => value !== null) ? "Only invalid windows so far" : NOTHING[plot.def.id] : null;
  let note = plot.box.querySelector(".empty");
  if (!text) { note?.remove(); return; }
  if (!note) { note = el("p", { class: "empty" }); plot.box.append(note); }
  setText(note, text);
}

/** What a window is, in a line. */
export function windowWords(place) {
  const columns = state.columns;
  if (!columns || place === null || columns.number.length === 0) return null;
  const of = (key) => columns[key][place];
  const validity = ["", "rate-limited, ", "invalid, "][of("validity")];
  const times = LINES.filter((line) => state.shown.has(line.key)).map((line) => `${line.name} ${format.time(of(line.key))}`);
  return { head: `${format.moment(of("started_at_ms"))}, window ${format.count(of("number"))}`,
    rest: `${validity}${[...times, format.rate(of("throughput_per_s")), `${format.counted(of("requests"), "request")}, ${format.percent(of("error_ratio"))} failed`].join(" · ")}${of("flagged") ? " · outside its band" : ""}` };
}

function readout(place) {
  const count = state.columns?.number.length ?? 0;
  const words = windowWords(place ?? (count > 0 ? count - 1 : null));
  if (!words) { replace(byId("readout"), ""); return; }
  const merged = state.merged > 1 ? ` Each point is ${format.count(state.merged)} windows, the slowest of each; zoom in to see single windows.` : "";
  replace(byId("readout"), el("b", null, `${place === null ? "Last: " : ""}${words.head}`), ` · ${words.rest}`, merged ? el("span", { class: "small" }, merged) : null);
}

function slider() {
  const count = state.columns?.number.length ?? 0;
  const place = state.cursor ?? count - 1;
  const words = count > 0 ? windowWords(place) : null;
  const node = byId("charts");
  node.setAttribute("aria-valuemax", String(Math.max(count - 1, 0)));
  node.setAttribute("aria-valuenow", String(Math.max(place, 0)));
  node.setAttribute("aria-valuetext", words ? `${words.head}: ${words.rest}` : "no data yet");
}

function openCursor() {
  const place = state.cursor ?? (state.columns?.number.length ?? 0) - 1;
  const number = state.columns?.number[place];
  if (number) go({ window: number, series: state.id, incident: null });
}

function drawControls() {
  const toggle = (text, pressed, act, sample) => el("button", { type: "button", "aria-pressed": String(pressed), onclick: act },
    sample ? el("span", { class: `sample ${sample}`, "aria-hidden": "true" }) : null, text);
  const focused = document.activeElement?.closest("#controls") ? [...byId("controls").querySelectorAll("button")].indexOf(document.activeElement) : -1;
  replace(byId("controls"),
    el("div", { class: "set", role: "group", "aria-label": "Lines" }, LINES.map((line) => toggle(line.name, state.shown.has(line.key), () => {
      if (!state.shown.delete(line.key)) state.shown.add(line.key);
      rebuild();
    }, line.key))),
    el("div", { class: "set", role: "group", "aria-label": "Time shown" }, SPANS.map(([seconds, text]) =>
      toggle(text, !state.view && state.follow === seconds, () => { state.follow = seconds; setView(null); })),
    state.view ? el("button", { type: "button", onclick: () => setView(null) }, "reset zoom") : null),
    el("div", { class: "set" }, toggle("log scale", state.isLog, toggleLog)));
  if (focused >= 0) byId("controls").querySelectorAll("button")[focused]?.focus();
}

export function toggleLog() {
  state.isLog = !state.isLog;
  go({ scale: state.isLog ? "log" : null }, true);
  rebuild();
}

/** Moves, zooms and pans by a key; says whether the key was one of them. */
export function chartKey(event) {
  const count = state.columns?.number.length ?? 0;
  if (count === 0) return false;
  const [from, to] = currentRange();
  const width = to - from;
  const zoom = (factor) => {
    const place = state.cursor ?? count - 1;
    const middle = Math.min(Math.max(state.columns.started_at_ms[place] / 1e3, from), to);
    setView([middle - (middle - from) * factor, middle + (to - middle) * factor]);
  };
  const side = event.key === "ArrowLeft" || event.key === "ArrowDown" ? -1 : 1;
  switch (event.key) {
    case "ArrowLeft": case "ArrowRight": case "ArrowUp": case "ArrowDown":
      if (event.shiftKey) setView([from + side * width * 0.2, to + side * width * 0.2]);
      else moveTo((state.cursor ?? count - 1) + side);
      return true;
    case "PageDown": moveTo((state.cursor ?? count - 1) - 10); return true;
    case "PageUp": moveTo((state.cursor ?? count - 1) + 10); return true;
    case "Home": moveTo(0); return true;
    case "End": moveTo(count - 1); return true;
    case "+": case "=": zoom(0.5); return true;
    case "-": case "_": zoom(2); return true;
    case "0": setView(null); return true;
    case "Enter": openCursor(); return true;
    default: return false;
  }
}

function moveTo(place) {
  const count = state.columns.number.length;
  const next = Math.min(Math.max(place, 0), count - 1);
  const seconds = state.columns.started_at_ms[next] / 1e3;
  const [from, to] = currentRange();
  if (seconds < from || seconds > to) setView([seconds - (to - from) / 2, seconds + (to - from) / 2]);
  const { u } = state.plots[0];
  u.setCursor({ left: u.valToPos(seconds, "x"), top: 10 });
  state.cursor = next;
  readout(next);
  slider();
}

/** The last windows that are known, the newest first. */
export function lastWindows(most) {
  const columns = state.columns;
  const count = columns?.number.length ?? 0;
  return Array.from({ length: Math.min(most, count) }, (_, i) => {
    const place = count - 1 - i;
    return Object.fromEntries(COLUMNS.map((key) => [key, columns[key][place]]));
  });
}

/** Fits the charts to the width that they have. */
export function resize() {
  for (const { def, u, box } of state.plots) {
    const width = Math.max(box.clientWidth, 240);
    if (u.width !== width) u.setSize({ width, height: def.height });
  }
  state.onView();
}
