// The first line: verdict, time, what is measured, and whether the page still hears from the run. Title and icon follow.

import { el, byId, shape, setText, shapePaths, replace } from "./dom.js";
import * as format from "./format.js";
import { model } from "./model.js";
import { openOnes } from "./incidents.js";
import { linkTo } from "./route.js";

const TONES = { accepted: "good", failed: "bad", inconclusive: "doubt" };
const WORDS = { accepted: "Accepted", failed: "Failed", inconclusive: "Inconclusive" };
/** The server speaks every 5 s; two missed words may be chance. */
const SILENT_MS = 16000;
/** After this, a process that serves its own page has most likely ended. */
const GONE_MS = 60000;
const COLOURS = { good: "#116b3c", bad: "#b2182b", doubt: "#9a6700", none: "#59636e", note: "#3b5a7a" };

const state = { isOpen: false, lostAt: 0, problem: null, icon: null, said: null };

export function connection(isOpen) {
  if (!isOpen && state.isOpen) state.lostAt = Date.now();
  if (!isOpen && state.lostAt === 0) state.lostAt = Date.now();
  if (isOpen) { state.lostAt = 0; state.problem = null; }
  state.isOpen = isOpen;
  drawStatus();
}

export function problem(text, tone = "bad") {
  state.problem = text === null ? null : { tone, word: text };
  drawStatus();
}

function verdict() {
  const { verdict: found, run } = model;
  if (!found) return { tone: "none", word: "Loading" };
  const isFinal = found.is_final;
  // An ended run without its final verdict is still being read by the server.
  if (!isFinal && (run.state !== "running" || (model.progress?.windows ?? 0) === 0)) return { tone: "none", word: "No verdict yet" };
  const word = isFinal ? `${WORDS[found.outcome] ?? found.outcome}`
    : { accepted: "All SLOs met so far", failed: "Failing so far", inconclusive: "Inconclusive so far" }[found.outcome] ?? found.outcome;
  const open = openOnes().length;
  // An incident is what someone is needed for, whatever the verdict of the whole run will be.
  if (open > 0 && run.state === "running") return { tone: "bad", word: `${format.counted(open, "open incident")}, ${word.toLowerCase()}`.replace("slos", "SLOs") };
  // At the beginning every run is undecided: that is no news, unless most windows are invalid.
  const { windows = 0, invalid_windows: invalid = 0 } = model.progress ?? {};
  if (!isFinal && found.outcome === "inconclusive") return { tone: invalid > windows * 0.2 ? "doubt" : "none", word };
  return { tone: isFinal && found.outcome === "inconclusive" ? "doubt" : TONES[found.outcome] ?? "none", word };
}

function left() {
  const { progress } = model;
  if (progress?.left_s === null || progress?.left_s === undefined) return null;
  return Math.max(0, progress.left_s - (Date.now() - model.leftAt) / 1e3);
}

function when() {
  const { run, progress } = model;
  if (!run) return "";
  if (run.state !== "running") {
    const at = run.ended_at ? ` at ${format.moment(run.ended_at)}` : "";
    const words = { completed: `completed${at}`, stopped: `stopped${at}`, failed: `the run itself failed${at}`,
      killed: "process gone: the run was killed before its end; resume it with `baseline start --resume latest`", unknown: "state unknown: its process cannot be found" };
    return words[run.state] ?? run.state;
  }
  const seconds = left();
  const end = seconds === null ? `planned end ${format.moment(run.planned_end)}` : `${format.span(seconds)} left, ends ${format.soon(run.planned_end, Date.now() + model.ahead)}`;
  const cell = progress.cell ? `measuring ${progress.cell}` : null;
  let next = null;
  if (progress.next_cycle_at) {
    const wait = (new Date(progress.next_cycle_at).getTime() - Date.now() - model.ahead) / 1e3;
    next = `next cycle ${wait > 0 ? `in ${format.span(wait)}` : "now"}`;
  } else if (!progress.cell) next = "starting";
  return [end, cell, next].filter(Boolean).join(" · ");
}

function link() {
  const now = Date.now();
  const age = model.heardAt ? format.span((now - model.heardAt) / 1e3) : null;
  const window = model.windowAt > 0 && Math.abs(now - model.windowAt) < 40 * 86400e3 ? `last window ${format.span((now - model.windowAt) / 1e3)} ago` : null;
  if (state.problem) return state.problem;
  if (!model.run) return { tone: state.lostAt ? "bad" : "none", word: state.lostAt ? "no connection, retrying" : "connecting" };
  const isOver = model.run.state !== "running";
  if (!state.isOpen && state.lostAt > 0) {
    if (isOver) return { tone: "none", word: "run ended; the server has closed, this page keeps what it has" };
    const gone = now - state.lostAt > GONE_MS ? " The process may be gone: see `baseline status`." : "";
    return { tone: "bad", word: `connection lost, retrying; last data ${age} ago.${gone}` };
  }
  if (isOver) return { tone: model.run.state === "completed" ? "good" : "doubt", word: "run ended" };
  if (now - model.heardAt > SILENT_MS) return { tone: "doubt", word: `nothing heard for ${age}` };
  return { tone: "good", word: `live${window ? `, ${window}` : ""}` };
}

/** Draws the line. Called with each change, and every second for the ages. */
export function drawStatus() {
  const { tone, word } = verdict();
  const heard = link();
  const shown = heard.tone === "bad" ? "bad" : tone;
  const top = byId("top");
  if (top.className !== tone) { top.className = tone; replace(byId("verdict-shape"), shape(tone)); }
  setText(byId("verdict-word"), word);
  setText(byId("run-name"), model.run ? model.run.scenario : "");
  setText(byId("when"), when());
  const node = byId("link");
  if (node.className !== heard.tone) { node.className = heard.tone; replace(byId("link-shape"), shape(heard.tone)); node.dataset.tone = heard.tone; }
  setText(byId("link-word"), heard.word);
  const seconds = left();
  const rest = model.run?.state === "running" ? (seconds === null ? "" : `, ${format.span(seconds)} left`) : `, ${model.run?.state ?? ""}`;
  const mark = { good: "✓", bad: "✕", doubt: "?", note: "!", none: "…" }[shown];
  document.title = model.run ? `${mark} ${heard.tone === "bad" ? "No connection" : word} – ${model.run.scenario}${rest}` : "baseline: live page";
  icon(shown);
  say();
}

function icon(tone) {
  if (state.icon === tone) return;
  state.icon = tone;
  const [outline, sign] = shapePaths(tone);
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="${outline}" fill="${COLOURS[tone]}"/><path d="${sign}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`;
  document.querySelector("link[rel=icon]").href = `data:image/svg+xml,${encodeURIComponent(text)}`;
}

/** Open incidents and the reasons of the verdict. */
function say() {
  const open = openOnes();
  // The only part of the page that is read out by itself. Figures would make it speak with each window.
  setText(byId("spoken"), [verdict().word, ...open.map((incident) => `Incident ${incident.id + 1}: ${incident.endpoints.join(", ")}, since ${format.moment(incident.opened_at)}`)].join(". "));
  const found = model.verdict;
  const more = found?.outcome === "failed" ? found.reasons.filter((reason) => !found.sentence.includes(reason)) : [];
  const reasons = found ? [found.sentence, ...more].filter(Boolean) : [];
  const key = JSON.stringify([open.map((incident) => [incident.id, incident.sentence]), reasons]);
  if (key === state.said) return;
  state.said = key;
  replace(byId("said"),
    open.slice(0, 3).map((incident) => el("p", { class: "alarm" }, shape("bad"),
      el("a", { href: linkTo({ incident: incident.id, window: null }) }, `Incident ${incident.id + 1}`),
      el("span", null, `${format.capital(incident.sentence)}${incident.sentence.includes(" since ") ? "" : `, since ${format.moment(incident.opened_at)}`}`))),
    open.length > 3 ? el("p", { class: "alarm" }, `and ${format.counted(open.length - 3, "more open incident")}`) : null,
    reasons.length > 0 ? el("p", { class: "reason" }, [...new Set(reasons)].slice(0, 3).join(" ")) : null);
}
