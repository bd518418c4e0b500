// Figures of the whole run: progress, requests, outliers, incidents, CPU; capacity; setup, gaps and notes.

import { el, byId, shape, table, replace, setText } from "./dom.js";
import * as format from "./format.js";
import { model } from "./model.js";
import { openOnes } from "./incidents.js";
import { markTime, markWords } from "./marks.js";

const nodes = new Map();

function fact(name, tone, figure, rest, isWords = false) {
  let node = nodes.get(name);
  if (!node) {
    node = { box: el("div", { class: "fact" }), figure: el("div", { class: "figure" }), rest: el("div", { class: "rest" }) };
    node.box.append(el("h2", null, name), node.figure, node.rest);
    if (name === "Progress") { node.bar = el("progress", { max: 1, value: 0, "aria-label": "Windows measured" }); node.rest.before(node.bar); }
    nodes.set(name, node);
    byId("facts").append(node.box);
  }
  node.box.className = `fact ${tone}`;
  node.figure.className = isWords ? "figure words" : "figure";
  setText(node.figure, figure);
  setText(node.rest, rest);
  return node;
}

const CPU = { generator: "load generator", target: "target", neither: "neither side", unknown: "not known" };

/** The row of figures under the first line. */
export function drawFacts() {
  const { progress, generator } = model;
  if (!progress) return;
  const total = progress.requests;
  const part = progress.planned_windows > 0 ? progress.windows / progress.planned_windows : 0;
  const cycle = progress.cycle ? `cycle ${format.count(progress.cycle)} of ${format.count(progress.cycles)}` : `${format.counted(progress.cycles, "cycle")} planned`;
  const bar = fact("Progress", "", format.percent(Math.floor(part * 1000) / 1000),
    `${format.count(progress.windows)} of ${format.count(progress.planned_windows)} windows, ${cycle}${progress.gaps > 0 ? `, ${format.counted(progress.gaps, "gap")}` : ""}`).bar;
  bar.value = Math.min(part, 1);
  bar.textContent = format.percent(part);
  const invalid = progress.invalid_windows;
  fact("Requests", progress.failed > 0 && progress.failed >= total * 0.01 ? "doubt" : "", format.count(total),
    `${format.count(progress.failed)} failed${total > 0 ? ` (${format.percent(progress.failed / total)})` : ""}, ${format.count(progress.throttled)} rate-limited`);
  const open = openOnes().length;
  const known = Math.max(progress.incidents, model.incidents.filter((incident) => !incident.withdrawn).length);
  fact("Incidents", open > 0 ? "bad" : "", open > 0 ? `${format.count(open)} open` : "none open", known > 0 ? `${format.count(known)} in this run` : "none in this run");
  fact("Outliers beyond 2 sigma", "", format.count(progress.outliers), `expected by chance: ${format.significant(progress.outliers_expected ?? 0)}`);
  fact("Invalid windows", invalid > 0 ? "doubt" : "", format.count(invalid), progress.windows > 0 ? `${format.percent(invalid / progress.windows)} of the windows` : "none measured yet");
  if (generator) {
    const shares = [generator.cpu_share === null ? null : `generator ${format.percent(generator.cpu_share)} of its CPU`,
      generator.target_cpu === null ? null : `target ${format.percent(generator.target_cpu)}`].filter(Boolean).join(", ");
    fact("Short of CPU", generator.short_of_cpu === "generator" ? "doubt" : "", CPU[generator.short_of_cpu] ?? generator.short_of_cpu,
      generator.sentence || shares, true);
  }
}

/** What each endpoint sustains. */
export function drawCapacity() {
  const { capacity } = model;
  if (capacity.length === 0) { replace(byId("capacity-list"), el("p", { class: "small" }, "No estimate yet.")); return; }
  replace(byId("capacity-list"), table("Capacity", ["endpoint", "sustained throughput", "at users", "finding"], capacity.map((entry) => [
    entry.endpoint, format.rate(entry.sustained_per_s), format.count(entry.users), format.capital(entry.sentence)]), [1, 2]));
}

/** What runs where, what was not measured, and what was noted. */
export function drawSetup() {
  const { run, gaps, notes, marks } = model;
  if (!run) return;
  const pair = (name, value) => (value ? [el("dt", null, name), el("dd", null, value)] : null);
  const item = (tone, at, text) => el("li", null, shape(tone), el("span", null, at ? `${at}: ` : "", text));
  const items = [
    ...gaps.map((gap) => ({ at: new Date(gap.from).getTime(), node: item("none", format.stretch(gap.from, gap.to), gap.sentence || `not measured: ${gap.reason}`) })),
    ...notes.map((note) => ({ at: note.at ? new Date(note.at).getTime() : 0, node: item("note", note.at ? format.moment(note.at) : null, note.sentence) })),
    ...marks.map((mark) => ({ at: new Date(mark.at).getTime(), node: item("note", markTime(mark), markWords(mark)) })),
  ].sort((a, b) => b.at - a.at).slice(0, 60);
  replace(byId("setup-list"),
    el("dl", { class: "pairs" }, pair("run", el("code", null, run.run_id)), pair("plan", run.plan), pair("mode", run.mode),
      pair("started", format.moment(run.started_at)), pair(run.ended_at ? "ended" : "planned end", format.moment(run.ended_at ?? run.planned_end)),
      pair("baseline", run.baseline ?? "none given; bands are learned from this run"), pair("machine", run.host), pair("tool", run.tool)),
    items.length > 0 ? el("ul", { class: "list" }, items.map((entry) => entry.node)) : el("p", { class: "small" }, "No gaps and no notes."));
}
