// The tiles: one per endpoint, journey or mix and load level, steps folded under theirs.

import { el, byId, svg, shape, setText, replace } from "./dom.js";
import * as format from "./format.js";
import { model, seriesOf, standing, parentOf } from "./model.js";
import { route, linkTo, go } from "./route.js";

const WIDTH = 132;
const HEIGHT = 26;
/** The words of a state where several series have it. */
const MANY = { incident: "in an incident", "SLO violated": "with a violated SLO", "above its band": "above their band", "below its band": "below their band",
  "misses its SLO now": "above their SLO in the last window", "invalid window": "with an invalid last window" };
const WORST = ["bad", "doubt", "note", "none", "good"];
/** Tiles by the id of their series: the nodes that change. */
const tiles = new Map();
/** Ids of the journeys whose steps are shown. */
const unfolded = new Set();

const worst = (tones) => WORST.find((tone) => tones.includes(tone)) ?? "none";

/** Builds all tiles anew, after a snapshot. */
export function buildTiles() {
  tiles.clear();
  drawLevels();
  const level = route().level;
  const levels = model.levels.filter((entry) => !level || entry.name === level);
  const groups = levels.map((entry) => {
    const heads = model.series.filter((series) => series.level === entry.name && !parentOf(series));
    if (heads.length === 0) return null;
    return el("div", null,
      el("h3", { class: "level" }, `${entry.name} · ${format.counted(entry.users, "user")}`),
      el("ul", { class: "tiles" }, heads.map(tileOf)));
  });
  const shown = groups.filter(Boolean);
  replace(byId("tiles"), shown.length > 0 ? shown : el("p", { class: "small" }, "No endpoint is measured at this level."));
  for (const series of model.series) updateTile(series);
  updateTally();
  markChosen();
}

function drawLevels() {
  const chosen = route().level ?? null;
  const button = (name, text, tone) => el("button", {
    type: "button", "aria-pressed": String(chosen === name), onclick: () => go({ level: name }), "data-level": name ?? "",
  }, tone === "bad" || tone === "doubt" ? shape(tone) : null, text);
  if (model.levels.length < 2) { replace(byId("levels")); return; }
  replace(byId("levels"), button(null, "all levels"), model.levels.map((level) => {
    const tones = model.series.filter((series) => series.level === level.name).map((series) => standing(series).tone);
    return button(level.name, level.name, worst(tones));
  }));
}

function spark() {
  const parts = { range: svg("rect", { class: "range", x: 0, width: WIDTH }), limit: svg("line", { class: "limit", x1: 0, x2: WIDTH }),
    line: svg("path", { class: "line" }), end: svg("circle", { class: "end", r: 2.2 }) };
  const node = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    parts.range, parts.limit, parts.line, parts.end);
  return { node, ...parts };
}

function nodesOf(series, item, name) {
  const nodes = { item, state: el("span", { class: "state" }), value: el("span", { class: "value" }),
    limits: el("span", { class: "limits" }), spark: spark() };
  nodes.link = el("a", { href: linkTo({ series: series.id, window: null, incident: null }),
    onclick: (event) => follow(event, series) }, el("span", { class: "name", title: name }, name));
  tiles.set(series.id, nodes);
  return nodes;
}

function follow(event, series) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go({ series: series.id, window: null, incident: null });
  // Where the charts are below the tiles, a choice that changes nothing in sight looks broken.
  if (matchMedia("(max-width:1020px)").matches) byId("selected").focus();
}

function tileOf(series) {
  const item = el("li", { class: "tile" });
  const nodes = nodesOf(series, item, series.endpoint);
  nodes.link.append(nodes.state, nodes.value, nodes.spark.node, nodes.limits);
  item.append(nodes.link);
  const steps = model.series.filter((other) => parentOf(other) === series);
  if (steps.length > 0) item.append(...foldOf(series, steps));
  return item;
}

function foldOf(series, steps) {
  const list = el("ul", { class: "steps", id: `steps-${tiles.size}`, hidden: !unfolded.has(series.id) });
  for (const step of steps) {
    const item = el("li", { class: "step" });
    const nodes = nodesOf(step, item, step.step ?? step.endpoint);
    nodes.link.append(nodes.value, nodes.spark.node, nodes.state);
    item.append(nodes.link);
    list.append(item);
  }
  const text = el("span", null, format.counted(steps.length, "step"));
  const fold = el("button", { type: "button", class: "fold", "aria-controls": list.id,
    "aria-expanded": String(unfolded.has(series.id)), onclick: () => {
      const shows = list.hidden;
      list.hidden = !shows;
      fold.setAttribute("aria-expanded", String(shows));
      if (shows) unfolded.add(series.id); else unfolded.delete(series.id);
      drawFold();
    } });
  const drawFold = () => {
    const states = steps.map(standing);
    const tone = worst(states.map((state) => state.tone));
    const bad = steps.filter((_, i) => states[i].tone === tone);
    const words = tone === "good" || tone === "none" ? ""
      : ` · ${bad.slice(0, 2).map((step) => step.step ?? step.endpoint).join(", ")}${bad.length > 2 ? ` and ${bad.length - 2} more` : ""}: ${states[steps.indexOf(bad[0])].word}`;
    setText(text, `${format.counted(steps.length, "step")}${words}`);
    replace(fold, el("span", { "aria-hidden": "true" }, list.hidden ? "▸" : "▾"), words ? shape(tone) : null, text);
  };
  tiles.get(series.id).drawFold = drawFold;
  return [fold, list];
}

/** Value, limits and state of a tile, as they are now. */
export function updateTile(series, isFresh = false) {
  const nodes = tiles.get(series.id);
  if (!nodes) return;
  const { tone, word } = standing(series);
  const base = nodes.item.classList.contains("step") ? "step" : "tile";
  const chosen = nodes.item.classList.contains("chosen") ? " chosen" : "";
  nodes.item.className = `${base} ${tone}${chosen}`;
  if (isFresh) { void nodes.item.offsetWidth; nodes.item.classList.add("fresh"); }
  replace(nodes.state, shape(tone), el("span", { class: "word" }, word));
  const metric = shownMetric(series);
  const value = series.last?.[format.pointKey(metric)] ?? null;
  // What an invalid window measured is shown, and looks as little like a result as it is one.
  nodes.value.classList.toggle("unjudged", series.last?.validity === "invalid");
  replace(nodes.value, base === "tile" || metric !== series.metric ? el("small", null, `${format.metricShort(metric)} `) : null, format.value(metric, value));
  setText(nodes.limits, limitWords(series));
  drawSpark(nodes.spark, series);
  nodes.drawFold?.();
  const parent = parentOf(series);
  if (parent) tiles.get(parent.id)?.drawFold?.();
}

/** The metric that a tile shows: that of its SLO, or the mean where windows have too few requests for it. */
function shownMetric(series) {
  const lacks = (series.last?.[format.pointKey(series.metric)] ?? null) === null && (series.recent ?? []).every((value) => value === null);
  return series.last && lacks && series.last.mean_us !== null ? "service_time_mean_us" : format.pointKey(series.metric) ? series.metric : "service_time_p95_us";
}

/** `SLO ≤ 200 ms · baseline band 130 to 150 ms · 0 % failed` */
export function limitWords(series) {
  const parts = [];
  const metric = shownMetric(series);
  const limits = series.objectives ?? [];
  const limit = limits.find((entry) => entry.metric === metric) ?? limits.find((entry) => entry.metric === series.metric) ?? limits[0];
  if (limit) {
    const which = limit.metric === metric ? "" : `${format.metricShort(limit.metric)} `;
    parts.push(`SLO ${which}${limit.at_most ? "≤" : "≥"} ${format.chosen(limit.metric, limit.limit)}`);
  }
  const band = series.bands?.[metric];
  if (band) parts.push(`band ${format.range(metric, band.low, band.high)}`);
  else if (series.last) parts.push("no band yet");
  if (series.last) {
    if (series.last.failed > 0) parts.push(`${format.percent(series.last.error_ratio)} failed`);
    if (series.last.throttled > 0) parts.push(`${format.count(series.last.throttled)} rate-limited`);
  }
  return parts.join(" · ") || "waiting for the first window";
}

function drawSpark(parts, series) {
  const values = series.recent ?? [];
  const present = values.filter((value) => value !== null);
  const band = series.bands?.[series.metric];
  const limit = (series.objectives ?? []).find((entry) => entry.metric === series.metric);
  const ends = band ? [...present, band.low, band.high] : present;
  let [low, high] = ends.length > 0 ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  // A limit far away would flatten the line.
  const showsLimit = limit && limit.limit < high * 1.5 && limit.limit > low * 0.5;
  if (showsLimit) [low, high] = [Math.min(low, limit.limit), Math.max(high, limit.limit)];
  // Noise is not to look like news: the line has at least a third of its value as its height.
  const pad = Math.max((high * 0.3 - (high - low)) / 2, (high - low) * 0.06, 1e-9);
  [low, high] = [low - pad, high + pad];
  const y = (value) => (HEIGHT - 1 - ((value - low) / (high - low)) * (HEIGHT - 2)).toFixed(1);
  const x = (i) => ((i / Math.max(values.length - 1, 1)) * (WIDTH - 4)).toFixed(1);
  let path = "";
  let joined = false;
  values.forEach((value, i) => {
    if (value === null) { joined = false; return; }
    path += `${joined ? "L" : "M"}${x(i)} ${y(value)}`;
    if (!joined && (values[i + 1] ?? null) === null) path += "h.1";
    joined = true;
  });
  parts.line.setAttribute("d", path);
  const has = band && present.length > 0;
  parts.range.setAttribute("y", has ? y(band.high) : 0);
  parts.range.setAttribute("height", has ? Math.max(0.5, y(band.low) - y(band.high)).toFixed(1) : 0);
  parts.limit.setAttribute("visibility", showsLimit && present.length > 0 ? "visible" : "hidden");
  if (showsLimit) { parts.limit.setAttribute("y1", y(limit.limit)); parts.limit.setAttribute("y2", y(limit.limit)); }
  const last = values[values.length - 1] ?? null;
  parts.end.setAttribute("visibility", last === null ? "hidden" : "visible");
  if (last !== null) { parts.end.setAttribute("cx", x(values.length - 1)); parts.end.setAttribute("cy", y(last)); }
}

/** How many series stand how: `1 incident · 2 above their band · 12 ok`. */
export function updateTally() {
  const words = new Map();
  for (const series of model.series) {
    const { tone, word } = standing(series);
    const entry = words.get(word) ?? { tone, count: 0 };
    entry.count += 1;
    words.set(word, entry);
  }
  const sorted = [...words].sort((a, b) => WORST.indexOf(a[1].tone) - WORST.indexOf(b[1].tone));
  setText(byId("tally"), sorted.map(([word, entry]) => `${format.count(entry.count)} ${MANY[word] ?? word}`).join(" · "));
  for (const button of byId("levels").querySelectorAll("button[data-level]")) {
    const tones = model.series.filter((series) => series.level === button.dataset.level).map((series) => standing(series).tone);
    const tone = worst(tones);
    const has = button.querySelector(".shape")?.classList.contains(tone) ?? false;
    const wants = tone === "bad" || tone === "doubt";
    if (wants !== has) { button.querySelector(".shape")?.remove(); if (wants) button.prepend(shape(tone)); }
  }
}

/** Marks the tile of the chosen series, and unfolds what hides it. */
export function markChosen() {
  const id = chosenId();
  for (const [key, nodes] of tiles) {
    const is = key === id;
    nodes.item.classList.toggle("chosen", is);
    if (is) nodes.link.setAttribute("aria-current", "true"); else nodes.link.removeAttribute("aria-current");
    const list = nodes.item.parentElement;
    if (is && list?.hidden) list.previousElementSibling.click();
    nodes.link.setAttribute("href", linkTo({ series: key, window: null, incident: null }));
  }
}

/** What was shown first because nothing was chosen; it stays while the page is open. */
let fallback = null;

/** The series that the charts show: the chosen one, otherwise one with an incident, otherwise one at the highest load. */
export function chosenId() {
  const { series, level } = route();
  if (series && seriesOf(series)) return series;
  const kept = seriesOf(fallback);
  if (kept && (!level || kept.level === level)) return fallback;
  const heads = model.series.filter((entry) => !parentOf(entry) && (!level || entry.level === level));
  const rank = (entry) => (standing(entry).tone === "bad" ? 1e9 : 0) + entry.users;
  fallback = heads.reduce((best, entry) => (best && rank(best) >= rank(entry) ? best : entry), null)?.id ?? null;
  return fallback;
}

/** The series in the order of the tiles that are in sight. */
export const shownIds = () => [...tiles].filter(([, nodes]) => nodes.link.offsetParent !== null).map(([id]) => id);
