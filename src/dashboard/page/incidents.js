// The list of incidents, and one of them in detail.

import { el, byId, shape, table, replace } from "./dom.js";
import * as format from "./format.js";
import { model, seriesOf } from "./model.js";
import { linkTo } from "./route.js";

const MOST = 50;
const CAUSES = { errors: "requests fail", slowdown: "slower, or less throughput", cache: "fewer cache hits" };

export const openOnes = () => model.incidents.filter((incident) => !incident.resolved_at && !incident.withdrawn);

const stateOf = (incident) => {
  if (incident.withdrawn) return { tone: "none", word: "withdrawn" };
  return incident.resolved_at ? { tone: "good", word: "resolved" } : { tone: "bad", word: "open" };
};

function lengthOf(incident) {
  const end = incident.resolved_at ? new Date(incident.resolved_at).getTime() : Date.now() + model.ahead;
  return format.span((end - new Date(incident.opened_at).getTime()) / 1e3);
}

/** Draws the list, open incidents first, then the newest. */
export function drawIncidents() {
  if (model.incidents.length === 0) {
    replace(byId("incident-list"), el("p", { class: "small" }, "No incidents so far."));
    return;
  }
  const sorted = [...model.incidents].sort((a, b) =>
    (stateOf(a).tone === "bad" ? 0 : 1) - (stateOf(b).tone === "bad" ? 0 : 1) || b.id - a.id);
  const rows = sorted.slice(0, MOST).map((incident) => {
    const { tone, word } = stateOf(incident);
    return [
      el("a", { href: linkTo({ incident: incident.id, window: null }) }, `incident ${incident.id + 1}`),
      el("span", { class: `cell ${tone}` }, shape(tone), el("span", { class: "word" }, word)),
      format.moment(incident.opened_at), lengthOf(incident), format.capital(incident.sentence),
    ];
  });
  const more = sorted.length - MOST;
  replace(byId("incident-list"), table("Incidents", ["incident", "state", "since", "for", "what"], rows),
    more > 0 ? el("p", { class: "small" }, `${format.counted(more, "older incident")} not listed here; all are in the report.`) : null);
}

/** One incident: what, when, where, expected and measured. */
export function incidentBody(id) {
  const incident = model.incidents.find((other) => String(other.id) === String(id));
  if (!incident) return { title: "Incident", body: [el("p", null, "This incident is not known to the server.")], actions: [] };
  const { tone, word } = stateOf(incident);
  const opened = new Date(incident.opened_at).getTime();
  const ended = incident.resolved_at ? new Date(incident.resolved_at).getTime() : Date.now() + model.ahead;
  const pad = Math.max((ended - opened) * 0.5, 60000);
  const first = incident.cells.find((cell) => seriesOf(cell.id))?.id ?? null;
  const times = { from: Math.round(opened - pad), to: Math.round(ended + pad), incident: null, window: null };
  const pair = (name, value) => [el("dt", null, name), el("dd", null, value)];
  const cells = incident.cells.map((cell) => [
    seriesOf(cell.id) ? el("a", { href: linkTo({ ...times, series: cell.id }) }, cell.id) : cell.id,
    format.value(incident.metric, cell.expected), format.value(incident.metric, cell.measured),
    cell.expected > 0 && incident.cause !== "errors" ? format.signedPercent(cell.measured / cell.expected - 1) : format.MISSING,
  ]);
  return {
    title: `Incident ${incident.id + 1}`,
    actions: first ? [el("a", { href: linkTo({ ...times, series: first }) }, "Show in the charts")] : [],
    body: [
      el("p", { class: `cell ${tone}` }, shape(tone), el("span", { class: "word" }, word)),
      el("p", null, `${format.capital(incident.sentence)}.`.replace("..", ".")),
      el("dl", { class: "pairs" },
        pair("opened", format.moment(incident.opened_at)),
        pair("resolved", incident.resolved_at ? format.moment(incident.resolved_at) : "not yet"),
        pair("lasted", lengthOf(incident)),
        pair("cause", CAUSES[incident.cause] ?? incident.cause),
        pair("metric", format.metricWords(incident.metric)),
        incident.change === null ? null : pair("change", format.signedPercent(incident.change)),
        incident.error_ratio === null ? null : pair("failed", format.percent(incident.error_ratio)),
        pair("endpoints", incident.endpoints.join(", "))),
      incident.cells.length > 0 ? el("h3", null, "Affected") : null,
      incident.cells.length > 0 ? table("Affected series", ["series", "expected", "measured", "change"], cells, [1, 2, 3]) : null,
    ],
  };
}
