// The heat map: how many requests took how long, over time. The server merges its columns.

import { el, byId, replace } from "./dom.js";
import * as format from "./format.js";
import { read } from "./api.js";
import { colour } from "./draw.js";
import { view } from "./charts.js";

const LEFT = 66;
const RIGHT = 46;
const BOTTOM = 18;
const HEIGHT = 210;
/** It changes slowly, and costs the server a pass over the distributions. */
/** Seconds between two labels of the time. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800];
const AGAIN_MS = 30000;

const state = { id: null, heat: null, readAt: 0, isReading: false, failed: null };

/** Reads the heat map of a series where it is due. */
export async function showHeat(id, isDue = false) {
  if (state.isReading && state.id === id) return;
  const isNew = id !== state.id;
  if (!isNew && !isDue && Date.now() - state.readAt < AGAIN_MS) return;
  if (isNew) Object.assign(state, { id, heat: null, failed: null });
  if (isNew) drawHeat();
  if (!id) return;
  state.isReading = true;
  try {
    const heat = await read("heat", { id });
    if (state.id === id) Object.assign(state, { heat, failed: null });
  } catch (error) {
    if (state.id === id) state.failed = error.message;
  } finally {
    if (state.id === id) { state.isReading = false; state.readAt = Date.now(); drawHeat(); }
  }
}

/** Draws what was read, at the range of the charts. */
export function drawHeat() {
  const box = byId("heat");
  const heat = state.heat;
  if (!heat || heat.columns.length === 0) {
    replace(box, el("p", { class: "small" }, state.failed ? `It could not be read: ${state.failed}` : heat ? "No distribution yet." : "Loading"));
    return;
  }
  const total = heat.counts.flat().reduce((sum, value) => sum + value, 0);
  let canvas = box.querySelector("canvas.map");
  if (!canvas) {
    canvas = el("canvas", { class: "map", role: "img" });
    const scale = el("canvas", { width: 120, height: 10, "aria-hidden": "true" });
    const words = el("span", { id: "heat-words" });
    replace(box, canvas, el("p", { class: "small scale" }, "few requests", scale, "many", words));
    canvas.addEventListener("mousemove", (event) => point(event, words));
    canvas.addEventListener("mouseleave", () => replace(words, ""));
  }
  canvas.setAttribute("aria-label", `Heat map of service times: ${format.counted(total, "request")}, half of them in ${middleWords(heat, total)}`);
  const scale = box.querySelector(".scale canvas").getContext("2d");
  scale.clearRect(0, 0, 120, 10);
  scale.fillStyle = colour("p95");
  for (let x = 0; x < 120; x += 1) { scale.globalAlpha = 0.06 + 0.94 * (x / 119); scale.fillRect(x, 0, 1, 10); }
  paint(canvas, heat);
}

/** The rows of service times between which the middle half of all requests lies. */
function middleWords(heat, total) {
  const rows = heat.edges_us.length - 1;
  const sums = Array.from({ length: rows }, (_, row) => heat.counts.reduce((sum, column) => sum + (column[row] ?? 0), 0));
  const at = (part) => {
    let sum = 0;
    for (let row = 0; row < rows; row += 1) { sum += sums[row]; if (sum >= total * part) return row; }
    return rows - 1;
  };
  return format.range("x_us", heat.edges_us[at(0.25)], heat.edges_us[at(0.75) + 1]);
}

/** The rows that hold any request: the rest would be empty space. */
function usedRows(heat) {
  let [low, high] = [Infinity, -1];
  for (const column of heat.counts) column.forEach((value, row) => { if (value > 0) { low = Math.min(low, row); high = Math.max(high, row); } });
  return high < 0 ? [0, heat.edges_us.length - 2] : [low, high];
}

function geometry(canvas, heat) {
  const [from, to] = view();
  const [low, high] = usedRows(heat);
  const width = canvas.clientWidth - LEFT - RIGHT;
  const height = HEIGHT - BOTTOM - 4;
  return { low, high, width, height, row: height / (high - low + 1), x: (ms) => LEFT + ((ms / 1e3 - from) / (to - from)) * width, from, to };
}

function paint(canvas, heat) {
  const scale = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  if (width === 0) return;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(HEIGHT * scale);
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  const g = geometry(canvas, heat);
  const most = heat.counts.reduce((a, column) => column.reduce((b, value) => Math.max(b, value), a), 1);
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT, 0, g.width, HEIGHT);
  ctx.clip();
  ctx.fillStyle = colour("p95");
  heat.columns.forEach((column, i) => {
    // A cell is measured now and then: its column reaches to the next, unless a long break is between them.
    const next = heat.columns[i + 1]?.from_ms ?? column.to_ms;
    const usual = (heat.columns[heat.columns.length - 1].to_ms - heat.columns[0].from_ms) / heat.columns.length;
    const end = next - column.to_ms > 3 * usual ? column.to_ms : Math.max(next, column.to_ms);
    const [left, right] = [Math.round(g.x(column.from_ms)), Math.round(g.x(end))];
    if (right < LEFT || left > LEFT + g.width) return;
    heat.counts[i].forEach((value, row) => {
      if (value === 0) return;
      ctx.globalAlpha = 0.06 + 0.94 * (Math.log1p(value) / Math.log1p(most)) ** 1.5;
      const top = Math.round(4 + (g.high - row) * g.row);
      ctx.fillRect(left, top, Math.max(right - left, 1), Math.round(4 + (g.high - row + 1) * g.row) - top);
    });
  });
  ctx.restore();
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour("muted");
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  const every = Math.max(1, Math.ceil(16 / g.row), Math.ceil((g.high - g.low + 1) / 7));
  for (let row = g.low; row <= g.high + 1; row += every) ctx.fillText(format.time(heat.edges_us[row]), LEFT - 6, Math.min(Math.max(4 + (g.high + 1 - row) * g.row, 7), HEIGHT - BOTTOM - 4));
  ctx.textBaseline = "top";
  const labels = Math.max(2, Math.floor(g.width / 80));
  const step = STEPS.find((seconds) => (g.to - g.from) / seconds <= labels) ?? 86400;
  ctx.textAlign = "center";
  for (let at = Math.ceil(g.from / step) * step; at <= g.to; at += step) {
    ctx.fillText(step >= 86400 ? format.day(at * 1e3) : format.clock(at * 1e3, step < 60), g.x(at * 1e3), HEIGHT - BOTTOM + 4);
  }
}

function point(event, words) {
  const { heat } = state;
  const canvas = event.currentTarget;
  const g = geometry(canvas, heat);
  const at = (g.from + ((event.offsetX - LEFT) / g.width) * (g.to - g.from)) * 1e3;
  const row = g.high - Math.floor((event.offsetY - 4) / g.row);
  const i = heat.columns.findLastIndex((column) => column.from_ms <= at);
  if (i < 0 || row < g.low || row > g.high || event.offsetX < LEFT) { replace(words, ""); return; }
  const column = heat.columns[i];
  replace(words, `${format.stretch(column.from_ms, column.to_ms)}: ${format.counted(heat.counts[i][row] ?? 0, "request")} of ${format.range("x_us", heat.edges_us[row], heat.edges_us[row + 1])}`);
}
