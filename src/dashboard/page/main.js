// Puts the page together: loads the state, listens to what changes, draws at most once per frame and only while in sight.

import { el, byId, shape, setText, table, replace, keepFocus } from "./dom.js";
import * as format from "./format.js";
import { read, listen, stayWith, isChosen } from "./api.js";
import { model, seriesOf, standing, takeSnapshot, takeWindows, takeIncident, takeGap, takeMarks, takeState } from "./model.js";
import { route, linkTo } from "./route.js";
import { buildTiles, updateTile, updateTally, markChosen, chosenId, limitWords } from "./tiles.js";
import * as charts from "./charts.js";
import { showHeat, drawHeat } from "./heat.js";
import { drawIncidents } from "./incidents.js";
import { drawFacts, drawCapacity, drawSetup } from "./facts.js";
import { connection, drawStatus, problem } from "./status.js";
import { showRouted, showHelp, showRuns } from "./detail.js";
import { keys, listenToKeys, nextTheme, nameTheme } from "./keys.js";

const LAST_WINDOWS = 12;
const RETRY_MS = 3000;

/** What has to be drawn in the next frame. */
const due = new Set();
const changed = new Set();
let frame = 0;
let route_before = {};
let stopListening = null;

function schedule(...parts) {
  for (const part of parts) due.add(part);
  // A hidden tab gets no frames: what is due is drawn when it is looked at again.
  if (frame === 0) frame = requestAnimationFrame(draw);
}

function draw() {
  frame = 0;
  if (due.has("tiles")) keepFocus(byId("overview"), buildTiles);
  else if (changed.size > 0) {
    for (const series of changed) updateTile(series, true);
    updateTally();
  }
  changed.clear();
  if (due.has("facts")) drawFacts();
  if (due.has("incidents")) keepFocus(byId("incidents"), drawIncidents);
  if (due.has("capacity")) drawCapacity();
  if (due.has("setup")) drawSetup();
  if (due.has("points")) charts.refresh();
  if (due.has("rebuild")) charts.rebuild();
  if (due.has("points") || due.has("selected") || due.has("tiles")) drawSelected();
  if (due.has("points")) { keepFocus(byId("windows"), drawWindows); showHeat(chosenId()); }
  due.clear();
}

function drawSelected() {
  const series = seriesOf(chosenId());
  setText(byId("selected-head"), series ? series.id : "Charts");
  if (!series) { replace(byId("selected-state"), ""); replace(byId("selected-slo"), ""); return; }
  const { tone, word } = standing(series);
  replace(byId("selected-state"), el("span", { class: `cell ${tone}` }, shape(tone), el("span", { class: "word" }, word)), el("span", { class: "small" }, limitWords(series)));
  const tones = { met: "good", held: "good", violated: "bad", undecided: "doubt" };
  replace(byId("selected-slo"), (series.objectives ?? []).length === 0 ? "No SLO is set for it."
    : el("ul", { "aria-label": "SLOs" }, series.objectives.map((limit) => el("li", null, shape(tones[limit.state] ?? "none"),
      `SLO ${format.metricShort(limit.metric)} ${limit.at_most ? "≤" : "≥"} ${format.chosen(limit.metric, limit.limit)}: ${limit.state === "held" ? "met" : limit.state}`,
      limit.state === "met" || limit.state === "held" || !limit.sentence ? "" : ` (${limit.sentence.replace(/\.$/, "")})`))));
}

function drawWindows() {
  const rows = charts.lastWindows(LAST_WINDOWS);
  if (rows.length === 0) { replace(byId("windows"), el("p", { class: "small" }, "No window yet.")); return; }
  const words = ["valid", "rate-limited", "invalid"];
  replace(byId("windows"), table(`Last windows of ${chosenId()}`, ["window", "started", "p50", "p95", "p99", "throughput", "requests", "failed", "state"], rows.map((row) => [
    el("a", { href: linkTo({ window: row.number, series: chosenId(), incident: null }) }, format.count(row.number)),
    format.moment(row.started_at_ms), format.time(row.p50_us), format.time(row.p95_us), format.time(row.p99_us), format.rate(row.throughput_per_s),
    format.count(row.requests), format.count(row.failed), row.validity > 0 ? words[row.validity] : row.flagged ? "outside its band" : "valid"]), [2, 3, 4, 5, 6, 7]));
}

async function routed() {
  const now = route();
  const id = chosenId();
  if (now.level !== route_before.level && model.run) buildTiles();
  route_before = now;
  markChosen();
  drawSelected();
  showRouted(id);
  await charts.showSeries(id);
  drawWindows();
  showHeat(id);
}

/** Loads everything. `isFirst` is the first time; later it replaces what is known. */
async function load(isFirst) {
  const snapshot = await read("snapshot");
  if (!isFirst && model.run && snapshot.run.run_id !== model.run.run_id) {
    problem(`another run is served here now (${snapshot.run.run_id}); reload the page to see it`);
    return;
  }
  takeSnapshot(snapshot);
  stayWith(snapshot.run.run_id);
  schedule("tiles", "facts", "incidents", "capacity", "setup");
  draw();
  drawStatus();
}

async function begin() {
  try {
    await load(true);
  } catch (error) {
    connection(false);
    if (error.status === 404 && isChosen()) { problem(`this run is not served here: ${error.message}`); return; }
    // 503: the server is there and not ready, as while it reads a long run.
    if (error.status) problem(`${error.message}; retrying`, error.status === 503 ? "none" : "bad");
    setTimeout(begin, error.status === 503 ? RETRY_MS / 3 : RETRY_MS);
    return;
  }
  stopListening = listen(model.last, take, heard);
  showRunsButton();
  await routed();
}

async function showRunsButton() {
  try {
    const { runs } = await read("runs");
    byId("runs-button").hidden = runs.length < 2;
    setText(byId("runs-button"), `Runs (${format.count(runs.length)})`);
  } catch { /* Without the list, this run is still shown. */ }
}

let wasOpen = false;
let opened = 0;

function heard(isOpen) {
  connection(isOpen);
  if (isOpen && !wasOpen) {
    opened += 1;
    model.heardAt = Date.now();
    // After a break the events bring the windows; everything else is read again.
    if (opened > 1) load(false).catch(() => {});
  }
  wasOpen = isOpen;
}

function take(kind, data) {
  model.heardAt = Date.now();
  if (kind === "reset") { load(false).then(() => charts.load()).then(() => schedule("points")).catch(() => {}); return; }
  if (!data) return;
  if (kind === "window") {
    // The first window of a series: its tile comes with the snapshot.
    if ((data.rows ?? []).some(({ id }) => !seriesOf(id))) load(false).catch(() => {});
    for (const series of takeWindows(data)) changed.add(series);
    for (const { id } of data.series ?? []) if (seriesOf(id)) changed.add(seriesOf(id));
    const shown = chosenId();
    let isShown = false;
    for (const { id, point } of data.rows ?? []) if (id === shown && charts.take(id, point)) isShown = true;
    if (isShown) schedule("points");
  } else if (kind === "incident") { takeIncident(data); schedule("incidents", "facts", "points", "tiles"); }
  else if (kind === "gap") { takeGap(data); schedule("setup", "facts", "points"); }
  else if (kind === "marks") { takeMarks(data); schedule("setup", "rebuild"); }
  else if (kind === "state") { takeState(data); schedule("facts"); }
  drawStatus();
  schedule("selected");
}

function redraw() {
  charts.rebuild();
  drawHeat();
}

charts.onViewChange(drawHeat);
addEventListener("routed", routed);
addEventListener("popstate", routed);
addEventListener("pagehide", () => stopListening?.());
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
// Paper is white: the canvases are drawn in the light colours for it.
let themeBefore = null;
addEventListener("beforeprint", () => {
  themeBefore = document.documentElement.dataset.theme ?? "";
  document.documentElement.dataset.theme = "light";
  redraw();
});
addEventListener("afterprint", () => {
  if (themeBefore) document.documentElement.dataset.theme = themeBefore;
  else delete document.documentElement.dataset.theme;
  redraw();
});
let resizing = 0;
new ResizeObserver(() => { cancelAnimationFrame(resizing); resizing = requestAnimationFrame(charts.resize); }).observe(byId("charts"));
byId("theme-button").addEventListener("click", () => nextTheme(redraw));
byId("help-button").addEventListener("click", () => showHelp(keys));
byId("runs-button").addEventListener("click", showRuns);
// Ages move on by themselves; a hidden tab needs no more than its title.
let ticks = 0;
setInterval(() => {
  ticks += 1;
  if (document.hidden && ticks % 10 !== 0) return;
  drawStatus();
}, 1000);
nameTheme();
listenToKeys(redraw);
begin();
