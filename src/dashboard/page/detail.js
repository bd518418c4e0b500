// The dialog: a window, an incident, the runs, the help.

import { el, byId, shape, table, replace } from "./dom.js";
import * as format from "./format.js";
import { read } from "./api.js";
import { model } from "./model.js";
import { route, go } from "./route.js";
import { incidentBody } from "./incidents.js";

const dialog = byId("detail");
let openedBy = null;

function show(title, actions, body) {
  const close = el("button", { type: "button", onclick: closeDetail }, "Close");
  replace(dialog, el("div", { class: "bar" }, el("h2", { id: "detail-head" }, title), actions, close), el("div", { class: "body" }, body));
  if (dialog.open) return;
  openedBy = document.activeElement;
  dialog.showModal();
}

/** Closes the dialog; a window or incident leaves the address as well. */
export function closeDetail() {
  const { window: number, incident } = route();
  if (number || incident) go({ window: null, incident: null });
  if (dialog.open) dialog.close();
}

dialog.addEventListener("close", () => {
  const { window: number, incident } = route();
  if (number || incident) go({ window: null, incident: null });
  if (openedBy?.isConnected) openedBy.focus();
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) closeDetail(); });

/** Shows what the address names, or closes what it no longer names. */
export function showRouted(id) {
  const { window: number, incident } = route();
  if (number) showWindow(number, id);
  else if (incident) { const { title, actions, body } = incidentBody(incident); show(title, actions, body); }
  else if (dialog.open && dialog.dataset.kind === "routed") dialog.close();
  if (number || incident) dialog.dataset.kind = "routed";
}

let asked = null;

async function showWindow(number, id) {
  const key = `${number} ${id}`;
  if (asked === key && dialog.open) return;
  asked = key;
  const title = `Window ${format.count(Number(number))}`;
  show(title, [], el("p", null, "Loading"));
  try {
    const { rows } = await read(`windows/${encodeURIComponent(number)}`);
    if (asked !== key || !dialog.open) return;
    const row = rows.find((other) => other.id === id) ?? rows[rows.length - 1];
    if (!row) throw new Error("it has no rows");
    show(`${title}: ${row.id}`, stepsOf(rows, row, number), bodyOf(row));
  } catch (error) {
    if (asked === key && dialog.open) show(title, [], el("p", null, `This window could not be read: ${error.message}`));
  } finally {
    if (asked === key) asked = dialog.open ? key : null;
  }
}

function stepsOf(rows, row, number) {
  if (rows.length < 2) return [];
  const choose = el("select", { "aria-label": "Row of this window", onchange: (event) => go({ window: number, series: event.target.value }, true) },
    rows.map((other) => el("option", { value: other.id, selected: other === row }, other.id)));
  return [choose];
}

const pair = (name, value) => [el("dt", null, name), el("dd", null, value)];

function bodyOf(row) {
  const metrics = Object.keys(row).filter((key) => /_us$|^throughput_per_s$|_ratio$|^bytes$|^certificate_days$/.test(key));
  const reason = row.invalid_reason ? `: ${String(row.invalid_reason).replaceAll("_", " ")}` : "";
  const tone = { valid: "good", throttled: "doubt", invalid: "doubt" }[row.validity] ?? "none";
  return [
    el("p", { class: `cell ${tone}` }, shape(tone), el("span", { class: "word" }, `${row.validity === "throttled" ? "rate-limited" : row.validity}${reason}`)),
    el("dl", { class: "pairs" },
      row.started_at ? pair("started", format.moment(row.started_at)) : null,
      pair("lasted", `${row.duration_s} s`),
      row.cycle === undefined ? null : pair("cycle", format.count(row.cycle + 1)),
      row.users ? pair("users", format.count(row.users)) : null,
      pair("requests", `${format.count(row.requests)}: ${format.count(row.succeeded)} succeeded, ${format.count(row.failed)} failed, ${format.count(row.throttled)} rate-limited`)),
    (row.remarks ?? []).length > 0 ? el("ul", null, row.remarks.map((remark) => el("li", null, remark))) : null,
    flagsOf(row.flags ?? []), errorsOf(row), slowestOf(row.slowest ?? []),
    el("h3", null, "Metrics"),
    table("Metrics of this window", ["metric", "value", "exact, as in report.json", "key"], metrics.map((key) => [
      format.metricWords(key), format.value(key, row[key]), row[key] === null ? format.MISSING : String(row[key]), el("code", null, key)]), [1, 2]),
    generatorOf(row.generator ?? {}),
  ];
}

function flagsOf(flags) {
  if (flags.length === 0) return null;
  return [el("h3", null, "Outside the baseline band"), table("Metrics outside their band", ["metric", "measured", "baseline", "band", "sigma"], flags.map((flag) => [
    format.metricWords(flag.metric), format.value(flag.metric, flag.value), format.value(flag.metric, flag.baseline),
    format.range(flag.metric, flag.low, flag.high), flag.sigmas === null ? format.MISSING : flag.sigmas.toFixed(1)]), [1, 2, 3, 4])];
}

function errorsOf(row) {
  const statuses = Object.entries(row.statuses ?? {});
  return [
    statuses.length > 0 ? [el("h3", null, "Statuses"), table("Responses by status", ["status", "responses"], statuses.map(([status, number]) => [status, format.count(number)]), [1])] : null,
    (row.errors ?? []).length > 0 ? [el("h3", null, "Errors"), table("Failed requests by cause", ["class", "requests", "what happened"],
      row.errors.map((error) => [error.class, format.count(error.count), error.sentence ?? error.reason ?? ""]), [1])] : null,
  ];
}

function slowestOf(slowest) {
  if (slowest.length === 0) return null;
  return [el("h3", null, "Slowest requests"), table("Slowest requests", ["sent at", "service time", "status", "trace id", ""], slowest.map((slow) => [
    format.moment(slow.sent_at), el("span", { title: `${slow.service_time_us} us` }, format.time(slow.service_time_us)),
    slow.status === null ? slow.failure ?? format.MISSING : String(slow.status), el("code", null, slow.trace_id), copyButton(slow.trace_id)]), [1])];
}

function copyButton(text) {
  const button = el("button", { type: "button", "aria-label": `Copy trace id ${text}`, onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Without a secure context the browser keeps the clipboard to itself: select it instead.
      const code = button.closest("tr").querySelector("code");
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  } }, "Copy");
  return button;
}

function generatorOf(generator) {
  const rows = Object.entries(generator).filter(([, value]) => value !== null);
  if (rows.length === 0) return null;
  return [el("h3", null, "Load generator"), table("Load generator", ["figure", "value"], rows.map(([key, value]) => [
    key.replaceAll("_", " "), /_(share|ratio)$/.test(key) && key !== "littles_law_ratio" ? format.percent(value) : key.endsWith("_us") ? format.time(value) : String(value)]), [1])];
}

/** The runs that this server has. */
export async function showRuns() {
  dialog.dataset.kind = "free";
  show("Runs", [], el("p", null, "Loading"));
  try {
    const { runs } = await read("runs");
    const here = new URLSearchParams(location.search);
    const rows = runs.map((run) => {
      here.set("run", run.run_id);
      const tone = { accepted: "good", failed: "bad", inconclusive: "doubt" }[run.outcome] ?? "none";
      return [
        run.run_id === model.run?.run_id ? el("b", null, `${run.run_id} (shown)`) : el("a", { href: `?${here}` }, run.run_id),
        run.state, el("span", { class: `cell ${tone}` }, shape(tone), el("span", { class: "word" }, run.outcome ?? "so far")),
        format.moment(run.started_at), `${format.count(run.windows)} of ${format.count(run.planned_windows)}`, format.count(run.requests),
        format.count(run.failed), format.count(run.incidents)];
    });
    show("Runs", [], table("Runs", ["run", "state", "verdict", "started", "windows", "requests", "failed", "incidents"], rows, [4, 5, 6, 7]));
  } catch (error) {
    show("Runs", [], el("p", null, `The runs could not be read: ${error.message}`));
  }
}

const SHORTCUTS = [
  ["j, k", "next and previous endpoint, journey or step"], ["l", "next load level"], ["w", "last window of the shown series"],
  ["i", "open incident, otherwise the latest"], ["c", "to the charts"], ["g", "linear or log scale"], ["0", "reset the zoom"], ["r", "runs"], ["t", "colours: system, light, dark"],
  ["?", "this help"], ["Esc", "close"],
];
const ON_CHARTS = [["← →", "previous, next window"], ["Page Up, Page Down", "ten windows on, back"], ["Home, End", "first, last window"], ["+ -", "zoom in, out"],
  ["Shift ← →", "pan"], ["Enter", "open the window"]];

/** The keys, and what the words mean. */
export function showHelp(keys) {
  dialog.dataset.kind = "free";
  const keyed = (name, rows) => table(name, ["key", "does"], rows.map(([key, does]) => [el("kbd", null, key), does]));
  const box = el("input", { type: "checkbox", checked: keys.areOn(), onchange: (event) => keys.turn(event.target.checked) });
  const term = (name, text) => [el("dt", null, name), el("dd", null, text)];
  show("Help", [], [
    el("h3", null, "Keys"), el("p", null, el("label", null, box, " Single-key shortcuts")), keyed("Keys of the page", SHORTCUTS),
    el("h3", null, "On the charts"), keyed("Keys on the charts", ON_CHARTS),
    el("h3", null, "Words"),
    el("dl", { class: "pairs" },
      term("window", "a stretch of load on one endpoint or journey at one load level; the unit of every point"),
      term("band", "where 95 % of windows fall, from the baseline or learned from this run; a window outside it now and then is chance"),
      term("SLO", "the objective in the scenario, judged over the whole run"),
      term("incident", "worse than the band for long enough that chance does not explain it"),
      term("invalid window", "the load generator or its machine got in the way; it is shown and not judged"),
      term("times", "all in UTC; service time is from sending a request to its complete response")),
    el("p", { class: "small" }, "Figures are those of the report; the table of a window has every digit. The same data: ",
      el("a", { href: "/api/v1/snapshot" }, "/api/v1/snapshot"), ", ", el("a", { href: "/metrics" }, "/metrics"), ". The charts are drawn by uPlot (",
      el("a", { href: "/assets/uplot.LICENSE" }, "MIT licence"), ")."),
  ]);
}

export const isOpen = () => dialog.open;
